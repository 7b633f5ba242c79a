package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.function.BinaryOperator;

/** div of numerics; gcd and lcm of integers. */
final class Divisors {
    private Divisors() {}

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] operands) {
        SqlType.Kind kind = types.get(0).kind();
        BinaryOperator<Object> operation =
                switch (function) {
                    case DIV -> Divisors::quotient;
                    case GCD -> (a, b) -> fitting(gcd(a, b), kind);
                    case LCM -> (a, b) -> fitting(lcm(a, b), kind);
                    default -> throw new IllegalStateException(function + " divides nothing");
                };
        return Arithmetic.strict(operands[0], operands[1], operation);
    }

    private static Object quotient(Object a, Object b) {
        if (a instanceof BigDecimal dividend && b instanceof BigDecimal divisor) {
            if (divisor.signum() == 0) {
                throw EvaluationError.divisionByZero();
            }
            return dividend.divideToIntegralValue(divisor).setScale(0, java.math.RoundingMode.DOWN);
        }
        // As any quotient with NaN or an infinity, but that nothing vanishes into a sign.
        Object quotient = Decimals.divide().apply(a, b);
        return quotient instanceof BigDecimal ? BigDecimal.ZERO : quotient;
    }

    private static BigInteger gcd(Object a, Object b) {
        return whole(a).gcd(whole(b));
    }

    private static BigInteger lcm(Object a, Object b) {
        BigInteger first = whole(a);
        BigInteger second = whole(b);
        return first.signum() == 0 || second.signum() == 0
                ? BigInteger.ZERO
                : first.divide(first.gcd(second)).multiply(second).abs();
    }

    private static BigInteger whole(Object value) {
        return BigInteger.valueOf(((Number) value).longValue());
    }

    private static Object fitting(BigInteger value, SqlType.Kind kind) {
        if (kind == SqlType.Kind.BIGINT) {
            if (value.bitLength() > 63) {
                throw EvaluationError.outOfRange(kind.sqlName());
            }
            return value.longValue();
        }
        if (value.bitLength() > 31) {
            throw EvaluationError.outOfRange(kind.sqlName());
        }
        return value.intValue();
    }
}
