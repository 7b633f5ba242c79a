package io.millrace.operator;

import io.millrace.operator.expression.EvaluationError;
import io.millrace.plan.Field;
import io.millrace.plan.PlanNode;
import io.millrace.row.Row;
import io.millrace.row.SqlText;
import io.millrace.row.WeightedRow;
import io.millrace.row.ZSetCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Watches a view's declared key, and reports rows that break it: a NULL in the key, or more than one row. Changes of one key
 * may come by several partitions, a row before its predecessor has gone, so that a key is broken for a moment though the
 * data are not; therefore it is reported only when it is still broken at the second look after the last change of its rows.
 *
 * <p>State: 0 for a key not yet looked at or 1 for one that was, then the view's key -> nothing; no entry once it is
 * reported. Cost: none while the key holds; two writes for a change of a key that is broken.
 */
final class DeclaredKey {
    private static final String NOT_NULL_VIOLATION = "23502";
    private static final String UNIQUE_VIOLATION = "23505";
    private static final byte NEW = 0;
    private static final byte SEEN = 1;
    private static final byte[] NOTHING = {};

    private final PlanNode.View view;
    private final int[] key;
    private final State rows;
    private final State broken;
    private final ServedRows served;
    private final ZSetCodec zsets;
    private final Reports reports;

    /** Takes rows that break a key. */
    interface Reports {
        void broken(Row row, EvaluationError error);
    }

    /**
     * A watch.
     *
     * @param rows the view's state
     * @param broken the watch's own
     */
    DeclaredKey(PlanNode.View view, State rows, State broken, Reports reports) {
        this.view = view;
        this.key = Columns.positions(view.key());
        this.rows = rows;
        this.broken = broken;
        this.served = ServedRows.of(view);
        this.zsets = ZSetCodec.of(view.types());
        this.reports = reports;
    }

    /** Whether the row's key has a NULL. */
    boolean hasNull(Row row) {
        return row != null && Columns.anyNull(row, key);
    }

    /** Takes note of a change of the rows of a key. */
    void changed(byte[] storeKey, List<WeightedRow> before, List<WeightedRow> after) {
        boolean isBroken = isBroken(after);
        if (isBroken || isBroken(before)) {
            broken.delete(entry(SEEN, storeKey));
            broken.set(entry(NEW, storeKey), isBroken ? NOTHING : null);
        }
    }

    private boolean isBroken(List<WeightedRow> zset) {
        long copies = 0;
        for (WeightedRow row : zset) {
            copies += Math.max(0, row.weight());
        }
        return copies > 1 || (copies == 1 && hasNull(ViewRows.shown(zset).row()));
    }

    /** Looks at broken keys, so many at most, and reports those that were broken at the look before. */
    void look(int limit) {
        for (byte[] entry : entries(SEEN, limit)) {
            report(Arrays.copyOfRange(entry, 1, entry.length));
            broken.delete(entry);
        }
        for (byte[] entry : entries(NEW, limit)) {
            byte[] seen = entry.clone();
            seen[0] = SEEN;
            broken.put(seen, NOTHING);
            broken.delete(entry);
        }
    }

    private List<byte[]> entries(byte kind, int limit) {
        List<byte[]> entries = new ArrayList<>();
        broken.scan(new byte[] {kind}, (entry, nothing) -> {
            entries.add(entry);
            return entries.size() < limit;
        });
        return entries;
    }

    /** Reports the rows of a key that are not shown, and the one that is if it is there more than once. */
    private void report(byte[] storeKey) {
        List<WeightedRow> zset = zsets.decode(rows.get(storeKey));
        WeightedRow shown = served.shown(zset);
        for (WeightedRow each : zset) {
            boolean isShown = shown != null && shown.row().equals(each.row());
            if (each.weight() > (isShown ? 1 : 0)) {
                reports.broken(each.row(), error(each, isShown));
            }
        }
    }

    private EvaluationError error(WeightedRow row, boolean isShown) {
        if (hasNull(row.row())) {
            String column = view.key().stream()
                    .filter(each -> row.row().get(each) == null)
                    .map(each -> view.fields().get(each).name())
                    .findFirst()
                    .orElseThrow();
            return new EvaluationError(
                    NOT_NULL_VIOLATION,
                    "null value in column \"" + column + "\" of view \"" + view.name()
                            + "\", which is of its primary key");
        }
        List<String> columns = new ArrayList<>();
        List<String> values = new ArrayList<>();
        for (int column : view.key()) {
            Field field = view.fields().get(column);
            columns.add(field.name());
            values.add(SqlText.write(field.type(), row.row().get(column)));
        }
        return new EvaluationError(
                UNIQUE_VIOLATION,
                "duplicate key value violates the primary key of view \"" + view.name() + "\": key ("
                        + String.join(", ", columns) + ")=(" + String.join(", ", values) + ")"
                        + (isShown ? " has this row more than once" : " shows another row"));
    }

    private static byte[] entry(byte kind, byte[] storeKey) {
        byte[] entry = new byte[storeKey.length + 1];
        entry[0] = kind;
        System.arraycopy(storeKey, 0, entry, 1, storeKey.length);
        return entry;
    }
}
