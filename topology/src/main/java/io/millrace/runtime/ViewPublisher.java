package io.millrace.runtime;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.millrace.operator.ViewChange;
import io.millrace.plan.PlanNode;
import io.millrace.row.Row;
import io.millrace.runtime.topic.ViewRecordEncoder;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Writes the changes of one view's partition to the view's topic. Used by one task. */
final class ViewPublisher {
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

    void publish(ViewChange change) {
        Row before = change.before();
        Row after = change.after();
        long nowMs = context.currentSystemTimeMs();
        byte[] key = encoder.key(after == null ? before : after);
        if (keyHasManyForms && before != null && after != null) {
            byte[] keyBefore = encoder.key(before);
            if (!Arrays.equals(keyBefore, key)) {
                // Equal to SQL, not to Kafka: without this, compaction would keep both.
                delete(keyBefore, change, nowMs);
                before = null;
            }
        }
        if (after == null) {
            delete(key, change, nowMs);
        } else {
            send(key, encoder.value(before, after, change.origin(), nowMs), change);
        }
        progress.changed(change);
        long committedAtMs = change.origin().committedAtMicros() / MICROS_PER_MILLI;
        if (committedAtMs > 0) {
            delay.record(Math.max(0, nowMs - committedAtMs), TimeUnit.MILLISECONDS);
        }
    }

    private void delete(byte[] key, ViewChange change, long nowMs) {
        send(key, encoder.value(change.before(), null, change.origin(), nowMs), change);
        send(key, null, change);
    }

    private void send(byte[] key, byte[] value, ViewChange change) {
        Routed routed = new Routed(null, context.taskId().partition(), key);
        context.forward(new Record<>(routed, value, StageProcessor.timestampMs(change.origin(), context)), sink);
        records.increment();
    }
}
