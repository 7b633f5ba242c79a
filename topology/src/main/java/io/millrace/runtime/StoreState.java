package io.millrace.runtime;

import io.millrace.operator.State;
import io.millrace.row.KeyRange;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** An operator's state in a store of Kafka Streams. */
final class StoreState implements State {
    private final KeyValueStore<Bytes, byte[]> store;

    StoreState(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    @Override
    public byte[] get(byte[] key) {
        return store.get(Bytes.wrap(key));
    }

    @Override
    public void put(byte[] key, byte[] value) {
        store.put(Bytes.wrap(key), value);
    }

    @Override
    public void delete(byte[] key) {
        // Not the store's delete, which reads the old value first.
        store.put(Bytes.wrap(key), null);
    }

    @Override
    public void scan(byte[] prefix, Visitor visitor) {
        visit(prefix.length == 0 ? store.all() : store.range(Bytes.wrap(prefix), endOf(prefix)), prefix, visitor);
    }

    @Override
    public void scanAfter(byte[] prefix, byte[] above, Visitor visitor) {
        KeyRange range = KeyRange.ofPrefix(prefix).after(above);
        if (!range.isEmpty()) {
            Bytes to = range.to() == null ? null : Bytes.wrap(range.to());
            visit(store.range(Bytes.wrap(range.from()), to), prefix, visitor);
        }
    }

    @Override
    public void scanDescending(byte[] prefix, Visitor visitor) {
        visit(
                prefix.length == 0 ? store.reverseAll() : store.reverseRange(Bytes.wrap(prefix), endOf(prefix)),
                prefix,
                visitor);
    }

    /** The upper bound of a range, which includes it; the key itself may thus come first or last. Null: none. */
    private static Bytes endOf(byte[] prefix) {
        byte[] end = KeyRange.afterPrefix(prefix);
        return end == null ? null : Bytes.wrap(end);
    }

    private static void visit(KeyValueIterator<Bytes, byte[]> entries, byte[] prefix, Visitor visitor) {
        try (entries) {
            while (entries.hasNext()) {
                KeyValue<Bytes, byte[]> entry = entries.next();
                byte[] key = entry.key.get();
                if (KeyRange.startsWith(key, prefix) && !visitor.visit(key, entry.value)) {
                    return;
                }
            }
        }
    }
}
