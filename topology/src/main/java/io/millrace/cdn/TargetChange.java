package io.millrace.cdn;

import io.millrace.row.Origin;

/**
 * Changes of rows that invalidate a target, all of which stem from one change in the source. Immutable.
 *
 * @param id the target
 * @param tagged for a URL, whether the change invalidates a tag that its page carries
 * @param reason what changed, for people
 * @param origin the change in the source that led to it
 * @param rows how many rows that changed
 */
public record TargetChange(TargetId id, boolean tagged, String reason, Origin origin, long rows) {
    /** Of so many rows. */
    TargetChange ofRows(long number) {
        return new TargetChange(id, tagged, reason, origin, number);
    }
}
