package io.millrace.runtime.state;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.internals.RecordBatchingStateRestoreCallback;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * A store whose file holds what is committed and nothing else. What a transaction writes is kept beside it on the heap until
 * {@link DiskStores.Transaction} says that it was committed; then it goes to the file at once, together with the
 * changelog's offset up to which it goes. Under exactly-once Kafka Streams' own store may hold what was never
 * committed when its process is killed, and is deleted and restored from the whole changelog; this one goes on from where it is
 * (the idea is KIP-892's; that a store keeps its offset is KIP-1035's).
 *
 * <p>Written by the thread of its task, read by any.
 */
final class DiskStore implements KeyValueStore<Bytes, byte[]> {
    /** Stands for the value of a key that is removed; told by identity. */
    static final byte[] DELETED = new byte[0];

    private static final String FOLDER = "rocksdb";

    private final String name;
    private final DiskStores stores;
    /** Never emptied but replaced: a reader that holds the former one reads right with the file before and after. */
    private volatile ConcurrentSkipListMap<Bytes, byte[]> uncommitted = new ConcurrentSkipListMap<>();

    private volatile StoreFile file;
    private TopicPartition changelog;

    DiskStore(String name, DiskStores stores) {
        this.name = name;
        this.stores = stores;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void init(StateStoreContext context, StateStore root) {
        Path folder = context.stateDir().toPath().resolve(FOLDER).resolve(name);
        uncommitted = new ConcurrentSkipListMap<>();
        file = StoreFile.open(name, folder, stores.memory());
        changelog = new TopicPartition(
                DiskStores.changelog(context.applicationId(), name),
                context.taskId().partition());
        stores.opened(changelog, this);
        context.register(root, new Restoring());
    }

    /** Takes records of the changelog, which are committed all, with the offset of the last: for that it is an inner interface of Kafka's. */
    private final class Restoring implements RecordBatchingStateRestoreCallback {
        @Override
        public void restoreBatch(Collection<ConsumerRecord<byte[], byte[]>> records) {
            long last = -1;
            for (ConsumerRecord<byte[], byte[]> record : records) {
                last = record.offset();
            }
            if (last >= 0) {
                file().write(set -> records.forEach(record -> set.accept(record.key(), record.value())), last);
            }
        }
    }

    @Override
    public boolean persistent() {
        return true;
    }

    /** Deprecated from the first: it will go when every store keeps its offset. */
    @Override
    @SuppressWarnings("deprecation")
    public boolean managesOffsets() {
        return true;
    }

    @Override
    public Long committedOffset(TopicPartition partition) {
        return file().committedOffset();
    }

    /**
     * Called by Kafka Streams when a task is restored or closed, also when what it wrote was not committed. How far the store goes
     * it is told by its transactions and its records.
     */
    @Override
    public void commit(Map<TopicPartition, Long> offsets) {
        if (offsets.isEmpty()) {
            // The task is given up, and nobody knows how far the store goes.
            file().write(set -> {}, -1);
        }
    }

    /**
     * What was written is committed.
     *
     * @param to the file that the store had when it was written
     * @param offset the offset of the changelog up to which it goes
     */
    void committed(StoreFile to, long offset) {
        if (to != file) {
            // It has been opened anew since, and restores what it has not.
            return;
        }
        to.write(
                set -> uncommitted.forEach((key, value) -> set.accept(key.get(), value == DELETED ? null : value)),
                offset);
        if (!uncommitted.isEmpty()) {
            uncommitted = new ConcurrentSkipListMap<>();
        }
    }

    /** Has all that is committed survive a kill; called by any thread. */
    void flushFile() {
        StoreFile opened = file;
        if (opened != null) {
            opened.flush();
        }
    }

    StoreFile openFile() {
        return file;
    }

    private StoreFile file() {
        StoreFile opened = file;
        if (opened == null) {
            throw new InvalidStateStoreException("store " + name + " is closed");
        }
        return opened;
    }

    @Override
    public boolean isOpen() {
        return file != null;
    }

    /** Forgets what is not committed. */
    @Override
    public void close() {
        StoreFile opened = file;
        if (opened != null) {
            stores.closed(changelog, this);
            file = null;
            uncommitted = new ConcurrentSkipListMap<>();
            opened.close();
        }
    }

    @Override
    public Position getPosition() {
        // Only Kafka Streams' own queries go by it.
        return Position.emptyPosition();
    }

    @Override
    public byte[] get(Bytes key) {
        byte[] written = uncommitted.get(key);
        if (written != null) {
            return written == DELETED ? null : written;
        }
        return file().get(key.get());
    }

    @Override
    public void put(Bytes key, byte[] value) {
        uncommitted.put(key, value == null ? DELETED : value);
    }

    @Override
    public byte[] putIfAbsent(Bytes key, byte[] value) {
        byte[] before = get(key);
        if (before == null) {
            put(key, value);
        }
        return before;
    }

    @Override
    public void putAll(List<KeyValue<Bytes, byte[]>> entries) {
        entries.forEach(entry -> put(entry.key, entry.value));
    }

    @Override
    public byte[] delete(Bytes key) {
        byte[] before = get(key);
        put(key, null);
        return before;
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> range(Bytes from, Bytes to) {
        return entries(false, from, to);
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> reverseRange(Bytes from, Bytes to) {
        return entries(true, from, to);
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> all() {
        return entries(false, null, null);
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> reverseAll() {
        return entries(true, null, null);
    }

    private KeyValueIterator<Bytes, byte[]> entries(boolean descending, Bytes from, Bytes to) {
        // Before the file: what is committed in between is in both.
        NavigableMap<Bytes, byte[]> written = uncommitted;
        if (from != null) {
            written = written.tailMap(from, true);
        }
        if (to != null) {
            written = from != null && from.compareTo(to) > 0
                    ? Collections.emptyNavigableMap()
                    : written.headMap(to, true);
        }
        if (descending) {
            written = written.descendingMap();
        }
        StoreFile.Cursor committed =
                file().cursor(descending, from == null ? null : from.get(), to == null ? null : to.get());
        return new MergedEntries(written.entrySet().iterator(), committed, descending);
    }

    @Override
    public long approximateNumEntries() {
        return file().approximateEntries() + uncommitted.size();
    }
}
