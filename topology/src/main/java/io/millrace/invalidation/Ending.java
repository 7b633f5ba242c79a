package io.millrace.invalidation;

import io.millrace.catalog.PipelineConfig;
import io.millrace.runtime.CompanionApplication;

/**
 * The end of the following of views, when the last sink is gone: an application without views tells what is pending; then it is forgotten
 * up to where views were read, so that sinks that come again begin anew. Used by one thread.
 */
final class Ending {
    private final PipelineConfig config;
    private final CdnTopics topics;
    private final CdnBrokers brokers;
    private final CdnMeters meters;

    Ending(PipelineConfig config, CdnTopics topics, CdnBrokers brokers, CdnMeters meters) {
        this.config = config;
        this.topics = topics;
        this.brokers = brokers;
        this.meters = meters;
    }

    /** Whether there is nothing to forget. */
    boolean isOver() {
        return !brokers.hasFollowed();
    }

    /** Whether no instance follows views any more. */
    boolean mayBegin(int revision) {
        return CompanionApplication.isOnlyOf(config, brokers.admin(), topics.application(), revision);
    }

    /** Whether all is told, by this application without views and those of other instances; then it is forgotten what was read. */
    boolean endsWith(CompanionApplication application) {
        // What is pending here is only a hint: it falls before the commit, and others have some as well.
        if (!application.isRunning() || meters.pending() > 0 || !brokers.hasToldAll()) {
            return false;
        }
        // While this one is in the group, no instance follows views again, to which the positions would be lost.
        brokers.forgetViews();
        return true;
    }
}
