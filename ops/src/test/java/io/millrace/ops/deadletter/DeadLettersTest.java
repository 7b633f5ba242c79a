package io.millrace.ops.deadletter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.alert.AlertWatch;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.cli.Millrace;
import io.millrace.connectors.http.BodySignature;
import io.millrace.deadletter.Brokers;
import io.millrace.deadletter.DeadLetterTopic;
import io.millrace.deadletter.Discard;
import io.millrace.deadletter.Outcome;
import io.millrace.deadletter.Replay;
import io.millrace.deadletter.Selection;
import io.millrace.ops.registry.DevelopmentRegistry;
import io.millrace.ops.stack.Broker;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.schemas.PayloadPartitioner;
import io.millrace.schemas.RegistryClient;
import io.millrace.serve.PipelineServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code millrace dlq} on a broker, with a pipeline in this process: events that are mended, and changes of a table. */
final class DeadLettersTest {
    private static final int PARTITIONS = 2;
    private static final String PHOTOS = "shop.photos";
    private static final String TABLES = """
            CREATE TABLE sales (shop text NOT NULL, pieces integer NOT NULL) WITH (topic = 'sales', format = 'json');
            CREATE TABLE notes (note text NOT NULL) WITH (topic = 'notes', format = 'json');
            CREATE TABLE photos (id bigint PRIMARY KEY, caption text);
            """;
    private static final String SOLD =
            "CREATE VIEW sold AS SELECT shop, sum(pieces) AS pieces, count(*) AS sales FROM sales GROUP BY shop;\n";
    private static final String VIEWS = SOLD + """
            CREATE VIEW shares AS SELECT shop, 100 / pieces AS share FROM sales;
            CREATE VIEW noted AS SELECT note FROM notes;
            CREATE VIEW captions AS SELECT id, caption FROM photos;
            """;

    @TempDir
    private static Path directory;

    private static Broker broker;
    private static DevelopmentRegistry registry;
    private static PipelineServer server;
    private static KafkaProducer<byte[], byte[]> producer;
    private static Path folder;
    private static PhotoChanges changes;
    private final ObjectMapper json = new ObjectMapper();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void start() throws Exception {
        broker = Broker.start(directory.resolve("kafka"), 0);
        registry = DevelopmentRegistry.start(broker.bootstrapServers(), 0);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.createTopics(List.of(
                            new NewTopic("sales", PARTITIONS, (short) 1),
                            new NewTopic("notes", PARTITIONS, (short) 1),
                            new NewTopic("watched.dlq", 1, (short) 1),
                            new NewTopic(PHOTOS, PARTITIONS, (short) 1).configs(Map.of("cleanup.policy", "compact"))))
                    .all()
                    .get();
        }
        producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers", broker.bootstrapServers(),
                        "partitioner.class", PayloadPartitioner.class,
                        "schema.registry.url", registry.url()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        folder = folder("shop", TABLES, VIEWS);
        server = serve(folder);
        changes = new PhotoChanges(PHOTOS, new RegistryClient(registry.url()));
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable each : new AutoCloseable[] {server, producer, registry, broker}) {
            if (each != null) {
                each.close();
            }
        }
    }

    private static Path folder(String application, String tables, String views) throws IOException {
        Path made = Files.createDirectories(directory.resolve(application));
        Files.writeString(made.resolve("tables.sql"), tables);
        Files.writeString(made.resolve("views.sql"), views);
        Files.writeString(
                made.resolve("millrace.properties"),
                String.join(
                        "\n",
                        "application.id = " + application,
                        "database = shop",
                        "kafka.bootstrap.servers = " + broker.bootstrapServers(),
                        "schema.registry.url = " + registry.url(),
                        "partitions = " + PARTITIONS,
                        "threads = 1",
                        "http.port = 0",
                        "state.dir = " + directory.resolve("state-" + application)));
        return made;
    }

    private static PipelineServer serve(Path of) {
        PlannedPipeline planned = planned(of);
        PipelineServer started = PipelineServer.start(
                planned, planned.pipeline().config(), new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        started.awaitReady(Duration.ofMinutes(1));
        return started;
    }

    private static PlannedPipeline planned(Path of) {
        PlannedPipeline planned = PlannedPipeline.read(of, Optional.empty(), Map.of());
        assertThat(planned.errors()).isEmpty();
        return planned;
    }

    /** Two instances, of which the second goes on where the first ends; the server fails at first. */
    @Test
    void oneInstancePostsEachAlertOnce() throws Exception {
        List<String> keys = Collections.synchronizedList(new ArrayList<>());
        List<JsonNode> taken = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger failures = new AtomicInteger(1);
        HttpServer hook = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hook.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
            boolean signed = new BodySignature("of alerts")
                    .of(body)
                    .equals(exchange.getRequestHeaders().getFirst(BodySignature.HEADER));
            boolean takes = signed && failures.getAndDecrement() <= 0;
            if (takes) {
                keys.add(key);
                taken.add(json.readTree(body));
            }
            exchange.sendResponseHeaders(takes ? 204 : 503, -1);
            exchange.close();
        });
        hook.start();
        Path secret = directory.resolve("alerts.properties");
        Files.writeString(secret, "hook=of alerts\n");
        PipelineConfig config = PipelineConfig.read(
                        String.join(
                                "\n",
                                "application.id = watched",
                                "kafka.bootstrap.servers = " + broker.bootstrapServers(),
                                "alerts.interval.ms = 200",
                                "alerts.dead.letter.age.ms = 1000",
                                "alerts.webhook.url = http://127.0.0.1:"
                                        + hook.getAddress().getPort() + "/hook",
                                "alerts.webhook.signature.secret = ${file:" + secret + ":hook}"),
                        "millrace.properties",
                        "watched",
                        Map.of())
                .config();
        DeadLetterTopic topic = new DeadLetterTopic("watched.dlq", "watched", Optional.empty(), Optional.empty());
        producer.send(new ProducerRecord<>("watched.dlq", 0, 5L, new byte[] {1}, new byte[] {2}))
                .get();
        SimpleMeterRegistry first = new SimpleMeterRegistry();
        SimpleMeterRegistry second = new SimpleMeterRegistry();
        AlertWatch one = AlertWatch.start(config, List.of(topic), List::of, first);
        try {
            patiently("an alert").untilAsserted(() -> assertThat(keys).hasSize(1));
            assertThat(taken.get(0).path("what").asText()).isEqualTo("dead.letter.age");
            assertThat(taken.get(0).path("topic").asText()).isEqualTo("watched.dlq");
            assertThat(first.get("millrace.dead.letters.oldest.seconds").gauge().value())
                    .isGreaterThan(1e9);
        } finally {
            one.close();
        }
        List<AlertWatch> next = List.of(
                AlertWatch.start(config, List.of(topic), List::of, second),
                AlertWatch.start(config, List.of(topic), List::of, first));
        try {
            patiently("who looks now").until(() -> open(first) + open(second) == 1);
            discardAll(topic);
            patiently("the end of it").untilAsserted(() -> assertThat(keys).hasSize(2));
            assertThat(open(first) + open(second)).isZero();
        } finally {
            next.forEach(AlertWatch::close);
            hook.stop(0);
        }
        assertThat(taken).extracting(each -> each.path("state").asText()).containsExactly("firing", "resolved");
        assertThat(taken)
                .extracting(each -> each.path("id").asText())
                .containsOnly(taken.get(0).path("id").asText());
    }

    private static void discardAll(DeadLetterTopic topic) {
        new Discard(
                        new Brokers(planned(folder).pipeline().config()),
                        SchemaLookup.of(new RegistryClient(registry.url())),
                        new Discard.Options(false, "me", "a test"),
                        outcome -> {},
                        io.millrace.deadletter.Progress.NONE)
                .run(
                        topic,
                        new Selection(
                                Set.of(), Set.of(), Optional.empty(), Optional.empty(), Optional.empty(), Set.of()));
    }

    private static double open(SimpleMeterRegistry meters) {
        Gauge gauge = meters.find("millrace.dead.letters.open").gauge();
        return gauge == null ? 0 : gauge.value();
    }

    @Test
    void eventsAreMendedOnceForAllWhoReadThem() throws Exception {
        sell(0, "{\"shop\":\"a\",\"pieces\":1}");
        sell(0, "no JSON");
        sell(0, "{\"shop\":\"a\",\"pieces\":\"many\"}");
        sell(1, "{\"shop\":\"b\"}");
        sell(1, "{\"shop\":\"b\",\"pieces\":0}");
        List<JsonNode> listed = awaitListed("sales", 3);
        assertThat(texts(listed, "state")).containsOnly("open");
        assertThat(texts(listed, "reason")).containsExactlyInAnyOrder("malformed", "invalid_value", "null_value");
        assertThat(texts(dlq("list", "--topic", "sales", "--reason", "null_value", "--since", "1h"), "message"))
                .containsExactly("column pieces is declared NOT NULL, but has no value");
        assertThat(dlq("list", "--topic", "sales", "--until", "1h")).isEmpty();
        awaitRows("sold", "{\"shop\":\"a\",\"pieces\":1,\"sales\":1}", "{\"shop\":\"b\",\"pieces\":0,\"sales\":1}");

        String many = idOf(listed, "invalid_value");
        JsonNode shown = dlq("show", many).get(0);
        assertThat(shown.path("value").asText()).isEqualTo("{\"shop\":\"a\",\"pieces\":\"many\"}");
        assertThat(shown.path("message").asText()).contains("column pieces", "many");
        assertThat(shown.path("headers").path("__millrace.errors.attempts").asText())
                .isEqualTo("1");
        assertThat(run("show", many)).isZero();
        assertThat(out.toString()).contains("value: {\"shop\"", "read from        sales-0 at 2");

        assertThat(run("replay", many)).isEqualTo(1);
        assertThat(out.toString()).contains("it would fail again: column pieces", "--value");
        assertThat(run("replay", many, "--value", "{\"shop\":\"a\"}")).isEqualTo(1);
        assertThat(out.toString()).contains("the other value would fail, too");
        String[] mend = {"replay", many, "--value", "{\"shop\":\"a\",\"pieces\":7}"};
        assertThat(run("replay", many, "--value", "{\"shop\":\"a\",\"pieces\":7}", "--dry-run"))
                .isZero();
        assertThat(out.toString()).contains(many + " would be replayed");
        assertThat(run(mend)).isZero();
        assertThat(run(mend)).as("once").isEqualTo(1);
        assertThat(out.toString()).contains("it was replayed at").contains("--again");
        String[] whole = {"{\"shop\":\"a\",\"pieces\":8,\"sales\":2}", "{\"shop\":\"b\",\"pieces\":0,\"sales\":1}"};
        awaitRows("sold", whole);
        assertThat(records("sales")).hasSize(6);

        // A pipeline that reads the topic from its beginning, and one to which the original was an event all along.
        try (PipelineServer other = serve(folder("other", TABLES, SOLD))) {
            awaitRows(other, "sold", whole);
        }
        String asText = TABLES.replace("pieces integer", "pieces text");
        String texts =
                "CREATE VIEW sold AS SELECT shop, max(pieces) AS most, count(*) AS sales FROM sales GROUP BY shop;";
        try (PipelineServer other = serve(folder("texts", asText, texts))) {
            awaitRows(
                    other,
                    "sold",
                    "{\"shop\":\"a\",\"most\":\"many\",\"sales\":2}",
                    "{\"shop\":\"b\",\"most\":\"0\",\"sales\":1}");
        }
        assertThat(texts(dlq("list", "--topic", "sales", "--reason", "invalid_value"), "state"))
                .as("mended for the other that cannot read it, too")
                .containsExactly("replayed", "replayed");

        assertThat(run("discard", "--topic", "sales", "--reason", "malformed", "--because", "a test"))
                .isZero();
        assertThat(dlq("show", idOf(listed, "malformed"))
                        .get(0)
                        .path("audit")
                        .path("reason")
                        .asText())
                .isEqualTo("a test");
        Map<String, JsonNode> stats = new java.util.TreeMap<>();
        dlq("stats", "--topic", "sales")
                .forEach(line -> stats.put(line.path("reason").asText(), line));
        assertThat(stats.get("malformed").path("discarded").asInt()).isEqualTo(3);
        assertThat(stats.get("malformed").path("open").asInt()).isZero();
        assertThat(stats.get("invalid_value").path("replayed").asInt()).isEqualTo(2);
        assertThat(stats.get("null_value").path("open").asInt()).isPositive();
        assertThat(stats.get("null_value").path("a_minute").asDouble()).isPositive();

        awaitListed("shares", 1);
        assertThat(run("replay", "--topic", "shares")).isEqualTo(2);
        assertThat(err.toString()).contains("rows of view shares", "computed again when it changes");
        assertThat(run("discard", "--topic", "shares", "--because", "nothing was sold"))
                .isZero();
        assertThat(texts(dlq("list", "--topic", "shares"), "state")).containsExactly("discarded");
    }

    @Test
    void changesOfATableAreReplayedUnlessALaterOneOfTheirRowIsThere() throws Exception {
        for (long id = 1; id <= 5; id++) {
            photo(id, changes.change(10 + id, id, "first"));
        }
        photo(1, changes.laterChange(21, 1, "second"));
        photo(1, changes.laterChange(22, 1, "third"));
        photo(2, changes.laterChange(23, 2, "second"));
        photo(2, changes.change(24, 2, "third"));
        photo(3, changes.laterChange(25, 3, "second"));
        photo(3, changes.change(26, 3, null));
        photo(3, null);
        photo(4, changes.laterChange(27, 4, null));
        photo(4, null);
        photo(5, changes.laterChange(28, 5, "second"));
        List<JsonNode> listed = awaitListed("photos", 6);
        assertThat(texts(listed, "reason")).containsOnly("unknown_schema");
        awaitRows("captions", row(1, "first"), row(2, "third"), row(4, "first"), row(5, "first"));
        assertThat(texts(dlq("list", "--topic", "photos", "--key", "4"), "id")).hasSize(1);
        assertThat(run("replay", "--topic", "photos")).isEqualTo(1);
        assertThat(out.toString())
                .contains("it would fail again: the schema registry knows no schema of id", "6 refused");

        assertThat(changes.registerLater()).isTrue();
        assertThat(run("replay", "--topic", "photos", "--key", "5", "--value", "{}"))
                .isEqualTo(2);
        assertThat(replayedWhile(
                        "photos", PHOTOS, Optional.of("5"), null, () -> photo(5, changes.change(29, 5, "third"))))
                .containsExactly(Outcome.Kind.SUPERSEDED);
        assertThat(run("replay", "--topic", "photos")).isZero();
        assertThat(out.toString()).contains("3 replayed, 2 superseded", "a later change of its row is at offset");
        awaitRows("captions", row(1, "third"), row(2, "third"), row(5, "third"));
        assertThat(run("replay", "--topic", "photos", "--again")).isZero();
        assertThat(lastOf(1)).isEqualTo(changes.laterChange(22, 1, "third"));
        assertThat(lastOf(2)).isEqualTo(changes.change(24, 2, "third"));
        assertThat(lastOf(3)).isNull();
        assertThat(lastOf(5)).isEqualTo(changes.change(29, 5, "third"));
        awaitRows("captions", row(1, "third"), row(2, "third"), row(5, "third"));
    }

    @Test
    void ofTwoAtATimeOneWrites() throws Exception {
        send(new ProducerRecord<>("notes", 0, null, "no JSON".getBytes(StandardCharsets.UTF_8)));
        awaitListed("notes", 1);
        byte[] mended = "{\"note\":\"mended\"}".getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> replayedWhile(
                        "notes",
                        "notes.dlq",
                        Optional.empty(),
                        mended,
                        () -> run("discard", "--topic", "notes", "--because", "it is I")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("another millrace dlq has begun to write");
        assertThat(records("notes")).hasSize(1);
        assertThat(texts(dlq("list", "--topic", "notes"), "state")).containsExactly("discarded");
    }

    /** Replays what a key has while something happens as soon as a topic is read. */
    private static List<Outcome.Kind> replayedWhile(
            String table, String read, Optional<String> key, byte[] value, Runnable happens) {
        PlannedPipeline planned = planned(folder);
        DeadLetterTopic topic = DeadLetterTopic.of(planned).stream()
                .filter(each -> each.table().isPresent() && each.isNamed(table))
                .findFirst()
                .orElseThrow();
        List<Outcome.Kind> outcomes = new ArrayList<>();
        boolean[] happened = {false};
        new Replay(
                        new Brokers(planned.pipeline().config()),
                        planned,
                        SchemaLookup.of(new RegistryClient(registry.url())),
                        new Replay.Options(false, false, "test", value),
                        outcome -> outcomes.add(outcome.kind()),
                        (reading, done, total) -> {
                            if (reading.equals(read) && !happened[0]) {
                                happened[0] = true;
                                happens.run();
                            }
                        })
                .run(topic, new Selection(Set.of(), Set.of(), Optional.empty(), Optional.empty(), key, Set.of()));
        assertThat(happened[0]).isTrue();
        return outcomes;
    }

    private static String row(long id, String caption) {
        return "{\"id\":" + id + ",\"caption\":\"" + caption + "\"}";
    }

    private static void sell(int partition, String event) {
        send(new ProducerRecord<>("sales", partition, null, event.getBytes(StandardCharsets.UTF_8)));
    }

    private static void photo(long id, byte[] change) {
        send(new ProducerRecord<>(PHOTOS, changes.key(id), change));
    }

    private static void send(ProducerRecord<byte[], byte[]> record) {
        try {
            producer.send(record).get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** What compaction would leave of a photo. */
    private static byte[] lastOf(long id) {
        byte[] key = changes.key(id);
        return records(PHOTOS).stream()
                .filter(record -> Arrays.equals(record.key(), key))
                .reduce((earlier, later) -> later)
                .orElseThrow()
                .value();
    }

    /** What is committed in a topic; of a key in its order. */
    private static List<ConsumerRecord<byte[], byte[]>> records(String topic) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        broker.bootstrapServers(),
                        "isolation.level",
                        "read_committed",
                        "enable.auto.commit",
                        false),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = IntStream.range(0, PARTITIONS)
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(50)).forEach(records::add);
            }
        }
        return records;
    }

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("dlq"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--pipeline", folder.toString()));
        all.addAll(List.of("--config", folder.resolve("millrace.properties").toString()));
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Millrace.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    /** The lines that a command prints as JSON. */
    private List<JsonNode> dlq(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--json");
        assertThat(run(all.toArray(String[]::new))).as(err.toString()).isZero();
        List<JsonNode> lines = new ArrayList<>();
        for (String line : out.toString().lines().toList()) {
            try {
                lines.add(json.readTree(line));
            } catch (IOException e) {
                throw new IllegalStateException(line, e);
            }
        }
        return lines;
    }

    private List<JsonNode> awaitListed(String topic, int count) {
        return patiently("dead letters of " + topic)
                .until(() -> dlq("list", "--topic", topic), listed -> listed.size() == count);
    }

    private static String idOf(List<JsonNode> listed, String reason) {
        return listed.stream()
                .filter(line -> line.path("reason").asText().equals(reason))
                .findFirst()
                .orElseThrow()
                .path("id")
                .asText();
    }

    private static List<String> texts(List<JsonNode> lines, String member) {
        return lines.stream().map(line -> line.path(member).asText()).toList();
    }

    private static void awaitRows(String view, String... rows) {
        awaitRows(server, view, rows);
    }

    private static void awaitRows(PipelineServer of, String view, String... rows) {
        patiently("rows of " + view)
                .untilAsserted(() -> assertThat(rows(of, view)).containsExactlyInAnyOrder(rows));
    }

    private static List<String> rows(PipelineServer of, String view) throws Exception {
        HttpResponse<String> page = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(of.url() + "/v1/views/" + view))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        List<String> rows = new ArrayList<>();
        new ObjectMapper().readTree(page.body()).path("rows").forEach(row -> rows.add(row.toString()));
        return rows;
    }

    private static ConditionFactory patiently(String what) {
        return Awaitility.await(what).atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(200));
    }
}
