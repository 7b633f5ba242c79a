package io.millrace.ops.e2e;

import io.millrace.catalog.Column;
import io.millrace.catalog.SqlType;
import io.millrace.ops.stack.Stack;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.runtime.topic.ViewRecordEncoder;
import io.millrace.runtime.topic.ViewSchemas;
import io.millrace.schemas.RegistryClient;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A view's topic under random changes, written as the topology writes it: in transactions, of which some are aborted, with
 * a tombstone behind each deletion.
 */
final class RandomViewTopic implements AutoCloseable {
    static final String NAME = "photos.totals";
    static final int PARTITIONS = 2;

    private static final int CITIES = 60;
    private static final List<Column> COLUMNS = List.of(
            new Column("city", SqlType.TEXT, false),
            new Column("total", SqlType.numeric(12, 2), false),
            new Column("note", SqlType.TEXT, true));

    private final Random random;
    private final KafkaProducer<byte[], byte[]> producer;
    private final ViewRecordEncoder encoder;
    private final Map<String, Row> rows = new HashMap<>();
    private int count;

    RandomViewTopic(Stack stack, Random random) throws ExecutionException, InterruptedException {
        this.random = random;
        String brokers = stack.broker().bootstrapServers();
        RegistryClient registry = new RegistryClient(stack.registry().url());
        ViewSchemas schemas = ViewSchemas.of(NAME, COLUMNS, List.of(0));
        this.encoder = new ViewRecordEncoder(
                NAME,
                COLUMNS,
                List.of(0),
                registry.register(NAME + "-key", schemas.key()),
                registry.register(NAME + "-value", schemas.value()));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
            admin.createTopics(List.of(new NewTopic(NAME, PARTITIONS, (short) 1)))
                    .all()
                    .get();
        }
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", brokers, "transactional.id", "view-of-the-faults"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        producer.initTransactions();
    }

    /** Writes one transaction of changes. */
    void next() {
        Map<String, Row> after = new HashMap<>(rows);
        boolean aborted = random.nextInt(5) == 0;
        producer.beginTransaction();
        for (int i = random.nextInt(15); i >= 0; i--) {
            count++;
            String city = "city" + random.nextInt(CITIES);
            if (random.nextInt(5) == 0 && after.containsKey(city)) {
                send(after.remove(city), null);
            } else {
                String note = aborted ? "aborted" : random.nextInt(25) == 0 ? RandomChanges.REFUSED : "n" + count;
                Row row = Row.of(city, BigDecimal.valueOf(count, 2), note);
                send(after.put(city, row), row);
            }
        }
        if (aborted) {
            producer.flush();
            producer.abortTransaction();
        } else {
            producer.commitTransaction();
            rows.clear();
            rows.putAll(after);
        }
    }

    /** Whether it has no row. */
    boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Writes rows as they are once more. */
    void repeat(Iterable<String> cities) {
        producer.beginTransaction();
        for (String city : cities) {
            Row row = rows.get(city);
            if (row != null) {
                send(row, row);
            }
        }
        producer.commitTransaction();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // The transaction's commit says what became of it.
    private void send(Row before, Row after) {
        Origin origin = new Origin("shard1", count, 1_700_000_000_000_000L + count);
        byte[] key = encoder.key(after == null ? before : after);
        producer.send(new ProducerRecord<>(NAME, key, encoder.value(before, after, origin, count)));
        if (after == null) {
            producer.send(new ProducerRecord<>(NAME, key, null));
        }
    }

    /** The view's rows by their city, as PostgreSQL writes rows. */
    Map<String, String> rows() {
        Map<String, String> texts = new TreeMap<>();
        rows.forEach((city, row) -> texts.put(city, "(" + city + "," + row.get(1) + "," + row.get(2) + ")"));
        return texts;
    }

    int count() {
        return count;
    }

    @Override
    public void close() {
        producer.close();
    }
}
