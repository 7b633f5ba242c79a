package io.millrace.operator;

import io.millrace.row.KeyRange;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** A {@link State} on the heap: for tests, and for state that is small and rebuilt from a changelog. */
public final class MemoryState implements State {
    private final NavigableMap<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);

    @Override
    public byte[] get(byte[] key) {
        return entries.get(key);
    }

    @Override
    public void put(byte[] key, byte[] value) {
        entries.put(key, value);
    }

    @Override
    public void delete(byte[] key) {
        entries.remove(key);
    }

    @Override
    public void scan(byte[] prefix, Visitor visitor) {
        visit(entries.tailMap(prefix, true), prefix, visitor);
    }

    @Override
    public void scanAfter(byte[] prefix, byte[] above, Visitor visitor) {
        boolean before = Arrays.compareUnsigned(above, prefix) < 0;
        visit(before ? entries.tailMap(prefix, true) : entries.tailMap(above, false), prefix, visitor);
    }

    @Override
    public void scanDescending(byte[] prefix, Visitor visitor) {
        byte[] end = KeyRange.afterPrefix(prefix);
        NavigableMap<byte[], byte[]> below = end == null ? entries : entries.headMap(end, false);
        visit(below.descendingMap(), prefix, visitor);
    }

    /** How many entries there are. */
    public int size() {
        return entries.size();
    }

    private static void visit(Map<byte[], byte[]> ordered, byte[] prefix, Visitor visitor) {
        for (Map.Entry<byte[], byte[]> entry : ordered.entrySet()) {
            if (!KeyRange.startsWith(entry.getKey(), prefix) || !visitor.visit(entry.getKey(), entry.getValue())) {
                return;
            }
        }
    }
}
