package io.millrace.cdn;

import io.millrace.row.Origin;
import io.millrace.schemas.ChangePosition;
import io.millrace.schemas.Invalidation;

/**
 * Changes of a target that caches were not told of yet. Immutable.
 *
 * @param id the target
 * @param tagged whether, of a URL, each of them invalidates a tag that its page carries
 * @param reason of the newest of them, for people
 * @param changes how many rows they are of
 * @param newest the origin of the newest of them
 * @param firstCommittedAtMicros when the oldest of them was committed, 0 if not known
 * @param lastCommittedAtMicros when the newest of them was committed, 0 if not known
 */
public record PendingTarget(
        TargetId id,
        boolean tagged,
        String reason,
        long changes,
        Origin newest,
        long firstCommittedAtMicros,
        long lastCommittedAtMicros) {

    static PendingTarget of(TargetChange change) {
        long committed = change.origin().committedAtMicros();
        return new PendingTarget(
                change.id(), change.tagged(), change.reason(), change.rows(), change.origin(), committed, committed);
    }

    /** With more. */
    PendingTarget and(TargetChange change) {
        long committed = change.origin().committedAtMicros();
        boolean newer = committed >= lastCommittedAtMicros;
        return new PendingTarget(
                id,
                tagged && change.tagged(),
                newer ? change.reason() : reason,
                changes + change.rows(),
                newer ? change.origin() : newest,
                committed == 0
                        ? firstCommittedAtMicros
                        : firstCommittedAtMicros == 0 ? committed : Math.min(firstCommittedAtMicros, committed),
                Math.max(lastCommittedAtMicros, committed));
    }

    /**
     * What caches are told.
     *
     * @param application the pipeline's name
     * @param nowMicros the time
     * @param ttlSeconds for how long caches may keep it, where it is hot; else null
     */
    public Invalidation told(String application, long nowMicros, Integer ttlSeconds) {
        boolean known = newest.position() != ChangePosition.NONE;
        return new Invalidation(
                application,
                id.sink(),
                id.kind(),
                id.target(),
                tagged,
                reason,
                changes,
                newest.shard().isEmpty() ? null : newest.shard(),
                known ? ChangePosition.lsn(newest.position()) : null,
                firstCommittedAtMicros == 0 ? null : firstCommittedAtMicros,
                lastCommittedAtMicros == 0 ? null : lastCommittedAtMicros,
                nowMicros,
                ttlSeconds);
    }
}
