package io.millrace.cdn;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.Column;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Planner;
import io.millrace.row.Row;
import io.millrace.sql.Sink;
import io.millrace.sql.ViewDefinition;
import io.millrace.sql.ViewsFile;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RowTargetsTest {
    private static final String TABLES = """
            CREATE TABLE users (user_id bigint PRIMARY KEY, username text NOT NULL, city text);
            CREATE TABLE albums (album_id bigint PRIMARY KEY, title text);
            CREATE TABLE photos (photo_id bigint PRIMARY KEY, user_id bigint NOT NULL, album_id bigint, caption text,
                price numeric);
            """;
    private static final String VIEW = """
            CREATE VIEW photo_card AS
            SELECT p.photo_id, p.user_id, u.username, u.city, p.album_id, a.title, p.caption, p.price
            FROM photos p JOIN users u ON u.user_id = p.user_id LEFT JOIN albums a ON a.album_id = p.album_id;
            """;
    private static final Row ROW = row(7L, 42L, "ann", "Oslo", 3L, "Summer", "sea", "1.0");

    private final RowTargets targets = targets(Map.of(
            "urls", "/p/{photo_id}, /u/{username}", "tags", "photo/{photo_id}, user/{user_id}, album/{album_id}"));

    @Test
    void aRowThatComesOrGoesInvalidatesAllItsUrlsAndTags() {
        String[] all = {"tag:photo/7", "tag:user/42", "tag:album/3", "url:/p/7", "url:/u/ann"};
        assertThat(keys(targets.of(null, ROW))).containsExactly(all);
        assertThat(keys(targets.of(ROW, null))).containsExactly(all);
        assertThat(targets.of(ROW, null).reason()).isEqualTo("delete");
    }

    @Test
    void aColumnOfTheRowAloneInvalidatesTheRowsTag() {
        RowTargets.Invalidated changed = targets.of(ROW, row(7L, 42L, "ann", "Oslo", 3L, "Summer", "sun", "1.0"));
        assertThat(keys(changed)).containsExactly("tag:photo/7", "url:/p/7", "url:/u/ann");
        assertThat(changed.reason()).isEqualTo("update of caption");
        assertThat(changed.targets())
                .filteredOn(each -> each.key().startsWith("url:"))
                .allMatch(Target::tagged);
    }

    @Test
    void aUrlThatIsNewToTheRowIsTaggedOnlyIfItsPageCarriesATagWithoutTheRow() {
        assertThat(untagged(targets.of(null, ROW))).containsExactly("url:/u/ann");
        assertThat(untagged(targets.of(ROW, null))).isEmpty();
        assertThat(untagged(targets.of(ROW, row(7L, 42L, "bob", "Oslo", 3L, "Summer", "sea", "1.0"))))
                .containsExactly("url:/u/bob");
        Row without = row(7L, null, "ann", "Oslo", 3L, "Summer", "sea", "1.0");
        RowTargets ofUsers = targets(Map.of("urls", "/p/{photo_id}", "tags", "user/{user_id}"));
        assertThat(untagged(ofUsers.of(without, ROW))).containsExactly("url:/p/7");
    }

    private static List<String> untagged(RowTargets.Invalidated invalidated) {
        return invalidated.targets().stream()
                .filter(each -> each.key().startsWith("url:") && !each.tagged())
                .map(Target::key)
                .toList();
    }

    @Test
    void aColumnThatManyRowsShareInvalidatesTheTagThatTheyShare() {
        assertThat(keys(targets.of(ROW, row(7L, 42L, "bob", "Bergen", 3L, "Summer", "sea", "1.0"))))
                .containsExactly("tag:user/42", "url:/p/7", "url:/u/ann", "url:/u/bob");
        assertThat(keys(targets.of(ROW, row(7L, 42L, "ann", "Oslo", 3L, "Winter", "sea", "1.0"))))
                .containsExactly("tag:album/3", "url:/p/7", "url:/u/ann");
    }

    @Test
    void columnsOfSeveralTablesInvalidateTheTagThatCoversAll() {
        assertThat(keys(targets.of(ROW, row(7L, 42L, "bob", "Oslo", 3L, "Winter", "sea", "1.0"))))
                .containsExactly("tag:photo/7", "url:/p/7", "url:/u/ann", "url:/u/bob");
        RowTargets withoutPhotos = targets(Map.of("tags", "user/{user_id}, album/{album_id}"));
        assertThat(keys(withoutPhotos.of(ROW, row(7L, 42L, "bob", "Oslo", 3L, "Winter", "sea", "1.0"))))
                .containsExactly("tag:user/42", "tag:album/3");
    }

    @Test
    void whatNoTagDeterminesInvalidatesAllThatAreThere() {
        RowTargets few = targets(Map.of("tags", "user/{user_id}, album/{album_id}"));
        Row without = row(7L, 42L, "ann", "Oslo", null, null, "sea", "1.0");
        assertThat(keys(few.of(ROW, row(7L, 42L, "ann", "Oslo", 3L, "Summer", "sun", "1.0"))))
                .containsExactly("tag:user/42", "tag:album/3");
        assertThat(keys(few.of(without, row(7L, 42L, "ann", "Oslo", null, null, "sun", "1.0"))))
                .containsExactly("tag:user/42");
    }

    @Test
    void aRowThatMovesInvalidatesWhereItWasAndWhereItIs() {
        assertThat(keys(targets.of(ROW, row(7L, 43L, "cid", "Oslo", 3L, "Summer", "sea", "1.0"))))
                .containsExactly(
                        "tag:photo/7",
                        "tag:user/42",
                        "tag:album/3",
                        "tag:user/43",
                        "url:/p/7",
                        "url:/u/ann",
                        "url:/u/cid");
    }

    @Test
    void aColumnByWhichListsAreOrderedMovesTheRow() {
        RowTargets ordered = new RowTargets(
                sink(Map.of("tags", "photo/{photo_id}, user/{user_id}")),
                columns(),
                Set.of(7),
                Planner.dependencies(view()));
        assertThat(keys(ordered.of(ROW, row(7L, 42L, "ann", "Oslo", 3L, "Summer", "sea", "2"))))
                .containsExactly("tag:photo/7", "tag:user/42");
    }

    @Test
    void tagsOfItemsAreInvalidatedByChangesAlone() {
        RowTargets items = targets(Map.of("tags", "user/{user_id}", "item_tags", "photo/{photo_id}"));
        assertThat(keys(items.of(null, ROW))).containsExactly("tag:user/42");
        assertThat(keys(items.of(ROW, row(7L, 42L, "ann", "Oslo", 3L, "Summer", "sun", "1.0"))))
                .containsExactly("tag:photo/7");
    }

    @Test
    void onlyColumnsThatCountInvalidate() {
        RowTargets some = targets(Map.of("urls", "/p/{photo_id}", "columns", "caption"));
        assertThat(keys(some.of(ROW, row(7L, 42L, "bob", "Oslo", 3L, "Summer", "sea", "1.0"))))
                .isEmpty();
        assertThat(keys(some.of(ROW, row(7L, 42L, "ann", "Oslo", 3L, "Summer", "sun", "1.0"))))
                .containsExactly("url:/p/7");
        assertThat(some.of(null, ROW).targets()).noneMatch(Target::tagged);
    }

    @Test
    void valuesAreComparedToTheLastDigit() {
        assertThat(keys(targets.of(ROW, row(7L, 42L, "ann", "Oslo", 3L, "Summer", "sea", "1.0"))))
                .isEmpty();
        assertThat(keys(targets.of(ROW, row(7L, 42L, "ann", "Oslo", 3L, "Summer", "sea", "1.00"))))
                .contains("tag:photo/7");
    }

    private static Row row(
            Long photo,
            Long user,
            String username,
            String city,
            Long album,
            String title,
            String caption,
            String price) {
        return Row.of(photo, user, username, city, album, title, caption, new BigDecimal(price));
    }

    private static List<String> keys(RowTargets.Invalidated invalidated) {
        return invalidated.targets().stream().map(Target::key).toList();
    }

    private static RowTargets targets(Map<String, String> options) {
        return new RowTargets(sink(options), columns(), Set.of(), Planner.dependencies(view()));
    }

    private static CdnSink sink(Map<String, String> options) {
        return CdnSink.of(new Sink("pages", CdnSink.TYPE, "photo_card", Optional.empty(), options));
    }

    private static ViewDefinition view() {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(TABLES, "tables.sql", "app", errors);
        List<ViewDefinition> views = ViewsFile.read(VIEW, "views.sql", catalog, errors);
        assertThat(errors.stream().map(UserError::render)).isEmpty();
        return views.get(0);
    }

    private static List<Column> columns() {
        PlanNode.View planned = Planner.plan(List.of(view())).views().get(0);
        return planned.fields().stream()
                .map(field -> new Column(field.name(), field.type(), true))
                .toList();
    }
}
