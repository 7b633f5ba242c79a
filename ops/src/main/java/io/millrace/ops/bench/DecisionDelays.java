package io.millrace.ops.bench;

import io.millrace.catalog.PipelineConfig;
import io.millrace.cli.Millrace;
import io.millrace.scaling.Decision;
import io.millrace.scaling.ScalingTopics;
import io.millrace.scaling.execute.DecisionFeed;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How soon a decision follows the metric that leads to it, where a service's load goes up and down: metrics come at random moments of
 * steps of a second.
 *
 * @param fromMetricMs from when the broker has the metric to when a reader has the decision, in order
 * @param fromStepMs the same, from when the step and its grace period are over
 */
record DecisionDelays(long[] fromMetricMs, long[] fromStepMs) {
    private static final int WARM_UP = 5;
    private static final long GRACE_MS = 200;
    private static final long LOOK_NANOS = 2_000_000;
    private static final long PATIENCE_SECONDS = 60;
    private static final String POLICY = """
            services:
              pool:
                minInstances: 1
                maxInstances: 10
                gracePeriod: 0.2
                policies:
                  - { policy: TargetTracking, targetMetric: QueueDepth, targetType: AverageValue, targetValue: 100, period: 1 }
            """;

    /** Measures so many. */
    static DecisionDelays measure(Path directory, int count) throws Exception {
        Path pipeline = Files.createDirectories(directory.resolve("pool"));
        try (ChangeTopics topics = ChangeTopics.start(directory, 1)) {
            Files.writeString(pipeline.resolve("scaling.yaml"), POLICY);
            String properties = "kafka.bootstrap.servers = " + topics.brokers() + "\npartitions = 2\nstate.dir = "
                    + directory.resolve("state") + "\nscaling.executor.http.port = 0\n";
            Files.writeString(pipeline.resolve("millrace.properties"), properties);
            PipelineConfig config = PipelineConfig.read(properties, "millrace.properties", "pool", Map.of())
                    .config();
            try (BenchProcess process = BenchProcess.ofClass(
                            Millrace.class,
                            directory.resolve("run.log"),
                            "autoscale",
                            "run",
                            "--pipeline",
                            pipeline.toString());
                    DecisionFeed feed = DecisionFeed.start(config);
                    KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, topics.brokers()),
                            new ByteArraySerializer(),
                            new ByteArraySerializer())) {
                awaitTopics(topics, process);
                return measure(count, process, feed, producer);
            }
        }
    }

    /** Else the first metric would create its topic, with one partition. */
    private static void awaitTopics(ChangeTopics topics, BenchProcess process) throws Exception {
        while (!topics.admin().listTopics().names().get().contains(ScalingTopics.DECISIONS)) {
            process.checkAlive();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    private static DecisionDelays measure(
            int count, BenchProcess process, DecisionFeed feed, KafkaProducer<byte[], byte[]> producer)
            throws Exception {
        Random random = new Random(1);
        List<Long> fromMetric = new ArrayList<>();
        List<Long> fromStep = new ArrayList<>();
        for (int i = 0; i < WARM_UP + count; i++) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(1_000)));
            int instances = 2 + i % 2 * 3;
            byte[] metric = ("{\"service\":\"pool\",\"name\":\"QueueDepth\",\"value\":" + 100 * instances + "}")
                    .getBytes(StandardCharsets.UTF_8);
            producer.send(new ProducerRecord<>(ScalingTopics.METRICS, metric)).get();
            long sentMs = System.currentTimeMillis();
            Decision decision = await(process, feed, instances);
            long nowMs = System.currentTimeMillis();
            if (i >= WARM_UP) {
                fromMetric.add(nowMs - sentMs);
                fromStep.add(nowMs - decision.timeMs() - GRACE_MS);
            }
        }
        return new DecisionDelays(sorted(fromMetric), sorted(fromStep));
    }

    private static Decision await(BenchProcess process, DecisionFeed feed, int instances) {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            Optional<Decision> standing = feed.standing("pool").filter(decision -> decision.to() == instances);
            if (standing.isPresent()) {
                return standing.get();
            }
            process.checkAlive();
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new IllegalStateException("no decision came within " + PATIENCE_SECONDS + " s");
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private static long[] sorted(List<Long> values) {
        return values.stream().flatMapToLong(LongStream::of).sorted().toArray();
    }

    @Override
    public String toString() {
        return "a decision follows the metric by %s ms, the end of its step and grace period by %s ms (median, highest of %d)"
                .formatted(told(fromMetricMs), told(fromStepMs), fromMetricMs.length);
    }

    private static String told(long[] sorted) {
        return sorted[sorted.length / 2] + " and " + sorted[sorted.length - 1];
    }
}
