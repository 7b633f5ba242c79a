package io.millrace.runtime.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.catalog.UserError;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.sql.PipelineText;
import io.millrace.sql.Sink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DeploymentTest {
    private static final String TABLES = """
            CREATE TABLE users (id integer PRIMARY KEY, name text, city text);
            CREATE TABLE photos (id integer PRIMARY KEY, user_id integer, title text);
            """;
    private static final String NAMES = "CREATE VIEW names AS SELECT id, name FROM users;\n";
    private static final String CITIES = "CREATE VIEW cities AS SELECT id, city FROM users;\n";
    private static final String TITLES = "CREATE VIEW titles AS SELECT id, title FROM photos;\n";
    private static final String TITLES_OF_SOME =
            "CREATE VIEW titles AS SELECT id, title FROM photos WHERE user_id > 0;\n";
    private static final Deployment FIRST = Deployment.first(text(NAMES + TITLES));

    private static PipelineText text(String views) {
        return new PipelineText("db", TABLES, views);
    }

    private static List<String> steps(Deployment deployed, PipelineText text) {
        return deployed.steps(text).stream()
                .map(step -> step.view() + " " + step.kind())
                .toList();
    }

    /** The generations: number, revision, whether it is building, views. */
    private static List<String> print(Deployment deployment) {
        return deployment.generations().stream()
                .map(each -> each.number() + " r" + each.revision() + (each.building() ? " building " : " ")
                        + String.join(" ", each.views()))
                .toList();
    }

    @Test
    void theSameFolderChangesNothing() {
        assertThat(FIRST.changedTo(text(NAMES + TITLES))).isSameAs(FIRST);
        assertThat(FIRST.changedTo(text("-- Written in another way.\n" + TITLES + NAMES.replace("id,", "id  ,"))))
                .isSameAs(FIRST);
    }

    @Test
    void aChangedViewIsBuiltInAnotherGenerationAndThenSwitched() {
        PipelineText text = text(NAMES + TITLES_OF_SOME);
        assertThat(steps(FIRST, text)).containsExactly("names UNCHANGED", "titles CHANGED");
        Deployment building = FIRST.changedTo(text);
        assertThat(print(building)).containsExactly("1 r1 names titles", "2 r1 building titles");
        assertThat(building.serving("titles").orElseThrow().number()).isEqualTo(1);
        assertThat(building.building("titles").orElseThrow().number()).isEqualTo(2);
        assertThat(steps(building, text)).containsExactly("names UNCHANGED", "titles BUILDING");
        assertThat(building.changedTo(text)).isSameAs(building);
        Deployment switched = building.switched(2);
        assertThat(print(switched)).containsExactly("1 r2 names", "2 r1 titles");
        assertThat(switched).isEqualTo(building.settled());
        assertThat(switched.changedTo(text)).isSameAs(switched);
        assertThat(switched.version()).isEqualTo(3);
    }

    @Test
    void aColumnBeforeTheIdOfEventsChangesNoView() {
        String clicks = "CREATE TABLE clicks (id uuid, page text) WITH (format = 'json', deduplicate_by = 'id');";
        String pages = "CREATE VIEW pages AS SELECT page, count(*) AS n FROM clicks GROUP BY page;";
        Deployment deployed = Deployment.first(new PipelineText("db", clicks, pages));
        assertThat(steps(deployed, new PipelineText("db", clicks.replace("(id", "(at timestamptz, id"), pages)))
                .containsExactly("pages UNCHANGED");
        for (String other : List.of(
                clicks.replace("'id')", "'id', deduplicate_for = '2 days')"),
                clicks.replace("'id')", "'page')"),
                clicks.replace(", deduplicate_by = 'id'", ""),
                clicks.replace("json", "avro"),
                clicks.replace("WITH (", "WITH (topic = 'other', "))) {
            assertThat(steps(deployed, new PipelineText("db", other, pages)))
                    .as(other)
                    .containsExactly("pages CHANGED");
        }
    }

    @Test
    void aRemovedViewIsTakenFromItsGenerationAtOnceAndAnEmptyGenerationGoes() {
        assertThat(steps(FIRST, text(NAMES))).containsExactly("names UNCHANGED", "titles REMOVED");
        Deployment without = FIRST.changedTo(text(NAMES));
        assertThat(print(without)).containsExactly("1 r2 names");
        Deployment other = without.changedTo(text(CITIES));
        assertThat(print(other)).containsExactly("2 r1 building cities");
        assertThat(print(other.switched(2).changedTo(text(TITLES)))).containsExactly("3 r1 building titles");
    }

    @Test
    void sinksAreThoseOfTheFolderThatWasDeployedLast() throws IOException {
        String first =
                "CREATE SINK copy FROM names WITH (type = 'postgres', url = 'jdbc:postgresql://r/a', tasks = 2);\n";
        String other = "CREATE SINK users_copy FROM users WITH (type = 'postgres', url = '${env:URL}');\n";
        Deployment deployed = Deployment.first(text(NAMES + first));
        assertThat(deployed.changedTo(text("-- Elsewhere in the file.\n" + NAMES + first)))
                .isSameAs(deployed);
        Deployment changed = deployed.changedTo(text(NAMES + first + other));
        assertThat(changed.sinks()).extracting(Sink::name).containsExactly("copy", "users_copy");
        assertThat(changed.generations()).isEqualTo(deployed.generations());
        assertThat(changed.version()).isEqualTo(2);
        Deployment building = changed.changedTo(text(NAMES + TITLES + other));
        assertThat(building.sinks()).extracting(Sink::name).containsExactly("users_copy");
        assertThat(building.switched(2).sinks()).isEqualTo(building.sinks());
        assertThat(DeploymentCodec.decode(DeploymentCodec.encode(changed))).isEqualTo(changed);
        assertThat(print(Deployment.first(text(other)))).isEmpty();
    }

    @Test
    void aDeploymentIsTurnedBackWhileItIsBuilt() {
        Deployment building = FIRST.changedTo(text(NAMES + TITLES_OF_SOME + CITIES));
        assertThat(print(building)).containsExactly("1 r1 names titles", "2 r1 building titles cities");
        assertThat(print(building.changedTo(text(NAMES + TITLES)))).containsExactly("1 r1 names titles");
        assertThat(print(building.changedTo(text(NAMES + TITLES + CITIES))))
                .containsExactly("1 r1 names titles", "2 r2 building cities");
    }

    @Test
    void aViewThatChangesAgainWhileItIsBuiltIsBuiltAnew() {
        Deployment building = FIRST.changedTo(text(NAMES + TITLES_OF_SOME + CITIES));
        String third = TITLES_OF_SOME.replace("> 0", "> 1");
        Deployment again = building.changedTo(text(NAMES + third + CITIES));
        assertThat(print(again)).containsExactly("1 r1 names titles", "2 r2 building cities", "3 r1 building titles");
        // In whichever order they catch up.
        assertThat(print(again.switched(3))).containsExactly("1 r2 names", "2 r2 building cities", "3 r1 titles");
        assertThat(print(again.switched(3).switched(2))).containsExactly("1 r2 names", "2 r2 cities", "3 r1 titles");
    }

    @Test
    void whatAGenerationIsPlannedFromStaysWhateverViewsComeAndGo() {
        Deployment both = Deployment.first(text(NAMES + CITIES));
        List<String> names = namesOf(both.generations().get(0).plan(), "names");
        // Both need users; that the other one has gone does not take its column from the scan, nor does a new one add
        // any.
        Deployment alone = both.changedTo(text(NAMES));
        assertThat(namesOf(alone.generations().get(0).plan(), "names")).isEqualTo(names);
        Deployment added = alone.changedTo(text(NAMES + CITIES));
        assertThat(namesOf(added.generations().get(0).plan(), "names")).isEqualTo(names);
        assertThat(print(added)).containsExactly("1 r2 names", "2 r1 building cities");
    }

    private static List<String> namesOf(Plan plan, String view) {
        List<String> names = new ArrayList<>();
        for (PlanNode node : plan.nodes()) {
            if (plan.viewsOf(node).contains(view)) {
                names.add(plan.name(node));
            }
        }
        return names;
    }

    @Test
    void otherColumnsOfATableChangeNothingButOtherTopicsTypesAndIndexesDo() {
        String more = TABLES.replace("city text", "city text, born date");
        assertThat(FIRST.changedTo(new PipelineText("db", more, NAMES + TITLES)))
                .isSameAs(FIRST);
        assertThat(steps(FIRST, new PipelineText("other", TABLES, NAMES + TITLES)))
                .containsExactly("names CHANGED", "titles CHANGED");
        String wider = TABLES.replace("title text", "title varchar(20)");
        assertThat(steps(FIRST, new PipelineText("db", wider, NAMES + TITLES)))
                .containsExactly("names UNCHANGED", "titles CHANGED");
        assertThat(steps(FIRST, text(NAMES + TITLES + "CREATE INDEX ON titles (title);")))
                .containsExactly("names UNCHANGED", "titles CHANGED");
    }

    @Test
    void aViewWhoseRowsWouldMoveToOtherPartitionsIsRefused() {
        Deployment deployed = Deployment.first(text(
                "CREATE VIEW sales AS SELECT user_id, title, count(*) AS n" + " FROM photos GROUP BY user_id, title;"));
        assertThatThrownBy(() -> deployed.changedTo(text("CREATE VIEW sales AS SELECT p.user_id, p.title, count(*) AS n"
                        + " FROM photos p JOIN users u ON u.name = p.title GROUP BY p.user_id, p.title;")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("would come to other partitions");
    }

    @Test
    void aRecordOfADeploymentIsReadAsItWasWritten() throws IOException {
        Deployment building = FIRST.changedTo(text(NAMES + TITLES_OF_SOME + CITIES));
        assertThat(DeploymentCodec.decode(DeploymentCodec.encode(building))).isEqualTo(building);
    }
}
