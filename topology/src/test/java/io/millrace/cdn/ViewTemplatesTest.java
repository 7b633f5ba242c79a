package io.millrace.cdn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.catalog.Column;
import io.millrace.catalog.SqlType;
import io.millrace.row.Row;
import io.millrace.sql.Sink;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ViewTemplatesTest {
    private static final List<Column> COLUMNS = List.of(
            new Column("photo_id", SqlType.BIGINT, true),
            new Column("user_id", SqlType.BIGINT, true),
            new Column("username", SqlType.TEXT, true),
            new Column("public", SqlType.BOOLEAN, true));

    @Test
    void aRowHasTheUrlsAndTagsOfItsTemplates() {
        ViewTemplates templates = templates(Map.of(
                "urls", "/p/{photo_id}, /u/{username}?public={public}",
                "tags", "photo/{photo_id}, user/{user_id}",
                "item_tags", "item/{photo_id}"));
        Row row = Row.of(7L, 42L, "ann", true);
        assertThat(templates.urls(row)).containsExactly("/p/7", "/u/ann?public=true");
        assertThat(templates.tags(row)).containsExactly("photo/7", "user/42", "item/7");
    }

    @Test
    void inUrlsAllButUnreservedCharactersOfValuesIsEncoded() {
        ViewTemplates templates = templates(Map.of("urls", "/u/{username}"));
        assertThat(templates.urls(Row.of(1L, 1L, "a b/ü,~-._%{}", true)))
                .containsExactly("/u/a%20b%2F%C3%BC%2C~-._%25%7B%7D");
    }

    @Test
    void inTagsWhatListsOfTagsAreWrittenWithIsEncoded() {
        ViewTemplates templates = templates(Map.of("tags", "user/{username}"));
        assertThat(templates.tags(Row.of(1L, 1L, "a b/ü,\"'%\t~", true)))
                .containsExactly("user/a%20b/%C3%BC%2C%22%27%25%09~");
    }

    @Test
    void thereIsNoPageWhereAColumnIsNull() {
        ViewTemplates templates = templates(Map.of("urls", "/p/{photo_id}, /u/{username}", "tags", "user/{user_id}"));
        Row row = Row.of(7L, null, null, true);
        assertThat(templates.urls(row)).containsExactly("/p/7");
        assertThat(templates.tags(row)).isEmpty();
    }

    @Test
    void aListHasTheTagsWhoseColumnsAllItsRowsShare() {
        ViewTemplates templates = templates(Map.of("tags", "photo/{photo_id}, user/{user_id}, photos"));
        assertThat(templates.listTags(Row.of(null, 42L, null, null))).containsExactly("user/42", "photos");
    }

    @Test
    void aTemplateOfAColumnThatAVersionOfTheViewLacksIsLeftOut() {
        CdnSink sink = sink(Map.of("urls", "/p/{photo_id}, /u/{username}"));
        assertThat(ViewTemplates.of(sink, COLUMNS.subList(0, 1)).urls(Row.of(7L)))
                .containsExactly("/p/7");
    }

    @Test
    void bracesAreWrittenTwice() throws TemplateMistake {
        Template template = Template.parse(Template.Form.URL, "/a/{{x}}/{photo_id}");
        assertThat(template.columns()).containsExactly("photo_id");
        assertThat(ViewTemplates.of(sink(Map.of("urls", template.text())), COLUMNS)
                        .urls(Row.of(7L, 1L, "", true)))
                .containsExactly("/a/{x}/7");
    }

    @Test
    void aTargetSaysWhatValuesMadeIt() throws TemplateMistake {
        Template page = Template.parse(Template.Form.URL, "/u/{username}/{photo_id}?x={username}");
        assertThat(page.match("/u/a%20b%2F%C3%BC/7?x=a%20b%2F%C3%BC"))
                .contains(Map.of("username", "a b/ü", "photo_id", "7"));
        assertThat(page.match("/u/a/7?x=b")).isEmpty();
        assertThat(page.match("/u/a/b/7?x=a")).isEmpty();
        Template tag = Template.parse(Template.Form.TAG, "user/{username}");
        assertThat(tag.match("user/a%20b/c")).contains(Map.of("username", "a b/c"));
        assertThat(Template.parse(Template.Form.TAG, "photos").match("photos")).contains(Map.of());
    }

    @Test
    void whatIsNoTemplateSaysWhere() {
        assertMistake(Template.Form.URL, "/p/{photo_id}, /u/{username", 18, "never closed");
        assertMistake(Template.Form.URL, "/p/{}", 3, "names no column");
        assertMistake(Template.Form.URL, "/p/7}", 4, "was not opened");
        assertMistake(Template.Form.URL, "/p/7, p/7", 6, "begins with its path");
        assertMistake(Template.Form.URL, "/p/ü", 3, "is in no URL");
        assertMistake(Template.Form.TAG, "a b", 1, "is in no tag");
        assertMistake(Template.Form.TAG, "a,,b", 2, "is empty");
    }

    private static void assertMistake(Template.Form form, String list, int offset, String message) {
        assertThatThrownBy(() -> Template.list(form, list))
                .isInstanceOf(TemplateMistake.class)
                .hasMessageContaining(message)
                .extracting(mistake -> ((TemplateMistake) mistake).offset())
                .isEqualTo(offset);
    }

    private static ViewTemplates templates(Map<String, String> options) {
        return ViewTemplates.of(sink(options), COLUMNS);
    }

    private static CdnSink sink(Map<String, String> options) {
        return CdnSink.of(new Sink("pages", CdnSink.TYPE, "photo_card", Optional.empty(), options));
    }
}
