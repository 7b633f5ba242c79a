package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.RecordPosition;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;

/** The purges that are to be made, one for each record that is not done: its first, then its second. Thread-safe. */
final class PendingPurges {
    /** For so long second purges that are due make way for first ones, which readers wait for. */
    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final Map<RecordPosition, Purging> byPosition = new LinkedHashMap<>();

    private int seconds;

    synchronized boolean contains(RecordPosition position) {
        return byPosition.containsKey(position);
    }

    synchronized void add(Purging purging) {
        byPosition.put(purging.position(), purging);
    }

    /** Puts a second purge in a first one's place, unless that has been released. */
    synchronized void replace(Purging purging, Purging again) {
        if (byPosition.replace(purging.position(), purging, again)) {
            seconds++;
        }
    }

    /** Says whether it was there: it may have been released while it was made. */
    synchronized boolean remove(Purging purging) {
        boolean removed = byPosition.remove(purging.position(), purging);
        seconds -= removed && purging.isAgain() ? 1 : 0;
        return removed;
    }

    synchronized void release(TopicPartition partition) {
        byPosition.keySet().removeIf(position -> position.partition().equals(partition));
        seconds = (int) byPosition.values().stream().filter(Purging::isAgain).count();
    }

    /**
     * Those whose time has come and that are not under way, in its order: what has failed has its turn, too, while a mass lasts, and
     * so have second purges, which make way for first ones for a moment. Of those that waited for the same moment, as a server was
     * away, the ones that were tried least are first.
     */
    synchronized List<Purging> due(long nowNanos) {
        return byPosition.values().stream()
                .filter(purging -> !purging.isUnderWay() && purging.dueNanos() - nowNanos <= 0)
                .sorted(Comparator.<Purging>comparingLong(
                                purging -> purging.dueNanos() - nowNanos + (purging.isAgain() ? AGAIN_NANOS : 0))
                        .thenComparingInt(Purging::attempts))
                .toList();
    }

    /** In how many nanoseconds the next one is due; empty where there is none. */
    synchronized OptionalLong untilNextNanos(long nowNanos) {
        return byPosition.values().stream()
                .filter(purging -> !purging.isUnderWay())
                .mapToLong(purging -> purging.dueNanos() - nowNanos)
                .min();
    }

    synchronized int size() {
        return byPosition.size();
    }

    /** How many wait for their first purge. */
    synchronized int firsts() {
        return byPosition.size() - seconds;
    }

    /** How many wait for their second. */
    synchronized int seconds() {
        return seconds;
    }

    /** When the oldest change was committed whose first purge is still to be made; 0 where there is none. */
    synchronized long oldestCommittedAtMicros() {
        return byPosition.values().stream()
                .filter(purging -> !purging.isAgain() && purging.invalidation() != null)
                .map(purging -> purging.invalidation().firstCommittedAtMicros())
                .filter(micros -> micros != null && micros > 0)
                .mapToLong(Long::longValue)
                .min()
                .orElse(0);
    }
}
