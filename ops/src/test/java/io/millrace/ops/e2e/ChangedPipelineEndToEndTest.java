package io.millrace.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.differential.Histories;
import io.millrace.differential.History;
import io.millrace.differential.Oracle;
import io.millrace.differential.RandomPipeline;
import io.millrace.differential.RandomSchema;
import io.millrace.operator.memory.Change;
import io.millrace.ops.stack.Stack;
import io.millrace.ops.stack.StackOptions;
import io.millrace.plan.PlanNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A pipeline of random views over random tables of three shards that is deployed with some of its views, then with all of them
 * and their indexes, then with fewer, while changes go on and it is killed: after each deployment every view equals
 * PostgreSQL's answer, and on the way no reader of its topic saw a change that does not follow from those before.
 * {@code -Dmillrace.seed} repeats a run's changes.
 */
final class ChangedPipelineEndToEndTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long SEED = Long.getLong("millrace.seed", System.nanoTime());
    private static final int VIEWS = 6;
    private static final int FIRST_VIEWS = 4;

    @TempDir
    private static Path directory;

    private static Random random;
    private static RandomPipeline sql;
    private static Stack stack;
    private static Path folder;
    private static DeployedTopology topology;
    private static ServedViews served;
    private static ShardWriter shards;
    private static Oracle oracle;
    private static History history;

    @BeforeAll
    static void start() throws Exception {
        random = new Random(SEED);
        sql = new RandomPipeline(new RandomSchema(random), random, VIEWS);
        folder = Files.createDirectories(directory.resolve("pipeline"));
        Files.writeString(folder.resolve("tables.sql"), sql.schema().sql());
        stack = Stack.start(
                new StackOptions(
                        RandomSchema.DATABASE,
                        Histories.SHARDS.size(),
                        sql.schema().sql(),
                        null,
                        directory.resolve("stack"),
                        false,
                        2,
                        0),
                progress -> {});
        topology = new DeployedTopology(
                stack, RandomSchema.DATABASE, folder, Files.createDirectories(directory.resolve("topology")));
        oracle = new Oracle();
        oracle.create(sql.schema());
        shards = new ShardWriter(stack.shards());
        served = new ServedViews(topology.url());
        history = new History(random, sql.schema().tables(), Histories.SHARDS);
    }

    @AfterAll
    static void stop() throws Exception {
        if (topology != null) {
            topology.stop();
        }
        for (AutoCloseable each : new AutoCloseable[] {shards, oracle, stack}) {
            if (each != null) {
                each.close();
            }
        }
    }

    @Test
    void everyDeploymentLeadsToWhatPostgresAnswers() throws Exception {
        deploy(statements("VIEW", FIRST_VIEWS));
        topology.awaitReady();
        change(300);
        assertAnswers(FIRST_VIEWS);
        topology.stop();

        change(50);
        deploy(Stream.concat(statements("VIEW", VIEWS), statements("INDEX", VIEWS)));
        awaitLog("generation 2 has");
        change(random.nextInt(100));
        topology.kill();
        change(50);
        topology.start();
        change(50);
        awaitLog("generation 2 has caught up");
        topology.kill();
        topology.start();
        change(50);
        assertAnswers(VIEWS);
        topology.stop();

        deploy(statements("VIEW", 2));
        change(50);
        assertAnswers(2);
    }

    private static void awaitLog(String text) {
        Awaitility.await(text).atMost(PATIENCE).until(() -> topology.log().contains(text));
    }

    /** The statements of the pipeline that define the first views or their indexes. */
    private static Stream<String> statements(String kind, int views) {
        String names =
                sql.views().subList(0, views).stream().map(PlanNode.View::name).collect(Collectors.joining("|"));
        return Stream.of(sql.viewsSql().split("(?<=;)\n"))
                .filter(each -> each.matches("(?s)CREATE " + kind + " (ON )?(" + names + ") .*"));
    }

    private static void deploy(Stream<String> statements) throws Exception {
        Files.writeString(folder.resolve("views.sql"), statements.collect(Collectors.joining("\n")));
        topology.start();
    }

    private static void change(int steps) throws Exception {
        for (int i = 0; i < steps; i++) {
            for (Change change : history.next()) {
                shards.apply(change);
            }
        }
    }

    private static void assertAnswers(int views) throws Exception {
        List<PlanNode.View> asked = sql.views().subList(0, views);
        topology.awaitReady();
        oracle.load(sql.schema(), shards.connections());
        Awaitility.await("nothing is built any more").atMost(PATIENCE).until(() -> served.get("/v1/views")
                .filter(list -> list.endsWith("\"building\":[]}"))
                .isPresent());
        try (ViewTopics topics = new ViewTopics(stack, RandomSchema.DATABASE, asked)) {
            for (PlanNode.View view : asked) {
                List<String> expected = served.asServed(oracle.rows(sql, view));
                Awaitility.await("millrace.seed=" + SEED + "\n" + sql + view.name())
                        .atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(200))
                        .untilAsserted(() -> {
                            topics.follow();
                            assertThat(served.rows(view)).contains(expected);
                            assertThat(served.asServed(topics.rows(RandomSchema.DATABASE + "." + view.name())))
                                    .isEqualTo(
                                            view.multiset()
                                                    ? expected.stream()
                                                            .distinct()
                                                            .toList()
                                                    : expected);
                        });
            }
        }
    }
}
