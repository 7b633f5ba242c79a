package io.millrace.row;

import io.millrace.catalog.SqlType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Small Z-sets as bytes: what a store keeps at a key, mostly one row of weight 1, which costs one byte more than the row.
 * Else: the count of rows, and of each its weight, its length and its bytes. The empty Z-set is null: no entry.
 *
 * <p>Adding works on the bytes, since {@link RowCodec} gives equal rows equal bytes: no stored row is decoded.
 *
 * <p>Immutable and thread-safe.
 */
public final class ZSetCodec {
    private static final int ONE_ROW_ONCE = 1;
    private static final int GENERAL = 2;

    private final RowCodec rows;

    private ZSetCodec(RowCodec rows) {
        this.rows = rows;
    }

    /** The codec of Z-sets of rows of columns of those types. */
    public static ZSetCodec of(List<SqlType> types) {
        return new ZSetCodec(RowCodec.of(types));
    }

    /** The Z-set's bytes; null when it is empty. Each row may be there once, with a weight other than 0. */
    public byte[] encode(List<WeightedRow> zset) {
        List<Entry> entries = new ArrayList<>(zset.size());
        for (WeightedRow each : zset) {
            byte[] row = rows.encode(each.row());
            entries.add(new Entry(each.weight(), row, 0, row.length));
        }
        return write(entries);
    }

    /** The bytes of the Z-set that has that row once and no other. */
    public byte[] encodeOnce(Row row) {
        return once(row).toByteArray();
    }

    private ByteWriter once(Row row) {
        ByteWriter out = new ByteWriter(16 + rows.size() * 8);
        out.putByte(ONE_ROW_ONCE);
        rows.append(out, row);
        return out;
    }

    /** The rows with their weights, in the order in which they first came; null bytes are the empty Z-set. */
    public List<WeightedRow> decode(byte[] stored) {
        if (stored == null) {
            return List.of();
        }
        ByteReader in = new ByteReader(stored);
        if (in.readByte() == ONE_ROW_ONCE) {
            return List.of(new WeightedRow(1, rows.decode(in)));
        }
        int count = in.readCount();
        List<WeightedRow> zset = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long weight = in.readZigzag();
            in.readCount();
            zset.add(new WeightedRow(weight, rows.decode(in)));
        }
        return zset;
    }

    /** The Z-set with the row's weight changed by the given one; null when nothing is left. */
    public byte[] add(byte[] stored, Row row, long weight) {
        if (weight == 0) {
            return stored;
        }
        ByteWriter out = once(row);
        if (stored == null && weight == 1) {
            return out.toByteArray();
        }
        int length = out.length() - 1;
        byte[] added = out.array();
        List<Entry> entries = read(stored);
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            if (Arrays.equals(stored, entry.from, entry.from + entry.length, added, 1, 1 + length)) {
                long sum = Math.addExact(entry.weight, weight);
                if (sum == 0) {
                    entries.remove(i);
                } else {
                    entries.set(i, new Entry(sum, stored, entry.from, entry.length));
                }
                return write(entries);
            }
        }
        entries.add(new Entry(weight, added, 1, length));
        return write(entries);
    }

    /** The Z-set after a delta: its row before goes, its row after comes; null when nothing is left. */
    public byte[] apply(byte[] stored, Delta delta) {
        byte[] without = delta.before() == null ? stored : add(stored, delta.before(), -delta.weight());
        return delta.after() == null ? without : add(without, delta.after(), delta.weight());
    }

    private static List<Entry> read(byte[] stored) {
        List<Entry> entries = new ArrayList<>(4);
        if (stored == null) {
            return entries;
        }
        if (stored[0] == ONE_ROW_ONCE) {
            entries.add(new Entry(1, stored, 1, stored.length - 1));
            return entries;
        }
        ByteReader in = new ByteReader(stored);
        in.skip(1);
        int count = in.readCount();
        for (int i = 0; i < count; i++) {
            long weight = in.readZigzag();
            int length = in.readCount();
            entries.add(new Entry(weight, stored, in.position(), length));
            in.skip(length);
        }
        return entries;
    }

    private static byte[] write(List<Entry> entries) {
        if (entries.isEmpty()) {
            return null;
        }
        ByteWriter out = new ByteWriter(16 + entries.size() * (entries.get(0).length + 4));
        if (entries.size() == 1 && entries.get(0).weight == 1) {
            out.putByte(ONE_ROW_ONCE);
            out.putBytes(entries.get(0).bytes, entries.get(0).from, entries.get(0).length);
            return out.toByteArray();
        }
        out.putByte(GENERAL);
        out.putVarint(entries.size());
        for (Entry entry : entries) {
            out.putZigzag(entry.weight);
            out.putVarint(entry.length);
            out.putBytes(entry.bytes, entry.from, entry.length);
        }
        return out.toByteArray();
    }

    /** An encoded row within an array, and its weight. */
    private static final class Entry {
        final long weight;
        final byte[] bytes;
        final int from;
        final int length;

        Entry(long weight, byte[] bytes, int from, int length) {
            this.weight = weight;
            this.bytes = bytes;
            this.from = from;
            this.length = length;
        }
    }
}
