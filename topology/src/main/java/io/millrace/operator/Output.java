package io.millrace.operator;

import io.millrace.row.Delta;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import java.util.ArrayList;
import java.util.List;

/** What an operator puts out in a step; drops what changes nothing. Reused from step to step. */
final class Output {
    private final List<Delta> deltas = new ArrayList<>();

    /** {@code weight} copies of {@code before} go and of {@code after} come; a negative weight means the reverse. */
    void emit(Row before, Row after, long weight, Origin origin) {
        if (weight == 0 || (before == null ? after == null : before.equals(after))) {
            return;
        }
        deltas.add(weight > 0 ? new Delta(before, after, weight, origin) : new Delta(after, before, -weight, origin));
    }

    void emit(Delta delta) {
        deltas.add(delta);
    }

    List<Delta> deltas() {
        return deltas;
    }

    void clear() {
        deltas.clear();
    }
}
