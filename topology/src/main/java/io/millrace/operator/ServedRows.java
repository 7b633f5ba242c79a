package io.millrace.operator;

import io.millrace.plan.KeyOrigin;
import io.millrace.plan.PlanNode;
import io.millrace.plan.SortColumn;
import io.millrace.row.ByteWriter;
import io.millrace.row.KeyCodec;
import io.millrace.row.KeyRange;
import io.millrace.row.Row;
import io.millrace.row.RowCodec;
import io.millrace.row.WeightedRow;
import io.millrace.row.ZSetCodec;
import java.util.Arrays;
import java.util.List;

/**
 * How a view or an index keeps its rows, for those who write them and those who read. A view: its key's columns -> the Z-set
 * of the key's rows. An index: its own columns, then the view's key -> the row that the view shows, with its copies. Keys
 * stand in the order in which rows are served. Immutable and thread-safe.
 */
public final class ServedRows {
    private final List<SortColumn> order;
    private final RowOrder indexOrder;
    private final int[] viewKey;
    private final KeyCodec viewKeys;
    private final KeyOrigin keyOrigin;
    private final RowCodec rows;
    private final ZSetCodec zsets;

    private ServedRows(PlanNode.Served served) {
        this.order = served.order();
        this.indexOrder = served instanceof PlanNode.Index
                ? new RowOrder(
                        order,
                        Columns.types(
                                served, order.stream().map(SortColumn::column).toList()))
                : null;
        PlanNode.View view = served.view();
        this.viewKey = Columns.positions(view.key());
        this.viewKeys = KeyCodec.of(Columns.types(view, view.key()));
        this.keyOrigin = view.keyOrigin();
        this.rows = RowCodec.of(served.types());
        this.zsets = ZSetCodec.of(served.types());
    }

    /** How that view or index keeps its rows. */
    public static ServedRows of(PlanNode.Served served) {
        return new ServedRows(served);
    }

    /** The key under which a row is kept. */
    public byte[] keyOf(Row row) {
        if (indexOrder == null) {
            return viewKeys.encode(row, viewKey);
        }
        ByteWriter out = new ByteWriter((order.size() + viewKey.length) * 12);
        indexOrder.append(out, row);
        viewKeys.append(out, row, viewKey);
        return out.toByteArray();
    }

    /** What the keys of rows begin with whose first columns of the order have those values; null is NULL. */
    public byte[] prefix(Object... values) {
        return encoded(values).toByteArray();
    }

    /**
     * The keys of rows whose first columns of the order have some values and whose next one is within bounds: if there are
     * any, it is not NULL.
     *
     * @param prefix the first columns' values; fewer than the order has if there is a bound
     * @param from the least value; null for no bound
     * @param below what the value is less than; null for no bound
     */
    public KeyRange range(Object[] prefix, Object from, Object below) {
        if (from == null && below == null) {
            return KeyRange.ofPrefix(prefix(prefix));
        }
        SortColumn column = order.get(prefix.length);
        byte[] all = prefix(prefix);
        byte[] nulls = encodedNext(prefix, null);
        byte[] start = column.nullsFirst() ? KeyRange.afterPrefix(nulls) : all;
        byte[] end = column.nullsFirst() ? KeyRange.afterPrefix(all) : nulls;
        if (column.descending()) {
            start = below == null ? start : KeyRange.afterPrefix(encodedNext(prefix, below));
            end = from == null ? end : KeyRange.afterPrefix(encodedNext(prefix, from));
        } else {
            start = from == null ? start : encodedNext(prefix, from);
            end = below == null ? end : encodedNext(prefix, below);
        }
        return new KeyRange(start, end);
    }

    private byte[] encodedNext(Object[] prefix, Object next) {
        ByteWriter out = encoded(prefix);
        append(out, prefix.length, next);
        return out.toByteArray();
    }

    private ByteWriter encoded(Object[] values) {
        ByteWriter out = new ByteWriter((values.length + 1) * 12);
        for (int i = 0; i < values.length; i++) {
            append(out, i, values[i]);
        }
        return out;
    }

    private void append(ByteWriter out, int i, Object value) {
        if (indexOrder == null) {
            viewKeys.append(out, i, value);
        } else {
            indexOrder.append(out, i, value);
        }
    }

    /** What readers see of what is kept under a key; null if they see nothing. */
    public WeightedRow shown(byte[] stored) {
        return shown(zsets.decode(stored));
    }

    /**
     * The row that a key shows, once: of several rows with a positive weight the one that came last. Of a declared key's
     * several rows it is the one whose bytes are least, so that it does not depend on what came when, and none where the key
     * has a NULL. A multiset shows as many copies as there are rows that SQL holds equal, however each of them is written.
     */
    WeightedRow shown(List<WeightedRow> zset) {
        if (keyOrigin == KeyOrigin.DECLARED) {
            Row least = leastWithKey(zset);
            return least == null ? null : new WeightedRow(1, least);
        }
        WeightedRow shown = ViewRows.shown(zset);
        if (shown == null || keyOrigin == KeyOrigin.PROVEN) {
            return shown == null || shown.weight() == 1 ? shown : new WeightedRow(1, shown.row());
        }
        long copies = 0;
        for (WeightedRow row : zset) {
            copies += Math.max(0, row.weight());
        }
        return new WeightedRow(copies, shown.row());
    }

    private Row leastWithKey(List<WeightedRow> zset) {
        Row least = null;
        byte[] leastBytes = null;
        for (WeightedRow each : zset) {
            if (each.weight() > 0 && !Columns.anyNull(each.row(), viewKey)) {
                byte[] bytes = rows.encode(each.row());
                if (least == null || Arrays.compareUnsigned(bytes, leastBytes) < 0) {
                    least = each.row();
                    leastBytes = bytes;
                }
            }
        }
        return least;
    }
}
