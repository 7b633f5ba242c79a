package io.millrace.runtime;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.millrace.operator.ViewChange;
import io.millrace.plan.PlanNode;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.runtime.topic.ViewRecordEncoder;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Writes the changes of one view's partition to the view's topic. Used by one task. */
final class ViewPublisher implements Publisher {
    private static final long MICROS_PER_MILLI = 1_000;

    private final ProcessorContext<Routed, byte[]> context;
    private final String sink;
    private final ViewRecordEncoder encoder;
    private final boolean keyHasManyForms;
    private final ViewProgress.Partition progress;
    private final Counter records;
    private final Timer delay;

    ViewPublisher(
            PlanNode.View view,
            ProcessorContext<Routed, byte[]> context,
            String sink,
            ViewRecordEncoder encoder,
            ViewProgress.Partition progress,
            Counter records,
            Timer delay) {
        this.context = context;
        this.sink = sink;
        this.encoder = encoder;
        this.keyHasManyForms = view.key().stream()
                .anyMatch(column -> view.fields().get(column).type().manyForms());
        this.progress = progress;
        this.records = records;
        this.delay = delay;
    }

    @Override
    public void publish(ViewChange change) {
        Row before = change.before();
        Row after = change.after();
        long nowMs = context.currentSystemTimeMs();
        byte[] key = encoder.key(after == null ? before : after);
        if (keyHasManyForms && before != null && after != null) {
            byte[] keyBefore = encoder.key(before);
            if (!Arrays.equals(keyBefore, key)) {
                // Equal to SQL, not to Kafka: without this, compaction would keep both.
                delete(keyBefore, before, change.origin(), nowMs);
                before = null;
            }
        }
        if (after == null) {
            delete(key, before, change.origin(), nowMs);
        } else {
            send(key, encoder.value(before, after, change.origin(), nowMs), change.origin());
        }
        progress.changed(change);
        long committedAtMs = change.origin().committedAtMicros() / MICROS_PER_MILLI;
        if (committedAtMs > 0) {
            delay.record(Math.max(0, nowMs - committedAtMs), TimeUnit.MILLISECONDS);
        }
    }

    /** The key under which the topic has a row. */
    byte[] key(Row row) {
        return encoder.key(row);
    }

    /** Writes that a row is there, for no change in the source. */
    void put(Row before, Row after) {
        long nowMs = context.currentSystemTimeMs();
        send(encoder.key(after), encoder.value(before, after, Origin.NONE, nowMs), Origin.NONE);
    }

    /** Writes that a row is not there, for no change in the source. */
    void delete(byte[] key, Row before) {
        delete(key, before, Origin.NONE, context.currentSystemTimeMs());
    }

    private void delete(byte[] key, Row before, Origin origin, long nowMs) {
        send(key, encoder.value(before, null, origin, nowMs), origin);
        send(key, null, origin);
    }

    private void send(byte[] key, byte[] value, Origin origin) {
        Routed routed = new Routed(null, context.taskId().partition(), key);
        context.forward(new Record<>(routed, value, StageProcessor.timestampMs(origin, context)), sink);
        records.increment();
    }

    @Override
    public void close() {
        // The task's topics are not its own.
    }
}
