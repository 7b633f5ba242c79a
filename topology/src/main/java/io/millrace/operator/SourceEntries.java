package io.millrace.operator;

import io.millrace.catalog.SqlType;
import io.millrace.row.ByteReader;
import io.millrace.row.ByteWriter;
import io.millrace.row.Row;
import io.millrace.row.RowCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a scan keeps at a primary key, as bytes: for each shard that has or had a row with this key, nearly always one, the
 * position of its last change and the row, or none when it was deleted.
 */
final class SourceEntries {
    private final RowCodec rows;

    /**
     * One shard's row.
     *
     * @param shard the shard's name
     * @param position of its last change in the shard's log
     * @param row the row; null when it was deleted
     */
    record Entry(String shard, long position, Row row) {}

    SourceEntries(List<SqlType> types) {
        this.rows = RowCodec.of(types);
    }

    List<Entry> decode(byte[] stored) {
        if (stored == null) {
            return List.of();
        }
        ByteReader in = new ByteReader(stored);
        List<Entry> entries = new ArrayList<>(1);
        while (in.remaining() > 0) {
            String shard = in.readText(in.readCount());
            long position = in.readLong();
            entries.add(new Entry(shard, position, in.readByte() == 0 ? null : rows.decode(in)));
        }
        return entries;
    }

    /** The bytes of those entries; null when there is none. */
    byte[] encode(List<Entry> entries) {
        if (entries.isEmpty()) {
            return null;
        }
        ByteWriter out = new ByteWriter();
        for (Entry entry : entries) {
            byte[] shard = entry.shard().getBytes(StandardCharsets.UTF_8);
            out.putVarint(shard.length);
            out.putBytes(shard);
            out.putLong(entry.position());
            out.putByte(entry.row() == null ? 0 : 1);
            if (entry.row() != null) {
                rows.append(out, entry.row());
            }
        }
        return out.toByteArray();
    }
}
