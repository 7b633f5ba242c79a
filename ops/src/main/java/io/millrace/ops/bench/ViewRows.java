package io.millrace.ops.bench;

import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** A view's rows by their key, in one form whatever program they come from, so that they compare. */
final class ViewRows {
    /** Averages are rounded at other digits by PostgreSQL and Flink. */
    private static final BigDecimal TOLERANCE = new BigDecimal("0.00001");

    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final int NANOS_PER_MICRO = 1_000;

    private final List<Column> columns;
    private final List<String> key;
    private final Map<List<Object>, Object[]> rows = new HashMap<>();

    private record Column(String name, int sqlType) {}

    private ViewRows(List<Column> columns, List<String> key) {
        this.columns = columns;
        this.key = key;
    }

    /** What PostgreSQL answers. */
    static ViewRows of(ResultSet result, List<String> key) throws SQLException {
        List<Column> columns = new ArrayList<>();
        ResultSetMetaData types = result.getMetaData();
        for (int i = 1; i <= types.getColumnCount(); i++) {
            columns.add(new Column(types.getColumnName(i), types.getColumnType(i)));
        }
        ViewRows rows = new ViewRows(columns, key);
        while (result.next()) {
            Map<String, Object> values = new HashMap<>();
            for (Column column : columns) {
                values.put(column.name, result.getString(column.name));
            }
            rows.add(values::get);
        }
        return rows;
    }

    /** No rows, of the same columns. */
    ViewRows empty() {
        return new ViewRows(columns, key);
    }

    int size() {
        return rows.size();
    }

    /** Adds a row, of which a program gives each column's value. */
    void add(Function<String, Object> values) {
        Object[] row = columns.stream()
                .map(column -> value(column.sqlType, values.apply(column.name)))
                .toArray();
        Object[] keyValues = key.stream().map(name -> row[position(name)]).toArray();
        rows.put(Arrays.asList(keyValues), row);
    }

    private int position(String name) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name.equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException("no column " + name);
    }

    private static Object value(int sqlType, Object given) {
        if (given == null) {
            return null;
        }
        return switch (sqlType) {
            case Types.SMALLINT, Types.INTEGER, Types.BIGINT, Types.NUMERIC ->
                new BigDecimal(given.toString()).stripTrailingZeros();
            case Types.DATE -> given instanceof Integer day ? LocalDate.ofEpochDay(day) : LocalDate.parse(text(given));
            case Types.TIMESTAMP ->
                given instanceof Long micros
                        ? LocalDateTime.ofEpochSecond(
                                Math.floorDiv(micros, MICROS_PER_SECOND),
                                (int) Math.floorMod(micros, MICROS_PER_SECOND) * NANOS_PER_MICRO,
                                ZoneOffset.UTC)
                        : LocalDateTime.parse(text(given).replace(' ', 'T'));
            default -> text(given);
        };
    }

    private static String text(Object given) {
        return given.toString();
    }

    /** The first difference of some other rows from these; empty when there is none. */
    Optional<String> difference(ViewRows other) {
        for (Map.Entry<List<Object>, Object[]> each : rows.entrySet()) {
            Object[] theirs = other.rows.get(each.getKey());
            if (theirs == null) {
                return Optional.of("misses " + Arrays.toString(each.getValue()));
            }
            if (!equal(each.getValue(), theirs)) {
                return Optional.of("has " + Arrays.toString(theirs) + " for " + Arrays.toString(each.getValue()));
            }
        }
        return other.rows.keySet().stream()
                .filter(row -> !rows.containsKey(row))
                .findFirst()
                .map(row -> "has " + row + " too much");
    }

    private static boolean equal(Object[] ours, Object[] theirs) {
        for (int i = 0; i < ours.length; i++) {
            boolean equal = ours[i] instanceof BigDecimal number && theirs[i] instanceof BigDecimal other
                    ? number.subtract(other).abs().compareTo(TOLERANCE) <= 0
                    : ours[i] == null ? theirs[i] == null : ours[i].equals(theirs[i]);
            if (!equal) {
                return false;
            }
        }
        return true;
    }
}
