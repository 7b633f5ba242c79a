package io.millrace.ops.images;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.catalog.PipelineConfig;
import io.millrace.cli.Millrace;
import io.millrace.ops.images.DemoUploads.Kind;
import io.millrace.ops.stack.PostgresServer;
import io.millrace.ops.stack.Stack;
import io.millrace.ops.stack.StackOptions;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.scaling.policy.PolicyFile;
import io.millrace.scaling.policy.ScalingPolicy;
import io.millrace.serve.PipelineServer;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Uploads on two shards to finished cards, while the worker of the thumbnails is killed in the middle, and with pictures that are
 * corrupt, that are missing, that take too long and that end their worker.
 */
@Tag("nightly")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ImagesEndToEndTest {
    private static final Path PIPELINE = Path.of("..", "pipelines", "images");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int WAVE = 60;
    private static final int GOOD = 9;
    private static final int KNOWN = 1;
    private static final int CORRUPT = 3;
    private static final int UPLOADS = GOOD + KNOWN + CORRUPT + 3;

    @TempDir
    private static Path directory;

    private static Stack stack;
    private static PipelineServer server;
    private static PageServer page;
    private static ImageStore store;
    private static Path config;
    private static final Map<String, String> SHARDS = new LinkedHashMap<>();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    @BeforeAll
    static void start() throws Exception {
        String tables = Files.readString(PIPELINE.resolve("tables.sql"));
        stack = Stack.start(
                new StackOptions("images", 2, tables, null, directory.resolve("stack"), false, 2, 0), progress -> {});
        stack.shards().forEach(shard -> SHARDS.put(shard.name(), shard.jdbcUrl()));
        config = Files.writeString(
                directory.resolve("millrace.properties"),
                String.join(
                        "\n",
                        "application.id = images",
                        "database = images",
                        "kafka.bootstrap.servers = " + stack.broker().bootstrapServers(),
                        "schema.registry.url = " + stack.registry().url(),
                        "partitions = 2",
                        "http.port = 0",
                        "state.dir = " + directory.resolve("state")));
        PlannedPipeline planned = PlannedPipeline.readOrThrow(PIPELINE, Optional.of(config));
        server = PipelineServer.start(
                planned, planned.pipeline().config(), new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        server.awaitReady(PATIENCE);
        store = new ImageStore(directory.resolve("store"));
        page = PageServer.start(
                0, PIPELINE.resolve("page"), store, URI.create(server.url()), () -> new UploadWriter(store, SHARDS));
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable each : new AutoCloseable[] {page, server, stack}) {
            if (each != null) {
                each.close();
            }
        }
    }

    @Test
    @Order(1)
    void everyUploadIsDoneOnceOrSetAside() throws Exception {
        byte[] late = GeneratedPicture.good(1_000);
        long deadly;
        long slow;
        long missing;
        try (UploadWriter writer = new UploadWriter(store, SHARDS)) {
            deadly = writer.upload(1, "deadly.png", picture(TroublesomeCheck.DEADLY_WIDTH));
            slow = writer.upload(2, "slow.png", picture(TroublesomeCheck.SLOW_WIDTH));
            DemoUploads uploads = new DemoUploads(writer, 1);
            for (int i = 0; i < GOOD + KNOWN + CORRUPT; i++) {
                uploads.next(i < CORRUPT ? Kind.CORRUPT : i < CORRUPT + KNOWN ? Kind.KNOWN : Kind.GOOD);
            }
            missing = writer.upload(3, "late.jpg", late);
        }
        Path original = directory.resolve("store/originals").resolve(ImageStore.sha256(late));
        Path away = Files.move(original, directory.resolve("late.jpg"));
        await("cards").untilAsserted(() -> assertThat(states()).isEqualTo(Map.of("processing", UPLOADS)));

        // The page hears of what follows.
        List<String> feed = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> following = HTTP.sendAsync(
                        request("v1/views/image_status/changes").build(), BodyHandlers.ofLines())
                .thenAccept(answer -> answer.body().forEach(feed::add));
        await("the feed").until(() -> feed.contains("event: ready"));
        try (ThumbnailsProcess thumbnails = ThumbnailsProcess.start(config, directory, SHARDS)) {
            await("some thumbnails").until(() -> count("SELECT count(*) FROM thumbnails") >= 9);
            thumbnails.kill();
            assertThat(count("SELECT count(*) FROM thumbnails")).isLessThan(3 * (GOOD + KNOWN + 2));
            thumbnails.startAgain();
            for (int death = 1; death <= 3; death++) {
                try (Workers workers = scanners()) {
                    await("its end").until(() -> workers.failure().isPresent());
                    assertThat(workers.failure()).get().isInstanceOf(OutOfMemoryError.class);
                }
            }
            try (Workers workers = scanners()) {
                await("the work").untilAsserted(() -> assertThat(states())
                        .isEqualTo(Map.of("ready", GOOD, "rejected", KNOWN, "failed", CORRUPT + 3)));
                await("a card in the feed").untilAsserted(() -> assertThat(feed)
                        .anySatisfy(line -> assertThat(line).matches("data: .*\"after\":.*\"state\":\"ready\".*")));
                assertThat(card(deadly).path("failure").asText())
                        .isEqualTo("scan: a worker has begun it 3 times and was not heard of again");
                assertThat(card(slow).path("failure").asText())
                        .isEqualTo("scan: it was not done after 400 ms, 3 times");
                assertThat(letters())
                        .isEqualTo(new TreeMap<>(Map.of(
                                "scan unreadable", 2,
                                "scan too_large", 1,
                                "scan missing", 1,
                                "scan worker_died", 1,
                                "scan timed_out", 1,
                                "thumbnails unreadable", 2,
                                "thumbnails too_large", 1,
                                "thumbnails missing", 1)));

                // The picture that was missing is there after all.
                Files.move(away, original);
                assertThat(dlq("replay", "--reason", "missing")).contains("2 replayed");
                await("the replay")
                        .untilAsserted(() ->
                                assertThat(card(missing).path("state").asText()).isEqualTo("ready"));
                assertThat(workers.failure()).isEmpty();
            }
        }

        following.cancel(true);
        assertThat(changes("images.thumbnails"))
                .as("changes of thumbnails: each was written once, by whichever worker")
                .hasSize(3 * (GOOD + KNOWN + 3))
                .allSatisfy((key, count) -> assertThat(count).isEqualTo(1));
        assertThat(changes("images.scans")).hasSize(GOOD + KNOWN + 1).allSatisfy((key, count) -> assertThat(count)
                .isEqualTo(1));
        for (String view : List.of("image_status", "user_images")) {
            await(view).untilAsserted(() -> assertThat(verify(view)).contains("all equal to PostgreSQL's"));
        }
        assertPageShows(card(missing).path("preview").asText());
    }

    /** What ./millrace dev --autoscale does, with a queue that is there at once. */
    @Test
    @Order(2)
    void asManyProcessesMakeThumbnailsAsThereIsWorkFor() throws Exception {
        String policy =
                Files.readString(PIPELINE.resolve(PolicyFile.NAME)).replace("scaleDownDelay: 20", "scaleDownDelay: 3");
        ScaledWorkers.Work work =
                new ScaledWorkers.Work(PIPELINE, directory.resolve("store"), SHARDS, Map.of("image.pause.ms", "200"));
        ScalingPolicy read = PolicyFile.read(policy, PolicyFile.NAME).orThrow();
        PipelineConfig properties = PlannedPipeline.readOrThrow(PIPELINE, Optional.of(config))
                .pipeline()
                .config();
        List<ProcessHandle> seen;
        try (ScaledWorkers workers = ScaledWorkers.start(read, properties, work, directory.resolve("scaled"))) {
            await("the first worker").until(() -> processes().size() == 1);
            long before = count("SELECT count(*) FROM thumbnails");
            try (UploadWriter writer = new UploadWriter(store, SHARDS)) {
                DemoUploads uploads = new DemoUploads(writer, 2);
                for (int i = 0; i < WAVE; i++) {
                    uploads.next(Kind.GOOD);
                }
            }
            await("more workers").until(() -> processes().size() >= 3);
            seen = processes();
            assertThat(workers.report()).matches("\\d workers of thumbnails, since UploadsThatWait was \\d+");
            await("the work").until(() -> count("SELECT count(*) FROM thumbnails") == before + 3 * WAVE);
            await("that they go").until(() -> processes().size() == 1);
            assertThat(run(List.of("autoscale", "status")))
                    .containsPattern("thumbnails +\\| process +\\| done +\\| 1 +\\| 1 +\\|");
            assertThat(run(List.of("autoscale", "history", "thumbnails"))).contains("0 -> 1", "scale-in");
        }
        await("their end").until(() -> processes().isEmpty() && seen.stream().noneMatch(ProcessHandle::isAlive));
    }

    /** The workers, by what they are given. */
    private static List<ProcessHandle> processes() {
        return ProcessHandle.current()
                .descendants()
                .filter(each ->
                        each.isAlive() && each.info().commandLine().orElse("").contains("worker.arguments"))
                .toList();
    }

    private static Workers scanners() {
        WorkerConfig worker = WorkerConfig.of(
                PIPELINE,
                Map.of(
                        "check", "troublesome",
                        "image.timeout.ms", "400",
                        "retry.first.pause.ms", "50",
                        "retry.multiplier", "1"));
        Queue queue = ImagesAccess.queue(PIPELINE, Optional.of(config), properties -> properties);
        Step step = new ScanStep(worker.check());
        return Workers.start(1, () -> Worker.of(queue, step, store, SHARDS, worker, line -> {}), "scan");
    }

    private static byte[] picture(int width) {
        return PictureTest.encoded(new BufferedImage(width, 100, BufferedImage.TYPE_INT_RGB), "png");
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(page.url().resolve(path));
    }

    private static InputStream get(String path) throws IOException, InterruptedException {
        return HTTP.send(request(path).build(), BodyHandlers.ofInputStream()).body();
    }

    private static JsonNode json(String path) throws IOException, InterruptedException {
        try (InputStream body = get(path)) {
            return JSON.readTree(body);
        }
    }

    private static JsonNode card(long upload) throws IOException, InterruptedException {
        return json("v1/views/image_status/" + upload);
    }

    /** How many cards there are of each state. */
    private static Map<String, Integer> states() throws IOException, InterruptedException {
        Map<String, Integer> states = new TreeMap<>();
        json("v1/views/image_status?by=uploaded_at")
                .path("rows")
                .forEach(row -> states.merge(row.path("state").asText(), 1, Integer::sum));
        return states;
    }

    private static long count(String sql) throws SQLException {
        long count = 0;
        for (PostgresServer shard : stack.shards()) {
            try (Connection connection = shard.connect();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(sql)) {
                row.next();
                count += row.getLong(1);
            }
        }
        return count;
    }

    /** How many open dead letters there are, by the step and why. */
    private static Map<String, Integer> letters() throws IOException {
        Map<String, Integer> letters = new TreeMap<>();
        for (String line : dlq("list", "--state", "open", "--json").lines().toList()) {
            JsonNode letter = JSON.readTree(line);
            String step = letter.path("message").asText().replaceFirst(":.*", "");
            letters.merge(step + " " + letter.path("reason").asText(), 1, Integer::sum);
        }
        return letters;
    }

    /** How many changes a table's topic has of each key; a deletion is none. */
    private static Map<String, Integer> changes(String topic) {
        Map<String, Integer> changes = new TreeMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", stack.broker().bootstrapServers()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(record -> changes.merge(Arrays.toString(record.key()), 1, Integer::sum));
            }
        }
        return changes;
    }

    private static void assertPageShows(String thumbnail) throws IOException, InterruptedException {
        try (InputStream index = get("");
                InputStream picture = get("thumbnails/" + thumbnail);
                InputStream nothing = get("thumbnails/..%2foriginals")) {
            assertThat(new String(index.readAllBytes(), StandardCharsets.UTF_8)).contains("new EventSource(");
            assertThat(ImageIO.read(picture).getWidth()).isLessThanOrEqualTo(320);
            assertThat(new String(nothing.readAllBytes(), StandardCharsets.UTF_8))
                    .contains("no such thumbnail");
        }
        String name = URLEncoder.encode("täglich.jpg", StandardCharsets.UTF_8);
        HttpRequest.Builder upload =
                request("uploads?name=" + name).POST(HttpRequest.BodyPublishers.ofByteArray(GeneratedPicture.good(1)));
        assertThat(HTTP.send(upload.build(), BodyHandlers.discarding()).statusCode())
                .as("as another site's page could send it")
                .isEqualTo(415);
        upload.header("Content-Type", "application/octet-stream");
        String id = HTTP.send(upload.build(), BodyHandlers.ofString()).body();
        await("the card").untilAsserted(() -> assertThat(
                        card(Long.parseLong(id)).path("name").asText())
                .isEqualTo("täglich.jpg"));
    }

    private static String dlq(String... arguments) {
        List<String> all = new ArrayList<>(List.of("dlq"));
        all.addAll(List.of(arguments));
        return run(all);
    }

    private static String verify(String view) {
        List<String> arguments = new ArrayList<>(List.of(
                "verify",
                view,
                "--server",
                server.url(),
                "--scratch",
                stack.replica().jdbcUrl(),
                "--bootstrap-server",
                stack.broker().bootstrapServers()));
        SHARDS.values().forEach(url -> arguments.addAll(List.of("--shard", url)));
        return run(arguments);
    }

    /** What a command prints, with the pipeline's folder and properties. */
    private static String run(List<String> arguments) {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of("--pipeline", PIPELINE.toString(), "--config", config.toString()));
        StringWriter out = new StringWriter();
        Millrace.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(out, true))
                .execute(all.toArray(String[]::new));
        return out.toString();
    }

    private static ConditionFactory await(String what) {
        return Awaitility.await(what).atMost(PATIENCE).pollInterval(Duration.ofMillis(100));
    }
}
