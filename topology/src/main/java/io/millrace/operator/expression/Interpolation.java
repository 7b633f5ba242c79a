package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import java.util.function.BinaryOperator;

/** What lies between two values, at a fraction of the way. */
public final class Interpolation {
    private static final BinaryOperator<Object> MINUS =
            Times.arithmetic(Function.MINUS, SqlType.Kind.INTERVAL, SqlType.Kind.INTERVAL);
    private static final BinaryOperator<Object> TIMES =
            Times.arithmetic(Function.TIMES, SqlType.Kind.INTERVAL, SqlType.Kind.DOUBLE);
    private static final BinaryOperator<Object> PLUS =
            Times.arithmetic(Function.PLUS, SqlType.Kind.INTERVAL, SqlType.Kind.INTERVAL);

    private Interpolation() {}

    /** Of numbers. */
    public static double between(double from, double to, double fraction) {
        return from + fraction * (to - from);
    }

    /** Of intervals, as PostgreSQL rounds them. */
    public static Interval between(Interval from, Interval to, double fraction) {
        return (Interval) PLUS.apply(from, TIMES.apply(MINUS.apply(to, from), fraction));
    }
}
