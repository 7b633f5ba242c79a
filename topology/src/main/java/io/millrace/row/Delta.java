package io.millrace.row;

/**
 * A change to a Z-set: {@code weight} copies of {@code before} go, {@code weight} copies of {@code after} come. An update
 * is one delta with both, so that it travels as one record through an exchange that both go the same way. Immutable.
 *
 * @param before the row that goes, or null
 * @param after the row that comes, or null; not both are null
 * @param weight how many copies, at least 1
 * @param origin the change in the source that led here
 */
public record Delta(Row before, Row after, long weight, Origin origin) {

    public Delta {
        if (weight < 1 || (before == null && after == null)) {
            throw new IllegalArgumentException("a delta changes at least one row, at least once");
        }
    }

    /** A delta of weight 1. */
    public static Delta of(Row before, Row after, Origin origin) {
        return new Delta(before, after, 1, origin);
    }

    /** That the row before goes, and no more; there is one. */
    public Delta retraction() {
        return after == null ? this : new Delta(before, null, weight, origin);
    }

    /** That the row after comes, and no more; there is one. */
    public Delta insertion() {
        return before == null ? this : new Delta(null, after, weight, origin);
    }
}
