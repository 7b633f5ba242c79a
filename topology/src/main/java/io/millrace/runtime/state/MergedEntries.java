package io.millrace.runtime.state;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;

/** The entries of a store in order: those on disk, and over them what is written and not committed. Used by one thread. */
final class MergedEntries implements KeyValueIterator<Bytes, byte[]> {
    private final Iterator<Map.Entry<Bytes, byte[]>> uncommitted;
    private final StoreFile.Cursor committed;
    private final int sign;
    private Map.Entry<Bytes, byte[]> written;
    private KeyValue<Bytes, byte[]> next;

    /**
     * Entries in that order.
     *
     * @param uncommitted the uncommitted entries, in the same order; {@link DiskStore#DELETED} for those that are gone
     */
    MergedEntries(Iterator<Map.Entry<Bytes, byte[]>> uncommitted, StoreFile.Cursor committed, boolean descending) {
        this.uncommitted = uncommitted;
        this.committed = committed;
        this.sign = descending ? -1 : 1;
        this.written = uncommitted.hasNext() ? uncommitted.next() : null;
        advance();
    }

    private void advance() {
        next = null;
        while (next == null && (written != null || committed.isValid())) {
            int order = written == null ? 1 : !committed.isValid() ? -1 : sign * compare();
            if (order > 0) {
                next = KeyValue.pair(Bytes.wrap(committed.key()), committed.value());
                committed.move();
                continue;
            }
            if (order == 0) {
                committed.move();
            }
            if (written.getValue() != DiskStore.DELETED) {
                next = KeyValue.pair(written.getKey(), written.getValue());
            }
            written = uncommitted.hasNext() ? uncommitted.next() : null;
        }
    }

    private int compare() {
        return Arrays.compareUnsigned(written.getKey().get(), committed.key());
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public KeyValue<Bytes, byte[]> next() {
        if (next == null) {
            throw new NoSuchElementException();
        }
        KeyValue<Bytes, byte[]> entry = next;
        advance();
        return entry;
    }

    @Override
    public Bytes peekNextKey() {
        if (next == null) {
            throw new NoSuchElementException();
        }
        return next.key;
    }

    @Override
    public void close() {
        committed.close();
    }
}
