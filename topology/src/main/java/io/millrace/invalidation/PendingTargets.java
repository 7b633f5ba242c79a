package io.millrace.invalidation;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.millrace.cdn.CdnSink;
import io.millrace.cdn.Coalescing;
import io.millrace.cdn.PendingTarget;
import io.millrace.cdn.TargetChange;
import io.millrace.cdn.TargetCodec;
import io.millrace.cdn.TargetId;
import io.millrace.runtime.CommitPacer;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** Gathers the changes of targets, and tells of each as {@link Coalescing} decides. Used by one task. */
final class PendingTargets implements Processor<byte[], byte[], byte[], byte[]>, Coalescing.Store {
    /** How exactly windows end. */
    static final Duration TICK = Duration.ofMillis(5);

    private static final long MICROS_PER_MILLI = 1_000;

    private final Map<String, CdnSink> sinks;
    private final CdnTopics topics;
    private final CdnMeters meters;
    private final CommitPacer pacer;
    private final Serializer<GenericRecord> avro;
    private final TargetCodec codec = new TargetCodec();
    private final Map<String, Counters> counters = new HashMap<>();
    private ProcessorContext<byte[], byte[]> context;
    private KeyValueStore<Bytes, byte[]> store;
    private Coalescing coalescing;
    private Cancellable ticking;
    private int hot;
    private int waiting;

    /** Of one sink. */
    private record Counters(Counter coalesced, Counter tags, Counter urls, Timer delay) {}

    PendingTargets(
            Map<String, CdnSink> sinks,
            CdnTopics topics,
            CdnMeters meters,
            CommitPacer pacer,
            Serializer<GenericRecord> avro) {
        this.sinks = sinks;
        this.topics = topics;
        this.meters = meters;
        this.pacer = pacer;
        this.avro = avro;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> processorContext) {
        // A task that failed is revived with the processor that it had.
        context = processorContext;
        store = context.getStateStore(CdnTopology.PENDING);
        List<PendingTarget> pending = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
            while (all.hasNext()) {
                KeyValue<Bytes, byte[]> each = all.next();
                pending.add(codec.pending(each.value));
            }
        }
        coalescing = new Coalescing(sinks::get, this, pending);
        hot = 0;
        waiting = 0;
        ticking = null;
        measure();
        if (!pending.isEmpty()) {
            awaitTicks();
        }
    }

    /** Only while there is something to wait for: each tick makes a transaction. */
    private void awaitTicks() {
        if (ticking == null) {
            ticking = context.schedule(TICK, PunctuationType.WALL_CLOCK_TIME, this::tick);
        }
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        TargetChange change = codec.change(record.value());
        // No commit is asked for: nobody reads what is pending.
        boolean pendingBefore = coalescing.changed(change, record.timestamp(), context.currentSystemTimeMs());
        long coalesced = change.rows() - (pendingBefore ? 0 : 1);
        if (coalesced > 0) {
            counters(change.id().sink()).coalesced.increment((double) coalesced);
        }
        measure();
        awaitTicks();
    }

    private void measure() {
        if (coalescing.hot() != hot || coalescing.pending() != waiting) {
            hot = coalescing.hot();
            waiting = coalescing.pending();
            meters.targets(context.taskId().toString(), hot, waiting);
        }
    }

    private void tick(long nowMs) {
        coalescing.advance(context.currentSystemTimeMs(), this::tell);
        measure();
        if (coalescing.remembered() == 0) {
            ticking.cancel();
            ticking = null;
        }
    }

    private void tell(PendingTarget pending, Integer ttlSeconds) {
        long nowMs = context.currentSystemTimeMs();
        Invalidation told = pending.told(topics.pipeline(), nowMs * MICROS_PER_MILLI, ttlSeconds);
        byte[] value = avro.serialize(topics.invalidations(), told.toAvro());
        context.forward(new Record<>(told.key().getBytes(StandardCharsets.UTF_8), value, nowMs));
        Counters of = counters(told.sink());
        (told.kind() == TargetKind.TAG ? of.tags : of.urls).increment();
        if (told.firstCommittedAtMicros() != null) {
            of.delay.record(
                    Math.max(0, nowMs - told.firstCommittedAtMicros() / MICROS_PER_MILLI), TimeUnit.MILLISECONDS);
        }
        pacer.changed(context);
    }

    private Counters counters(String sink) {
        return counters.computeIfAbsent(
                sink,
                name -> new Counters(
                        meters.coalesced(name),
                        meters.invalidations(name, TargetKind.TAG),
                        meters.invalidations(name, TargetKind.URL),
                        meters.delay(name)));
    }

    @Override
    public PendingTarget get(TargetId id) {
        byte[] pending = store.get(Bytes.wrap(TargetCodec.key(id)));
        return pending == null ? null : codec.pending(pending);
    }

    @Override
    public void put(PendingTarget pending) {
        store.put(Bytes.wrap(TargetCodec.key(pending.id())), codec.pending(pending));
    }

    @Override
    public void remove(TargetId id) {
        store.delete(Bytes.wrap(TargetCodec.key(id)));
    }

    @Override
    public void close() {
        if (context != null) {
            meters.targets(context.taskId().toString(), 0, 0);
        }
    }
}
