package io.millrace.operator.expression;

import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/**
 * Arithmetic of double precision: IEEE's, where PostgreSQL does not refuse a result that overflows or vanishes. The last digit
 * of exp, ln and power is that of Java's library, which may differ from that of the server's C library.
 */
final class Floats {
    private Floats() {}

    static EvaluationError overflow() {
        return new EvaluationError("22003", "value out of range: overflow");
    }

    static EvaluationError underflow() {
        return new EvaluationError("22003", "value out of range: underflow");
    }

    static EvaluationError negativeRoot() {
        return new EvaluationError("2201F", "cannot take square root of a negative number");
    }

    static EvaluationError zeroToNegative() {
        return new EvaluationError("2201F", "zero raised to a negative power is undefined");
    }

    static EvaluationError complexPower() {
        return new EvaluationError("2201F", "a negative number raised to a non-integer power yields a complex result");
    }

    static final DoubleUnaryOperator TRUNC = value -> value < 0 ? -Math.floor(-value) : Math.floor(value);

    static final DoubleUnaryOperator SIGN = value -> value > 0 ? 1 : value < 0 ? -1 : 0;

    static final DoubleUnaryOperator SQRT = value -> {
        if (value < 0) {
            throw negativeRoot();
        }
        return Math.sqrt(value);
    };

    static final DoubleUnaryOperator EXP = value -> {
        double result = Math.exp(value);
        if (Double.isInfinite(result) && !Double.isInfinite(value)) {
            throw overflow();
        }
        if (result == 0 && !Double.isInfinite(value)) {
            throw underflow();
        }
        return result;
    };

    static final DoubleUnaryOperator LN = value -> {
        if (value <= 0) {
            throw Exponentials.logarithm((int) Math.signum(value));
        }
        return Math.log(value);
    };

    static final DoubleBinaryOperator POWER = (base, exponent) -> {
        if (base == 1 || exponent == 0) {
            return 1;
        }
        if (Double.isNaN(base) || Double.isNaN(exponent)) {
            return Double.NaN;
        }
        if (base == 0 && exponent < 0) {
            throw zeroToNegative();
        }
        if (base < 0 && Math.floor(exponent) != exponent) {
            throw complexPower();
        }
        if (base == -1 && Double.isInfinite(exponent)) {
            return 1;
        }
        double result = Math.pow(base, exponent);
        if (!Double.isInfinite(base) && !Double.isInfinite(exponent)) {
            if (Double.isInfinite(result)) {
                throw overflow();
            }
            if (result == 0 && base != 0) {
                throw underflow();
            }
        }
        return result;
    };
}
