package io.millrace.cdn;

import io.millrace.schemas.Invalidation;

/** An invalidation where it is in its topic. Immutable. */
public record Logged(Invalidation invalidation, int partition, long offset) {
    /** When the oldest change of it was committed; where that is not known, when it was made. Microseconds since the epoch. */
    public long sinceMicros() {
        Long committed = invalidation.firstCommittedAtMicros();
        return committed == null ? invalidation.emittedAtMicros() : committed;
    }
}
