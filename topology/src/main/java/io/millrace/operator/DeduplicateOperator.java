package io.millrace.operator;

import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.KeyCodec;
import java.util.List;

/**
 * Lets an event pass once: one whose id an event had that came before, and whose time was near its own, is dropped and
 * counted. The time of an event is that of its record. Rows of events only come and never go.
 *
 * <p>State and cost are those of {@link RememberedIds}. What passes depends on what came and its order alone, never on the clock, but
 * for events that are very late; the clock decides when ids are forgotten, by {@link TopicTime}. How far that came is state, too.
 */
final class DeduplicateOperator implements Operator {
    private final RememberedIds ids;
    private final TopicTime time = new TopicTime();
    private final int[] id;
    private final KeyCodec codec;
    private final ScanCounters counters;

    DeduplicateOperator(PlanNode.Deduplicate node, State state, ScanCounters counters) {
        this.ids = new RememberedIds(state, node.forMicros());
        this.id = new int[] {node.id()};
        this.codec = KeyCodec.of(List.of(node.types().get(node.id())));
        this.counters = counters;
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        for (Delta event : inputs.get(0)) {
            long timeMicros = event.origin().committedAtMicros();
            time.came(event.origin().shard(), timeMicros);
            if (ids.take(codec.encode(event.after(), id), timeMicros)) {
                output.emit(event);
            } else {
                counters.duplicate();
            }
        }
    }

    /**
     * Forgets ids whose time has passed, a bounded number of them; to be called again and again.
     *
     * @param nowMicros the present time
     */
    void forget(long nowMicros, int limit) {
        ids.passTo(time.reachedMicros(nowMicros));
        ids.forget(limit);
    }
}
