package io.millrace.ops.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.PipelineConfig;
import io.millrace.cli.Millrace;
import io.millrace.ops.stack.Broker;
import io.millrace.scaling.Decision;
import io.millrace.scaling.DecisionLog;
import io.millrace.scaling.ScalingApplication;
import io.millrace.scaling.ScalingTopics;
import io.millrace.scaling.policy.PolicyFile;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Decisions with a real broker: metrics as console producers write them, a restart, and somebody who takes it in hand. */
final class AutoscaleTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private static Path directory;

    private Path pipeline;
    private DecisionLog log;

    @Test
    void metricsBecomeDecisionsOnceEach() throws Exception {
        pipeline = Files.createDirectories(directory.resolve("pool"));
        Files.writeString(pipeline.resolve("scaling.yaml"), """
                services:
                  pool:
                    minInstances: 1
                    maxInstances: 10
                    gracePeriod: 0.2
                    policies:
                      - { policy: TargetTracking, targetMetric: QueueDepth, targetType: AverageValue, targetValue: 100, period: 1 }
                """);
        try (Broker broker = Broker.start(directory.resolve("kafka"), 0)) {
            String properties = "kafka.bootstrap.servers = " + broker.bootstrapServers() + "\npartitions = 2\n"
                    + "state.dir = " + directory.resolve("state") + "\n";
            Files.writeString(pipeline.resolve("millrace.properties"), properties);
            PipelineConfig config = PipelineConfig.read(properties, "millrace.properties", "pool", Map.of())
                    .config();
            log = new DecisionLog(config);
            try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                    Map.of("bootstrap.servers", broker.bootstrapServers()),
                    new StringSerializer(),
                    new StringSerializer())) {
                check(config, producer);
            }
        }
    }

    private void check(PipelineConfig config, KafkaProducer<String, String> producer) throws Exception {
        try (ScalingApplication application = start(config)) {
            Awaitility.await().atMost(PATIENCE).until(application::running);
            long sentNanos = System.nanoTime();
            measure(producer, 350);
            awaitDecision(4);
            System.out.printf("from the metric to its decision: %.2f s%n", (System.nanoTime() - sentNanos) / 1e9);
            assertThat(millrace("set", "pool", "7")).contains("7 instances");
            awaitDecision(7);
        }
        // What happens while nobody decides is decided on by whoever comes next.
        assertThat(millrace("resume", "pool")).contains("resumed");
        try (ScalingApplication application = start(config)) {
            Awaitility.await().atMost(PATIENCE).until(application::running);
            measure(producer, 520);
            List<Decision> decisions = awaitDecision(6);
            assertThat(decisions).extracting(Decision::id).doesNotHaveDuplicates();
            for (int i = 1; i < decisions.size(); i++) {
                assertThat(decisions.get(i).from())
                        .isEqualTo(decisions.get(i - 1).to());
                assertThat(decisions.get(i).replaces())
                        .isEqualTo(decisions.get(i - 1).id());
            }
            String last = decisions.get(decisions.size() - 1).id();
            assertThat(millrace("status"))
                    .containsPattern("pool +\\| 6 +\\| 1 to 10")
                    .contains(last);
            assertThat(millrace("history", "pool")).contains("1 -> 4", "4 -> 7", "7 -> 6", "set by hand");
            assertThat(millrace("explain", last))
                    .contains("scale-in, 7 -> 6 instances, by TargetTracking QueueDepth", "520.00", "100.00");
        }
    }

    private static void measure(KafkaProducer<String, String> producer, int depth) throws Exception {
        producer.send(new ProducerRecord<>(
                        ScalingTopics.METRICS,
                        "{\"service\": \"pool\", \"name\": \"QueueDepth\", \"value\": " + depth + "}"))
                .get();
    }

    private ScalingApplication start(PipelineConfig config) {
        return ScalingApplication.start(
                PolicyFile.read(pipeline.resolve(PolicyFile.NAME)).orThrow(), config);
    }

    private List<Decision> awaitDecision(int to) {
        List<Decision> decisions = new ArrayList<>();
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> {
            decisions.clear();
            decisions.addAll(log.read());
            assertThat(decisions).isNotEmpty();
            assertThat(decisions.get(decisions.size() - 1).to()).isEqualTo(to);
        });
        return decisions;
    }

    private String millrace(String... arguments) {
        List<String> all = new ArrayList<>(List.of("autoscale"));
        all.addAll(List.of(arguments));
        all.addAll(List.of(
                "--pipeline",
                pipeline.toString(),
                "--config",
                pipeline.resolve("millrace.properties").toString()));
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Millrace.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
        assertThat(code).as(err.toString()).isZero();
        return out.toString();
    }
}
