package io.millrace.operator.expression;

import io.millrace.plan.Function;
import java.util.function.DoubleUnaryOperator;

/** Functions of angles, in double precision; their last digit may differ from that of the server's C library. */
final class Trigonometry {
    private static final double DEGREE = Math.PI / 180;

    private Trigonometry() {}

    static Evaluator compile(Function function, Evaluator[] operands) {
        if (function == Function.PI) {
            return row -> Math.PI;
        }
        if (function == Function.ATAN2) {
            return Arithmetic.strict(operands[0], operands[1], (y, x) -> Math.atan2((Double) y, (Double) x));
        }
        DoubleUnaryOperator operation =
                switch (function) {
                    case SIN -> value -> Math.sin(finite(value));
                    case COS -> value -> Math.cos(finite(value));
                    case TAN -> value -> Math.tan(finite(value));
                    case COT -> value -> 1 / Math.tan(finite(value));
                    case ASIN -> value -> Math.asin(withinOne(value));
                    case ACOS -> value -> Math.acos(withinOne(value));
                    case ATAN -> Math::atan;
                    case DEGREES -> value -> checked(value, value / DEGREE);
                    case RADIANS -> value -> value * DEGREE;
                    case CBRT -> Math::cbrt;
                    default -> throw new IllegalStateException(function + " of an angle");
                };
        return Arithmetic.strict(operands[0], value -> operation.applyAsDouble((Double) value));
    }

    private static double finite(double value) {
        if (Double.isInfinite(value)) {
            throw outOfRange();
        }
        return value;
    }

    private static double withinOne(double value) {
        if (value < -1 || value > 1) {
            throw outOfRange();
        }
        return value;
    }

    private static double checked(double value, double result) {
        if (Double.isInfinite(result) && !Double.isInfinite(value)) {
            throw Floats.overflow();
        }
        return result;
    }

    private static EvaluationError outOfRange() {
        return new EvaluationError("22003", "input is out of range");
    }
}
