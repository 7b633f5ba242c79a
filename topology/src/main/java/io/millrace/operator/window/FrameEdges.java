package io.millrace.operator.window;

import io.millrace.catalog.SqlType;
import io.millrace.operator.expression.EvaluationError;
import io.millrace.operator.expression.ExpressionCompiler;
import io.millrace.operator.expression.InRange;
import io.millrace.plan.Expression;
import io.millrace.plan.Frame;
import io.millrace.plan.SortColumn;
import io.millrace.row.Row;
import io.millrace.sql.FrameShape;
import java.util.List;

/**
 * A frame whose offsets are known. Immutable.
 *
 * @param shape where it begins and ends
 * @param start how many rows or groups of peers before or after the present row it begins
 * @param end the same of its end
 * @param column the order's column; null where values are not compared
 * @param startRange how values are compared with where it begins; null where they are not
 * @param endRange the same of its end
 */
record FrameEdges(FrameShape shape, long start, long end, SortColumn column, InRange startRange, InRange endRange) {
    private static final String INVALID_SIZE = "22013";

    /**
     * The edges of a frame over rows in an order.
     *
     * @param types of the rows
     * @throws EvaluationError where PostgreSQL takes no such offset
     */
    static FrameEdges of(Frame frame, List<SortColumn> order, List<SqlType> types) {
        FrameShape shape = frame.shape();
        Object start = offset(frame.start(), "starting");
        Object end = offset(frame.end(), "ending");
        if (!shape.comparesValues()) {
            return new FrameEdges(shape, count(start, "starting"), count(end, "ending"), null, null, null);
        }
        SortColumn column = order.get(0);
        SqlType type = types.get(column.column());
        return new FrameEdges(
                shape,
                0,
                0,
                column,
                start == null ? null : InRange.of(type, start),
                end == null ? null : InRange.of(type, end));
    }

    private static Object offset(Expression expression, String which) {
        if (expression == null) {
            return null;
        }
        Object value = ExpressionCompiler.compile(expression).evaluate(Row.of());
        if (value == null) {
            throw new EvaluationError("22004", "frame " + which + " offset must not be null");
        }
        return value;
    }

    private static long count(Object offset, String which) {
        long count = offset == null ? 0 : (Long) offset;
        if (count < 0) {
            throw new EvaluationError(INVALID_SIZE, "frame " + which + " offset must not be negative");
        }
        return count;
    }
}
