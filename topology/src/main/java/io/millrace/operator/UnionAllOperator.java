package io.millrace.operator;

import io.millrace.row.Delta;
import java.util.List;

/** UNION ALL: the sum of the inputs' Z-sets. Linear: the changes of all inputs, one after the other; no state. */
final class UnionAllOperator implements Operator {
    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        for (List<Delta> input : inputs) {
            for (Delta delta : input) {
                output.emit(delta);
            }
        }
    }
}
