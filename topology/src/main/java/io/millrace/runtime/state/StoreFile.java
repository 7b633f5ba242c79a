package io.millrace.runtime.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store's entries in RocksDB, and the offset of its changelog up to which they go: both are written together, so that also
 * after a crash they fit. Read by any thread, also while another writes or closes it: then readers are told so.
 */
final class StoreFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoreFile.class);
    private static final byte[] OFFSET_FAMILY = "committed".getBytes(StandardCharsets.UTF_8);
    private static final byte[] OFFSET_KEY = "offset".getBytes(StandardCharsets.UTF_8);

    /** What Kafka Streams takes for an offset that is not known; at null it would delete all stores of the task. */
    private static final long NOT_KNOWN = -4;

    private final String store;
    private final RocksDbSettings settings;
    private final RocksDB rocks;
    private final ColumnFamilyHandle entries;
    private final ColumnFamilyHandle offset;
    private final Set<Cursor> cursors = ConcurrentHashMap.newKeySet();
    /** Readers share it; only closing takes it alone, since RocksDB does not survive a reader of what is closed. */
    private final ReadWriteLock use = new ReentrantReadWriteLock();

    private boolean open = true;
    private volatile boolean unflushed;
    /** Whether there may be entries: many stores never have one, and RocksDB takes long to say that it has not found a key. */
    private volatile boolean hasEntries;

    private StoreFile(
            String store,
            RocksDbSettings settings,
            RocksDB rocks,
            ColumnFamilyHandle entries,
            ColumnFamilyHandle offset) {
        this.store = store;
        this.settings = settings;
        this.rocks = rocks;
        this.entries = entries;
        this.offset = offset;
    }

    /**
     * Opens a store's folder, which is made if it is missing. What is damaged, or does not say how far it goes, is deleted: the
     * changelog has it.
     *
     * @throws ProcessorStateException if it cannot be read or made
     */
    static StoreFile open(String store, Path folder, RocksDbMemory memory) {
        try {
            Files.createDirectories(folder);
            if (!isOurs(folder)) {
                destroy(store, folder, "it was written by another program");
            }
            try {
                StoreFile file = opened(store, folder, memory);
                if (file.saysHowFarItGoes()) {
                    return file;
                }
                file.close();
                destroy(store, folder, "it does not say how far it goes");
            } catch (RocksDBException | ProcessorStateException e) {
                if (!isDamage(e)) {
                    throw e;
                }
                destroy(store, folder, "it is damaged (" + e.getMessage() + ")");
            }
            return opened(store, folder, memory);
        } catch (IOException | RocksDBException e) {
            throw new ProcessorStateException("store " + store + " cannot be opened in " + folder, e);
        }
    }

    private static boolean isDamage(Exception failure) {
        Throwable cause = failure instanceof ProcessorStateException ? failure.getCause() : failure;
        return cause instanceof RocksDBException rocks
                && rocks.getStatus() != null
                && rocks.getStatus().getCode() == Status.Code.Corruption;
    }

    /** Whether a folder is empty or was written by this class. */
    private static boolean isOurs(Path folder) throws RocksDBException {
        try (Options options = new Options()) {
            List<byte[]> families = RocksDB.listColumnFamilies(options, folder.toString());
            return families.isEmpty() || families.stream().anyMatch(family -> Arrays.equals(family, OFFSET_FAMILY));
        }
    }

    private static void destroy(String store, Path folder, String why) throws RocksDBException {
        LOG.info("store {} in {} is deleted and restored from its changelog: {}", store, folder, why);
        try (Options options = new Options()) {
            RocksDB.destroyDB(folder.toString(), options);
        }
    }

    private static StoreFile opened(String store, Path folder, RocksDbMemory memory) throws RocksDBException {
        RocksDbSettings settings = new RocksDbSettings(memory);
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try {
            RocksDB rocks = RocksDB.open(
                    settings.database(),
                    folder.toString(),
                    List.of(
                            new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, settings.entries()),
                            new ColumnFamilyDescriptor(OFFSET_FAMILY, settings.offset())),
                    handles);
            return new StoreFile(store, settings, rocks, handles.get(0), handles.get(1));
        } catch (RocksDBException e) {
            settings.close();
            throw e;
        }
    }

    private boolean saysHowFarItGoes() {
        try (Cursor first = cursor(false, null, null)) {
            hasEntries = first.isValid();
            return !hasEntries || committedOffset() >= 0;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** The value of a key, or null. */
    byte[] get(byte[] key) {
        return use("read", () -> hasEntries ? rocks.get(entries, key) : null);
    }

    /** The offset of the changelog's last record that the entries have; negative if it is not known. */
    long committedOffset() {
        byte[] bytes = use("read", () -> rocks.get(offset, OFFSET_KEY));
        return bytes == null ? NOT_KNOWN : ByteBuffer.wrap(bytes).getLong();
    }

    /** Nearly how many entries there are. */
    long approximateEntries() {
        return use("read", () -> rocks.getLongProperty(entries, "rocksdb.estimate-num-keys"));
    }

    /**
     * Writes changes of entries, all at once, and how far the entries go with them.
     *
     * @param changes tells each key with its value, or null if it is gone
     * @param changelogOffset the last record of the changelog that they have; negative if it is not known
     */
    void write(Consumer<BiConsumer<byte[], byte[]>> changes, long changelogOffset) {
        use("written", () -> {
            try (WriteBatch batch = new WriteBatch()) {
                changes.accept((key, value) -> add(batch, key, value));
                if (changelogOffset < 0) {
                    batch.delete(offset, OFFSET_KEY);
                } else {
                    batch.put(
                            offset,
                            OFFSET_KEY,
                            ByteBuffer.allocate(Long.BYTES)
                                    .putLong(changelogOffset)
                                    .array());
                }
                rocks.write(settings.unlogged(), batch);
            }
            unflushed = true;
            return null;
        });
    }

    private void add(WriteBatch batch, byte[] key, byte[] value) {
        try {
            if (value == null) {
                batch.delete(entries, key);
            } else {
                hasEntries = true;
                batch.put(entries, key, value);
            }
        } catch (RocksDBException e) {
            throw failed("written", e);
        }
    }

    /** Has all that was written survive a kill. */
    void flush() {
        if (unflushed) {
            unflushed = false;
            boolean flushed = false;
            try {
                use("written", () -> {
                    try (FlushOptions waiting = new FlushOptions().setWaitForFlush(true)) {
                        rocks.flush(waiting, List.of(entries, offset));
                    }
                    return null;
                });
                flushed = true;
            } finally {
                unflushed |= !flushed;
            }
        }
    }

    /**
     * The entries from one key to another, both included, as they are now.
     *
     * @param descending whether it begins at the last
     * @param from the first key; null for all from the first on
     * @param to the last key; null for all to the last
     */
    Cursor cursor(boolean descending, byte[] from, byte[] to) {
        return use("read", () -> {
            Cursor cursor = new Cursor(rocks.newIterator(entries), descending, from, to);
            cursors.add(cursor);
            return cursor;
        });
    }

    /** A place among the entries. Used by one thread, and to be closed. */
    final class Cursor implements AutoCloseable {
        private final RocksIterator at;
        private final boolean descending;
        private final byte[] last;
        private byte[] key;

        private Cursor(RocksIterator at, boolean descending, byte[] from, byte[] to) throws RocksDBException {
            this.at = at;
            this.descending = descending;
            this.last = descending ? from : to;
            byte[] first = descending ? to : from;
            if (first == null) {
                if (descending) {
                    at.seekToLast();
                } else {
                    at.seekToFirst();
                }
            } else if (descending) {
                at.seekForPrev(first);
            } else {
                at.seek(first);
            }
            look();
        }

        private void look() throws RocksDBException {
            if (!at.isValid()) {
                // Behind the last entry, or at one that cannot be read.
                at.status();
                key = null;
                return;
            }
            key = at.key();
            if (last != null) {
                int order = Arrays.compareUnsigned(key, last);
                if (descending ? order < 0 : order > 0) {
                    key = null;
                }
            }
        }

        boolean isValid() {
            return key != null;
        }

        /** The key here, or null behind the last. */
        byte[] key() {
            return key;
        }

        byte[] value() {
            return use("read", at::value);
        }

        void move() {
            use("read", () -> {
                if (descending) {
                    at.prev();
                } else {
                    at.next();
                }
                look();
                return null;
            });
        }

        @Override
        public void close() {
            use.readLock().lock();
            try {
                if (cursors.remove(this)) {
                    at.close();
                }
            } finally {
                use.readLock().unlock();
            }
        }
    }

    private interface Use<T> {
        T run() throws RocksDBException;
    }

    private <T> T use(String what, Use<T> reading) {
        use.readLock().lock();
        try {
            if (!open) {
                throw new InvalidStateStoreException("store " + store + " is closed");
            }
            return reading.run();
        } catch (RocksDBException e) {
            throw failed(what, e);
        } finally {
            use.readLock().unlock();
        }
    }

    private ProcessorStateException failed(String what, RocksDBException e) {
        return new ProcessorStateException("store " + store + " cannot be " + what + ": " + e.getMessage(), e);
    }

    @Override
    public void close() {
        use.writeLock().lock();
        try {
            if (open) {
                open = false;
                cursors.forEach(Cursor::close);
                entries.close();
                offset.close();
                rocks.close();
                settings.close();
            }
        } finally {
            use.writeLock().unlock();
        }
    }
}
