package io.millrace.operator;

import io.millrace.row.Delta;
import io.millrace.row.Row;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An arrangement as it was before some changes that it already holds; those changes are few. */
final class ArrangementBefore implements Arrangement {
    private final Arrangement now;
    private final List<Delta> changes;

    ArrangementBefore(Arrangement now, List<Delta> changes) {
        this.now = now;
        this.changes = changes;
    }

    @Override
    public void visit(byte[] key, RowVisitor visitor) {
        Map<Row, Long> undone = undone(key);
        boolean[] goOn = {true};
        now.visit(key, (row, weight) -> {
            Long undo = undone.remove(row);
            long before = undo == null ? weight : weight + undo;
            goOn[0] = before == 0 || visitor.visit(row, before);
            return goOn[0];
        });
        for (Map.Entry<Row, Long> entry : undone.entrySet()) {
            if (!goOn[0]) {
                return;
            }
            goOn[0] = entry.getValue() == 0 || visitor.visit(entry.getKey(), entry.getValue());
        }
    }

    @Override
    public byte[] keyOf(Row row) {
        return now.keyOf(row);
    }

    private Map<Row, Long> undone(byte[] key) {
        Map<Row, Long> undone = new LinkedHashMap<>();
        for (Delta delta : changes) {
            if (delta.after() != null && Arrays.equals(key, now.keyOf(delta.after()))) {
                undone.merge(delta.after(), -delta.weight(), Long::sum);
            }
            if (delta.before() != null && Arrays.equals(key, now.keyOf(delta.before()))) {
                undone.merge(delta.before(), delta.weight(), Long::sum);
            }
        }
        return undone;
    }
}
