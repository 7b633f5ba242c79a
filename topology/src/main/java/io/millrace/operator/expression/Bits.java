package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import java.util.List;
import java.util.function.BinaryOperator;

/** & | # << >> of integers. Bits that do not fit are lost, and a shift is taken modulo the width, as in C. */
final class Bits {
    private Bits() {}

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] operands) {
        BinaryOperator<Object> operation =
                switch (types.get(0).kind()) {
                    case SMALLINT -> ofShorts(function);
                    case INTEGER -> (a, b) -> ofInts(function, (Integer) a, (Integer) b);
                    case BIGINT -> (a, b) -> ofLongs(function, (Long) a, ((Number) b).longValue());
                    default -> throw new IllegalStateException(function + " of " + types.get(0));
                };
        return Arithmetic.strict(operands[0], operands[1], operation);
    }

    private static BinaryOperator<Object> ofShorts(Function function) {
        return (a, b) -> (int) (short) ofInts(function, (Integer) a, (Integer) b);
    }

    private static int ofInts(Function function, int a, int b) {
        return switch (function) {
            case BIT_AND -> a & b;
            case BIT_OR -> a | b;
            case BIT_XOR -> a ^ b;
            case SHIFT_LEFT -> a << b;
            case SHIFT_RIGHT -> a >> b;
            default -> throw new IllegalStateException(function + " of bits");
        };
    }

    private static long ofLongs(Function function, long a, long b) {
        return switch (function) {
            case BIT_AND -> a & b;
            case BIT_OR -> a | b;
            case BIT_XOR -> a ^ b;
            case SHIFT_LEFT -> a << b;
            case SHIFT_RIGHT -> a >> b;
            default -> throw new IllegalStateException(function + " of bits");
        };
    }
}
