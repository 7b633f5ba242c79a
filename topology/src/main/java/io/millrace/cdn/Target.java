package io.millrace.cdn;

import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;

/**
 * What caches are to forget. Immutable.
 *
 * @param kind what it is
 * @param text a tag, or a URL
 * @param tagged for a URL, whether the same change invalidates a tag that its page carries
 */
public record Target(TargetKind kind, String text, boolean tagged) {
    static Target tag(String text) {
        return new Target(TargetKind.TAG, text, false);
    }

    /** The same target by another reckoning: what is cached carries a tag only if both say so. */
    public Target and(Target other) {
        return new Target(kind, text, tagged && other.tagged);
    }

    /** The key of its records. */
    public String key() {
        return Invalidation.key(kind, text);
    }
}
