package io.millrace.runtime;

import io.millrace.runtime.state.DiskStores;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * The clients of Kafka Streams, which tell a {@link CommitPacer} what it must know: a thread polls when it has processed
 * all that it had, and a commit begins with sending offsets to the transaction; and others, such as the stores on disk, what is
 * committed.
 */
final class PacedClients implements KafkaClientSupplier {
    private final CommitPacer pacer;
    private final Supplier<Transactions> transactions;
    private final Set<PacedConsumer> consumers = ConcurrentHashMap.newKeySet();
    private final Set<PacedProducer> producers = ConcurrentHashMap.newKeySet();
    /** Who has not joined the group since then is to do so. */
    private volatile long rejoinNanos = System.nanoTime();

    /** What a producer tells of its transactions. */
    interface Transactions {
        /** Nobody wants to know. */
        Transactions UNHEARD = new Transactions() {};

        /** A record is on its way. */
        default void sent(ProducerRecord<byte[], byte[]> record, Future<RecordMetadata> metadata) {}

        /** All that was sent is committed. */
        default void committed() {}

        /** What was sent will never be committed. */
        default void aborted() {}

        /** What was taken and is not committed will be taken again. */
        default void undone() {}
    }

    /**
     * Clients.
     *
     * @param transactions for each producer, who is told of its transactions
     */
    PacedClients(CommitPacer pacer, Supplier<Transactions> transactions) {
        this.pacer = pacer;
        this.transactions = transactions;
    }

    /** The clients of an application with stores on disk and changes that are worked off in portions. */
    PacedClients(CommitPacer pacer, FanOut fanOut, DiskStores stores) {
        this(pacer, () -> told(fanOut, stores.transaction()));
    }

    private static Transactions told(FanOut fanOut, DiskStores.Transaction written) {
        return new Transactions() {
            @Override
            public void sent(ProducerRecord<byte[], byte[]> record, Future<RecordMetadata> metadata) {
                written.sent(record, metadata);
            }

            @Override
            public void committed() {
                written.committed();
                fanOut.committed();
            }

            @Override
            public void aborted() {
                written.aborted();
            }

            @Override
            public void undone() {
                fanOut.undone();
            }
        };
    }

    /**
     * Has all consumers join their group again with their next poll, instead of when a heartbeat tells them that they have to.
     *
     * @param sinceNanos those that have joined it since then need not
     */
    void rejoin(long sinceNanos) {
        rejoinNanos = sinceNanos;
    }

    /** By what the brokers know these clients in their group. */
    Presence presence(String group) {
        Set<String> members = new TreeSet<>();
        consumers.forEach(each -> members.add(each.member));
        members.remove("");
        Set<String> transactions = new TreeSet<>();
        producers.forEach(each -> transactions.add(each.transactionalId));
        return new Presence(group, members, transactions);
    }

    @Override
    public Admin getAdmin(Map<String, Object> config) {
        return Admin.create(config);
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
        return new PacedProducer(config, transactions.get());
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
        return new PacedConsumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
        return getRestoreConsumer(config);
    }

    private final class PacedConsumer extends KafkaConsumer<byte[], byte[]> {
        private volatile String member = "";
        private int generation;
        private long joinedNanos = System.nanoTime();

        PacedConsumer(Map<String, Object> config) {
            super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
            consumers.add(this);
        }

        @Override
        public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            long since = rejoinNanos;
            if (joinedNanos - since < 0) {
                joinedNanos = since;
                enforceRebalance("another member was killed");
            }
            ConsumerRecords<byte[], byte[]> records = super.poll(pacer.drained(timeout));
            ConsumerGroupMetadata group = groupMetadata();
            if (group.generationId() != generation) {
                generation = group.generationId();
                joinedNanos = System.nanoTime();
            }
            member = group.memberId();
            return records;
        }

        @Override
        public void close() {
            consumers.remove(this);
            super.close();
        }

        @Override
        public void close(CloseOptions option) {
            consumers.remove(this);
            super.close(option);
        }
    }

    private final class PacedProducer extends KafkaProducer<byte[], byte[]> {
        private final Transactions told;
        private final String transactionalId;
        private long flushNanos;
        private long startNanos;

        PacedProducer(Map<String, Object> config, Transactions told) {
            super(config, new ByteArraySerializer(), new ByteArraySerializer());
            this.told = told;
            this.transactionalId = String.valueOf(config.get(ProducerConfig.TRANSACTIONAL_ID_CONFIG));
            producers.add(this);
        }

        @Override
        public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
            Future<RecordMetadata> metadata = super.send(record, callback);
            told.sent(record, metadata);
            return metadata;
        }

        @Override
        public void flush() {
            long start = System.nanoTime();
            super.flush();
            flushNanos += System.nanoTime() - start;
        }

        @Override
        public void sendOffsetsToTransaction(
                Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
            startNanos = System.nanoTime();
            super.sendOffsetsToTransaction(offsets, group);
        }

        @Override
        public void commitTransaction() {
            super.commitTransaction();
            told.committed();
            ended(System.nanoTime() - startNanos);
        }

        @Override
        public void abortTransaction() {
            try {
                super.abortTransaction();
            } finally {
                told.aborted();
            }
            told.undone();
            ended(0);
        }

        @Override
        public void close(Duration timeout) {
            producers.remove(this);
            told.undone();
            super.close(timeout);
        }

        private void ended(long tookNanos) {
            pacer.committed(flushNanos + tookNanos);
            flushNanos = 0;
        }
    }
}
