package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import io.millrace.row.JsonText;
import io.millrace.row.KeyCodec;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntPredicate;

/**
 * Comparisons by PostgreSQL's order of each type: numbers by value with NaN above all, text by the bytes of its UTF-8 (the
 * collation C), enums by their labels' order, char(n) without its padding.
 */
final class Comparisons {
    private Comparisons() {}

    static Evaluator compile(Function function, List<SqlType> types, Evaluator left, Evaluator right) {
        Comparator<Object> order = order(types.get(0), types.get(1));
        IntPredicate holds = sign(function.symbol());
        return row -> {
            Object first = left.evaluate(row);
            Object second = right.evaluate(row);
            return first == null || second == null ? null : (Object) holds.test(order.compare(first, second));
        };
    }

    /** For which signs of a comparison that operator holds. */
    static IntPredicate sign(String operator) {
        return switch (operator) {
            case "=" -> sign -> sign == 0;
            case "<>" -> sign -> sign != 0;
            case "<" -> sign -> sign < 0;
            case "<=" -> sign -> sign <= 0;
            case ">" -> sign -> sign > 0;
            case ">=" -> sign -> sign >= 0;
            default -> throw new IllegalStateException(operator + " compares nothing");
        };
    }

    static Evaluator distinct(List<SqlType> types, Evaluator left, Evaluator right, boolean wanted) {
        Comparator<Object> order = order(types.get(0), types.get(1));
        return row -> {
            Object first = left.evaluate(row);
            Object second = right.evaluate(row);
            boolean same = first == null || second == null ? first == second : order.compare(first, second) == 0;
            return same != wanted;
        };
    }

    static Evaluator nullIf(List<SqlType> types, Evaluator left, Evaluator right) {
        Comparator<Object> order = order(types.get(0), types.get(1));
        return row -> {
            Object first = left.evaluate(row);
            Object second = right.evaluate(row);
            return first == null || (second != null && order.compare(first, second) == 0) ? null : first;
        };
    }

    /** The greatest (sign 1) or least (sign -1) operand; NULLs are passed over. */
    static Evaluator extreme(SqlType type, Evaluator[] operands, int sign) {
        Comparator<Object> order = order(type);
        return row -> {
            Object best = null;
            for (Evaluator operand : operands) {
                Object value = operand.evaluate(row);
                if (value != null && (best == null || order.compare(value, best) * sign > 0)) {
                    best = value;
                }
            }
            return best;
        };
    }

    /** The order of two types' values: of one type, or of integers of any width. */
    private static Comparator<Object> order(SqlType left, SqlType right) {
        if (left.kind() != right.kind() && Arithmetic.isInteger(left.kind()) && Arithmetic.isInteger(right.kind())) {
            return (a, b) -> Long.compare(((Number) a).longValue(), ((Number) b).longValue());
        }
        return order(left);
    }

    /** The order of a type's values, which are not NULL. */
    static Comparator<Object> order(SqlType type) {
        return switch (type.kind()) {
            case BOOLEAN -> (a, b) -> Boolean.compare((Boolean) a, (Boolean) b);
            case SMALLINT, INTEGER, DATE -> (a, b) -> Integer.compare((Integer) a, (Integer) b);
            case BIGINT, TIME, TIMESTAMP, TIMESTAMPTZ -> (a, b) -> Long.compare((Long) a, (Long) b);
            case NUMERIC -> Comparisons::numeric;
            case REAL -> (a, b) -> floating((Float) a, (Float) b);
            case DOUBLE -> (a, b) -> floating((Double) a, (Double) b);
            case TEXT, VARCHAR, JSON -> (a, b) -> text((String) a, (String) b);
            case JSONB -> (a, b) -> text(JsonText.comparable((String) a), JsonText.comparable((String) b));
            case CHAR -> (a, b) -> text(Strings.withoutPadding((String) a), Strings.withoutPadding((String) b));
            case ENUM -> labels(type.labels());
            case BYTEA -> (a, b) -> Arrays.compareUnsigned((byte[]) a, (byte[]) b);
            case UUID -> (a, b) -> uuid((UUID) a, (UUID) b);
            case ARRAY -> keys(type);
            case INTERVAL -> (a, b) -> interval((Interval) a, (Interval) b);
        };
    }

    private static Comparator<Object> labels(List<String> labels) {
        Map<Object, Integer> positions = new HashMap<>();
        labels.forEach(label -> positions.put(label, positions.size()));
        // A label that was added to the type after the catalog was read comes last, as KeyCodec has it.
        return Comparator.<Object>comparingInt(label -> positions.getOrDefault(label, positions.size()))
                .thenComparing((a, b) -> text((String) a, (String) b));
    }

    private static Comparator<Object> keys(SqlType type) {
        KeyCodec codec = KeyCodec.of(List.of(type));
        return (a, b) -> Arrays.compareUnsigned(codec.encode(new Object[] {a}), codec.encode(new Object[] {b}));
    }

    private static int numeric(Object a, Object b) {
        if (a instanceof BigDecimal first && b instanceof BigDecimal second) {
            return first.compareTo(second);
        }
        return Double.compare(special(a), special(b));
    }

    /** Only to order it beside NaN and the infinities: any finite number will do. */
    private static double special(Object value) {
        return value instanceof Double special ? special : 0;
    }

    /** -0 is equal to 0, and NaN is equal to itself and above all. */
    private static int floating(double a, double b) {
        return a == b ? 0 : Double.compare(a, b);
    }

    private static int uuid(UUID a, UUID b) {
        int high = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
        return high != 0 ? high : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
    }

    /** UTF-8 orders as code points do; UTF-16 does not where surrogates meet the last of the basic plane. */
    static int text(String a, String b) {
        int length = Math.min(a.length(), b.length());
        for (int i = 0; i < length; i++) {
            char first = a.charAt(i);
            char second = b.charAt(i);
            if (first != second) {
                boolean firstPair = Character.isSurrogate(first);
                boolean secondPair = Character.isSurrogate(second);
                return firstPair == secondPair ? Character.compare(first, second) : firstPair ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    /** By the length that months of 30 days and days of 24 hours give. */
    private static int interval(Interval a, Interval b) {
        int days = Long.compare(days(a), days(b));
        return days != 0 ? days : Long.compare(microsOfDay(a), microsOfDay(b));
    }

    private static long days(Interval interval) {
        return interval.months() * 30L + interval.days() + Math.floorDiv(interval.micros(), Times.MICROS_PER_DAY);
    }

    private static long microsOfDay(Interval interval) {
        return Math.floorMod(interval.micros(), Times.MICROS_PER_DAY);
    }
}
