package io.millrace.plan;

import io.millrace.catalog.SqlType;
import java.util.List;
import java.util.Optional;

/**
 * Conditions on the present time, of which each row begins or ceases to meet every one at one time: those that are monotone in
 * now(). Materialize's temporal filters (mz_now()) are the model; the form here is PostgreSQL's own.
 */
final class TemporalConditions {

    private TemporalConditions() {}

    /**
     * A condition that time changes at most once for a row.
     *
     * @param condition reads now()
     * @param leaves whether it becomes false; else it becomes true
     */
    record Monotone(Expression condition, boolean leaves) {
        /** The condition with a column in the place of now(). */
        Expression at(Expression.Column now) {
            return condition.replaceLeaves(
                    leaf -> leaf instanceof Expression.Call call && call.function() == Function.NOW ? now : leaf);
        }
    }

    /** How an expression's value changes with time; of conditions, false is less than true. */
    private enum Course {
        CONSTANT,
        RISING,
        FALLING,
        UNKNOWN;

        Course reversed() {
            return switch (this) {
                case RISING -> FALLING;
                case FALLING -> RISING;
                case CONSTANT, UNKNOWN -> this;
            };
        }

        /** The course of what rises with both. */
        Course with(Course other) {
            if (this == CONSTANT) {
                return other;
            }
            return other == CONSTANT || other == this ? this : UNKNOWN;
        }
    }

    /** The monotone conditions that together say as much; none if it has no such parts. */
    static Optional<List<Monotone>> of(Expression condition) {
        if (condition instanceof Expression.Call call && call.function() == Function.EQUALS) {
            Optional<Monotone> least =
                    monotone(new Expression.Call(Function.GREATER_OR_EQUAL, call.operands(), call.type()));
            Optional<Monotone> most =
                    monotone(new Expression.Call(Function.LESS_OR_EQUAL, call.operands(), call.type()));
            return least.flatMap(first -> most.map(second -> List.of(first, second)));
        }
        return monotone(condition).map(List::of);
    }

    private static Optional<Monotone> monotone(Expression condition) {
        return switch (course(condition)) {
            case RISING -> Optional.of(new Monotone(condition, false));
            case FALLING -> Optional.of(new Monotone(condition, true));
            case CONSTANT, UNKNOWN -> Optional.empty();
        };
    }

    private static Course course(Expression expression) {
        if (!expression.readsNow()) {
            return Course.CONSTANT;
        }
        if (expression instanceof Expression.Cast cast) {
            return keepsOrder(cast.operand().type(), cast.type()) ? course(cast.operand()) : Course.UNKNOWN;
        }
        if (!(expression instanceof Expression.Call call)) {
            return Course.UNKNOWN;
        }
        List<Expression> operands = call.operands();
        return switch (call.function()) {
            case NOW -> Course.RISING;
            case LESS, LESS_OR_EQUAL ->
                course(operands.get(1)).with(course(operands.get(0)).reversed());
            case GREATER, GREATER_OR_EQUAL, MINUS ->
                course(operands.get(0)).with(course(operands.get(1)).reversed());
            case PLUS, AND, OR ->
                operands.stream().map(TemporalConditions::course).reduce(Course.CONSTANT, Course::with);
            case NOT, NEGATE -> course(operands.get(0)).reversed();
            case DATE_TRUNC -> operands.size() == 2 ? course(operands.get(1)) : Course.UNKNOWN;
            case EXTRACT, DATE_PART -> isEpoch(operands.get(0)) ? course(operands.get(1)) : Course.UNKNOWN;
            case TIMEZONE -> isUtc(operands.get(0)) ? course(operands.get(1)) : Course.UNKNOWN;
            default -> Course.UNKNOWN;
        };
    }

    private static boolean keepsOrder(SqlType from, SqlType to) {
        return isTime(from) && isTime(to) || isNumber(from) && isNumber(to);
    }

    private static boolean isTime(SqlType type) {
        return switch (type.kind()) {
            case DATE, TIMESTAMP, TIMESTAMPTZ -> true;
            default -> false;
        };
    }

    private static boolean isNumber(SqlType type) {
        return switch (type.kind()) {
            case SMALLINT, INTEGER, BIGINT, NUMERIC, REAL, DOUBLE -> true;
            default -> false;
        };
    }

    private static boolean isEpoch(Expression unit) {
        return unit instanceof Expression.Literal literal
                && literal.value() instanceof String name
                && name.equalsIgnoreCase("epoch");
    }

    /** In other zones a clock that is put back makes the local time fall. */
    private static boolean isUtc(Expression zone) {
        return zone instanceof Expression.Literal literal
                && literal.value() instanceof String name
                && name.equalsIgnoreCase("utc");
    }
}
