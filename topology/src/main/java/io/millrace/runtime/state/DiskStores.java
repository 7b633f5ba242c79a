package io.millrace.runtime.state;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The stores on disk of an application: makes them, and tells them when what they wrote is committed. Kafka Streams itself tells
 * a store of commits only where it is not exactly-once, so the producers do, see {@link Transaction}. Thread-safe.
 */
public final class DiskStores {
    private final RocksDbMemory memory;
    /** By changelog and partition, those that are open. */
    private final Map<String, Map<Integer, DiskStore>> open = new ConcurrentHashMap<>();

    /** Stores that share this memory. */
    public DiskStores(RocksDbMemory memory) {
        this.memory = memory;
    }

    /** A store of that name for each task that has one. */
    public KeyValueBytesStoreSupplier supplier(String name) {
        return new KeyValueBytesStoreSupplier() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public KeyValueStore<Bytes, byte[]> get() {
                return new DiskStore(name, DiskStores.this);
            }

            @Override
            public String metricsScope() {
                return "disk";
            }
        };
    }

    /** The transactions of a producer. */
    public Transaction transaction() {
        return new Transaction();
    }

    RocksDbMemory memory() {
        return memory;
    }

    static String changelog(String applicationId, String store) {
        return applicationId + "-" + store + "-changelog";
    }

    void opened(TopicPartition changelog, DiskStore store) {
        open.computeIfAbsent(changelog.topic(), topic -> new ConcurrentHashMap<>())
                .put(changelog.partition(), store);
    }

    void closed(TopicPartition changelog, DiskStore store) {
        open.get(changelog.topic()).remove(changelog.partition(), store);
    }

    /** Has all that is committed survive a kill. */
    public void flush() {
        open.values().forEach(partitions -> partitions.values().forEach(DiskStore::flushFile));
    }

    /**
     * What a producer writes to changelogs between two commits. A thread of Kafka Streams has one producer for all its tasks, so
     * what it commits is all that their stores wrote. Used by that thread alone.
     */
    public final class Transaction {
        /** By changelog and partition. */
        private final Map<String, Map<Integer, Written>> written = new HashMap<>();

        /** Takes note of a record on its way. */
        public void sent(ProducerRecord<?, ?> record, Future<RecordMetadata> metadata) {
            Map<Integer, DiskStore> stores = open.get(record.topic());
            DiskStore store = stores == null || record.partition() == null ? null : stores.get(record.partition());
            if (store != null) {
                written.computeIfAbsent(record.topic(), topic -> new HashMap<>())
                        .computeIfAbsent(record.partition(), partition -> new Written())
                        .by(store, metadata);
            }
        }

        /** All that was sent is committed. */
        public void committed() {
            written.values().forEach(partitions -> partitions.values().forEach(Written::committed));
            forget();
        }

        /** What was sent will never be committed. */
        public void aborted() {
            forget();
        }

        private void forget() {
            written.values().forEach(Map::clear);
        }
    }

    /** What a transaction wrote to one partition of a changelog. */
    private static final class Written {
        private DiskStore store;
        private StoreFile file;
        private Future<RecordMetadata> last;

        void by(DiskStore writer, Future<RecordMetadata> metadata) {
            store = writer;
            file = writer.openFile();
            last = metadata;
        }

        void committed() {
            store.committed(file, offset(last));
        }

        private static long offset(Future<RecordMetadata> metadata) {
            try {
                return metadata.get().offset();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while a commit was taken note of", e);
            } catch (ExecutionException e) {
                throw new IllegalStateException("a transaction was committed with a record that was not written", e);
            }
        }
    }
}
