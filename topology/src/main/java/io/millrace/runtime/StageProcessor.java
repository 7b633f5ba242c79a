package io.millrace.runtime;

import io.micrometer.core.instrument.Counter;
import io.millrace.operator.Circuit;
import io.millrace.operator.RowFailures;
import io.millrace.operator.ScanCounters;
import io.millrace.operator.ScanOutcome;
import io.millrace.operator.State;
import io.millrace.operator.ViewChange;
import io.millrace.operator.expression.EvaluationError;
import io.millrace.plan.KeyOrigin;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlanState;
import io.millrace.plan.Stage;
import io.millrace.row.ByteReader;
import io.millrace.row.ByteWriter;
import io.millrace.row.Delta;
import io.millrace.row.DeltaCodec;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.SourceChange;
import io.millrace.runtime.source.EventReplay;
import io.millrace.runtime.source.SourceDecoder;
import io.millrace.runtime.source.SourceRecordError;
import io.millrace.schemas.ChangeEvents;
import io.millrace.schemas.KeyPartition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Runs one stage of the plan on one partition: decodes the records of its topics, feeds the circuit, and writes what comes
 * out of it. All of it is one Kafka transaction: read positions, stores and written records.
 */
final class StageProcessor implements Processor<byte[], byte[], Routed, byte[]>, Circuit.Connections {
    private static final long MICROS_PER_MILLI = 1_000;
    private static final Duration FORGET_INTERVAL = Duration.ofSeconds(10);

    /** How long after its time a row may come or go. */
    static final Duration CLOCK_INTERVAL = Duration.ofMillis(100);

    /** How soon rows go that a new snapshot of a table without a primary key has not. */
    private static final Duration SWEEP_INTERVAL = Duration.ofMillis(100);

    /** So many rows go at once that no record waits noticeably. */
    private static final int SWEEP_LIMIT = 2_000;

    /** So many rows come and go by time at once that no record waits noticeably. */
    private static final int CLOCK_LIMIT = 2_000;

    /** When more changes than this are pending, no record is taken before some are done: they are on the heap. */
    private static final int MOST_PENDING = 10_000;

    /** A declared key that is broken for two of these is reported: longer than changes are on their way as a rule. */
    private static final Duration BROKEN_KEYS_INTERVAL = Duration.ofSeconds(5);

    /** The least that Kafka Streams takes: at once, but when the task runs and may write. */
    private static final Duration START_DELAY = Duration.ofMillis(1);

    /** Deltas for the same partition share a record up to this size. */
    private static final int BATCH_BYTES = 64 << 10;

    /** So many deletions are forgotten at a time that no record waits noticeably. */
    private static final int FORGET_LIMIT = 2_000;

    /** So many broken keys are looked at at a time that no record waits noticeably. */
    private static final int BROKEN_KEYS_LIMIT = 1_000;

    private final StageResources resources;
    private final Stage stage;
    private final Map<String, Input> inputs = new HashMap<>();
    private final Map<String, State> states = new HashMap<>();
    private final IdentityHashMap<PlanNode.Exchange, ExchangeWriter> exchanges = new IdentityHashMap<>();
    private final List<ExchangeWriter> exchangeWriters = new ArrayList<>();
    private final IdentityHashMap<PlanNode.View, Publisher> views = new IdentityHashMap<>();
    private final IdentityHashMap<PlanNode.View, ViewProgress.Partition> progress = new IdentityHashMap<>();
    private ProcessorContext<Routed, byte[]> context;
    private DeadLetters deadLetters;
    private Circuit circuit;
    private boolean started;
    private int reportedPending;

    StageProcessor(StageResources resources, Stage stage) {
        this.resources = resources;
        this.stage = stage;
    }

    /** What takes the records of one topic. */
    private interface Input {
        void accept(Record<byte[], byte[]> record, RecordMetadata from);
    }

    @Override
    public void init(ProcessorContext<Routed, byte[]> processorContext) {
        forgetFormerLife();
        context = processorContext;
        deadLetters = new DeadLetters(
                resources.plan(),
                resources.topics(),
                resources.meters(),
                resources.failureLog(),
                context,
                TopologyBuilder.deadLetterSink(stage));
        for (PlanNode node : stage.nodes()) {
            for (String store : PlanState.stores(resources.plan(), node)) {
                states.put(store, new StoreState(context.getStateStore(store)));
            }
        }
        for (PlanNode.Exchange exchange : stage.sinks()) {
            ExchangeWriter writer = new ExchangeWriter(exchange);
            exchanges.put(exchange, writer);
            exchangeWriters.add(writer);
        }
        stage.views().forEach(this::open);
        circuit = new Circuit(resources.plan(), stage, resources.fanOut().portionRows(), this);
        stage.scans().forEach(scan -> inputs.put(scan.table().source().topic(), new ScanInput(scan)));
        for (PlanNode.Exchange exchange : stage.sources()) {
            inputs.put(resources.topics().exchange(resources.plan(), exchange), new ExchangeInput(exchange));
        }
        started = !startsHere() && !circuit.isTimed();
        if (!started) {
            Cancellable[] once = new Cancellable[1];
            once[0] = context.schedule(START_DELAY, PunctuationType.WALL_CLOCK_TIME, nowMs -> {
                once[0].cancel();
                start();
                flushExchanges();
            });
        }
        if (circuit.isTimed()) {
            context.schedule(CLOCK_INTERVAL, PunctuationType.WALL_CLOCK_TIME, nowMs -> tick());
        }
        if (circuit.fansOut()) {
            context.schedule(FanOut.INTERVAL, PunctuationType.WALL_CLOCK_TIME, nowMs -> workOff());
        }
        context.schedule(
                FORGET_INTERVAL,
                PunctuationType.WALL_CLOCK_TIME,
                nowMs -> circuit.forget(
                        nowMs * MICROS_PER_MILLI, resources.deletionsRetainMs() * MICROS_PER_MILLI, FORGET_LIMIT));
        if (circuit.isSwept()) {
            context.schedule(SWEEP_INTERVAL, PunctuationType.WALL_CLOCK_TIME, nowMs -> {
                circuit.sweep(SWEEP_LIMIT);
                flushExchanges();
            });
        }
        if (stage.views().stream().anyMatch(view -> view.keyOrigin() == KeyOrigin.DECLARED)) {
            context.schedule(
                    BROKEN_KEYS_INTERVAL,
                    PunctuationType.WALL_CLOCK_TIME,
                    nowMs -> circuit.lookAtBrokenKeys(BROKEN_KEYS_LIMIT));
        }
    }

    /**
     * A task that failed is revived with the processor that it had. What that had not put out yet belongs to a transaction that
     * was aborted: it is read again.
     */
    private void forgetFormerLife() {
        inputs.clear();
        states.clear();
        exchanges.clear();
        exchangeWriters.clear();
        views.clear();
        progress.clear();
        reportedPending = 0;
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        RecordMetadata from = context.recordMetadata().orElseThrow();
        start();
        inputs.get(from.topic()).accept(record, from);
        flushExchanges();
        while (circuit.fansOut() && circuit.pending() > MOST_PENDING) {
            work();
        }
        reportPending();
        resources.pacer().changed(context);
    }

    /** Has changes with many matches go on for a while, unless much of what came of them is still to be read. */
    private void workOff() {
        FanOut.Window window = resources.fanOut().window(stage);
        long start = System.nanoTime();
        boolean goesOn = circuit.pending() > 0;
        while (goesOn && window.isOpen()) {
            work();
            resources.pacer().changed(context);
            goesOn = circuit.pending() > 0
                    && System.nanoTime() - start < resources.fanOut().atATimeNanos();
        }
        reportPending();
    }

    private void reportPending() {
        int changes = circuit.pending();
        if (changes != reportedPending) {
            reportedPending = changes;
            resources.fanOut().pending(this, changes);
        }
    }

    private void work() {
        circuit.work();
        flushExchanges();
        resources.fanOut().window(stage).putOut(resources.fanOut().portionRows());
    }

    /** Puts out what the time brings, a bounded number of rows; the rest comes with the next tick. */
    private void tick() {
        start();
        circuit.advance(context.currentSystemTimeMs() * MICROS_PER_MILLI, CLOCK_LIMIT);
        flushExchanges();
    }

    private void flushExchanges() {
        for (ExchangeWriter writer : exchangeWriters) {
            writer.flush();
        }
    }

    /** Puts out what is there before any change; what its stores hold says whether it was put out in an earlier life. */
    private void start() {
        if (!started) {
            started = true;
            if (circuit.isTimed()) {
                circuit.advance(context.currentSystemTimeMs() * MICROS_PER_MILLI, CLOCK_LIMIT);
            }
            if (startsHere()) {
                circuit.start();
            }
        }
    }

    /** Whether the stage has rows before any change, and this is the partition that they are in. */
    private boolean startsHere() {
        return stage.starts() && context.taskId().partition() == RowPartitions.WITHOUT_KEY;
    }

    @Override
    public void close() {
        resources.fanOut().pending(this, 0);
        views.values().forEach(Publisher::close);
        int partition = context == null ? -1 : context.taskId().partition();
        progress.forEach((view, followed) -> resources.progress().closed(view.name(), partition, followed));
    }

    /** The time of a change's commit in the source, as records carry it; where it is not known, that of its input. */
    static long timestampMs(Origin origin, ProcessorContext<?, ?> context) {
        long committedAtMs = origin.committedAtMicros() / MICROS_PER_MILLI;
        if (committedAtMs > 0) {
            return committedAtMs;
        }
        return origin.equals(Origin.NONE) ? context.currentSystemTimeMs() : Math.max(0, context.currentStreamTimeMs());
    }

    private void open(PlanNode.View view) {
        String store = resources.plan().name(view);
        ViewProgress.Partition followed =
                resources.progress().opened(view.name(), context.taskId().partition());
        RowCount.begin(view, context.getStateStore(store), resources.counting(), followed);
        progress.put(view, followed);
        ViewPublisher publisher = new ViewPublisher(
                view,
                context,
                TopologyBuilder.viewSink(view),
                resources.encoder(view),
                followed,
                resources.meters().recordsOut(resources.topics().view(view.name())),
                resources.meters().delay(view.name()));
        views.put(view, resources.publication().isLate() ? late(view, publisher, followed) : publisher);
    }

    /** Publishes a view that another version of it was published before. */
    private Publisher late(PlanNode.View view, ViewPublisher publisher, ViewProgress.Partition followed) {
        String store = resources.plan().name(view);
        LatePublisher late = new LatePublisher(
                view,
                publisher,
                followed,
                resources.publication(),
                new TopicPartition(
                        resources.topics().view(view.name()), context.taskId().partition()),
                context.getStateStore(store),
                context.getStateStore(LatePublisher.store(store)));
        if (!late.isDone()) {
            Cancellable[] ticks = new Cancellable[1];
            ticks[0] = context.schedule(CLOCK_INTERVAL, PunctuationType.WALL_CLOCK_TIME, nowMs -> {
                late.tick();
                if (late.isDone()) {
                    ticks[0].cancel();
                }
            });
        }
        return late;
    }

    @Override
    public State state(String name) {
        return states.get(name);
    }

    @Override
    public void exchange(PlanNode.Exchange exchange, Delta delta) {
        exchanges.get(exchange).write(delta);
    }

    @Override
    public void viewChanged(PlanNode.View view, ViewChange change) {
        views.get(view).publish(change);
    }

    @Override
    public void keyBroken(PlanNode.View view, Row row, EvaluationError error) {
        deadLetters.keyBroken(view, row, error);
    }

    @Override
    public RowFailures failures() {
        return deadLetters::failed;
    }

    @Override
    public ScanCounters counters(PlanNode.Scan scan) {
        return resources.meters().scan(scan.table().name());
    }

    /** Reads a declared table's topic. */
    private final class ScanInput implements Input {
        private final PlanNode.Scan scan;
        private final SourceDecoder decoder;
        private final RowPartitions keyPartitions;
        private final Counter records;

        ScanInput(PlanNode.Scan scan) {
            this.scan = scan;
            int[] columns = scan.columns().stream().mapToInt(Integer::intValue).toArray();
            this.decoder = SourceDecoder.of(scan.table(), columns, resources.schemas());
            this.keyPartitions = TopologyBuilder.keyPartitions(scan.table(), resources.partitions());
            this.records = resources.meters().recordsIn(scan.table().source().topic());
        }

        @Override
        public void accept(Record<byte[], byte[]> record, RecordMetadata from) {
            records.increment();
            String application = resources.topics().applicationId();
            if (scan.table().appendOnly()
                    && !EventReplay.counts(record.headers(), record.key(), record.value(), application, decoder)) {
                return;
            }
            SourceChange change;
            try {
                change = decoder.decode(
                        record.key(), record.value(), from.partition(), from.offset(), record.timestamp());
            } catch (SourceRecordError error) {
                deadLetters.undecodable(scan.table(), record, from, error);
                return;
            }
            if (change == null) {
                return;
            }
            if (change.unkeyed() != null) {
                accept(withOrdinal(change, record), record, from);
                return;
            }
            if (keyPartitions != null) {
                int expected = keyPartitions.of(change.key());
                if (expected != from.partition()) {
                    deadLetters.misplaced(scan.table(), record, from, expected);
                    return;
                }
            }
            circuit.change(scan, change);
        }

        /** Takes a change of a table without a primary key. */
        private void accept(SourceChange change, Record<byte[], byte[]> record, RecordMetadata from) {
            String shard = change.origin().shard();
            int expected = KeyPartition.ofShard(shard, resources.partitions());
            if (expected != from.partition()) {
                deadLetters.ofAnotherShard(scan.table(), record, from, shard, expected);
                return;
            }
            ScanOutcome outcome = circuit.change(scan, change);
            if (outcome != ScanOutcome.TAKEN) {
                deadLetters.notTaken(scan.table(), record, from, outcome);
            }
        }

        private SourceChange withOrdinal(SourceChange change, Record<byte[], byte[]> record) {
            Header ordinal = record.headers().lastHeader(ChangeEvents.ORDINAL_HEADER);
            return ordinal == null
                    ? change
                    : change.withOrdinal(Long.parseLong(new String(ordinal.value(), StandardCharsets.UTF_8)));
        }
    }

    /** Reads an exchange's topic. */
    private final class ExchangeInput implements Input {
        private final PlanNode.Exchange exchange;
        private final DeltaCodec codec;
        private final Counter records;

        ExchangeInput(PlanNode.Exchange exchange) {
            this.exchange = exchange;
            this.codec = DeltaCodec.of(exchange.types());
            this.records = resources.meters().recordsIn(resources.topics().exchange(resources.plan(), exchange));
        }

        @Override
        public void accept(Record<byte[], byte[]> record, RecordMetadata from) {
            records.increment();
            ByteReader in = new ByteReader(record.value());
            while (in.remaining() > 0) {
                circuit.delta(exchange, codec.decode(in));
            }
        }
    }

    /**
     * Writes to an exchange's topic. What one record leads to goes to a partition as one record, however many deltas it is,
     * since a record costs far more than a delta; an update whose rows go different ways becomes two deltas.
     */
    private final class ExchangeWriter {
        private final String sink;
        private final DeltaCodec codec;
        private final RowPartitions partitions;
        private final Pending[] pending;
        private final Counter records;
        private boolean written;

        ExchangeWriter(PlanNode.Exchange exchange) {
            this.sink = TopologyBuilder.exchangeSink(resources.plan(), exchange);
            this.codec = DeltaCodec.of(exchange.types());
            List<Integer> key = exchange.key();
            this.partitions = new RowPartitions(
                    resources.partitions(),
                    key.stream().map(exchange.types()::get).toList(),
                    key);
            this.pending = new Pending[resources.partitions()];
            for (int i = 0; i < pending.length; i++) {
                pending[i] = new Pending(new Routed(null, i, null));
            }
            this.records = resources.meters().recordsOut(resources.topics().exchange(resources.plan(), exchange));
        }

        void write(Delta delta) {
            Row before = delta.before();
            Row after = delta.after();
            int from = before == null ? -1 : partitions.of(before);
            int to = after == null ? -1 : partitions.of(after);
            if (from == to || from < 0 || to < 0) {
                append(pending[Math.max(from, to)], delta);
                return;
            }
            append(pending[from], delta.retraction());
            append(pending[to], delta.insertion());
        }

        void flush() {
            if (written) {
                written = false;
                for (Pending each : pending) {
                    if (each.deltas.length() > 0) {
                        send(each, each.deltas.toByteArray());
                        each.deltas.reset();
                    }
                }
            }
        }

        private void append(Pending to, Delta delta) {
            int before = to.deltas.length();
            codec.append(to.deltas, delta);
            if (before > 0 && to.deltas.length() > BATCH_BYTES) {
                // Those before it go first, so that no record is larger than its largest delta must be.
                byte[] last = to.deltas.toByteArray(before);
                to.deltas.truncate(before);
                send(to, to.deltas.toByteArray());
                to.deltas.reset().putBytes(last);
            }
            to.timestampMs = timestampMs(delta.origin(), context);
            written = true;
        }

        private void send(Pending to, byte[] deltas) {
            context.forward(new Record<>(to.route, deltas, to.timestampMs), sink);
            records.increment();
        }

        /** Deltas on their way to one partition. */
        private static final class Pending {
            private final Routed route;
            private final ByteWriter deltas = new ByteWriter();
            private long timestampMs;

            Pending(Routed route) {
                this.route = route;
            }
        }
    }
}
