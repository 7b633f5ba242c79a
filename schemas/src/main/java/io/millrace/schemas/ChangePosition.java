package io.millrace.schemas;

/**
 * Where a change stands in its shard's log: one long, comparable between the changes of one row of one shard.
 *
 * <p>A streamed change has the log position (LSN) of its record in the write-ahead log. A row is locked from its change
 * until the commit, so for one row these positions grow in the order of the commits, although across rows they do not.
 * A row that a snapshot read has the negated position of the snapshot: a transaction that was under way when the
 * snapshot was taken wrote its records before that position and commits after it, so its changes are newer than the
 * snapshot in spite of their smaller position. Hence the order is {@link #supersedes}, not {@code >}.
 *
 * <p>docs/ingest.md tells how this was found out.
 */
public final class ChangePosition {
    /** No change: everything supersedes it. */
    public static final long NONE = 0;

    private ChangePosition() {}

    /** The position of a change that was streamed from the log. */
    public static long streamed(long lsn) {
        return checked(lsn);
    }

    /** The position of a row that a snapshot read. */
    public static long snapshot(long lsn) {
        return -checked(lsn);
    }

    /**
     * The position told by an event's {@code source} block.
     *
     * @param snapshot {@code source.snapshot}: null or {@code "false"} for a streamed change
     * @param lsn {@code source.lsn}
     */
    public static long of(String snapshot, long lsn) {
        return snapshot == null || snapshot.equals("false") ? streamed(lsn) : snapshot(lsn);
    }

    /** Whether the position is that of a row read by a snapshot. */
    public static boolean isSnapshot(long position) {
        return position < 0;
    }

    /** The log position without the mark of the snapshot. */
    public static long lsn(long position) {
        return Math.abs(position);
    }

    /**
     * Whether a change at {@code incoming} must be applied to a row whose last applied change is {@code stored}; if not,
     * it is a duplicate or older and must be dropped.
     *
     * <ul>
     *   <li>streamed after streamed: the greater position;
     *   <li>streamed after a snapshot: always, for the stream starts where the snapshot was taken;
     *   <li>a snapshot after anything: if it was not taken earlier. A second snapshot sees all that was streamed before it.
     * </ul>
     */
    public static boolean supersedes(long incoming, long stored) {
        if (incoming > 0) {
            return stored <= 0 || incoming > stored;
        }
        return -incoming >= Math.abs(stored);
    }

    private static long checked(long lsn) {
        if (lsn <= 0) {
            throw new IllegalArgumentException("a log position is greater than 0, not " + lsn);
        }
        return lsn;
    }
}
