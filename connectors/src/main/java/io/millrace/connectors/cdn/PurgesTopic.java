package io.millrace.connectors.cdn;

import io.millrace.schemas.GenericAvroSerializer;
import io.millrace.schemas.Purge;
import io.millrace.schemas.RegistryClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic of purges. A purge that was made is not made again because it could not be told: what is lost is counted. Thread-safe.
 */
final class PurgesTopic implements Confirmations {
    private static final Logger LOG = LoggerFactory.getLogger(PurgesTopic.class);

    /** How long a lane may wait for room or for the topic's metadata. */
    private static final String MAX_BLOCK_MS = "5000";

    private static final String DELIVERY_MS = "30000";
    private static final String REQUEST_MS = "10000";
    /** What takes longer than that holds purges up, and is not tried for a while. */
    private static final long SLOW_NANOS = Duration.ofSeconds(1).toNanos();

    private static final long PAUSE_NANOS = Duration.ofSeconds(10).toNanos();
    private static final long SILENCE_NANOS = Duration.ofMinutes(1).toNanos();

    private final String topic;
    private final KafkaProducer<String, byte[]> producer;
    /** One for each lane, as none may be used by several at a time. */
    private final ThreadLocal<GenericAvroSerializer<GenericRecord>> serializer;

    private final AtomicLong lost = new AtomicLong();
    private volatile long notBeforeNanos = System.nanoTime();
    private long toldNanos = System.nanoTime() - SILENCE_NANOS;

    PurgesTopic(CdnPurgeSinkConfig config) {
        this.topic = config.getString(CdnPurgeSinkConfig.PURGES_TOPIC);
        Map<String, Object> client = new HashMap<>(Map.of(
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                MAX_BLOCK_MS,
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                DELIVERY_MS,
                ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                REQUEST_MS,
                ProducerConfig.LINGER_MS_CONFIG,
                "5"));
        client.putAll(config.purgesClient());
        checkRegistry(client);
        this.serializer = ThreadLocal.withInitial(() -> serializer(client));
        this.producer = new KafkaProducer<>(client, new StringSerializer(), new ByteArraySerializer());
    }

    private static GenericAvroSerializer<GenericRecord> serializer(Map<String, Object> client) {
        GenericAvroSerializer<GenericRecord> serializer = new GenericAvroSerializer<>();
        serializer.configure(client, false);
        return serializer;
    }

    /** Before any purge is made. */
    private static void checkRegistry(Map<String, Object> client) {
        try {
            serializer(client).close();
        } catch (IllegalArgumentException e) {
            throw new ConfigException(CdnPurgeSinkConfig.PURGES_TOPIC + " needs "
                    + CdnPurgeSinkConfig.PURGES_CLIENT_PREFIX + RegistryClient.URL + ": " + e.getMessage());
        }
    }

    /** How many purges could not be told of. */
    long lost() {
        return lost.get();
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // Its callback counts failures.
    public void add(Purge purge) {
        // Without a lock: where Kafka is slow, lanes wait beside each other, and then not at all for a while.
        long begunNanos = System.nanoTime();
        if (begunNanos - notBeforeNanos < 0) {
            lose("Kafka or the schema registry is slow");
            return;
        }
        try {
            byte[] value = serializer.get().serialize(topic, purge.toAvro());
            producer.send(new ProducerRecord<>(topic, purge.key(), value), (written, failure) -> {
                if (failure != null) {
                    lose(failure.getMessage());
                }
            });
        } catch (RuntimeException e) {
            // Whatever it is, the purge was made.
            lose(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
        }
        if (System.nanoTime() - begunNanos > SLOW_NANOS) {
            notBeforeNanos = System.nanoTime() + PAUSE_NANOS;
        }
    }

    private synchronized void lose(String reason) {
        lost.incrementAndGet();
        if (System.nanoTime() - toldNanos >= SILENCE_NANOS) {
            toldNanos = System.nanoTime();
            LOG.warn("{} purges could not be told of in topic {}: {}", lost.get(), topic, reason);
        }
    }

    @Override
    public void flush() {
        producer.flush();
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
