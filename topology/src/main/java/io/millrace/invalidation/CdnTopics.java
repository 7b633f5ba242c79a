package io.millrace.invalidation;

import io.millrace.catalog.CacheConfig;
import io.millrace.catalog.PipelineConfig;
import io.millrace.cdn.CdnSink;
import io.millrace.connectors.cdn.FollowedTargets;
import io.millrace.schemas.TopicNames;
import io.millrace.sink.SinkConnectorConfig;
import java.util.Collection;
import java.util.TreeSet;

/** The names of the topics that a pipeline's sinks of type cdn read and write. Immutable. */
record CdnTopics(PipelineConfig config) {

    /** The application, which is its group, too. */
    String application() {
        return CdnSink.group(pipeline());
    }

    String pipeline() {
        return config.get(PipelineConfig.APPLICATION_ID);
    }

    String view(String view) {
        return TopicNames.ofView(pipeline(), view);
    }

    /** By which changes come to where the others of their target are. */
    String exchange() {
        return application() + "-targets-repartition";
    }

    /** What keeps the targets that are pending. */
    String pending() {
        return application() + "-" + CdnTopology.PENDING + "-changelog";
    }

    String invalidations() {
        return config.get(PipelineConfig.CDN_INVALIDATIONS_TOPIC);
    }

    String purges() {
        return config.get(PipelineConfig.CDN_PURGES_TOPIC);
    }

    /** Whether anybody has need of URLs of which a tag is invalidated by the same change. */
    boolean haveTaggedUrls() {
        return config.caches().isEmpty()
                || config.caches().stream().map(CacheConfig::targets).anyMatch(FollowedTargets::haveTaggedUrls);
    }

    /** What a sink cannot read. */
    String deadLetters(String sink) {
        return SinkConnectorConfig.deadLetters(config, sink);
    }

    /** What of that is to be read again. */
    String replays(String sink) {
        return TopicNames.ofReplays(deadLetters(sink));
    }

    /**
     * A number that tells what an application's topology reads, and by which sinks and versions of views it makes which targets of that:
     * members with different ones must not meet in its group.
     *
     * @param deployed the sinks and versions, in words that are the same in each instance
     */
    int revision(Collection<FollowedView> views, String deployed) {
        TreeSet<String> read = new TreeSet<>();
        for (FollowedView view : views) {
            read.add(view(view.name()));
            view.sinks().forEach(sink -> read.add(replays(sink.name())));
        }
        String made = deployed + (haveTaggedUrls() ? " with" : " without") + " tagged URLs";
        return ((String.join(",", read) + made).hashCode() & Integer.MAX_VALUE) % 1_000_000_000;
    }
}
