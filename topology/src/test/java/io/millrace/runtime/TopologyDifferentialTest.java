package io.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.differential.Clock;
import io.millrace.differential.Histories;
import io.millrace.differential.History;
import io.millrace.differential.Oracle;
import io.millrace.differential.RandomPipeline;
import io.millrace.differential.TopicReader;
import io.millrace.plan.PlanNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random views under random histories, through the real topology: change events in Avro, stores, exchanges' topics,
 * changelogs and views' topics, with a restart in the middle of changes that are worked off in portions. After each quiet moment every view, and every reader of its
 * topic, has what PostgreSQL answers. {@code -Dmillrace.seed} repeats one history, {@code -Dmillrace.histories} sets how
 * many are run.
 */
final class TopologyDifferentialTest {
    private static final Histories HISTORIES = new Histories(500);

    /** RocksDB opens slowly, and what it keeps in memory it keeps alike. */
    private static final int ONE_IN_ROCKSDB = 25;

    private static Oracle oracle;

    @TempDir
    private static Path directory;

    @BeforeAll
    static void startOracle() throws Exception {
        oracle = new Oracle();
    }

    @AfterAll
    static void stopOracle() throws Exception {
        oracle.close();
    }

    @Test
    void everyViewAndItsTopicEqualPostgresAfterEveryHistory() throws Exception {
        HISTORIES.forEach(TopologyDifferentialTest::check);
    }

    private static void check(Random random, RandomPipeline sql) throws Exception {
        oracle.create(sql.schema());
        History history = new History(random, sql.schema().tables(), Histories.SHARDS);
        Map<PlanNode.View, TopicReader> readers = new LinkedHashMap<>();
        sql.views().forEach(view -> readers.put(view, new TopicReader(view)));
        Clock clock = new Clock(random);
        try (PipelineDriver first = driver(sql, random)) {
            runAndCompare(first, random, clock, sql, history, readers);
            run(first, random, history);
            readers.forEach((view, reader) -> first.follow(reader, view.name()));
            clock.passTo(first.nowMicros());
            try (PipelineDriver second = driver(sql, random)) {
                second.restoreFrom(first);
                runAndCompare(second, random, clock, sql, history, readers);
            }
        }
    }

    private static PipelineDriver driver(RandomPipeline sql, Random random) {
        Path state = directory.resolve("state" + random.nextLong());
        String tablesSql = sql.schema().sql();
        boolean inMemory = random.nextInt(ONE_IN_ROCKSDB) > 0;
        return new PipelineDriver(state, tablesSql, sql.viewsSql(), inMemory, Histories.portionRows(random));
    }

    private static void runAndCompare(
            PipelineDriver pipeline,
            Random random,
            Clock clock,
            RandomPipeline sql,
            History history,
            Map<PlanNode.View, TopicReader> readers)
            throws Exception {
        pipeline.advanceTo(clock.nowMicros());
        for (int quiet = 0; quiet < 2; quiet++) {
            run(pipeline, random, history);
            clock.moveOn();
            pipeline.advanceTo(clock.nowMicros());
            pipeline.workOff();
            clock.passTo(pipeline.nowMicros());
            oracle.setTime(pipeline.nowMicros());
            oracle.load(sql.schema(), history);
            for (Map.Entry<PlanNode.View, TopicReader> each : readers.entrySet()) {
                compare(each.getKey(), each.getValue(), pipeline, sql);
            }
        }
    }

    /** Some changes, among which those with many matches go on now and then; some are pending in the end. */
    private static void run(PipelineDriver pipeline, Random random, History history) {
        int changes = 5 + random.nextInt(30);
        for (int i = 0; i < changes; i++) {
            history.next().forEach(pipeline::apply);
            if (random.nextInt(6) == 0) {
                pipeline.apply(history.again());
            }
            if (random.nextInt(3) == 0) {
                pipeline.workOffSome();
            }
        }
    }

    private static List<String> sorted(List<String> rows) {
        return rows.stream().sorted().toList();
    }

    private static void compare(PlanNode.View view, TopicReader reader, PipelineDriver pipeline, RandomPipeline sql)
            throws Exception {
        List<String> expected = oracle.rows(sql, view);
        String name = view.name();
        assertThat(pipeline.read(new PipelineTopics("test", "test").viewDeadLetters(name)))
                .as("dead letters of %s", name)
                .isEmpty();
        assertThat(pipeline.rows(name).stream().sorted().toList()).as(name).isEqualTo(expected);
        for (int i = 0; i < pipeline.plan.indexes(pipeline.view(name)).size(); i++) {
            PlanNode.Index index = pipeline.plan.indexes(pipeline.view(name)).get(i);
            // Where the index says nothing rows are in the order of the view's key, which json has not.
            boolean ordered = view.order().stream()
                    .allMatch(column -> view.types().get(column.column()).ordered());
            assertThat(ordered ? pipeline.rows(name, i) : expected)
                    .as("%s of %s", index, name)
                    .isEqualTo(ordered ? oracle.rows(sql, index) : sorted(pipeline.rows(name, i)));
        }
        pipeline.follow(reader, name);
        assertThat(reader.rows())
                .as("what a reader of the topic of %s has", name)
                .isEqualTo(view.multiset() ? expected.stream().distinct().toList() : expected);
    }
}
