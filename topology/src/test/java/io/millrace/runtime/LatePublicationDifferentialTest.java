package io.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.differential.Histories;
import io.millrace.differential.History;
import io.millrace.differential.RandomPipeline;
import io.millrace.differential.TopicReader;
import io.millrace.plan.PlanNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.streams.test.TestRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random views that were published with other rows before: nothing is published until it may be, then exactly what differs, a
 * few rows at a time, while changes go on; a reader of the topic sees no change that does not follow from those before.
 */
final class LatePublicationDifferentialTest {
    private static final Histories HISTORIES = new Histories(60);
    private static final Duration TICK = Duration.ofMillis(100);

    @TempDir
    private static Path directory;

    @Test
    void readersOfAnOlderVersionsTopicAreLedToTheNewRows() throws Exception {
        HISTORIES.forEach(LatePublicationDifferentialTest::check);
    }

    private static void check(Random random, RandomPipeline sql) {
        Map<String, TopicReader> readers = new HashMap<>();
        Map<String, List<TestRecord<byte[], byte[]>>> topics = new HashMap<>();
        try (PipelineDriver old =
                PipelineDriver.inMemory(folder(random), sql.schema().sql(), sql.viewsSql())) {
            change(old, new History(random, sql.schema().tables(), Histories.SHARDS), random);
            for (PlanNode.View view : sql.views()) {
                TopicReader reader = new TopicReader(view);
                List<TestRecord<byte[], byte[]>> records = old.read("test." + view.name());
                old.follow(reader, records);
                readers.put(view.name(), reader);
                topics.put(view.name(), records);
            }
            publish(sql, random, old, readers, topics);
        }
    }

    private static void publish(
            RandomPipeline sql,
            Random random,
            PipelineDriver old,
            Map<String, TopicReader> readers,
            Map<String, List<TestRecord<byte[], byte[]>>> topics) {
        try (Publication publication = Publication.late(
                        (view, partition, wanted) -> {
                            PublishedRows rows = new PublishedRows(view, folder(new Random()), old.schemas);
                            for (TestRecord<byte[], byte[]> record : topics.get(view.name())) {
                                rows.take(record.key(), record.value());
                            }
                            rows.begin();
                            return rows;
                        },
                        1 + random.nextInt(4));
                PipelineDriver late =
                        PipelineDriver.late(folder(random), sql.schema().sql(), sql.viewsSql(), publication)) {
            History history = new History(random, sql.schema().tables(), Histories.SHARDS);
            change(late, history, random);
            late.pass(TICK);
            sql.views().forEach(view -> assertThat(late.read("test." + view.name()))
                    .as("what %s publishes too early", view.name())
                    .isEmpty());
            publication.allow();
            Awaitility.await("seed of " + sql)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> {
                        late.pass(TICK);
                        history.next().forEach(late::apply);
                        return sql.views().stream().allMatch(view -> late.isPublished(view.name()));
                    });
            change(late, history, random);
            for (PlanNode.View view : sql.views()) {
                String name = view.name();
                TopicReader reader = readers.get(name);
                late.follow(reader, name);
                List<String> rows = late.rows(name).stream().sorted().toList();
                assertThat(reader.rows())
                        .as("what a reader of the topic of %s has", name)
                        .isEqualTo(view.multiset() ? rows.stream().distinct().toList() : rows);
            }
        }
    }

    private static void change(PipelineDriver pipeline, History history, Random random) {
        int changes = 5 + random.nextInt(40);
        for (int i = 0; i < changes; i++) {
            history.next().forEach(pipeline::apply);
        }
        pipeline.start();
    }

    private static Path folder(Random random) {
        return directory.resolve("folder" + random.nextLong());
    }
}
