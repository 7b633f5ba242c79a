package io.millrace.operator;

import io.millrace.row.WeightedRow;
import java.util.List;

/** What a Z-set that is kept under a key shows. */
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
}
