package io.millrace.operator.window;

import io.millrace.catalog.SqlType;
import io.millrace.operator.expression.Evaluator;
import io.millrace.operator.expression.ExpressionCompiler;
import io.millrace.plan.SortColumn;
import io.millrace.plan.WindowCall;
import java.util.List;

/** A compiled window function. Thread-safe, since it keeps nothing. */
@FunctionalInterface
public interface WindowFunction {
    /** The function's values for a group. */
    Values over(GroupRows rows);

    /** The values of one function for one group; used by one thread. */
    @FunctionalInterface
    interface Values {
        /**
         * The value for a row; rows are asked for in ascending order, each once.
         *
         * @throws io.millrace.operator.expression.EvaluationError when PostgreSQL would refuse
         */
        Object at(int row);
    }

    /**
     * The function of a call over groups of rows in an order.
     *
     * @param types of the rows
     */
    static WindowFunction of(WindowCall call, List<SortColumn> order, List<SqlType> types) {
        if (call instanceof WindowCall.Rank rank) {
            return Ranks.of(rank.function());
        } else if (call instanceof WindowCall.Ntile ntile) {
            Evaluator buckets = ExpressionCompiler.compile(ntile.buckets());
            return rows -> Ranks.ntile(buckets, rows);
        } else if (call instanceof WindowCall.Neighbour neighbour) {
            return new NeighbourFunction(neighbour);
        } else if (call instanceof WindowCall.FrameValue value) {
            return new FrameValueFunction(value, FrameEdges.of(value.frame(), order, types));
        } else if (call instanceof WindowCall.Aggregated aggregated) {
            FrameEdges edges = FrameEdges.of(aggregated.frame(), order, types);
            return aggregated.function().isSequence()
                    ? new FrameSequence(aggregated, edges)
                    : new FrameAggregate(aggregated, edges);
        }
        throw new IllegalStateException("unknown window function " + call);
    }
}
