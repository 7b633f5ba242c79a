package io.millrace.differential;

import io.millrace.catalog.Column;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * Values of few different kinds a type, so that rows meet, group and collide often; of a column with a domain, one of
 * the domain's.
 */
final class RandomValues {
    private static final List<String> TEXTS = List.of("a", "ab", "B", "ä", "", "x a", "it's", "100%");
    private static final List<BigDecimal> NUMBERS =
            List.of(new BigDecimal("1.50"), new BigDecimal("2.00"), new BigDecimal("-3.25"), new BigDecimal("0.10"));
    /** Sums of these are exact, whatever their order. */
    private static final List<Double> DOUBLES = List.of(0.5, 2.0, -1.25, 1024.0, Double.NaN);

    /** Around 2024-02-29, 1970-01-01 and long before. */
    private static final List<Integer> DAYS = List.of(19_781, 19_782, 0, -1, -200_000);

    private static final List<Long> MICROS = List.of(
            1_709_164_799_123_456L, 1_709_164_800_000_000L, 1_709_200_000_000_001L, 0L, -1L, -9_000_000_000_000_000L);
    private static final List<UUID> UUIDS = List.of(new UUID(0, 1), new UUID(1, 0), new UUID(-1, -1));
    /** Of each value one form, as rows that differ in form alone are shown as copies of one. */
    private static final List<String> JSON =
            List.of("true", "7", "\"a\"", "[]", "[1, \"a\", null]", "{\"a\": 1}", "{\"a\": \"x\", \"b\": [1, 2.50]}");

    private static final List<List<Integer>> ARRAYS =
            List.of(List.of(), List.of(1), List.of(1, 2), List.of(2, 1, 5), Arrays.asList(3, null));

    private static final int SMALL = 6;

    private final Random random;
    private final ValueDomains domains;

    RandomValues(Random random, ValueDomains domains) {
        this.random = random;
        this.domains = domains;
    }

    /** A value of a column, now and then NULL where it may be. */
    Object of(Table table, Column column) {
        return column.nullable() && random.nextInt(6) == 0 ? null : of(table, column, SMALL);
    }

    /** A value of a column of a primary key. */
    Object ofKey(Table table, Column column) {
        return of(table, column, SMALL + 3);
    }

    private Object of(Table table, Column column, int integers) {
        List<Object> domain = domains.of(table, column);
        return domain.isEmpty() ? of(column.type(), integers) : pick(domain);
    }

    private Object of(SqlType type, int integers) {
        return switch (type.kind()) {
            case SMALLINT, INTEGER -> random.nextInt(integers);
            case BIGINT -> (long) random.nextInt(integers);
            case TEXT, VARCHAR -> pick(TEXTS);
            case NUMERIC -> {
                BigDecimal number = pick(NUMBERS);
                yield type.precision() < 0 ? number : number.setScale(type.scale(), RoundingMode.HALF_UP);
            }
            case DOUBLE -> pick(DOUBLES);
            case BOOLEAN -> random.nextBoolean();
            case DATE -> pick(DAYS);
            case TIMESTAMP, TIMESTAMPTZ -> pick(MICROS);
            case UUID -> pick(UUIDS);
            case ENUM -> pick(type.labels());
            case JSONB -> pick(JSON);
            case ARRAY -> pick(ARRAYS);
            case REAL, CHAR, BYTEA, TIME, INTERVAL, JSON ->
                throw new IllegalArgumentException("a column of type " + type + " needs a domain");
        };
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
