package io.millrace.row;

import io.millrace.catalog.SqlType;
import java.util.Arrays;
import java.util.List;

/**
 * Deltas as the bytes that an exchange carries: one byte of flags, the weight if it is not 1, the origin, the row before,
 * the row after. Where both rows are there and at least two columns are the same, the row after is a bitmap of the columns
 * that changed and their values alone; on the way back it shares the others' objects with the row before.
 *
 * <p>Shards' names repeat in every record and are few: decoding yields the same string for the same name. Thread-safe: the
 * table of names holds immutable strings, and a lost race costs one more string.
 */
public final class DeltaCodec {
    private static final int HAS_BEFORE = 1;
    private static final int HAS_AFTER = 2;
    private static final int HAS_WEIGHT = 4;
    private static final int AFTER_IS_DIFFERENCE = 8;
    private static final int HAS_COMMIT_TIME = 16;

    /** The least count of equal columns from which on the bitmap of changed ones pays. */
    private static final int WORTHWHILE_EQUAL_COLUMNS = 2;

    /** More shards than this share places in the table, which costs strings, nothing else. */
    private static final int NAME_PLACES = 256;

    private final RowCodec rows;
    private final int bitmapBytes;
    private final String[] names = new String[NAME_PLACES];

    private DeltaCodec(RowCodec rows) {
        this.rows = rows;
        this.bitmapBytes = (rows.size() + 7) / 8;
    }

    /** The codec of deltas of rows of columns of those types. */
    public static DeltaCodec of(List<SqlType> types) {
        return new DeltaCodec(RowCodec.of(types));
    }

    public byte[] encode(Delta delta) {
        ByteWriter out = new ByteWriter(48 + rows.size() * 12);
        append(out, delta);
        return out.toByteArray();
    }

    /** Appends a delta. */
    public void append(ByteWriter out, Delta delta) {
        Row before = delta.before();
        Row after = delta.after();
        Origin origin = delta.origin();
        int flagsAt = out.putZeros(1);
        int flags = 0;
        if (delta.weight() != 1) {
            flags |= HAS_WEIGHT;
            out.putVarint(delta.weight());
        }
        out.putText(origin.shard());
        out.putZigzag(origin.position());
        if (origin.committedAtMicros() != 0) {
            flags |= HAS_COMMIT_TIME;
            out.putLong(origin.committedAtMicros());
        }
        if (before != null) {
            flags |= HAS_BEFORE;
            rows.append(out, before);
        }
        if (after != null) {
            flags |= HAS_AFTER;
            if (before != null && appendDifference(out, before, after)) {
                flags |= AFTER_IS_DIFFERENCE;
            } else {
                rows.append(out, after);
            }
        }
        out.setByte(flagsAt, flags);
    }

    public Delta decode(byte[] bytes) {
        return decode(new ByteReader(bytes));
    }

    /** The delta at the reader's position, which is left behind it. */
    public Delta decode(ByteReader in) {
        int flags = in.readByte();
        long weight = (flags & HAS_WEIGHT) == 0 ? 1 : in.readVarint();
        String shard = readName(in);
        long position = in.readZigzag();
        long committedAtMicros = (flags & HAS_COMMIT_TIME) == 0 ? 0 : in.readLong();
        Row before = (flags & HAS_BEFORE) == 0 ? null : rows.decode(in);
        Row after = null;
        if ((flags & HAS_AFTER) != 0) {
            after = (flags & AFTER_IS_DIFFERENCE) == 0 ? rows.decode(in) : readDifference(in, before);
        }
        return new Delta(before, after, weight, new Origin(shard, position, committedAtMicros));
    }

    /** A bitmap of the changed columns, then each: 0 for NULL, else 1 and its value. */
    private boolean appendDifference(ByteWriter out, Row before, Row after) {
        int start = out.putZeros(bitmapBytes);
        int equal = 0;
        for (int i = 0; i < rows.size(); i++) {
            Object value = after.get(i);
            if (sameValue(before.get(i), value)) {
                equal++;
                continue;
            }
            int at = start + (i >> 3);
            out.setByte(at, out.array()[at] | 1 << (i & 7));
            if (value == null) {
                out.putByte(0);
            } else {
                out.putByte(1);
                RowCodec.writeValue(out, rows.type(i), value);
            }
        }
        if (equal < WORTHWHILE_EQUAL_COLUMNS) {
            out.truncate(start);
            return false;
        }
        return true;
    }

    private Row readDifference(ByteReader in, Row before) {
        Object[] values = before.toArray();
        int bitmap = in.position();
        in.skip(bitmapBytes);
        byte[] bytes = in.array();
        for (int i = 0; i < values.length; i++) {
            if ((bytes[bitmap + (i >> 3)] & 1 << (i & 7)) != 0) {
                values[i] = in.readByte() == 0 ? null : RowCodec.readValue(in, rows.type(i));
            }
        }
        return Row.of(values);
    }

    private static boolean sameValue(Object one, Object other) {
        if (one == other) {
            return true;
        }
        if (one == null || other == null) {
            return false;
        }
        return one instanceof byte[] bytes ? Arrays.equals(bytes, (byte[]) other) : one.equals(other);
    }

    private String readName(ByteReader in) {
        int count = in.readCount();
        byte[] bytes = in.array();
        int from = in.position();
        int hash = count;
        for (int i = from; i < from + count; i++) {
            hash = hash * 31 + bytes[i];
        }
        int place = (hash ^ hash >>> 16) & NAME_PLACES - 1;
        String known = names[place];
        if (known != null && matches(known, bytes, from, count)) {
            in.skip(count);
            return known;
        }
        String name = in.readText(count);
        names[place] = name;
        return name;
    }

    /** True only for ASCII names; others are decoded each time, correctly. */
    private static boolean matches(String name, byte[] bytes, int from, int count) {
        if (name.length() != count) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            if (name.charAt(i) != bytes[from + i]) {
                return false;
            }
        }
        return true;
    }
}
