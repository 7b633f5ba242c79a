package io.millrace.row;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/** PostgreSQL's order of a type's values, NULLs last: the slow and plain definition that the key codec is held to. */
final class PostgresOrder implements Comparator<Object> {
    private final SqlType type;

    PostgresOrder(SqlType type) {
        this.type = type;
    }

    @Override
    public int compare(Object left, Object right) {
        if (left == null || right == null) {
            return Boolean.compare(left == null, right == null);
        }
        return switch (type.kind()) {
            case BOOLEAN -> Boolean.compare((Boolean) left, (Boolean) right);
            case SMALLINT, INTEGER, DATE -> Integer.compare((Integer) left, (Integer) right);
            case BIGINT, TIME, TIMESTAMP, TIMESTAMPTZ -> Long.compare((Long) left, (Long) right);
            case NUMERIC -> compareNumeric(left, right);
            case REAL -> Float.compare((Float) left + 0f, (Float) right + 0f);
            case DOUBLE -> Double.compare((Double) left + 0d, (Double) right + 0d);
            case TEXT, VARCHAR, JSON -> compareText((String) left, (String) right);
            case JSONB -> compareText(JsonText.comparable((String) left), JsonText.comparable((String) right));
            case CHAR -> compareText(((String) left).replaceAll(" +$", ""), ((String) right).replaceAll(" +$", ""));
            case BYTEA -> Arrays.compareUnsigned((byte[]) left, (byte[]) right);
            case INTERVAL -> span((Interval) left).compareTo(span((Interval) right));
            case UUID -> compareText(((UUID) left).toString(), right.toString());
            case ENUM ->
                Integer.compare(type.labels().indexOf(left), type.labels().indexOf(right));
            case ARRAY -> compareArrays((List<?>) left, (List<?>) right);
        };
    }

    private static int compareNumeric(Object left, Object right) {
        if (left instanceof BigDecimal one && right instanceof BigDecimal other) {
            return one.compareTo(other);
        }
        return Double.compare(special(left), special(right));
    }

    private static double special(Object value) {
        return value instanceof Double special ? special : 0;
    }

    private static int compareText(String left, String right) {
        return Arrays.compareUnsigned(left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
    }

    private static BigInteger span(Interval interval) {
        return BigInteger.valueOf(interval.months())
                .multiply(BigInteger.valueOf(30))
                .add(BigInteger.valueOf(interval.days()))
                .multiply(BigInteger.valueOf(86_400_000_000L))
                .add(BigInteger.valueOf(interval.micros()));
    }

    private int compareArrays(List<?> left, List<?> right) {
        List<Object> one = flat(left);
        List<Object> other = flat(right);
        PostgresOrder elements = new PostgresOrder(type.element());
        for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
            int order = elements.compare(one.get(i), other.get(i));
            if (order != 0) {
                return order;
            }
        }
        int bySize = Integer.compare(one.size(), other.size());
        return bySize != 0 ? bySize : Arrays.compare(dimensions(left), dimensions(right));
    }

    private static List<Object> flat(List<?> array) {
        List<Object> flat = new ArrayList<>();
        for (Object element : array) {
            if (element instanceof List<?> nested) {
                flat.addAll(flat(nested));
            } else {
                flat.add(element);
            }
        }
        return flat;
    }

    /** How many dimensions, then the size of each. */
    private static int[] dimensions(List<?> array) {
        List<Integer> sizes = new ArrayList<>(List.of(0));
        for (Object level = array; level instanceof List<?> list && !list.isEmpty(); level = list.get(0)) {
            sizes.add(list.size());
            sizes.set(0, sizes.size());
        }
        return sizes.stream().mapToInt(Integer::intValue).toArray();
    }
}
