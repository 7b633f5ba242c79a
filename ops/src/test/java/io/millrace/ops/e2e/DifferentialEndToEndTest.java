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
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random views over random tables of three shards, from commits to HTTP, while the topology is killed and a connector and
 * the broker are restarted: afterwards every view equals PostgreSQL's answer, and on the way no reader saw a change that does
 * not follow from those before, nor two rows of one key. {@code -Dmillrace.seed} repeats a run's changes.
 */
final class DifferentialEndToEndTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long SEED = Long.getLong("millrace.seed", System.nanoTime());
    private static final int VIEWS = 6;

    /** So many changes are made between two looks of the readers. */
    private static final int CHANGES_PER_LOOK = 25;

    @TempDir
    private static Path directory;

    private static Random random;
    private static RandomPipeline sql;
    private static Stack stack;
    private static DeployedTopology topology;
    private static ShardWriter shards;
    private static ViewTopics topics;
    private static Oracle oracle;

    @BeforeAll
    static void start() throws Exception {
        random = new Random(SEED);
        sql = new RandomPipeline(new RandomSchema(random), random, VIEWS);
        Path folder = Files.createDirectories(directory.resolve("pipeline"));
        Files.writeString(folder.resolve("tables.sql"), sql.schema().sql());
        Files.writeString(folder.resolve("views.sql"), sql.viewsSql());
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
        topology.start();
        oracle = new Oracle();
        oracle.create(sql.schema());
        shards = new ShardWriter(stack.shards());
        topology.awaitReady();
        topics = new ViewTopics(stack, RandomSchema.DATABASE, sql.views());
    }

    @AfterAll
    static void stop() throws Exception {
        if (topology != null) {
            topology.stop();
        }
        for (AutoCloseable each : new AutoCloseable[] {topics, shards, oracle, stack}) {
            if (each != null) {
                each.close();
            }
        }
    }

    @Test
    void everyViewEqualsPostgresThroughAKillAndRestarts() throws Exception {
        History history = new History(random, sql.schema().tables(), Histories.SHARDS);
        ServedViews served = new ServedViews(topology.url());
        make(300, history, served);
        topology.kill();
        make(100, history, served);
        stack.connect().restart(stack.connectors().get(0));
        topology.start();
        make(100, history, served);
        topology.awaitReady();
        stack.broker().restart();
        make(100, history, served);
        stack.connect().awaitRunning(stack.connectors().get(0));
        oracle.load(sql.schema(), shards.connections());
        for (PlanNode.View view : sql.views()) {
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
                                                ? expected.stream().distinct().toList()
                                                : expected);
                    });
        }
    }

    private static void make(int steps, History history, ServedViews served) throws Exception {
        for (int i = 0; i < steps; i++) {
            for (Change change : history.next()) {
                shards.apply(change);
            }
            if (i % CHANGES_PER_LOOK == 0) {
                topics.follow();
                served.rows(sql.views().get(random.nextInt(VIEWS)));
            }
        }
    }
}
