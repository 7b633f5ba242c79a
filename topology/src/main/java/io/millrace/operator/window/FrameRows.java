package io.millrace.operator.window;

import io.millrace.operator.expression.InRange;
import io.millrace.plan.SortColumn;
import io.millrace.sql.FrameShape.Edge;
import io.millrace.sql.FrameShape.Unit;

/**
 * The frames of a group's rows, one after the other: of each row up to three spans, those before what is excluded, the row
 * itself where EXCLUDE TIES leaves it, and those after. Where they begin and end only moves on from row to row, so that all
 * frames together cost no more than the group has rows. Used by one thread.
 */
final class FrameRows {
    /** Into how many spans what is excluded cuts a frame at most. */
    static final int SPANS = 3;

    private final FrameEdges edges;
    private final GroupRows rows;
    private final int[] from = new int[SPANS];
    private final int[] to = new int[SPANS];
    private int head;
    private int tail;

    FrameRows(FrameEdges edges, GroupRows rows) {
        this.edges = edges;
        this.rows = rows;
    }

    /**
     * Goes on to a row's frame; rows are asked for in ascending order.
     *
     * @throws io.millrace.operator.expression.EvaluationError when the order's column cannot be moved by the offset
     */
    void moveTo(int row) {
        int start = start(row);
        int end = Math.max(start, end(row));
        switch (edges.shape().exclusion()) {
            case NO_OTHERS -> set(0, start, end);
            case CURRENT_ROW -> exclude(start, end, row, row + 1);
            case GROUP -> exclude(start, end, rows.peersFrom(row), rows.peersTo(row));
            case TIES -> {
                exclude(start, end, rows.peersFrom(row), rows.peersTo(row));
                set(1, row, row >= start && row < end ? row + 1 : row);
            }
        }
    }

    private void exclude(int start, int end, int excludedFrom, int excludedTo) {
        set(0, start, Math.max(start, Math.min(end, excludedFrom)));
        set(2, Math.max(start, excludedTo), Math.max(Math.max(start, excludedTo), end));
    }

    private void set(int span, int spanFrom, int spanTo) {
        from[span] = spanFrom;
        to[span] = spanTo;
    }

    /** The first row of a span. */
    int from(int span) {
        return from[span];
    }

    /** The row after the last of a span. */
    int to(int span) {
        return to[span];
    }

    /** The frame's row of that number, from 0; -1 where it has fewer. */
    int row(long number) {
        long left = number;
        for (int span = 0; span < SPANS; span++) {
            int size = to[span] - from[span];
            if (left < size) {
                return (int) (from[span] + left);
            }
            left -= size;
        }
        return -1;
    }

    /** The frame's last row; -1 where it has none. */
    int last() {
        for (int span = SPANS - 1; span >= 0; span--) {
            if (to[span] > from[span]) {
                return to[span] - 1;
            }
        }
        return -1;
    }

    private int start(int row) {
        Edge edge = edges.shape().start();
        Unit unit = edges.shape().unit();
        if (edge == Edge.UNBOUNDED_PRECEDING) {
            return 0;
        } else if (edge == Edge.CURRENT_ROW) {
            return unit == Unit.ROWS ? row : rows.peersFrom(row);
        }
        return switch (unit) {
            case ROWS -> moved(row, edge, edges.start(), rows.size());
            case GROUPS -> rows.placeFrom(moved(rows.placeOf(row), edge, edges.start(), rows.places()));
            case RANGE -> head(row);
        };
    }

    /** The row after the frame's last. */
    private int end(int row) {
        Edge edge = edges.shape().end();
        Unit unit = edges.shape().unit();
        if (edge == Edge.UNBOUNDED_FOLLOWING) {
            return rows.size();
        } else if (edge == Edge.CURRENT_ROW) {
            return unit == Unit.ROWS ? row + 1 : rows.peersTo(row);
        }
        return switch (unit) {
            case ROWS -> moved(row + 1, edge, edges.end(), rows.size());
            case GROUPS -> rows.placeFrom(moved(rows.placeOf(row) + 1, edge, edges.end(), rows.places()));
            case RANGE -> tail(row);
        };
    }

    /** A number so far before or after another one, from 0 to the greatest. */
    private static int moved(int number, Edge edge, long offset, int greatest) {
        return edge == Edge.PRECEDING
                ? (int) Math.max(0, number - offset)
                : (int) (offset > greatest ? greatest : Math.min(greatest, number + offset));
    }

    /** Goes on to the first row that is not before the frame. */
    private int head(int row) {
        boolean sub =
                (edges.shape().start() == Edge.PRECEDING) != edges.column().descending();
        while (head < rows.size() && isBefore(value(head), value(row), sub)) {
            head++;
        }
        return head;
    }

    private boolean isBefore(Object value, Object present, boolean sub) {
        SortColumn column = edges.column();
        if (value == null || present == null) {
            return column.nullsFirst() ? value == null && present != null : value != null && present == null;
        }
        return !holds(edges.startRange(), value, present, sub, column.descending());
    }

    /** Goes on to the first row that is after the frame. */
    private int tail(int row) {
        boolean sub = (edges.shape().end() == Edge.PRECEDING) != edges.column().descending();
        while (tail < rows.size() && !isAfter(value(tail), value(row), sub)) {
            tail++;
        }
        return tail;
    }

    private boolean isAfter(Object value, Object present, boolean sub) {
        SortColumn column = edges.column();
        if (value == null || present == null) {
            return column.nullsFirst() ? value != null : present != null;
        }
        return !holds(edges.endRange(), value, present, sub, !column.descending());
    }

    private static boolean holds(InRange range, Object value, Object present, boolean sub, boolean less) {
        return range.holds(value, present, sub, less);
    }

    private Object value(int row) {
        return rows.get(row).get(edges.column().column());
    }
}
