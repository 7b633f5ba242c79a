package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.RecordPosition;
import io.millrace.schemas.Invalidation;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * A purge that is to be made for a record: the first, or the second. Each is itself alone. It is in one request at a time.
 */
final class Purging {
    private final SinkRecord record;
    private final RecordPosition position;
    private final RecordPosition source;
    private final Invalidation invalidation;
    private final DataException rejection;
    private final boolean again;
    private final AtomicInteger attempts = new AtomicInteger();
    private volatile long dueNanos;
    /** How each server has failed with it. */
    private final Map<ServerState, Failing> failing = new ConcurrentHashMap<>();

    /** The servers that have confirmed it, with how many objects went there; below zero where that is not known. */
    private final Map<ServerState, Long> confirmed = new ConcurrentHashMap<>();

    /** Whether it is in a request that is being made. */
    private volatile boolean underWay;

    private volatile String refusal;
    /** The request that it was in last, and is in when that is made again; null where it was in none. */
    private volatile Batches.Request request;

    /**
     * How a server fails with it.
     *
     * @param confirmations how many requests the server had confirmed
     * @param sinceNanos since when it does so while it confirms others, by the clock of its presence; null where it does not
     */
    private record Failing(long confirmations, Long sinceNanos) {}

    private Purging(
            SinkRecord record,
            RecordPosition source,
            Invalidation invalidation,
            DataException rejection,
            boolean again,
            long dueNanos) {
        this.record = record;
        this.position = RecordPosition.of(record);
        this.source = source;
        this.invalidation = invalidation;
        this.rejection = rejection;
        this.again = again;
        this.dueNanos = dueNanos;
    }

    /** The first purge, due at once. */
    static Purging first(SinkRecord record, RecordPosition source, Invalidation invalidation, long nowNanos) {
        return new Purging(record, source, invalidation, null, false, nowNanos);
    }

    /** A record that is no invalidation. */
    static Purging rejected(SinkRecord record, DataException reason, long nowNanos) {
        return new Purging(record, RecordPosition.of(record), null, reason, false, nowNanos);
    }

    /** The second purge of the same. */
    Purging again(long atNanos) {
        return new Purging(record, source, invalidation, null, true, atNanos);
    }

    SinkRecord record() {
        return record;
    }

    /** Where it was read. */
    RecordPosition position() {
        return position;
    }

    /** Where it was read at first, if it is a dead letter that is delivered again. */
    RecordPosition source() {
        return source;
    }

    /** Null where it was rejected. */
    Invalidation invalidation() {
        return invalidation;
    }

    /** Why it cannot be made; null where it can. */
    DataException rejection() {
        return rejection;
    }

    boolean isAgain() {
        return again;
    }

    long dueNanos() {
        return dueNanos;
    }

    /** Has it due at another time. */
    void putOff(long untilNanos) {
        dueNanos = untilNanos;
    }

    void underWay(boolean is) {
        underWay = is;
    }

    boolean isUnderWay() {
        return underWay;
    }

    /** How its target is purged; null where there is none. */
    Way way() {
        return invalidation == null ? null : Way.of(invalidation);
    }

    String target() {
        return invalidation.target();
    }

    /** Purges of which this is equal are of one target. */
    String key() {
        return invalidation == null ? position.toString() : invalidation.key();
    }

    void attempt() {
        attempts.incrementAndGet();
    }

    int attempts() {
        return attempts.get();
    }

    /** A server has failed with it; says whether that has confirmed others since it did so before. */
    boolean failed(ServerState server) {
        Failing before = failing.get(server);
        long confirmations = server.confirmations();
        boolean others = before != null && before.confirmations < confirmations;
        Long since = before == null ? null : before.sinceNanos;
        failing.put(server, new Failing(confirmations, since == null && others ? (Long) server.presentNanos() : since));
        return others;
    }

    /** For how long a server that has failed with it does so while it confirms others, without the time that it was away. */
    long failingNanos(ServerState server) {
        Long since = failing.get(server).sinceNanos;
        return since == null ? 0 : server.presentNanos() - since;
    }

    /** A server has confirmed it, and need not be asked again when another has not. */
    void confirmedBy(ServerState server, OptionalLong removed) {
        confirmed.put(server, removed.orElse(-1));
    }

    boolean isConfirmedBy(ServerState server) {
        return confirmed.containsKey(server);
    }

    /** How many objects went, at all servers; empty where one has not said so. */
    OptionalLong removed() {
        return confirmed.values().stream().anyMatch(removed -> removed < 0)
                ? OptionalLong.empty()
                : OptionalLong.of(
                        confirmed.values().stream().mapToLong(Long::longValue).sum());
    }

    Batches.Request request() {
        return request;
    }

    void in(Batches.Request made) {
        request = made;
    }

    void refused(String reason) {
        refusal = reason;
    }

    /** Why the cache has refused it last; null where it has not. */
    String refusal() {
        return refusal;
    }

    @Override
    public String toString() {
        return (again ? "second purge of " : "purge of ") + position;
    }
}
