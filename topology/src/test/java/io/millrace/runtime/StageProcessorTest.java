package io.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.plan.Stage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StageProcessorTest {
    @TempDir
    private Path directory;

    /** A context whose producer has been fenced once. */
    private static final class Fenced<V> extends MockProcessorContext<Routed, V> {
        private boolean fenced = true;

        Fenced(Path directory) {
            super(new Properties(), new TaskId(0, 0), directory.toFile());
        }

        @Override
        public <K extends Routed, W extends V> void forward(Record<K, W> record, String child) {
            if (fenced) {
                fenced = false;
                throw new TaskMigratedException("fenced", new IllegalStateException());
            }
            super.forward(record, child);
        }
    }

    @Test
    void aRevivedTaskForgetsWhatItHadNotPutOut() {
        try (PipelineDriver pipeline = PipelineDriver.inMemory(
                directory,
                "CREATE TABLE sales (shop text, article text) WITH (topic = 'sales', format = 'json');",
                """
                CREATE VIEW by_shop AS SELECT shop, count(*) AS n FROM sales GROUP BY shop;
                CREATE VIEW by_article AS SELECT article, count(*) AS n FROM sales GROUP BY article;
                """)) {
            Stage scanning = Stage.of(pipeline.plan).get(0);
            assertThat(scanning.sinks()).hasSize(2);
            Fenced<byte[]> context = new Fenced<>(directory);
            context.setRecordMetadata("sales", 0, 0);
            context.setCurrentStreamTimeMs(1);
            StageProcessor processor = new StageProcessor(pipeline.resources, scanning);
            Record<byte[], byte[]> sale =
                    new Record<>(null, "{\"shop\":\"a\",\"article\":\"b\"}".getBytes(StandardCharsets.UTF_8), 0);
            processor.init(context);
            assertThatThrownBy(() -> processor.process(sale)).isInstanceOf(TaskMigratedException.class);
            processor.close();
            processor.init(context);
            processor.process(sale);
            List<MockProcessorContext.CapturedForward<? extends Routed, ? extends byte[]>> forwarded =
                    context.forwarded();
            assertThat(forwarded).as("a record an exchange").hasSize(2);
            processor.close();
        }
    }
}
