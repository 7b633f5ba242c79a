package io.millrace.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.TablesFile;
import io.millrace.ops.stack.PostgresServer;
import io.millrace.ops.stack.Stack;
import io.millrace.ops.stack.StackOptions;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Planner;
import io.millrace.sql.ViewsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A user with many photos renames, and the topology is killed while the photos' rows follow: all of them get the new name, each
 * once, and others' changes overtake them.
 */
final class FanOutEndToEndTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final String DATABASE = "fanout";
    private static final int PHOTOS = Integer.getInteger("millrace.photos", 20_000);
    private static final String TABLES = """
            CREATE TABLE users (id integer PRIMARY KEY, name text);
            CREATE TABLE photos (id integer PRIMARY KEY, user_id integer, caption text);
            """;
    private static final String VIEWS = """
            CREATE VIEW card AS SELECT p.id, p.caption, u.name FROM photos p JOIN users u ON u.id = p.user_id;
            CREATE VIEW named AS SELECT name, count(*) AS cards FROM card GROUP BY name;
            """;

    @TempDir
    private static Path directory;

    private static Stack stack;
    private static PostgresServer shard;
    private static DeployedTopology topology;
    private static ServedViews served;

    @BeforeAll
    static void start() throws Exception {
        stack = Stack.start(
                new StackOptions(DATABASE, 1, TABLES, null, directory.resolve("stack"), false, 2, 0), progress -> {});
        shard = stack.shards().get(0);
        Path pipeline = Files.createDirectories(directory.resolve("pipeline"));
        Files.writeString(pipeline.resolve("tables.sql"), TABLES);
        Files.writeString(pipeline.resolve("views.sql"), VIEWS);
        topology =
                new DeployedTopology(stack, DATABASE, pipeline, Files.createDirectories(directory.resolve("topology")));
        topology.start();
        topology.awaitReady();
        served = new ServedViews(topology.url());
    }

    @AfterAll
    static void stop() throws Exception {
        if (topology != null) {
            topology.stop();
        }
        if (stack != null) {
            stack.close();
        }
    }

    @Test
    void everyRowOfAUserWithManyFollowsThroughAKill() throws Exception {
        shard.execute("INSERT INTO users VALUES (1, 'before'), (2, 'other')");
        shard.execute("INSERT INTO photos SELECT i, 1, 'photo ' || i FROM generate_series(1, " + PHOTOS + ") i");
        shard.execute("INSERT INTO photos VALUES (0, 2, 'one')");
        awaitCards("before", PHOTOS);
        awaitCards("other", 1);
        try (ViewTopics topics = new ViewTopics(stack, DATABASE, views())) {
            shard.execute("UPDATE users SET name = 'after' WHERE id = 1");
            await("the change to be pending").pollInterval(Duration.ofMillis(5)).until(() -> pending() > 0);
            topology.kill();
            shard.execute("UPDATE photos SET caption = 'two' WHERE id = 0");
            topology.start();
            topology.awaitReady();
            await("the other's change").untilAsserted(() -> assertThat(
                            served.get("/v1/views/card/0").orElse(""))
                    .contains("two"));
            awaitCards("after", PHOTOS);
            // The old name's count is in another partition than the new one's.
            await("no card of the old name").untilAsserted(() -> assertThat(served.get("/v1/views/named/before"))
                    .isEmpty());
            assertThat(pending()).isZero();
            await("the topic's rows").untilAsserted(() -> {
                topics.follow();
                assertThat(topics.rows(DATABASE + ".card").stream()
                                .filter(row -> row.contains("\"after\""))
                                .count())
                        .isEqualTo(PHOTOS);
            });
        }
    }

    private static List<PlanNode.View> views() {
        return Planner.plan(ViewsFile.read(
                        VIEWS,
                        "views.sql",
                        TablesFile.read(TABLES, "tables.sql", DATABASE, new ArrayList<>()),
                        new ArrayList<>()))
                .views();
    }

    private static void awaitCards(String name, int cards) {
        await(cards + " cards of " + name).untilAsserted(() -> assertThat(
                        served.get("/v1/views/named/" + name).orElse(""))
                .contains("\"cards\":" + cards));
    }

    private static double pending() throws InterruptedException {
        return served.get("/metrics")
                .orElse("")
                .lines()
                .filter(line -> line.startsWith("millrace_fanout_pending "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static ConditionFactory await(String what) {
        return Awaitility.await(what).atMost(PATIENCE).pollInterval(Duration.ofMillis(100));
    }
}
