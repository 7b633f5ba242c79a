package io.millrace.cli;

import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import io.millrace.schemas.Purge;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Which invalidations are meant, as commands about them are told. */
final class PurgeLogFilters {
    @Option(
            names = "--since",
            paramLabel = "TIME",
            description =
                    "Only those that were made then or later: 2026-01-31, 2026-01-31T23:59:59Z, or 15m, 2h, 7d ago; default: 1h.")
    private String since = "1h";

    @Option(names = "--sink", paramLabel = "SINK", description = "Only those of a sink; may be written several times.")
    private List<String> sinks = new ArrayList<>();

    @Option(names = "--tag", paramLabel = "TAG", description = "Only those of a tag; may be written several times.")
    private List<String> tags = new ArrayList<>();

    @Option(names = "--url", paramLabel = "URL", description = "Only those of a URL; may be written several times.")
    private List<String> urls = new ArrayList<>();

    @Option(
            names = "--cache",
            paramLabel = "CACHE",
            description = "Only what became of them at a cache; may be written several times.")
    private List<String> caches = new ArrayList<>();

    long sinceMs() {
        return DlqFilters.millis("--since", since, Instant.now());
    }

    private String application = "";

    /** Leaves out what other pipelines have in the same topics. */
    void ofApplication(String name) {
        application = name;
    }

    boolean includes(Invalidation each) {
        return each.application().equals(application)
                && (sinks.isEmpty() || sinks.contains(each.sink()))
                && includes(each.kind(), each.target());
    }

    boolean includes(Purge each) {
        return each.application().equals(application)
                && (sinks.isEmpty() || sinks.contains(each.sink()))
                && includes(each.kind(), each.target())
                && (caches.isEmpty() || caches.contains(each.cache()));
    }

    private boolean includes(TargetKind kind, String target) {
        return (tags.isEmpty() && urls.isEmpty()) || (kind == TargetKind.TAG ? tags : urls).contains(target);
    }
}
