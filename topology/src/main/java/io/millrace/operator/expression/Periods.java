package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import java.util.List;
import java.util.function.BinaryOperator;

/** OVERLAPS: whether two periods have an instant in common, of which the end is none unless it is the beginning as well. */
final class Periods {
    private Periods() {}

    /** Beginning and end, or beginning and length, of one period and of the other. */
    static Evaluator compile(List<SqlType> types, Evaluator[] operands) {
        Evaluator firstEnd = end(types.get(0), types.get(1), operands[0], operands[1]);
        Evaluator secondEnd = end(types.get(2), types.get(3), operands[2], operands[3]);
        return row -> overlap(
                (Long) operands[0].evaluate(row),
                (Long) firstEnd.evaluate(row),
                (Long) operands[2].evaluate(row),
                (Long) secondEnd.evaluate(row));
    }

    private static Evaluator end(SqlType type, SqlType other, Evaluator start, Evaluator end) {
        if (other.kind() != SqlType.Kind.INTERVAL) {
            return end;
        }
        BinaryOperator<Object> plus = Times.arithmetic(Function.PLUS, type.kind(), SqlType.Kind.INTERVAL);
        return Arithmetic.strict(start, end, (from, length) -> plus.apply(from, (Interval) length));
    }

    /** An end that is unknown may lie anywhere behind the other, which is then the beginning. */
    private static Object overlap(Long start, Long end, Long otherStart, Long otherEnd) {
        if (start == null && end == null || otherStart == null && otherEnd == null) {
            return null;
        }
        long first = start == null ? end : end == null ? start : Math.min(start, end);
        Long last = start == null || end == null ? null : (Long) Math.max(start, end);
        long second = otherStart == null ? otherEnd : otherEnd == null ? otherStart : Math.min(otherStart, otherEnd);
        Long secondLast = otherStart == null || otherEnd == null ? null : (Long) Math.max(otherStart, otherEnd);
        if (first == second) {
            return last == null || secondLast == null ? null : true;
        }
        Long earlierLast = first < second ? last : secondLast;
        Long laterLast = first < second ? secondLast : last;
        if (earlierLast == null) {
            return null;
        }
        return Math.max(first, second) < earlierLast ? (Object) true : laterLast == null ? null : false;
    }
}
