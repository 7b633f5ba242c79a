package io.millrace.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.cdn.Logged;
import io.millrace.invalidation.InvalidationLog;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import io.millrace.schemas.Purge;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/** Invalidations with what came of each at the caches, and how they are shown. */
final class PurgeEntries {
    private static final long MICROS_PER_MILLI = 1_000;
    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final int SHOWN_TARGET = 60;
    private static final int SHOWN_REASON = 40;

    private static final Comparator<Logged> OLDEST_FIRST =
            Comparator.comparingLong((Logged each) -> each.invalidation().emittedAtMicros());

    private PurgeEntries() {}

    /**
     * An invalidation and what came of it.
     *
     * @param purges one for each time that a cache answered, in that order
     */
    record Entry(Logged logged, List<Purge> purges) {}

    /** The newest invalidations since a time, at most so many, the newest first. */
    static List<Entry> read(
            InvalidationLog log, long sinceMs, Predicate<Invalidation> wanted, Predicate<Purge> shown, int most) {
        PriorityQueue<Logged> newest = new PriorityQueue<>(OLDEST_FIRST);
        log.invalidations(sinceMs, each -> {
            if (wanted.test(each.invalidation())) {
                newest.add(each);
                if (newest.size() > most) {
                    newest.remove();
                }
            }
        });
        Map<List<Long>, Entry> byPlace = new HashMap<>();
        newest.forEach(each ->
                byPlace.put(List.of((long) each.partition(), each.offset()), new Entry(each, new ArrayList<>())));
        if (!byPlace.isEmpty()) {
            log.purges(sinceMs, purge -> {
                Entry of = byPlace.get(List.of((long) purge.partition(), purge.offset()));
                if (of != null && shown.test(purge)) {
                    of.purges.add(purge);
                }
            });
        }
        return byPlace.values().stream()
                .sorted(Comparator.comparing(Entry::logged, OLDEST_FIRST.reversed()))
                .toList();
    }

    static void print(CdnAccess access, List<Entry> entries) {
        if (access.json()) {
            entries.forEach(each -> access.out().println(json(access, each)));
            return;
        }
        TextTable.print(
                access.out(),
                List.of("at", "target", "sink", "what changed", "changes", "ms", "caches"),
                entries.stream().map(PurgeEntries::cells).toList());
    }

    private static List<String> cells(Entry entry) {
        Invalidation told = entry.logged.invalidation();
        List<String> caches = new ArrayList<>();
        entry.purges.forEach(purge -> caches.add(answer(purge, entry.logged.sinceMicros())));
        return List.of(
                time(told.emittedAtMicros()),
                DlqListCommand.firstLine(target(told.kind(), told.target()), SHOWN_TARGET),
                told.sink().isEmpty() ? "(by hand)" : told.sink(),
                DlqListCommand.firstLine(told.reason(), SHOWN_REASON) + (told.ttlSeconds() == null ? "" : " (hot)"),
                Long.toString(told.changes()),
                told.firstCommittedAtMicros() == null
                        ? ""
                        : Long.toString(millis(told.firstCommittedAtMicros(), told.emittedAtMicros())),
                caches.isEmpty() ? "no answer yet" : String.join("; ", caches));
    }

    /** What a cache answered, as a person reads it: when, since the change, and what it removed. */
    static String answer(Purge purge, long sinceMicros) {
        String after = millis(sinceMicros, purge.purgedAtMicros()) + " ms";
        String removed = purge.removed() == null ? "" : " (" + purge.removed() + ")";
        return purge.cache()
                + switch (purge.outcome()) {
                    case PURGED -> " after " + after + removed;
                    case PURGED_AGAIN -> " again after " + after + removed;
                    case REFUSED ->
                        " refused: "
                                + DlqListCommand.firstLine(
                                        purge.message() == null ? "" : purge.message(), SHOWN_TARGET);
                };
    }

    static String target(TargetKind kind, String target) {
        return kind.name().toLowerCase(Locale.ROOT) + " " + target;
    }

    static long millis(long fromMicros, long toMicros) {
        return Math.max(0, (toMicros - fromMicros) / MICROS_PER_MILLI);
    }

    static String time(long micros) {
        return Instant.ofEpochSecond(
                        Math.floorDiv(micros, MICROS_PER_SECOND),
                        Math.floorMod(micros, MICROS_PER_SECOND) * MICROS_PER_MILLI)
                .truncatedTo(ChronoUnit.MILLIS)
                .toString();
    }

    /** What a cache answered, by itself. */
    static ObjectNode json(CdnAccess access, Purge purge) {
        return access.object()
                .put("at", time(purge.purgedAtMicros()))
                .put("kind", purge.kind().name().toLowerCase(Locale.ROOT))
                .put("target", purge.target())
                .put("application", purge.application())
                .put("sink", purge.sink())
                .put("partition", purge.partition())
                .put("offset", purge.offset())
                .put("cache", purge.cache())
                .put("provider", purge.provider())
                .put("outcome", purge.outcome().name().toLowerCase(Locale.ROOT))
                .put("removed", purge.removed())
                .put("attempts", purge.attempts())
                .put("message", purge.message());
    }

    static ObjectNode json(CdnAccess access, Entry entry) {
        Invalidation told = entry.logged.invalidation();
        ObjectNode node = access.object()
                .put("at", time(told.emittedAtMicros()))
                .put("kind", told.kind().name().toLowerCase(Locale.ROOT))
                .put("target", told.target())
                .put("application", told.application())
                .put("sink", told.sink())
                .put("tagged", told.tagged())
                .put("reason", told.reason())
                .put("changes", told.changes())
                .put("shard", told.shard())
                .put("position", told.position())
                .put("ttl_seconds", told.ttlSeconds())
                .put("partition", entry.logged.partition())
                .put("offset", entry.logged.offset());
        if (told.firstCommittedAtMicros() == null) {
            node.putNull("first_committed_at");
        } else {
            node.put("first_committed_at", time(told.firstCommittedAtMicros()));
        }
        ArrayNode answers = node.putArray("caches");
        entry.purges.forEach(purge -> answers.addObject()
                .put("cache", purge.cache())
                .put("provider", purge.provider())
                .put("outcome", purge.outcome().name().toLowerCase(Locale.ROOT))
                .put("at", time(purge.purgedAtMicros()))
                .put("after_ms", millis(entry.logged.sinceMicros(), purge.purgedAtMicros()))
                .put("removed", purge.removed())
                .put("attempts", purge.attempts())
                .put("message", purge.message()));
        return node;
    }
}
