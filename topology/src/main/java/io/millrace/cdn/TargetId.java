package io.millrace.cdn;

import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;

/** A target of one sink: what is pending together. Immutable. */
public record TargetId(String sink, TargetKind kind, String target) {
    /** The key of its records in the topic of invalidations. */
    public String key() {
        return Invalidation.key(kind, target);
    }
}
