package io.millrace.operator;

import io.millrace.catalog.SqlType;
import io.millrace.plan.SortColumn;
import io.millrace.row.ByteWriter;
import io.millrace.row.Delta;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import io.millrace.row.RowCodec;
import io.millrace.row.WeightedRow;
import io.millrace.row.ZSetCodec;
import java.util.List;

/**
 * The rows of each group in an order. Rows that the order does not tell apart come in the order of their bytes, so that the
 * choice among them does not change by itself.
 *
 * <p>State: the group's columns, the order's columns, the row -> the Z-set of that row.
 */
final class OrderedGroups {
    private final State state;
    private final int[] group;
    private final KeyCodec groupCodec;
    private final RowOrder order;
    private final RowCodec rows;
    private final ZSetCodec zsets;

    /** Takes rows as they come, in their order, until it returns false; those with a positive weight. */
    @FunctionalInterface
    interface Visitor {
        boolean visit(WeightedRow row);
    }

    /** The groups by those columns of rows of those types. */
    OrderedGroups(State state, List<SqlType> types, List<Integer> group, List<SortColumn> order) {
        this.state = state;
        this.group = Columns.positions(group);
        this.groupCodec = KeyCodec.of(group.stream().map(types::get).toList());
        this.order = new RowOrder(
                order, order.stream().map(each -> types.get(each.column())).toList());
        this.rows = RowCodec.of(types);
        this.zsets = ZSetCodec.of(types);
    }

    /** The key of a row's group; null for no row. */
    byte[] groupOf(Row row) {
        return row == null ? null : groupCodec.encode(row, group);
    }

    /** Keeps what a delta, both of whose rows are of that group, does to it. */
    void apply(byte[] groupKey, Delta delta) {
        if (delta.before() != null) {
            add(groupKey, delta.before(), -delta.weight());
        }
        if (delta.after() != null) {
            add(groupKey, delta.after(), delta.weight());
        }
    }

    /** Changes how many copies of a row a group has. */
    void add(byte[] groupKey, Row row, long weight) {
        ByteWriter out = new ByteWriter();
        out.putBytes(groupKey);
        order.append(out, row);
        rows.append(out, row);
        byte[] key = out.toByteArray();
        state.set(key, zsets.add(state.get(key), row, weight));
    }

    /** Visits a group's rows. */
    void scan(byte[] groupKey, Visitor visitor) {
        state.scan(groupKey, (key, stored) -> {
            for (WeightedRow row : zsets.decode(stored)) {
                if (row.weight() > 0 && !visitor.visit(row)) {
                    return false;
                }
            }
            return true;
        });
    }

    /** The place in the order as bytes: rows with equal ones are not told apart. */
    byte[] placeOf(Row row) {
        ByteWriter out = new ByteWriter();
        order.append(out, row);
        return out.toByteArray();
    }
}
