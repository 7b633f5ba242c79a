package io.millrace.ops.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.PipelineConfig;
import io.millrace.cli.Millrace;
import io.millrace.ops.stack.Broker;
import io.millrace.scaling.Decision;
import io.millrace.scaling.DecisionJson;
import io.millrace.scaling.DecisionLog;
import io.millrace.scaling.ScalingApplication;
import io.millrace.scaling.ScalingTopics;
import io.millrace.scaling.execute.DecisionFeed;
import io.millrace.scaling.policy.PolicyFile;
import io.millrace.schemas.DeadLetterHeaders;
import io.millrace.schemas.TopicNames;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Decisions with a real broker: metrics as console producers write them, a restart, somebody who takes it in hand, and processes that
 * are started and stopped by them, while whoever does so is killed.
 */
final class AutoscaleTest {
    /** No multiple of a step: else each metric would come at the same moment of its step. */
    private static final Duration SAID_EVERY = Duration.ofMillis(1_700);

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private static Path directory;

    private static Broker broker;

    private String service;
    private Path pipeline;
    private DecisionLog log;

    @BeforeAll
    static void start() throws Exception {
        broker = Broker.start(directory.resolve("kafka"), 0);
    }

    @AfterAll
    static void stop() throws Exception {
        broker.close();
    }

    @Test
    void metricsBecomeDecisionsOnceEach() throws Exception {
        PipelineConfig config = pipeline("pool", "");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            check(config, producer);
        }
    }

    /** A folder with a policy for a service of its name, and its properties. */
    private PipelineConfig pipeline(String name, String more) throws IOException {
        service = name;
        pipeline = Files.createDirectories(directory.resolve(name));
        Files.writeString(pipeline.resolve("scaling.yaml"), """
                services:
                  SERVICE:
                    minInstances: 1
                    maxInstances: 10
                    gracePeriod: 0.2
                    policies:
                      - { policy: TargetTracking, targetMetric: QueueDepth, targetType: AverageValue, targetValue: 100, period: 1 }
                """.replace("SERVICE", name));
        String properties = "kafka.bootstrap.servers = " + broker.bootstrapServers() + "\npartitions = 2\nstate.dir = "
                + pipeline.resolve("state") + "\n" + more;
        Files.writeString(pipeline.resolve("millrace.properties"), properties);
        PipelineConfig config = PipelineConfig.read(properties, "millrace.properties", name, Map.of())
                .config();
        log = new DecisionLog(config);
        return config;
    }

    @Test
    void processesFollowDecisionsOnceEachWhenWhoeverStartsThemIsKilled() throws Exception {
        Path starts = directory.resolve("starts");
        PipelineConfig config = pipeline(
                "crew",
                "scaling.executors = process\nscaling.executor.interval.ms = 200\nscaling.executor.http.port = 0\nscaling.executor.process.directory = "
                        + directory.resolve("workers")
                        + "\nscaling.executor.process.command = sh -c \"echo {instance} >> " + starts
                        + "; exec sleep 300\"\n");
        try (AutoscaleProcess run = AutoscaleProcess.start(pipeline);
                ConsoleProducerProcess producer = ConsoleProducerProcess.start(
                        broker.bootstrapServers(), ScalingTopics.METRICS, pipeline.resolve("producer.log"))) {
            awaitWorkers(1);
            List<Long> tookMs = follow(config, run, producer);
            System.out.printf("from the metric to its decision: %s ms%n", tookMs);
            // A step of a second, its grace, and two commits; on a busy machine a metric may come too late for its
            // step.
            assertThat(tookMs).allMatch(each -> each < 10_000);
            List<String> all = Files.readAllLines(starts);
            // The third was stopped in between and is started a second time, nobody else is.
            assertThat(all)
                    .containsExactlyInAnyOrder(
                            "crew-1", "crew-2", "crew-3", "crew-4", "crew-5", "crew-6", "crew-7", "crew-3");
            List<Decision> decisions = awaitDecision(3);
            assertThat(decisions).extracting(Decision::id).doesNotHaveDuplicates();
            assertThat(decisions).extracting(Decision::to).containsExactly(1, 4, 7, 2, 3);
            assertThat(millrace("status"))
                    .containsPattern("crew +\\| process +\\| done +\\| 3 +\\| 3 +\\|")
                    .contains(decisions.get(4).id());
            assertThat(run.ask("/v1/scaling/crew")).contains("\"instances\":3");
            assertThat(run.ask("/metrics")).contains("millrace_scaling_wanted_instances{service=\"crew\"} 3.0");
            producer.say("{\"service\": \"crew\", \"control\": \"pause\"}");
        } finally {
            workers().forEach(ProcessHandle::destroyForcibly);
        }
    }

    /**
     * Load comes and goes, and whoever decides is killed meanwhile. Returns how soon each decision was made but the first one after
     * the kill, which waits for the start.
     */
    private List<Long> follow(PipelineConfig config, AutoscaleProcess run, ConsoleProducerProcess producer)
            throws IOException {
        try (DecisionFeed feed = DecisionFeed.start(config)) {
            List<Long> tookMs = new ArrayList<>();
            tookMs.add(cross(feed, run, producer, 350, 4));
            tookMs.add(cross(feed, run, producer, 620, 7));
            // In the middle: the decision is made, and what follows from it may be done or not.
            run.kill();
            run.startAgain();
            awaitWorkers(7);
            cross(feed, run, producer, 180, 2);
            awaitWorkers(2);
            tookMs.add(cross(feed, run, producer, 250, 3));
            awaitWorkers(3);
            return tookMs;
        }
    }

    /**
     * Says at once, and then again and again as whoever measures does: on a busy machine a metric may come too late for its step, and
     * nothing follows from that one.
     */
    private static final class Again {
        private final ThrowingRunnable said;
        private final long startNanos = System.nanoTime();
        private long times;

        Again(ThrowingRunnable said) {
            this.said = said;
        }

        void sayIfDue() throws Throwable {
            if (System.nanoTime() - startNanos >= times * SAID_EVERY.toNanos()) {
                times++;
                said.run();
            }
        }
    }

    private String measured(int depth) {
        return "{\"service\": \"" + service + "\", \"name\": \"QueueDepth\", \"value\": " + depth + "}";
    }

    /** How long it took from a metric, which is said again and again, to the decision that it leads to, in milliseconds. */
    private long cross(DecisionFeed feed, AutoscaleProcess run, ConsoleProducerProcess producer, int depth, int to) {
        long startNanos = System.nanoTime();
        Again again = new Again(() -> producer.say(measured(depth)));
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).untilAsserted(() -> {
            again.sayIfDue();
            assertThat(feed.standing(service).map(Decision::to))
                    .as(() -> "%d, by %s%n%s%n%s".formatted(depth, feed.standing(service), run.said(), producer.said()))
                    .contains(to);
        });
        return (System.nanoTime() - startNanos) / 1_000_000;
    }

    private static List<ProcessHandle> workers() {
        return ProcessHandle.allProcesses()
                .filter(each -> each.info().commandLine().orElse("").contains("sleep 300"))
                .filter(each -> isOurs(each.pid()))
                .toList();
    }

    /** By what it was given, so that one counts also that no file knows of: other tests may have such processes, too. */
    private static boolean isOurs(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "environ"), StandardCharsets.ISO_8859_1)
                    .contains("MILLRACE_WORKER_SERVICE=crew\0");
        } catch (IOException e) {
            // It has just gone.
            return false;
        }
    }

    private static void awaitWorkers(int count) {
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> assertThat(
                        workers())
                .hasSize(count));
    }

    private void check(PipelineConfig config, KafkaProducer<String, String> producer) throws Exception {
        try (ScalingApplication application = start(config)) {
            Awaitility.await().atMost(PATIENCE).until(application::running);
            long sentNanos = System.nanoTime();
            awaitDecision(4, () -> measure(producer, 350));
            System.out.printf("from the metric to its decision: %.2f s%n", (System.nanoTime() - sentNanos) / 1e9);
            assertThat(millrace("set", "pool", "7")).contains("7 instances");
            awaitDecision(7);
        }
        // What happens while nobody decides is decided on by whoever comes next.
        assertThat(millrace("resume", "pool")).contains("resumed");
        try (ScalingApplication application = start(config)) {
            Awaitility.await().atMost(PATIENCE).until(application::running);
            List<Decision> decisions = awaitDecision(6, () -> measure(producer, 520));
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
            setAsideAndSendAgain(producer, decisions.get(decisions.size() - 1));
        }
    }

    /** As an executor sets a decision aside; a folder with a policy alone is enough to send it again. */
    private void setAsideAndSendAgain(KafkaProducer<String, String> producer, Decision decision) throws Exception {
        String topic = TopicNames.ofDeadLetters(ScalingTopics.DECISIONS);
        Headers headers = new RecordHeaders();
        DeadLetterHeaders.setPlace(headers, ScalingTopics.DECISIONS, 0, 0);
        DeadLetterHeaders.setFailure(headers, "not_carried_out", "no answer", System.currentTimeMillis(), "pool");
        String value = new String(DecisionJson.write(decision), StandardCharsets.UTF_8);
        producer.send(new ProducerRecord<>(topic, null, decision.service(), value, headers))
                .get();
        assertThat(command("dlq", "list")).contains(topic, "not_carried_out", "no answer");
        assertThat(command("dlq", "replay", "--all")).contains("1");
        assertThat(log.read())
                .filteredOn(each -> each.id().equals(decision.id()))
                .hasSize(2);
        assertThat(command("dlq", "list", "--state", "replayed")).contains(topic);
    }

    private void measure(KafkaProducer<String, String> producer, int depth) throws Exception {
        producer.send(new ProducerRecord<>(ScalingTopics.METRICS, measured(depth)))
                .get();
    }

    private ScalingApplication start(PipelineConfig config) {
        return ScalingApplication.start(
                PolicyFile.read(pipeline.resolve(PolicyFile.NAME)).orThrow(), config);
    }

    private List<Decision> awaitDecision(int to) {
        return awaitDecision(to, () -> {});
    }

    /** The decisions, the last of which is the awaited one; until then is said again and again what leads to it. */
    private List<Decision> awaitDecision(int to, ThrowingRunnable said) {
        List<Decision> decisions = new ArrayList<>();
        Again again = new Again(said);
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> {
            again.sayIfDue();
            decisions.clear();
            log.read().stream().filter(each -> each.service().equals(service)).forEach(decisions::add);
            assertThat(decisions).isNotEmpty();
            assertThat(decisions.get(decisions.size() - 1).to()).isEqualTo(to);
        });
        return decisions;
    }

    private String millrace(String... arguments) {
        List<String> all = new ArrayList<>(List.of("autoscale"));
        all.addAll(List.of(arguments));
        return command(all.toArray(String[]::new));
    }

    private String command(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
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
