package io.millrace.operator.window;

import io.millrace.plan.Frame;

/** Where the frames of a group's rows begin and end; both only move on from row to row. */
final class FrameRows {
    private final Frame frame;
    private final GroupRows rows;

    FrameRows(Frame frame, GroupRows rows) {
        this.frame = frame;
        this.rows = rows;
    }

    /** The first row of a row's frame. */
    int from(int row) {
        if (frame.from() == Frame.UNBOUNDED_PRECEDING) {
            return 0;
        }
        return frame.rows() ? within(row, frame.from()) : rows.peersFrom(row);
    }

    /** The row after the last of a row's frame, at least {@link #from}. */
    int to(int row) {
        if (frame.to() == Frame.UNBOUNDED_FOLLOWING) {
            return rows.size();
        }
        return frame.rows() ? Math.max(from(row), within(row + 1, frame.to())) : rows.peersTo(row);
    }

    private int within(int row, long offset) {
        long moved = offset > rows.size() ? rows.size() : offset < -rows.size() ? -1 : row + offset;
        return (int) Math.max(0, Math.min(rows.size(), moved));
    }
}
