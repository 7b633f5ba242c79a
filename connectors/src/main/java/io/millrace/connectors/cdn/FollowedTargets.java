package io.millrace.connectors.cdn;

import io.millrace.connectors.cdn.CdnPurgeSinkConfig.By;
import io.millrace.connectors.cdn.CdnPurgeSinkConfig.Warmed;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import java.util.Map;

/** Which invalidations are for a cache, by its properties. Immutable. */
public final class FollowedTargets {
    private final String application;
    private final boolean hasTags;
    private final By by;
    private final Warmed warmed;

    private FollowedTargets(String application, boolean hasTags, By by, Warmed warmed) {
        this.application = application;
        this.hasTags = hasTags;
        this.by = by;
        this.warmed = warmed;
    }

    /** Those of a cache with these properties, which are valid. */
    public static FollowedTargets of(Map<String, String> properties) {
        return new FollowedTargets(
                properties.getOrDefault(CdnPurgeSinkConfig.APPLICATION, ""),
                CdnPurgeSinkConfig.hasTags(properties),
                CdnPurgeSinkConfig.named(By.class, properties.get(CdnPurgeSinkConfig.BY), By.AUTO),
                CdnPurgeSinkConfig.named(Warmed.class, properties.get(CdnPurgeSinkConfig.WARM), Warmed.NONE));
    }

    /** Those of one pipeline alone. */
    public FollowedTargets ofApplication(String id) {
        return new FollowedTargets(id, hasTags, by, warmed);
    }

    /** Whether the cache forgets by tags. */
    public boolean haveTags() {
        return hasTags && by != By.URLS;
    }

    /** Whether it forgets by URLs. */
    public boolean haveUrls() {
        return by != By.TAGS;
    }

    /** Whether it is to know of URLs though a tag of what is cached under them is invalidated: to forget by them, or to fetch pages anew. */
    public boolean haveTaggedUrls() {
        return !haveTags() || by == By.BOTH || warmed != Warmed.NONE;
    }

    /** Whether the cache has to forget an invalidation's target: what is cached of that carries no tag that it forgets by. */
    public boolean mustForget(Invalidation invalidation) {
        if (!areOf(invalidation)) {
            return false;
        }
        if (invalidation.kind() == TargetKind.TAG) {
            return haveTags();
        }
        boolean byItsTag = invalidation.tagged() && haveTags() && by != By.BOTH;
        return haveUrls() && !byItsTag;
    }

    /** Whether it forgets the target, be it only since the page is fetched anew then. */
    boolean have(Invalidation invalidation) {
        return mustForget(invalidation) || (areOf(invalidation) && haveUrls() && areWarmed(invalidation));
    }

    private boolean areOf(Invalidation invalidation) {
        return application.isEmpty() || application.equals(invalidation.application());
    }

    /** Whether the page is fetched after its purge. */
    boolean areWarmed(Invalidation invalidation) {
        return invalidation.kind() == TargetKind.URL
                && (warmed == Warmed.ALL || (warmed == Warmed.HOT && invalidation.ttlSeconds() != null));
    }
}
