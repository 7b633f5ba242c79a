package io.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.plan.PlanNode;
import io.millrace.plan.PlanPrinter;
import io.millrace.schemas.DeadLetterHeaders;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Event topics whose events come again, through the topology; the random histories have the rest. */
final class DeduplicatedEventsTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_000_000);
    private static final String TABLES = """
            CREATE TABLE clicks (click_id text, page text, weight integer)
                WITH (topic = 'clicks', format = 'json', deduplicate_by = 'click_id', deduplicate_for = '90 minutes');
            """;
    private static final String VIEWS = """
            CREATE VIEW pages AS SELECT page, count(*) AS n, sum(weight) AS weight FROM clicks GROUP BY page;
            CREATE VIEW heavy AS SELECT click_id, page FROM clicks WHERE weight > 1;
            """;

    @TempDir
    Path state;

    private static void click(PipelineDriver pipeline, Instant time, String id, String page, int weight) {
        pipeline.sendEvent(
                "clicks", time, "{\"click_id\":\"%s\",\"page\":\"%s\",\"weight\":%d}".formatted(id, page, weight));
    }

    private static PlanNode deduplicate(PipelineDriver pipeline) {
        return pipeline.plan.nodes().stream()
                .filter(PlanNode.Deduplicate.class::isInstance)
                .findFirst()
                .orElseThrow();
    }

    private static double dropped(PipelineDriver pipeline) {
        return pipeline.meters.counter("millrace.duplicates", "table", "clicks").count();
    }

    @Test
    void anEventThatComesAgainIsInNoViewAndCounted() {
        try (PipelineDriver pipeline = PipelineDriver.inMemory(state, TABLES, VIEWS)) {
            click(pipeline, NOW, "a", "home", 1);
            click(pipeline, NOW.plusSeconds(1), "a", "home", 1);
            click(pipeline, NOW.plusSeconds(1), "b", "home", 2);
            // The filter of a view comes behind: what did not pass it comes again all the same.
            click(pipeline, NOW.plusSeconds(2), "a", "home", 3);
            assertThat(pipeline.rows("pages")).containsExactly("{\"page\":\"home\",\"n\":2,\"weight\":3}");
            assertThat(pipeline.rows("heavy")).containsExactly("{\"click_id\":\"b\",\"page\":\"home\"}");
            assertThat(dropped(pipeline)).isEqualTo(2);
        }
    }

    @Test
    void afterItsTimeAnIdIsANewEvent() {
        try (PipelineDriver pipeline = PipelineDriver.inMemory(state, TABLES, VIEWS)) {
            click(pipeline, NOW, "a", "home", 1);
            click(pipeline, NOW.plus(Duration.ofMinutes(90)).minusMillis(1), "a", "home", 1);
            assertThat(pipeline.rows("pages")).containsExactly("{\"page\":\"home\",\"n\":1,\"weight\":1}");
            click(pipeline, NOW.plus(Duration.ofMinutes(90)), "a", "home", 1);
            assertThat(pipeline.rows("pages")).containsExactly("{\"page\":\"home\",\"n\":2,\"weight\":2}");
            assertThat(dropped(pipeline)).isEqualTo(1);
        }
    }

    @Test
    void anEventThatComesAgainAfterARestartIsKnown() {
        try (PipelineDriver first = PipelineDriver.inMemory(state.resolve("first"), TABLES, VIEWS)) {
            click(first, NOW, "a", "home", 1);
            try (PipelineDriver second = PipelineDriver.inMemory(state.resolve("second"), TABLES, VIEWS)) {
                second.restoreFrom(first);
                click(second, NOW.plusSeconds(60), "a", "home", 1);
                click(second, NOW.plusSeconds(60), "b", "home", 1);
                assertThat(second.rows("pages")).containsExactly("{\"page\":\"home\",\"n\":2,\"weight\":2}");
                assertThat(dropped(second)).isEqualTo(1);
            }
        }
    }

    @Test
    void idsAreForgottenWhenEventsHavePassedThem() {
        try (PipelineDriver pipeline = PipelineDriver.inMemory(state, TABLES, VIEWS)) {
            for (int i = 0; i < 100; i++) {
                click(pipeline, NOW.minus(Duration.ofDays(1)), "id" + i, "home", 1);
            }
            assertThat(pipeline.entries(deduplicate(pipeline))).isEqualTo(200);
            pipeline.pass(Duration.ofSeconds(10));
            pipeline.pass(Duration.ofMinutes(59));
            click(pipeline, NOW, "late", "home", 1);
            pipeline.pass(Duration.ofMinutes(2));
            // Of "late", and how far events have come.
            assertThat(pipeline.entries(deduplicate(pipeline))).isEqualTo(3);
            // Its time is past by more than ids are known for: it counts, as whether it came before is not known.
            click(pipeline, NOW.minus(Duration.ofDays(1)), "id7", "home", 1);
            click(pipeline, NOW.minus(Duration.ofDays(1)), "id7", "home", 1);
            assertThat(pipeline.rows("pages")).containsExactly("{\"page\":\"home\",\"n\":102,\"weight\":102}");
        }
    }

    @Test
    void anEventWithoutAnIdIsADeadLetter() {
        try (PipelineDriver pipeline = PipelineDriver.inMemory(state, TABLES, VIEWS)) {
            pipeline.sendEvent("clicks", NOW, "{\"page\":\"home\",\"weight\":1}");
            pipeline.sendEvent("clicks", NOW, "{\"click_id\":null,\"page\":\"home\",\"weight\":1}");
            assertThat(pipeline.rows("pages")).isEmpty();
            assertThat(pipeline.read("clicks.dlq")).hasSize(2).allSatisfy(dead -> assertThat(
                            PipelineDriver.text(dead.headers()))
                    .containsEntry(DeadLetterHeaders.REASON, "null_value")
                    .containsEntry(
                            DeadLetterHeaders.MESSAGE, "column click_id is declared NOT NULL, but has no value"));
        }
    }

    @Test
    void allViewsShareWhatKnowsTheIds() {
        try (PipelineDriver pipeline = PipelineDriver.inMemory(state, TABLES, VIEWS)) {
            assertThat(pipeline.plan.nodes().stream().filter(PlanNode.Deduplicate.class::isInstance))
                    .hasSize(1);
            assertThat(PlanPrinter.explain(pipeline.plan, pipeline.view("heavy"))
                            .replaceAll("-[0-9a-f]{10}", "-#"))
                    .isEqualTo("""
                            View heavy (multiset), partitioned by click_id  [state view-#]
                              Project click_id, page
                                Filter (weight > 1)
                                  Deduplicate by click_id for 90 minutes  [state deduplicate-#; shared by pages, heavy]
                                    Exchange by click_id  [topic exchange-#; shared by pages, heavy]
                                      Scan clicks (click_id, page, weight) events  [shared by pages, heavy]

                            1 exchange, 2 state stores
                            A change of one row costs, each operator that it reaches and each match of a join counted once:
                              clicks: 4 reads, 3 writes, 1 exchanged
                            """);
        }
    }

    @Test
    void anotherTimeIsAnotherState() {
        String name;
        try (PipelineDriver pipeline = PipelineDriver.inMemory(state.resolve("one"), TABLES, VIEWS)) {
            name = pipeline.plan.name(deduplicate(pipeline));
        }
        String equal = TABLES.replace("90 minutes", "1.5 hours");
        try (PipelineDriver pipeline = PipelineDriver.inMemory(state.resolve("two"), equal, VIEWS)) {
            assertThat(pipeline.plan.name(deduplicate(pipeline))).isEqualTo(name);
        }
        String longer = TABLES.replace("90 minutes", "91 minutes");
        try (PipelineDriver pipeline = PipelineDriver.inMemory(state.resolve("three"), longer, VIEWS)) {
            assertThat(pipeline.plan.name(deduplicate(pipeline))).isNotEqualTo(name);
        }
    }
}
