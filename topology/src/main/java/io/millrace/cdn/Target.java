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

    /** The key of its records. */
    public String key() {
        return Invalidation.key(kind, text);
    }
}
