package io.millrace.operator;

import io.millrace.catalog.SqlType;
import io.millrace.plan.AggregateCall;
import io.millrace.plan.AggregateFunction;
import io.millrace.row.ByteWriter;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import io.millrace.row.ZSetCodec;
import java.util.Arrays;
import java.util.List;

/**
 * The values of one aggregate call in every group, in order: an ordered multiset, from which min and max find the next
 * extreme when the present one is retracted, and DISTINCT learns when a value comes first or goes last.
 *
 * <p>State: the group's columns, the call's number, the value -> the Z-set of the values that are equal to it as SQL
 * compares them ({@code 1.0} and {@code 1.00}).
 */
final class GroupValues {
    private final State state;
    private final KeyCodec groupCodec;
    private final int[] group;
    private final int call;
    private final boolean smallest;
    private final KeyCodec valueCodec;
    private final ZSetCodec zsets;

    GroupValues(State state, KeyCodec groupCodec, int[] group, int number, AggregateCall call) {
        List<SqlType> type = List.of(call.inputType());
        this.state = state;
        this.groupCodec = groupCodec;
        this.group = group;
        this.call = number;
        this.smallest = call.function() == AggregateFunction.MIN;
        this.valueCodec = KeyCodec.of(type);
        this.zsets = ZSetCodec.of(type);
    }

    static boolean isExtreme(AggregateCall call) {
        return call.function() == AggregateFunction.MIN || call.function() == AggregateFunction.MAX;
    }

    /** Changes a value's weight; returns 1 if the value is there from now on, -1 if not any more, else 0. */
    long distinctChange(Row row, Object value, long weight) {
        byte[] key = key(row, value);
        byte[] stored = state.get(key);
        byte[] changed = change(key, stored, value, weight);
        boolean before = ViewRows.shown(zsets.decode(stored)) != null;
        boolean after = ViewRows.shown(zsets.decode(changed)) != null;
        return before == after ? 0 : after ? 1 : -1;
    }

    /** Changes a value's weight; returns the group's extreme value after that, null when it has none. */
    Object extremeAfter(Row row, Object value, long weight, Object extremeBefore) {
        byte[] key = key(row, value);
        change(key, state.get(key), value, weight);
        if (extremeBefore != null) {
            int order = Arrays.compareUnsigned(valueCodec.encode(value), valueCodec.encode(extremeBefore));
            boolean worse = smallest ? order > 0 : order < 0;
            if (worse) {
                return extremeBefore;
            }
        }
        return extreme(prefix(row).toByteArray());
    }

    private byte[] change(byte[] key, byte[] stored, Object value, long weight) {
        byte[] changed = zsets.add(stored, Row.of(value), weight);
        state.set(key, changed);
        return changed;
    }

    private Object extreme(byte[] prefix) {
        Object[] found = {null};
        State.Visitor first = (key, value) -> {
            WeightedRow shown = ViewRows.shown(zsets.decode(value));
            if (shown != null) {
                found[0] = shown.row().get(0);
            }
            return shown == null;
        };
        if (smallest) {
            state.scan(prefix, first);
        } else {
            state.scanDescending(prefix, first);
        }
        return found[0];
    }

    private ByteWriter prefix(Row row) {
        ByteWriter out = new ByteWriter();
        groupCodec.append(out, row, group);
        out.putByte(call);
        return out;
    }

    private byte[] key(Row row, Object value) {
        ByteWriter out = prefix(row);
        valueCodec.append(out, 0, value);
        return out.toByteArray();
    }
}
