package io.millrace.operator;

import io.millrace.row.WeightedRow;
import java.util.List;

/** What readers see of a view's stored Z-sets. */
public final class ViewRows {
    private ViewRows() {}

    /** The row that a key shows, with its weight: of the rows with a positive weight the one that came last; or null. */
    public static WeightedRow shown(List<WeightedRow> zset) {
        for (int i = zset.size() - 1; i >= 0; i--) {
            if (zset.get(i).weight() > 0) {
                return zset.get(i);
            }
        }
        return null;
    }

    /**
     * What a view shows of a key: that row, once; of a multiset, as many copies as there are rows that SQL holds equal,
     * however each of them is written.
     */
    public static WeightedRow shown(List<WeightedRow> zset, boolean multiset) {
        WeightedRow shown = shown(zset);
        if (shown == null) {
            return null;
        }
        long copies = 0;
        for (WeightedRow row : zset) {
            copies += Math.max(0, row.weight());
        }
        return new WeightedRow(multiset ? copies : 1, shown.row());
    }
}
