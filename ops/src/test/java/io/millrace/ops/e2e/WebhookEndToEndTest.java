package io.millrace.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.ops.stack.Broker;
import io.millrace.ops.stack.ConnectWorker;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToIntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A webhook sink in a real Connect, with a real broker and server. */
final class WebhookEndToEndTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Pattern BODY =
            Pattern.compile("\\{\"topic\":\"(\\w+)\",\"partition\":(\\d+),\"offset\":(\\d+),.*\"key\":\"(\\w+)\",.*");

    @TempDir
    private static Path directory;

    private static Broker broker;
    private static ConnectWorker connect;
    private static HttpServer server;
    private static ExecutorService threads;
    private static final List<Taken> TAKEN = Collections.synchronizedList(new ArrayList<>());
    /** The status by which a body is answered. */
    private static volatile ToIntFunction<String> statuses = body -> 200;

    /** A record that the server took. */
    private record Taken(String topic, String key, int partition, long offset, String idempotencyKey) {}

    @BeforeAll
    static void start() throws Exception {
        threads = Executors.newCachedThreadPool();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", WebhookEndToEndTest::handle);
        server.setExecutor(threads);
        server.start();
        broker = Broker.start(directory.resolve("kafka"), 0);
        Path secrets = Files.createDirectories(directory.resolve("secrets"));
        Files.writeString(secrets.resolve("hook.properties"), "token=Bearer 123\n");
        connect = ConnectWorker.start(broker.bootstrapServers(), secrets, 0);
    }

    @AfterAll
    static void stop() throws Exception {
        if (connect != null) {
            connect.close();
        }
        if (broker != null) {
            broker.close();
        }
        server.stop(0);
        threads.shutdownNow();
    }

    private static void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Matcher matcher = BODY.matcher(body);
            boolean known = matcher.matches()
                    && "Bearer 123".equals(exchange.getRequestHeaders().getFirst("Authorization"));
            int status = known ? statuses.applyAsInt(body) : 400;
            if (status == 200) {
                TAKEN.add(new Taken(
                        matcher.group(1),
                        matcher.group(4),
                        Integer.parseInt(matcher.group(2)),
                        Long.parseLong(matcher.group(3)),
                        exchange.getRequestHeaders().getFirst("Idempotency-Key")));
            }
            exchange.sendResponseHeaders(status, -1);
        }
    }

    private static void deploy(String name, String topic, String... more) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
        }
        Map<String, String> sink = new HashMap<>();
        sink.put("connector.class", "io.millrace.connectors.http.HttpSinkConnector");
        sink.put("tasks.max", "2");
        sink.put("topics", topic);
        sink.put("http.url", "http://127.0.0.1:" + server.getAddress().getPort() + "/hook");
        sink.put("http.header.Authorization", "${file:" + directory.resolve("secrets/hook.properties") + ":token}");
        sink.put("retry.first.pause.ms", "5");
        sink.put("retry.max.pause.ms", "20");
        sink.put("errors.tolerance", "all");
        sink.put("errors.deadletterqueue.topic.name", name + ".dlq");
        sink.put("errors.deadletterqueue.topic.replication.factor", "1");
        sink.put("errors.deadletterqueue.context.headers.enable", "true");
        sink.put("consumer.override.auto.offset.reset", "earliest");
        for (String side : List.of("key.converter", "value.converter")) {
            sink.put(side, "org.apache.kafka.connect.storage.StringConverter");
        }
        for (int i = 0; i < more.length; i += 2) {
            sink.put(more[i], more[i + 1]);
        }
        connect.deploy(name, sink);
    }

    private static void produce(String topic, int from, int to) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = from; i < to; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, "k" + i % 11, "v" + i + ".")));
            }
            for (Future<RecordMetadata> each : sent) {
                each.get();
            }
        }
    }

    private static List<Taken> taken(String topic) {
        synchronized (TAKEN) {
            return TAKEN.stream().filter(each -> each.topic().equals(topic)).toList();
        }
    }

    private static void await(String what, org.awaitility.core.ThrowingRunnable assertion) {
        Awaitility.await(what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(assertion);
    }

    /** The server fails at random, one record is bad, and the connector is stopped in between. */
    @Test
    void everyRecordArrivesInTheOrderOfItsKeyOrIsInTheDeadLetters() throws Exception {
        Random random = new Random(3);
        statuses = body -> {
            if (body.contains("\"v42.\"")) {
                return 422;
            }
            synchronized (random) {
                return random.nextInt(20) == 0 ? 503 : 200;
            }
        };
        deploy("hooks", "clicks");
        produce("clicks", 0, 150);
        await("some", () -> assertThat(taken("clicks")).hasSizeGreaterThan(50));
        connect.stop("hooks");
        produce("clicks", 150, 300);
        connect.resume("hooks");
        await("all", () -> assertThat(new TreeSet<>(
                        taken("clicks").stream().map(Taken::idempotencyKey).toList()))
                .hasSize(299));
        Set<String> seen = new HashSet<>();
        Map<String, Long> last = new HashMap<>();
        for (Taken each : taken("clicks")) {
            assertThat(each.idempotencyKey()).isEqualTo("clicks-" + each.partition() + "-" + each.offset());
            // What was not committed before the stop comes again.
            if (seen.add(each.idempotencyKey())) {
                assertThat(each.offset()).as(each.key()).isGreaterThan(last.getOrDefault(each.key(), -1L));
                last.put(each.key(), each.offset());
            }
        }
        await("the dead letter, perhaps twice as well", () -> assertThat(deadLetters("hooks.dlq"))
                .containsOnly(
                        "v42. " + "http://127.0.0.1:" + server.getAddress().getPort() + " answers 422"));
        await("the offsets", () -> assertThat(committed("hooks")).isEqualTo(300));
    }

    /** Connect keeps the records of a sink whose breaker is open, and the sink its place in the group. */
    @Test
    void aStormIsHeldUntilItIsOver() throws Exception {
        statuses = body -> 400;
        deploy("storm", "storms", "breaker.records", "20", "breaker.pause.ms", "500", "tasks.max", "1");
        produce("storms", 0, 100);
        await("the breaker", () -> assertThat(metric("storm", "breaker-open")).isEqualTo(1));
        int dead = deadLetters("storm.dlq").size();
        assertThat(dead).isEqualTo(10);
        Thread.sleep(2_000);
        assertThat(deadLetters("storm.dlq")).hasSize(dead);
        assertThat(taken("storms")).isEmpty();
        assertThat(connect.stateOf("storm")).isEqualTo("RUNNING");
        statuses = body -> 200;
        await("the rest", () -> assertThat(taken("storms")).hasSize(100 - dead));
        await("the breaker", () -> assertThat(metric("storm", "breaker-open")).isZero());
        await("the offsets", () -> assertThat(committed("storm")).isEqualTo(100));
        assertThat(deadLetters("storm.dlq")).hasSize(dead);
    }

    /** The server does not take a record for a while: other keys go on, and what follows it comes behind it. */
    @Test
    void aKeyThatFailsWaitsInARetryTopicWhileOthersGoOn() throws Exception {
        AtomicBoolean refusing = new AtomicBoolean(true);
        statuses = body -> refusing.get() && body.contains("\"v3.\"") ? 503 : 200;
        String[] parking = {
            "retry.topic.delay.ms", "2000", "retry.topic.bootstrap.servers", broker.bootstrapServers(), "tasks.max", "1"
        };
        deploy("parking", "orders", parking);
        deploy("parking-retry", "orders.retry.2s", "tasks.max", "1");
        produce("orders", 0, 110);
        await("the other keys", () -> assertThat(taken("orders")).hasSize(100));
        await("the offsets", () -> assertThat(committed("parking")).isEqualTo(110));
        // A task that is started anew knows by the topic alone that the key is parked.
        connect.stop("parking");
        connect.resume("parking");
        produce("orders", 110, 220);
        await("the other keys", () -> assertThat(taken("orders")).hasSize(200));
        assertThat(taken("orders")).noneMatch(each -> each.key().equals("k3"));
        refusing.set(false);
        await("the parked ones", () -> assertThat(taken("orders")).hasSize(220));
        await("the key", () -> {
            // It is looked at when records come.
            produce("orders", 4, 5);
            assertThat(metric("parking", "keys-parked")).isZero();
        });
        produce("orders", 3, 4);
        await("the straight way", () -> assertThat(offsetsOf("k3")).hasSize(21));
        assertThat(offsetsOf("k3")).isSorted().doesNotHaveDuplicates();
        assertThat(metric("parking", "records-parked-total"))
                .as("of the task that was started anew")
                .isEqualTo(10);
    }

    private static List<Long> offsetsOf(String key) {
        return taken("orders").stream()
                .filter(each -> each.key().equals(key))
                .map(Taken::offset)
                .toList();
    }

    private static long committed(String sink) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            return admin
                    .listConsumerGroupOffsets("connect-" + sink)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .values()
                    .stream()
                    .mapToLong(OffsetAndMetadata::offset)
                    .sum();
        }
    }

    /** The dead letters' values and reasons. */
    private static List<String> deadLetters(String topic) {
        List<String> found = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new StringDeserializer(),
                new StringDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    byte[] reason = record.headers()
                            .lastHeader("__connect.errors.exception.message")
                            .value();
                    found.add(record.value() + " " + new String(reason, StandardCharsets.UTF_8));
                }
            }
        }
        return found;
    }

    private static double metric(String sink, String name) throws Exception {
        MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
        ObjectName pattern = new ObjectName("kafka.connect:type=plugins,connector=" + sink + ",*");
        double greatest = -1;
        for (ObjectName found : beans.queryNames(pattern, null)) {
            for (var attribute : beans.getMBeanInfo(found).getAttributes()) {
                if (attribute.getName().equals(name)) {
                    greatest = Math.max(greatest, ((Number) beans.getAttribute(found, name)).doubleValue());
                }
            }
        }
        return greatest;
    }
}
