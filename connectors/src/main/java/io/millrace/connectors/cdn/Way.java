package io.millrace.connectors.cdn;

import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;

/** How a target is purged: caches have other requests, limits and rates for each. */
enum Way {
    TAG,
    URL,
    /** All URLs that begin so. */
    PATTERN;

    /** That of an invalidation's target. */
    static Way of(Invalidation invalidation) {
        if (invalidation.kind() == TargetKind.TAG) {
            return TAG;
        }
        return Site.isPattern(invalidation.target()) ? PATTERN : URL;
    }
}
