package io.millrace.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.invalidation.InvalidationLog;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import io.millrace.schemas.Purge;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code millrace purge stats}: how many invalidations there were, by sink, and what the caches made of them. */
@Command(
        name = "stats",
        description = "Count invalidations by sink, and what caches made of them: how many, how soon after the change.")
final class PurgeStatsCommand implements Callable<Integer> {
    private static final double MEDIAN = 0.5;
    private static final double HIGH = 0.99;

    @Mixin
    private CdnAccess access;

    @Mixin
    private PurgeLogFilters filters;

    private final Map<String, OfSink> sinks = new TreeMap<>();
    private final Map<String, OfCache> caches = new TreeMap<>();

    /** Of one sink. */
    private static final class OfSink {
        private long tags;
        private long urls;
        private long changes;
        private long hot;
        private final Quantiles delay = new Quantiles();

        void add(Invalidation each) {
            if (each.kind() == TargetKind.TAG) {
                tags++;
            } else {
                urls++;
            }
            changes += each.changes();
            hot += each.ttlSeconds() == null ? 0 : 1;
            if (each.firstCommittedAtMicros() != null) {
                delay.add(PurgeEntries.millis(each.firstCommittedAtMicros(), each.emittedAtMicros()));
            }
        }
    }

    /** Of one cache. */
    private static final class OfCache {
        private String provider = "";
        private long purged;
        private long again;
        private long refused;
        private long removed;
        private final Quantiles delay = new Quantiles();

        void add(Purge each) {
            provider = each.provider();
            removed += each.removed() == null ? 0 : each.removed();
            switch (each.outcome()) {
                case PURGED -> {
                    purged++;
                    if (each.firstCommittedAtMicros() != null) {
                        delay.add(PurgeEntries.millis(each.firstCommittedAtMicros(), each.purgedAtMicros()));
                    }
                }
                case PURGED_AGAIN -> again++;
                case REFUSED -> refused++;
            }
        }
    }

    @Override
    public Integer call() {
        access.open();
        filters.ofApplication(access.application());
        InvalidationLog log = access.log();
        long sinceMs = filters.sinceMs();
        log.invalidations(sinceMs, each -> {
            if (filters.includes(each.invalidation())) {
                sinks.computeIfAbsent(each.invalidation().sink(), any -> new OfSink())
                        .add(each.invalidation());
            }
        });
        log.purges(sinceMs, each -> {
            if (filters.includes(each)) {
                caches.computeIfAbsent(each.cache(), any -> new OfCache()).add(each);
            }
        });
        if (access.json()) {
            printJson();
        } else {
            print();
        }
        access.out().flush();
        access.tellUnreadable(log);
        return Millrace.OK;
    }

    private void print() {
        TextTable.print(
                access.out(),
                List.of("sink", "tags", "urls", "changes", "changes each", "hot", "ms p50", "ms p99"),
                sinks.entrySet().stream()
                        .map(each -> {
                            OfSink of = each.getValue();
                            return List.of(
                                    each.getKey().isEmpty() ? "(by hand)" : each.getKey(),
                                    Long.toString(of.tags),
                                    Long.toString(of.urls),
                                    Long.toString(of.changes),
                                    String.format(
                                            Locale.ROOT, "%.1f", (double) of.changes / Math.max(1, of.tags + of.urls)),
                                    Long.toString(of.hot),
                                    of.delay.text(MEDIAN),
                                    of.delay.text(HIGH));
                        })
                        .toList());
        access.out().println();
        TextTable.print(
                access.out(),
                List.of("cache", "provider", "purged", "purged again", "refused", "objects", "ms p50", "ms p99"),
                caches.entrySet().stream()
                        .map(each -> {
                            OfCache of = each.getValue();
                            return List.of(
                                    each.getKey(),
                                    of.provider,
                                    Long.toString(of.purged),
                                    Long.toString(of.again),
                                    Long.toString(of.refused),
                                    Long.toString(of.removed),
                                    of.delay.text(MEDIAN),
                                    of.delay.text(HIGH));
                        })
                        .toList());
        access.out().println("ms: from the commit of the first change to the invalidation, and to the cache's answer");
    }

    private void printJson() {
        sinks.forEach((sink, of) -> access.out()
                .println(quantiles(
                        access.object()
                                .put("sink", sink)
                                .put("tags", of.tags)
                                .put("urls", of.urls)
                                .put("changes", of.changes)
                                .put("hot", of.hot),
                        of.delay)));
        caches.forEach((cache, of) -> access.out()
                .println(quantiles(
                        access.object()
                                .put("cache", cache)
                                .put("provider", of.provider)
                                .put("purged", of.purged)
                                .put("purged_again", of.again)
                                .put("refused", of.refused)
                                .put("objects", of.removed),
                        of.delay)));
    }

    private static ObjectNode quantiles(ObjectNode node, Quantiles of) {
        return node.put("ms_p50", of.at(MEDIAN)).put("ms_p99", of.at(HIGH));
    }
}
