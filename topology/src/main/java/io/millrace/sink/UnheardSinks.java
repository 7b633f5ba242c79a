package io.millrace.sink;

import io.millrace.catalog.CacheConfig;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.cdn.CdnOption;
import io.millrace.cdn.CdnSink;
import io.millrace.connectors.cdn.FollowedTargets;
import io.millrace.sql.SinkDefinition;
import java.util.ArrayList;
import java.util.List;

/** Warns of sinks of type cdn that a cache, or every one, hears nothing of. */
public final class UnheardSinks {
    private UnheardSinks() {}

    /** The warnings of a pipeline. */
    public static List<UserError> warnings(List<SinkDefinition> sinks, PipelineConfig config) {
        List<UserError> warnings = new ArrayList<>();
        for (SinkDefinition sink : sinks) {
            if (!CdnSink.isOne(sink.sink())) {
                continue;
            }
            if (config.caches().isEmpty()) {
                warnings.add(warning(
                        sink,
                        "no cache hears of sink " + sink.name() + ": " + PipelineConfig.CDN_CACHES.name()
                                + " is not set",
                        "name the caches in millrace.properties, or read topic "
                                + config.get(PipelineConfig.CDN_INVALIDATIONS_TOPIC) + " yourself"));
            }
            for (CacheConfig cache : config.caches()) {
                check(sink, cache, warnings);
            }
        }
        return List.copyOf(warnings);
    }

    private static void check(SinkDefinition sink, CacheConfig cache, List<UserError> warnings) {
        boolean hasUrls = sink.option(CdnOption.URLS.label()).isPresent();
        boolean hasTags = sink.option(CdnOption.TAGS.label()).isPresent()
                || sink.option(CdnOption.ITEM_TAGS.label()).isPresent();
        FollowedTargets targets = cache.targets();
        if ((hasUrls && targets.haveUrls()) || (hasTags && targets.haveTags())) {
            return;
        }
        String lacking = targets.haveUrls() ? CdnOption.URLS.label() : CdnOption.TAGS.label();
        warnings.add(warning(
                sink,
                "cache " + cache.name() + " hears nothing of sink " + sink.name() + ", which has no " + lacking,
                "add " + lacking + " to the sink, or have the cache forget otherwise: " + CacheConfig.PREFIX
                        + cache.name() + ".by"));
    }

    private static UserError warning(SinkDefinition sink, String message, String hint) {
        return new UserError(UserError.Category.INVALID_PIPELINE, sink.place(), message, hint);
    }
}
