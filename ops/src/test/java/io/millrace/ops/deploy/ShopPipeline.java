package io.millrace.ops.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.differential.TopicReader;
import io.millrace.ops.registry.DevelopmentRegistry;
import io.millrace.ops.stack.Broker;
import io.millrace.ops.stack.EventTopic;
import io.millrace.plan.PlanNode;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.schemas.AvroSerdes;
import io.millrace.schemas.RegistryClient;
import io.millrace.serve.PipelineServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.awaitility.core.ConditionTimeoutException;

/** A broker, a registry, a topic of sales, and instances of a pipeline over it whose folder a test changes. */
final class ShopPipeline implements AutoCloseable {
    static final int PARTITIONS = 2;
    static final Duration PATIENCE = Duration.ofMinutes(2);
    static final String TABLES = """
            CREATE TABLE sales (shop text NOT NULL, article integer NOT NULL, pieces integer NOT NULL)
              WITH (topic = 'sales', format = 'json');
            """;

    private final Path directory;
    private final Broker broker;
    private final DevelopmentRegistry registry;
    final Admin admin;
    private final EventTopic events;
    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, Integer> ports = new TreeMap<>();
    private final Random random;
    /** Every sale: shop, article, pieces. */
    final List<Sale> sales = new ArrayList<>();

    record Sale(String shop, int article, int pieces) {}

    ShopPipeline(Path directory, long seed) throws Exception {
        this.directory = directory;
        this.random = new Random(seed);
        broker = Broker.start(directory.resolve("kafka"), 0);
        registry = DevelopmentRegistry.start(broker.bootstrapServers(), 0);
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
        events = EventTopic.create(broker.bootstrapServers(), "sales", PARTITIONS);
    }

    /** Writes the pipeline's folder of an instance, and returns it. */
    Path write(String instance, String tables, String views) throws IOException {
        Path folder = Files.createDirectories(directory.resolve(instance));
        Files.writeString(folder.resolve("tables.sql"), tables);
        Files.writeString(folder.resolve("views.sql"), views);
        int port = ports.computeIfAbsent(instance, any -> freePort());
        Files.writeString(
                folder.resolve("millrace.properties"),
                String.join(
                        "\n",
                        "application.id = shops",
                        "kafka.bootstrap.servers = " + broker.bootstrapServers(),
                        "schema.registry.url = " + registry.url(),
                        "partitions = " + PARTITIONS,
                        "threads = 1",
                        "http.port = " + port,
                        "application.server = 127.0.0.1:" + port,
                        "state.dir = " + directory.resolve("state-" + instance)));
        return folder;
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    PipelineServer start(Path folder) {
        PlannedPipeline planned = PlannedPipeline.read(folder, Optional.empty(), Map.of());
        assertThat(planned.errors()).isEmpty();
        return PipelineServer.start(
                planned, planned.pipeline().config(), new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    }

    /** Deploys a pipeline in this process: writes its folder and starts it. */
    PipelineServer deploy(String views) throws IOException {
        PipelineServer server = start(write("one", TABLES, views));
        server.awaitReady(PATIENCE);
        return server;
    }

    void sell(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            Sale sale = new Sale("s" + random.nextInt(40), random.nextInt(25), 1 + random.nextInt(9));
            sales.add(sale);
            events.send(
                    "{\"shop\":\"" + sale.shop + "\",\"article\":" + sale.article + ",\"pieces\":" + sale.pieces + "}");
        }
        events.flush();
    }

    /** By shop the pieces sold of articles from one number on; rows of a view with columns shop and n. */
    List<String> piecesByShop(int fromArticle) {
        Map<String, Integer> sums = new TreeMap<>();
        sales.stream()
                .filter(sale -> sale.article >= fromArticle)
                .forEach(sale -> sums.merge(sale.shop, sale.pieces, Integer::sum));
        return rows(sums);
    }

    /** By shop how often it has sold. */
    List<String> countByShop() {
        Map<String, Integer> counts = new TreeMap<>();
        sales.forEach(sale -> counts.merge(sale.shop, 1, Integer::sum));
        return rows(counts);
    }

    private static List<String> rows(Map<String, Integer> byShop) {
        return byShop.entrySet().stream()
                .map(entry -> "{\"shop\":\"" + entry.getKey() + "\",\"n\":" + entry.getValue() + "}")
                .sorted()
                .toList();
    }

    HttpResponse<String> get(PipelineServer server, String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(server.url() + path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** A view's rows, sorted; empty while it cannot be read. */
    Optional<List<String>> rows(PipelineServer server, String view) throws IOException, InterruptedException {
        HttpResponse<String> page = get(server, "/v1/views/" + view + "?limit=10000");
        if (page.statusCode() != 200) {
            return Optional.empty();
        }
        List<String> rows = new ArrayList<>();
        json.readTree(page.body()).path("rows").forEach(row -> rows.add(row.toString()));
        rows.sort(null);
        return Optional.of(rows);
    }

    /** As {@link #rows}. */
    Optional<List<String>> rowsNow(PipelineServer server, String view) {
        try {
            return rows(server, view);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The names of views that are served, and of those that are being built. */
    Set<String> listed(PipelineServer server, String list) throws IOException, InterruptedException {
        Set<String> names = new TreeSet<>();
        for (JsonNode each : json.readTree(get(server, "/v1/views").body()).path(list)) {
            names.add(each.path("name").asText());
        }
        return names;
    }

    void awaitRows(PipelineServer server, String view, List<String> expected) {
        try {
            patiently(view).untilAsserted(() -> assertThat(rows(server, view)).contains(expected));
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(e.getMessage() + "\nWhere it stands: " + standing(server), e);
        }
    }

    /** What tells lost records from a pipeline that is stuck. */
    private String standing(PipelineServer server) {
        try {
            return sales.size() + " sales; the topic, " + stand("sales") + "; " + topics("shops") + "; views "
                    + get(server, "/v1/views").body() + "; metrics\n"
                    + get(server, "/metrics").body();
        } catch (Exception e) {
            return e.toString();
        }
    }

    void awaitBuilt(PipelineServer server) {
        patiently("all is built")
                .untilAsserted(() -> assertThat(listed(server, "building")).isEmpty());
    }

    static ConditionFactory patiently(String what) {
        return Awaitility.await(what).atMost(PATIENCE).pollInterval(Duration.ofMillis(100));
    }

    /** The topics whose names begin so. */
    Set<String> topics(String front) throws Exception {
        Set<String> found = new TreeSet<>(admin.listTopics().names().get());
        found.removeIf(topic -> !topic.startsWith(front));
        return found;
    }

    /** Where a topic ends, the sum of its partitions; and which topic it is: one that is created again is another. */
    String stand(String topic) throws Exception {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        for (int i = 0; i < PARTITIONS; i++) {
            wanted.put(new TopicPartition(topic, i), OffsetSpec.latest());
        }
        long end = admin.listOffsets(wanted).all().get().values().stream()
                .mapToLong(each -> each.offset())
                .sum();
        return admin.describeTopics(List.of(topic))
                        .allTopicNames()
                        .get()
                        .get(topic)
                        .topicId() + " ends at " + end;
    }

    /** Follows a view's topic from its beginning to its end; returns the rows that it leads to. */
    List<String> published(PlanNode.View view) {
        RegistryClient client = new RegistryClient(registry.url());
        TopicReader reader = new TopicReader(view);
        Map<String, Object> properties = Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "isolation.level",
                "read_committed",
                "enable.auto.commit",
                false);
        try (KafkaConsumer<GenericRecord, GenericRecord> consumer = new KafkaConsumer<>(
                properties,
                AvroSerdes.keys(client).deserializer(),
                AvroSerdes.values(client).deserializer())) {
            List<TopicPartition> partitions = IntStream.range(0, PARTITIONS)
                    .mapToObj(i -> new TopicPartition("shops." + view.name(), i))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(50)).forEach(record -> reader.read(record.key(), record.value()));
            }
        }
        return reader.rows();
    }

    /** A view of a folder. */
    static PlanNode.View view(Path folder, String name) {
        return PlannedPipeline.read(folder, Optional.empty(), Map.of()).plan().views().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        events.close();
        admin.close();
        registry.close();
        broker.close();
    }
}
