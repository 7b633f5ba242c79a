package io.millrace.ops.bench;

import io.millrace.catalog.Table;
import io.millrace.ops.registry.DevelopmentRegistry;
import io.millrace.ops.stack.Broker;
import io.millrace.schemas.PayloadPartitioner;
import io.millrace.schemas.RegistryClient;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A broker and a registry, and the tables' topics, into which made changes are written in the form that Debezium gives them:
 * many more a second than PostgreSQL and Debezium would give.
 */
final class ChangeTopics implements AutoCloseable {
    private static final int BATCH_BYTES = 256 << 10;

    private final Broker broker;
    private final DevelopmentRegistry registry;
    private final Admin admin;
    private final Producer<byte[], byte[]> producer;
    private final int partitions;
    private final Map<Table, ChangeRecords> records = new HashMap<>();
    private long position;
    private volatile Exception failure;

    private ChangeTopics(Broker broker, DevelopmentRegistry registry, int partitions) {
        this.broker = broker;
        this.registry = registry;
        this.partitions = partitions;
        this.admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
        this.producer = new KafkaProducer<>(Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServers(),
                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                ByteArraySerializer.class,
                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                ByteArraySerializer.class,
                ProducerConfig.PARTITIONER_CLASS_CONFIG,
                PayloadPartitioner.class,
                RegistryClient.PREFIX + RegistryClient.URL,
                registry.url(),
                ProducerConfig.COMPRESSION_TYPE_CONFIG,
                "lz4",
                ProducerConfig.LINGER_MS_CONFIG,
                20,
                ProducerConfig.BATCH_SIZE_CONFIG,
                BATCH_BYTES));
    }

    /** Starts broker and registry in that folder. */
    static ChangeTopics start(Path directory, int partitions) throws Exception {
        Broker broker = Broker.start(directory.resolve("kafka"), 0);
        return new ChangeTopics(broker, DevelopmentRegistry.start(broker.bootstrapServers(), 0), partitions);
    }

    String brokers() {
        return broker.bootstrapServers();
    }

    String registryUrl() {
        return registry.url();
    }

    int partitions() {
        return partitions;
    }

    Admin admin() {
        return admin;
    }

    /** Creates topics; a table's keep every record, so that each program finds the same. */
    void create(Collection<String> topics) throws InterruptedException, ExecutionException {
        admin.createTopics(topics.stream()
                        .map(topic -> new NewTopic(topic, partitions, (short) 1)
                                .configs(Map.of(
                                        TopicConfig.CLEANUP_POLICY_CONFIG,
                                        TopicConfig.CLEANUP_POLICY_DELETE,
                                        TopicConfig.RETENTION_MS_CONFIG,
                                        "-1")))
                        .toList())
                .all()
                .get();
    }

    /** Deletes the topics whose names begin so. */
    void delete(String prefix) throws InterruptedException, ExecutionException {
        List<String> topics = admin.listTopics().names().get().stream()
                .filter(topic -> topic.startsWith(prefix))
                .toList();
        admin.deleteTopics(topics).all().get();
    }

    /** Writes a change: see {@link ChangeRecords#of}. */
    @SuppressWarnings("FutureReturnValueIgnored") // The callback sees the outcome.
    void write(Table table, Object[] before, Object[] after) {
        position++;
        ChangeRecords tables = records.computeIfAbsent(table, key -> new ChangeRecords(key, registry.url()));
        producer.send(tables.of(position, before, after), (sent, exception) -> {
            if (exception != null) {
                failure = exception;
            }
        });
    }

    /**
     * Returns when all that was written is there.
     *
     * @throws IllegalStateException when something could not be written
     */
    void flush() {
        producer.flush();
        if (failure != null) {
            throw new IllegalStateException("a change could not be written", failure);
        }
    }

    /** How many records the topics have. */
    long count(Collection<String> topics) throws InterruptedException, ExecutionException {
        Map<TopicPartition, OffsetSpec> latest = topics.stream()
                .flatMap(topic ->
                        IntStream.range(0, partitions).mapToObj(partition -> new TopicPartition(topic, partition)))
                .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
        return admin.listOffsets(latest).all().get().values().stream()
                .mapToLong(end -> end.offset())
                .sum();
    }

    @Override
    public void close() {
        producer.close();
        admin.close();
        registry.close();
        broker.close();
    }
}
