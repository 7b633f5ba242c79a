package io.millrace.operator;

import io.millrace.catalog.SqlType;
import io.millrace.row.ByteWriter;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import io.millrace.row.ZSetCodec;
import java.util.List;

/**
 * How the rows of each group write the group's columns, where SQL holds equal what differs: of the rows of the group 1.5 one
 * may say 1.5 and one 1.50. A group shows what the last of its present rows says, as PostgreSQL shows what one of them does.
 *
 * <p>State: the group's columns, a mark -> the Z-set of the ways in which they are written.
 */
final class GroupForms {
    /** Stands where {@link GroupValues} has a call's number, and is none. */
    private static final int MARK = 0xFF;

    private final State state;
    private final KeyCodec groupCodec;
    private final int[] group;
    private final ZSetCodec zsets;

    GroupForms(State state, KeyCodec groupCodec, int[] group, List<SqlType> types) {
        this.state = state;
        this.groupCodec = groupCodec;
        this.group = group;
        this.zsets = ZSetCodec.of(types);
    }

    /** Changes the weight of a row; returns how the group is written after that, null when no row is left. */
    Row formAfter(Row row, long weight) {
        ByteWriter out = new ByteWriter();
        groupCodec.append(out, row, group);
        out.putByte(MARK);
        byte[] key = out.toByteArray();
        byte[] changed = zsets.add(state.get(key), row.project(group), weight);
        state.set(key, changed);
        WeightedRow shown = ViewRows.shown(zsets.decode(changed));
        return shown == null ? null : shown.row();
    }
}
