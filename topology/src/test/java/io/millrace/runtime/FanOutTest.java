package io.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.TablesFile;
import io.millrace.plan.Plan;
import io.millrace.plan.Planner;
import io.millrace.plan.Stage;
import io.millrace.sql.ViewsFile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class FanOutTest {
    private static final String TABLES = """
            CREATE TABLE users (id integer PRIMARY KEY, name text);
            CREATE TABLE photos (id integer PRIMARY KEY, user_id integer, caption text);
            """;
    private static final String VIEWS =
            "CREATE VIEW card AS SELECT p.id, p.caption, u.name FROM photos p JOIN users u ON u.id = p.user_id;";

    private final Plan plan = plan();
    private final FanOut fanOut =
            new FanOut(plan, new PipelineTopics("test", "test"), 1, 10, 100, Duration.ofMillis(5));
    private final FanOut.Window window = fanOut.window(joining());

    private static Plan plan() {
        return Planner.plan(ViewsFile.read(
                VIEWS,
                "views.sql",
                TablesFile.read(TABLES, "tables.sql", "test", new ArrayList<>()),
                new ArrayList<>()));
    }

    /** The stage in which a user meets the many photos. */
    private Stage joining() {
        return Stage.of(plan).stream()
                .filter(stage -> stage.scans().stream()
                        .anyMatch(scan -> scan.table().name().equals("users")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void noMoreThanAWindowIsUnderWayUntilTheNextStageHasReadIt() {
        window.putOut(60);
        assertThat(window.isOpen()).isTrue();
        window.putOut(60);
        assertThat(window.isOpen()).isFalse();
        assertThat(fanOut.watched())
                .as("nothing is to be read before it is committed")
                .isEmpty();
        fanOut.committed();
        learn(0, 50);
        learn(20, 70);
        assertThat(window.isOpen()).isFalse();
        learn(50, 90);
        assertThat(window.isOpen()).isTrue();
        assertThat(fanOut.watched()).isEmpty();
    }

    @Test
    void whatIsRolledBackIsNotUnderWay() {
        window.putOut(120);
        fanOut.undone();
        assertThat(window.isOpen()).isTrue();
    }

    private void learn(long read, long end) {
        Map<TopicPartition, Long> reads = new HashMap<>();
        Map<TopicPartition, Long> ends = new HashMap<>();
        fanOut.watched().forEach(partition -> {
            reads.put(partition, read);
            ends.put(partition, end);
        });
        fanOut.learn(reads, ends);
    }
}
