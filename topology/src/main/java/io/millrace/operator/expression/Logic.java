package io.millrace.operator.expression;

/** Three-valued logic. An operand that cannot change the result is not evaluated. */
final class Logic {
    private Logic() {}

    static Evaluator and(Evaluator[] operands) {
        return row -> {
            boolean unknown = false;
            for (Evaluator operand : operands) {
                Object value = operand.evaluate(row);
                if (Boolean.FALSE.equals(value)) {
                    return false;
                }
                unknown |= value == null;
            }
            return unknown ? null : (Object) true;
        };
    }

    static Evaluator or(Evaluator[] operands) {
        return row -> {
            boolean unknown = false;
            for (Evaluator operand : operands) {
                Object value = operand.evaluate(row);
                if (Boolean.TRUE.equals(value)) {
                    return true;
                }
                unknown |= value == null;
            }
            return unknown ? null : (Object) false;
        };
    }

    static Evaluator not(Evaluator operand) {
        return row -> {
            Object value = operand.evaluate(row);
            return value == null ? null : (Object) !(Boolean) value;
        };
    }

    static Evaluator coalesce(Evaluator[] operands) {
        return row -> {
            for (Evaluator operand : operands) {
                Object value = operand.evaluate(row);
                if (value != null) {
                    return value;
                }
            }
            return null;
        };
    }
}
