package io.millrace.row;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Random values of every type, with those at which codecs break made likely: limits, specials, near-equal pairs. */
public final class SqlValues {
    /** One type of each family, and arrays. */
    public static final List<SqlType> TYPES = List.of(
            SqlType.BOOLEAN,
            SqlType.SMALLINT,
            SqlType.INTEGER,
            SqlType.BIGINT,
            SqlType.NUMERIC,
            SqlType.REAL,
            SqlType.DOUBLE,
            SqlType.TEXT,
            SqlType.of(Kind.VARCHAR, 20),
            SqlType.of(Kind.CHAR, 5),
            SqlType.BYTEA,
            SqlType.DATE,
            SqlType.TIME,
            SqlType.TIMESTAMP,
            SqlType.TIMESTAMPTZ,
            SqlType.INTERVAL,
            SqlType.UUID,
            SqlType.JSON,
            SqlType.JSONB,
            SqlType.enumeration("mood", List.of("sad", "ok", "happy")),
            SqlType.array(SqlType.INTEGER),
            SqlType.array(SqlType.TEXT),
            SqlType.array(SqlType.NUMERIC));

    /** PostgreSQL's limits of timestamps, in microseconds: 4714-11-24 BC and 294276-12-31. */
    private static final long LEAST_TIMESTAMP = -210_866_803_200_000_000L;

    private static final long GREATEST_TIMESTAMP = 9_223_371_331_199_999_999L;
    private static final int LEAST_DATE = -2_440_588;
    private static final int GREATEST_DATE = 2_145_031_948;

    private SqlValues() {}

    /** Any of {@link #TYPES}. */
    public static Arbitrary<SqlType> types() {
        return Arbitraries.of(TYPES);
    }

    /** One to eight types. */
    public static Arbitrary<List<SqlType>> rowTypes() {
        return types().list().ofMinSize(1).ofMaxSize(10);
    }

    /** Rows of columns of those types. */
    public static Arbitrary<Row> rows(List<SqlType> types) {
        List<Arbitrary<Object>> values = new ArrayList<>();
        for (SqlType type : types) {
            values.add(nullable(type));
        }
        return Combinators.combine(values).as(list -> Row.of(list.toArray()));
    }

    /** Values of a type and NULL. */
    public static Arbitrary<Object> nullable(SqlType type) {
        return values(type).injectNull(0.1);
    }

    /** Values of a type, not NULL. */
    public static Arbitrary<Object> values(SqlType type) {
        Arbitrary<?> values =
                switch (type.kind()) {
                    case BOOLEAN -> Arbitraries.of(true, false);
                    case SMALLINT ->
                        Arbitraries.shorts().map(Short::intValue).edgeCases(config -> config.add(-9, -8, 230, 231));
                    case INTEGER ->
                        Arbitraries.oneOf(
                                Arbitraries.integers(), Arbitraries.integers().between(-300, 300));
                    case BIGINT ->
                        Arbitraries.oneOf(
                                Arbitraries.longs(),
                                Arbitraries.longs().between(-300, 300),
                                Arbitraries.integers()
                                        .between(0, 62)
                                        .flatMap(bit -> Arbitraries.of((1L << bit) - 1, 1L << bit, -(1L << bit))));
                    case NUMERIC -> numerics();
                    case REAL ->
                        Arbitraries.oneOf(
                                Arbitraries.floats(),
                                Arbitraries.of(-0f, 0f, Float.NaN, 1f / 0, -1f / 0, Float.MIN_VALUE, Float.MAX_VALUE));
                    case DOUBLE ->
                        Arbitraries.oneOf(
                                Arbitraries.doubles(),
                                Arbitraries.of(-0d, 0d, Double.NaN, 1d / 0, -1d / 0, Double.MIN_VALUE, 1e308));
                    case TEXT, VARCHAR -> texts(12);
                    case CHAR -> texts(type.precision()).map(text -> padded(text, type.precision()));
                    case JSON, JSONB ->
                        Arbitraries.of("{}", "[1, 2]", "1.5", "[1.0, 2.00]", "{\"a\": \"é\"}", "null", "1.50", "\"x\"");
                    case BYTEA ->
                        Arbitraries.oneOf(Arbitraries.bytes(), Arbitraries.of((byte) 0, (byte) 1, (byte) 0xFE, (byte)
                                        0xFF))
                                .array(byte[].class)
                                .ofMaxSize(6);
                    case DATE ->
                        Arbitraries.oneOf(
                                Arbitraries.integers().between(LEAST_DATE, GREATEST_DATE),
                                Arbitraries.integers().between(-3, 40_000),
                                Arbitraries.of(Integer.MAX_VALUE, Integer.MIN_VALUE));
                    case TIME -> Arbitraries.longs().between(0, 86_400_000_000L);
                    case TIMESTAMP, TIMESTAMPTZ ->
                        Arbitraries.oneOf(
                                Arbitraries.longs().between(LEAST_TIMESTAMP, GREATEST_TIMESTAMP),
                                Arbitraries.longs().between(-2, 2_000_000_000_000_000L),
                                Arbitraries.of(Long.MAX_VALUE, Long.MIN_VALUE));
                    case INTERVAL -> intervals();
                    case UUID ->
                        Combinators.combine(Arbitraries.longs(), Arbitraries.longs())
                                .as((high, low) -> new UUID(high, low));
                    case ENUM -> Arbitraries.of(type.labels());
                    case ARRAY -> arrays(type.element());
                };
        return values.map(value -> value);
    }

    private static Arbitrary<Object> numerics() {
        Arbitrary<Object> plain = Combinators.combine(
                        Arbitraries.oneOf(
                                Arbitraries.bigIntegers()
                                        .between(BigInteger.TEN.pow(40).negate(), BigInteger.TEN.pow(40)),
                                Arbitraries.longs().between(-2000, 2000).map(BigInteger::valueOf),
                                Arbitraries.of(1L, 10L, 100L, -10L, 1000L, 12L, 120L, 99L, 990L)
                                        .map(BigInteger::valueOf)),
                        Arbitraries.integers().between(0, 12))
                .as(BigDecimal::new);
        Arbitrary<Object> special =
                Arbitraries.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, BigDecimal.ZERO);
        return Arbitraries.frequencyOf(Tuple.of(9, plain), Tuple.of(1, special));
    }

    private static Arbitrary<String> texts(int longest) {
        return Arbitraries.oneOf(
                        Arbitraries.strings()
                                .withChars("ab \u0001~\u00e9\u20ac\uffee")
                                .ofMaxLength(longest),
                        Arbitraries.of("", "a", "a ", "a\u0001", "ab", "\ud83d\ude00", "\u0001"))
                .filter(text -> text.codePointCount(0, text.length()) <= longest);
    }

    private static String padded(String text, int length) {
        return text + " ".repeat(length - text.codePointCount(0, text.length()));
    }

    private static Arbitrary<Interval> intervals() {
        Arbitrary<Interval> small = Combinators.combine(
                        Arbitraries.integers().between(-3, 3),
                        Arbitraries.integers().between(-70, 70),
                        Arbitraries.longs().between(-3, 3).map(days -> days * 43_200_000_000L))
                .as(Interval::new);
        Arbitrary<Interval> wide = Combinators.combine(
                        Arbitraries.integers().between(-2_000_000_000, 2_000_000_000),
                        Arbitraries.integers(),
                        Arbitraries.longs().between(-(1L << 62), 1L << 62))
                .as(Interval::new);
        return Arbitraries.oneOf(
                small,
                wide,
                Arbitraries.of(
                        new Interval(Integer.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE),
                        new Interval(Integer.MIN_VALUE, Integer.MIN_VALUE, Long.MIN_VALUE)));
    }

    private static Arbitrary<List<Object>> arrays(SqlType element) {
        Arbitrary<List<Object>> flat = nullable(element).list().ofMaxSize(4).map(Collections::unmodifiableList);
        Arbitrary<List<Object>> square =
                nullable(element).list().ofSize(4).map(list -> List.of(copy(list, 0, 2), copy(list, 2, 4)));
        return Arbitraries.oneOf(flat, flat, square);
    }

    private static Object copy(List<Object> list, int from, int to) {
        return Collections.unmodifiableList(new ArrayList<>(list.subList(from, to)));
    }
}
