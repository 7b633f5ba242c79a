package io.millrace.operator;

import io.millrace.row.Delta;
import java.util.List;

/**
 * One operator of a circuit. In a step it takes what its inputs put out in that step and puts out what its own result
 * changes by. Used by one thread at a time.
 */
interface Operator {
    /**
     * Takes one step.
     *
     * @param inputs the inputs' changes in this step, in the order of the plan node's inputs; not kept
     * @param output receives the changes of the result
     */
    void step(List<List<Delta>> inputs, Output output);
}
