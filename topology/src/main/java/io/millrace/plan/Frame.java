package io.millrace.plan;

/**
 * The rows around a row that a window function computes over.
 *
 * @param rows whether the bounds count rows (ROWS); else they end with the rows that the order does not tell from this one (RANGE)
 * @param from where it begins: so many rows after this one, negative before it, 0 at it; {@link #UNBOUNDED_PRECEDING}
 * @param to where it ends, that row included; {@link #UNBOUNDED_FOLLOWING}
 */
public record Frame(boolean rows, long from, long to) {
    public static final long UNBOUNDED_PRECEDING = Long.MIN_VALUE;
    public static final long UNBOUNDED_FOLLOWING = Long.MAX_VALUE;

    /** What SQL takes where none is written: up to this row and those that the order does not tell from it. */
    public static final Frame DEFAULT = new Frame(false, UNBOUNDED_PRECEDING, 0);

    public Frame {
        if (!rows && (from != 0 && from != UNBOUNDED_PRECEDING || to != 0 && to != UNBOUNDED_FOLLOWING)) {
            throw new IllegalArgumentException("a RANGE of an offset: " + from + " to " + to);
        }
    }

    @Override
    public String toString() {
        return (rows ? "ROWS" : "RANGE") + " BETWEEN " + bound(from) + " AND " + bound(to);
    }

    private static String bound(long offset) {
        if (offset == UNBOUNDED_PRECEDING) {
            return "UNBOUNDED PRECEDING";
        } else if (offset == UNBOUNDED_FOLLOWING) {
            return "UNBOUNDED FOLLOWING";
        } else if (offset == 0) {
            return "CURRENT ROW";
        }
        return offset < 0 ? -offset + " PRECEDING" : offset + " FOLLOWING";
    }
}
