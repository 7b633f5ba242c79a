package io.millrace.cdn;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.plan.Planner;
import io.millrace.sql.ViewsFile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said about a mistake in a sink of type cdn: where it is, what it is, and what to do. */
final class CdnMistakesTest {
    private static final String TABLES = "CREATE TABLE photos (photo_id bigint PRIMARY KEY, caption text);";
    private static final String VIEWS = "CREATE VIEW photo_card AS SELECT photo_id, caption FROM photos;\n";

    private static List<UserError> mistakes(String sink) {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(TABLES, "tables.sql", "app", errors);
        ViewsFile.Reading reading = ViewsFile.readAll(VIEWS + sink, "views.sql", catalog, errors);
        errors.addAll(CdnMistakes.of(reading.sinks(), reading.views()));
        return errors;
    }

    private static UserError mistake(String options) {
        List<UserError> errors = mistakes("CREATE SINK pages FROM photo_card WITH (type = 'cdn'" + options + ");");
        assertThat(errors.stream().map(UserError::render)).hasSize(1);
        return errors.get(0);
    }

    @Test
    void aSinkWithAllOptionsIsValid() {
        assertThat(mistakes(
                                "CREATE SINK pages FROM photo_card WITH (type = 'cdn', urls = '/p/{photo_id}', tags = 'photo/{photo_id}',"
                                        + " item_tags = 'item/{photo_id}', columns = 'photo_id, caption', window_ms = 20, hot_changes = 50,"
                                        + " hot_interval_ms = 1000, ttl_seconds = '60, 600')")
                        .stream()
                        .map(UserError::render))
                .isEmpty();
    }

    @Test
    void anUnknownColumnIsToldWhereItIsNamed() {
        UserError error = mistake(", tags = 'photo/{photo_id}, user/{user_id}'");
        assertThat(error.render())
                .contains(
                        "view photo_card has no column \"user_id\"", "did you mean photo_id? it has photo_id, caption")
                .startsWith("views.sql:2:87:");
        assertThat(mistake(", urls = '/p/{photo_id}', columns = 'caption, titel'")
                        .render())
                .startsWith("views.sql:2:99:")
                .contains("has no column \"titel\"");
    }

    @Test
    void aBrokenTemplateIsToldWhereItBreaks() {
        assertThat(mistake(", urls = '/p/{photo_id'").render())
                .startsWith("views.sql:2:66:")
                .contains("option urls: a brace is opened that is never closed");
        assertThat(mistake(", urls = 'p/{photo_id}'").render()).contains("a URL begins with its path");
    }

    @Test
    void aSinkThatWouldInvalidateNothingIsRefused() {
        assertThat(mistake("").render()).startsWith("views.sql:2:13:").contains("says neither urls nor tags");
        assertThat(mistake(", urls = '/p/{photo_id}', item_tags = 'photo/{photo_id}'")
                        .render())
                .contains("has item_tags but no tags");
    }

    @Test
    void tiersMustRise() {
        String tags = ", tags = 'photo/{photo_id}', ttl_seconds = ";
        assertThat(mistake(tags + "'300, 60'").render())
                .startsWith("views.sql:2:96:")
                .contains("ttl_seconds has 60 after 300", "let the values rise");
        assertThat(mistake(tags + "'300, 300'").render()).contains("ttl_seconds has 300 after 300");
    }

    @Test
    void onlyViewsAreSources() {
        assertThat(mistakes("CREATE SINK pages FROM photos WITH (type = 'cdn', urls = '/p/{photo_id}');")
                        .get(0)
                        .render())
                .startsWith("views.sql:2:24:")
                .contains("reads table photos, but a sink of type 'cdn' reads views", "CREATE VIEW photos_page AS");
    }

    @Test
    void aViewWithoutAKeyIsRefused() {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(TABLES, "tables.sql", "app", errors);
        ViewsFile.Reading reading = ViewsFile.readAll(
                "CREATE VIEW captions AS SELECT caption FROM photos;\n"
                        + "CREATE SINK pages FROM captions WITH (type = 'cdn', tags = 'caption/{caption}');",
                "views.sql",
                catalog,
                errors);
        errors.addAll(CdnMistakes.ofKeys(reading.sinks(), Planner.plan(reading.views())));
        assertThat(errors).singleElement().satisfies(error -> assertThat(error.render())
                .startsWith("views.sql:2:24:")
                .contains("view captions has no key"));
    }

    @Test
    void optionsHaveTheirNamesAndNumbers() {
        assertThat(mistake(", urls = '/p/{photo_id}', tag = 'x'").render())
                .contains("unknown option \"tag\" of a sink of type 'cdn'", "did you mean tags?");
        assertThat(mistake(", urls = '/p/{photo_id}', window_ms = 0").render()).contains("window_ms cannot be '0'");
        assertThat(mistake(", urls = '/p/{photo_id}', hot_interval_ms = 40").render())
                .contains("hot_interval_ms (40) is less than window_ms (50)");
    }
}
