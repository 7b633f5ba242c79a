package io.millrace.ops.bench;

import io.millrace.cli.Millrace;
import io.millrace.scaling.ScalingTopics;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * How many records of metrics are decided on in a second, by one thread, beside a program that only copies them; once of a few
 * instances and once of very many; how long a simulation takes; and how soon a decision follows its metric.
 */
@Command(
        name = "scaling",
        description =
                "Records of metrics a second beside a copy, 100,000 instances in 1,000 services, a simulated week, and"
                        + " how soon decisions follow their metrics.")
final class ScalingBench implements Callable<Integer> {
    private static final int WARM_UP_SHARE = 4;
    private static final long STEP_MS = 60_000;
    private static final int DAY_MINUTES = 24 * 60;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--records",
            paramLabel = "N",
            description =
                    "Records of metrics in each run, of which the first quarter is not timed; default ${DEFAULT-VALUE}.")
    private int records = 1_000_000;

    @Option(
            names = "--services",
            split = ",",
            paramLabel = "N",
            description = "Services, of each run; default ${DEFAULT-VALUE}.")
    private List<Integer> services = List.of(10, 1_000);

    @Option(
            names = "--instances",
            paramLabel = "N",
            description = "Instances of each service; default ${DEFAULT-VALUE}.")
    private int instances = 100;

    @Option(
            names = "--days",
            paramLabel = "N",
            description = "Days of minutes that are simulated for ten services; default ${DEFAULT-VALUE}.")
    private int days = 7;

    @Option(
            names = "--decisions",
            paramLabel = "N",
            description =
                    "Decisions of which is measured how soon they follow their metrics; default ${DEFAULT-VALUE}.")
    private int decisions = 30;

    private Path directory;
    private PrintWriter out;

    @Override
    public Integer call() throws Exception {
        directory = Files.createTempDirectory("millrace-bench");
        out = spec.commandLine().getOut();
        print("%,d records, %d instances of each service, one thread, in %s%n", records, instances, directory);
        for (int count : services) {
            measure(count);
        }
        simulate();
        if (decisions > 0) {
            print("%s%n", DecisionDelays.measure(directory.resolve("delays"), decisions));
        }
        return 0;
    }

    private void measure(int count) throws Exception {
        Path own = Files.createDirectories(directory.resolve("services-" + count));
        try (ChangeTopics topics = ChangeTopics.start(own, 1)) {
            topics.create(List.of(ScalingTopics.METRICS, PeerStreams.output("bench-copy")));
            produce(topics.brokers(), count);
            Rate copied = rate(
                    topics,
                    "bench-copy",
                    BenchProcess.ofClass(
                            CopyApplication.class,
                            own.resolve("copy.log"),
                            "bench-copy",
                            topics.brokers(),
                            own.resolve("copy").toString(),
                            ScalingTopics.METRICS,
                            "1"));
            Rate decided = rate(
                    topics,
                    "bench-scaling",
                    BenchProcess.ofClass(
                            Millrace.class,
                            own.resolve("scaling.log"),
                            "autoscale",
                            "run",
                            "--pipeline",
                            pipeline(own, topics.brokers(), count).toString()));
            print(
                    "%,6d services %,8d instances  %,9.0f records/s decided on (%.1f us)  %,9.0f records/s copied (%.1f us)  %.1f %% of the copy%n",
                    count,
                    count * instances,
                    decided.perSecond(),
                    decided.processorMicros(),
                    copied.perSecond(),
                    copied.processorMicros(),
                    100 * decided.perSecond() / copied.perSecond());
        }
    }

    /** Records a second, and microseconds of processor time for each. */
    private record Rate(double perSecond, double processorMicros) {}

    private Rate rate(ChangeTopics topics, String group, BenchProcess process) throws Exception {
        try (process) {
            GroupProgress progress = new GroupProgress(topics.admin(), group, process);
            long first = progress.await(ScalingTopics.METRICS, records / WARM_UP_SHARE);
            long startNanos = System.nanoTime();
            double startSeconds = process.processorSeconds();
            progress.await(ScalingTopics.METRICS, records);
            // Decided on is what has come through the exchange, too.
            progress.awaitAllRead();
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            double timed = records - first;
            return new Rate(timed / seconds, (process.processorSeconds() - startSeconds) / timed * 1e6);
        }
    }

    /** Every instance reports once a step; all that there is lies behind the clock, so that no tick comes between. */
    private void produce(String brokers, int count) {
        Random random = new Random(count);
        long steps = Math.max(2, records / ((long) count * instances) + 1);
        long startMs = (System.currentTimeMillis() / STEP_MS - steps - 1) * STEP_MS;
        Map<String, Object> properties = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                brokers,
                ProducerConfig.LINGER_MS_CONFIG,
                20,
                ProducerConfig.BATCH_SIZE_CONFIG,
                128 << 10);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < records; i++) {
                int instance = i % (count * instances);
                long timeMs = startMs + i / (count * instances) * STEP_MS + random.nextInt((int) STEP_MS);
                String service = "service-" + instance % count;
                String record = "{\"service\":\"" + service + "\",\"instance\":\"" + service + "-" + instance / count
                        + "\",\"name\":\"CPUUtilization\",\"value\":" + (50 + random.nextInt(20)) + ",\"time\":"
                        + timeMs
                        + "}";
                // Whoever reads them waits until all are there.
                Future<RecordMetadata> unused = producer.send(new ProducerRecord<>(
                        ScalingTopics.METRICS,
                        service.getBytes(StandardCharsets.UTF_8),
                        record.getBytes(StandardCharsets.UTF_8)));
            }
        }
    }

    private static Path pipeline(Path own, String brokers, int count) throws IOException {
        Path pipeline = Files.createDirectories(own.resolve("pipeline"));
        Files.writeString(pipeline.resolve("scaling.yaml"), policy(count, ""));
        Files.writeString(
                pipeline.resolve("millrace.properties"),
                "application.id = bench\nkafka.bootstrap.servers = " + brokers
                        + "\npartitions = 1\nthreads = 1\nstate.dir = " + own.resolve("state")
                        + "\nscaling.executor.http.port = 0\n");
        return pipeline;
    }

    private static String policy(int count, String more) {
        return "services:\n"
                + IntStream.range(0, count)
                        .mapToObj(i -> "  service-" + i
                                + ":\n    minInstances: 2\n    maxInstances: 1000\n    warmup: 120\n    scaleDownDelay: 600\n    policies:\n      - { policy: TargetTracking, targetMetric: CPUUtilization, targetValue: 60 }\n"
                                + more)
                        .collect(Collectors.joining());
    }

    private void simulate() throws IOException {
        Path policy = Files.writeString(
                directory.resolve("scaling.yaml"),
                policy(10, "    model: { load: Requests, capacityPerInstance: 1000, per: 1s }\n"));
        List<String> lines = new ArrayList<>(List.of("time,service,Requests"));
        for (int service = 0; service < 10; service++) {
            for (int minute = 0; minute < days * DAY_MINUTES; minute++) {
                double load = 8_000 + 100 * service - 5_000 * Math.cos(2 * Math.PI * minute / DAY_MINUTES);
                lines.add((1_731_888_000_000L + minute * STEP_MS) + ",service-" + service + "," + Math.round(load));
            }
        }
        Path metrics = Files.write(directory.resolve("load.csv"), lines);
        long startNanos = System.nanoTime();
        int code = Millrace.commandLine()
                .setOut(new PrintWriter(Writer.nullWriter()))
                .execute("autoscale", "simulate", "--policy", policy.toString(), "--metrics", metrics.toString());
        if (code != 0) {
            throw new IllegalStateException("the simulation ended with " + code);
        }
        print("%d days of minutes for 10 services: %.1f s to simulate%n", days, (System.nanoTime() - startNanos) / 1e9);
    }

    private void print(String format, Object... arguments) {
        out.printf(Locale.ROOT, format, arguments);
        out.flush();
    }
}
