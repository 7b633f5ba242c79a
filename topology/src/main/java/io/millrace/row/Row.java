package io.millrace.row;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A row: values by position, each of the Java class that {@link io.millrace.catalog.SqlType.Kind} names for its type.
 * Immutable by agreement: nobody writes to an array after it was given to a row. Two rows are equal when every value is
 * the same to the last digit ({@code 1.0} and {@code 1.00} differ), which is a Z-set's notion of the same row; SQL's
 * notion of equal values is {@link KeyCodec}'s.
 */
public final class Row {
    private final Object[] values;

    private Row(Object[] values) {
        this.values = values;
    }

    /** A row that takes the array over, without a copy. */
    public static Row of(Object... values) {
        return new Row(values);
    }

    /** The value at a position; null is SQL's NULL. */
    public Object get(int index) {
        return values[index];
    }

    /** How many values there are. */
    public int size() {
        return values.length;
    }

    /** The values at the given positions, in that order. */
    public Row project(int[] positions) {
        Object[] projected = new Object[positions.length];
        for (int i = 0; i < positions.length; i++) {
            projected[i] = values[positions[i]];
        }
        return new Row(projected);
    }

    /** This row's values, then the other's. */
    public Row concat(Row other) {
        Object[] joined = Arrays.copyOf(values, values.length + other.values.length);
        System.arraycopy(other.values, 0, joined, values.length, other.values.length);
        return new Row(joined);
    }

    /** A copy of the values. */
    public Object[] toArray() {
        return values.clone();
    }

    @Override
    public boolean equals(Object object) {
        if (!(object instanceof Row other) || values.length != other.values.length) {
            return false;
        }
        for (int i = 0; i < values.length; i++) {
            if (!same(values[i], other.values[i])) {
                return false;
            }
        }
        return true;
    }

    /** Whether the other row has the same values, to the last digit, at those positions. */
    public boolean equalIn(int[] positions, Row other) {
        for (int position : positions) {
            if (!same(values[position], other.values[position])) {
                return false;
            }
        }
        return true;
    }

    /** By value, also the bytea within arrays. */
    private static boolean same(Object first, Object second) {
        if (first == second) {
            return true;
        }
        if (first instanceof List<?> one && second instanceof List<?> other) {
            return sameLists(one, other);
        }
        return Objects.deepEquals(first, second);
    }

    private static boolean sameLists(List<?> first, List<?> second) {
        if (first.size() != second.size()) {
            return false;
        }
        for (int i = 0; i < first.size(); i++) {
            if (!same(first.get(i), second.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static int hash(List<?> list) {
        int hash = 1;
        for (Object value : list) {
            int each = value instanceof List<?> nested
                    ? hash(nested)
                    : value instanceof byte[] bytes ? Arrays.hashCode(bytes) : Objects.hashCode(value);
            hash = 31 * hash + each;
        }
        return hash;
    }

    @Override
    public int hashCode() {
        return hash(Arrays.asList(values));
    }

    @Override
    public String toString() {
        return Arrays.deepToString(values);
    }
}
