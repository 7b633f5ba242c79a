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
import java.util.function.Supplier;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
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
    /** What Kafka Streams takes for an offset that is not known; at null it would delete all stores of the task. */
    private static final long NOT_KNOWN = -4;

    private static final byte[] OFFSET_KEY = "offset".getBytes(StandardCharsets.UTF_8);

    private final String store;
    private final RocksDbSettings settings;
    private final RocksDB rocks;
    private final ColumnFamilyHandle entries;
    private final ColumnFamilyHandle offset;
    private final Set<Cursor> cursors = ConcurrentHashMap.newKeySet();
    /** Readers share it; only closing takes it alone, since RocksDB does not survive a reader of what is closed. */
    private final ReadWriteLock use = new ReentrantReadWriteLock();

    private boolean open = true;

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
     * Opens a store's folder, which is made if it is missing. What is in it without an offset is deleted: it is not known how far
     * it goes.
     *
     * @throws ProcessorStateException if it cannot be read or made
     */
    static StoreFile open(String store, Path folder, RocksDbMemory memory) {
        try {
            Files.createDirectories(folder);
            if (!isOurs(folder)) {
                destroy(store, folder);
            }
            StoreFile file = opened(store, folder, memory);
            if (file.committedOffset() < 0 && !file.isEmpty()) {
                file.close();
                destroy(store, folder);
                return opened(store, folder, memory);
            }
            return file;
        } catch (IOException | RocksDBException e) {
            throw new ProcessorStateException("store " + store + " cannot be opened in " + folder, e);
        }
    }

    /** Whether a folder is empty or was written by this class. */
    private static boolean isOurs(Path folder) throws RocksDBException {
        try (Options options = new Options()) {
            List<byte[]> families = RocksDB.listColumnFamilies(options, folder.toString());
            return families.isEmpty() || families.stream().anyMatch(family -> Arrays.equals(family, OFFSET_FAMILY));
        }
    }

    private static void destroy(String store, Path folder) throws RocksDBException {
        LOG.info("store {} in {} does not say how far it goes: it is restored from its changelog", store, folder);
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

    private boolean isEmpty() {
        try (Cursor first = cursor(false, null, null)) {
            return !first.isValid();
        }
    }

    /** The value of a key, or null. */
    byte[] get(byte[] key) {
        return read(() -> {
            try {
                return rocks.get(entries, key);
            } catch (RocksDBException e) {
                throw failed("read", e);
            }
        });
    }

    /** The offset of the changelog's last record that the entries have; negative if it is not known. */
    long committedOffset() {
        return read(() -> {
            try {
                byte[] bytes = rocks.get(offset, OFFSET_KEY);
                return bytes == null ? NOT_KNOWN : ByteBuffer.wrap(bytes).getLong();
            } catch (RocksDBException e) {
                throw failed("read", e);
            }
        });
    }

    /** Nearly how many entries there are. */
    long approximateEntries() {
        return read(() -> {
            try {
                return rocks.getLongProperty(entries, "rocksdb.estimate-num-keys");
            } catch (RocksDBException e) {
                throw failed("read", e);
            }
        });
    }

    /** Changes of entries that are written at once. */
    final class Batch implements AutoCloseable {
        private final WriteBatch changes = new WriteBatch();

        /** Sets the value of a key, or removes it if the value is null. */
        void set(byte[] key, byte[] value) {
            try {
                if (value == null) {
                    changes.delete(entries, key);
                } else {
                    changes.put(entries, key, value);
                }
            } catch (RocksDBException e) {
                throw failed("written", e);
            }
        }

        /** Sets how far the entries go; negative: not known. */
        void goesTo(long changelogOffset) {
            try {
                if (changelogOffset < 0) {
                    changes.delete(offset, OFFSET_KEY);
                } else {
                    changes.put(
                            offset,
                            OFFSET_KEY,
                            ByteBuffer.allocate(Long.BYTES)
                                    .putLong(changelogOffset)
                                    .array());
                }
            } catch (RocksDBException e) {
                throw failed("written", e);
            }
        }

        /** Writes them. */
        void write() {
            read(() -> {
                try {
                    rocks.write(settings.unlogged(), changes);
                    return null;
                } catch (RocksDBException e) {
                    throw failed("written", e);
                }
            });
        }

        @Override
        public void close() {
            changes.close();
        }
    }

    Batch batch() {
        return new Batch();
    }

    /**
     * The entries from one key to another, both included, as they are now.
     *
     * @param descending whether it begins at the last
     * @param from the first key; null for all from the first on
     * @param to the last key; null for all to the last
     */
    Cursor cursor(boolean descending, byte[] from, byte[] to) {
        return read(() -> {
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

        private Cursor(RocksIterator at, boolean descending, byte[] from, byte[] to) {
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

        private void look() {
            key = at.isValid() ? at.key() : null;
            if (key != null && last != null) {
                int order = Arrays.compareUnsigned(key, last);
                key = descending ? order < 0 ? null : key : order > 0 ? null : key;
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
            return read(at::value);
        }

        void move() {
            read(() -> {
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

    private <T> T read(Supplier<T> reading) {
        use.readLock().lock();
        try {
            if (!open) {
                throw new InvalidStateStoreException("store " + store + " is closed");
            }
            return reading.get();
        } finally {
            use.readLock().unlock();
        }
    }

    private ProcessorStateException failed(String what, RocksDBException e) {
        return new ProcessorStateException("store " + store + " cannot be " + what, e);
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
