package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Expression;
import java.util.ArrayList;
import java.util.List;

/** Boundary values of each type as PostgreSQL prints them, NULL last. */
final class Values {
    static final SqlType MOOD = SqlType.enumeration("mood", List.of("sad", "ok", "happy"));

    /** A type of each kind. */
    static final List<SqlType> TYPES = List.of(
            SqlType.BOOLEAN,
            SqlType.SMALLINT,
            SqlType.INTEGER,
            SqlType.BIGINT,
            SqlType.NUMERIC,
            SqlType.REAL,
            SqlType.DOUBLE,
            SqlType.TEXT,
            SqlType.of(SqlType.Kind.VARCHAR),
            SqlType.of(SqlType.Kind.CHAR, 4),
            SqlType.BYTEA,
            SqlType.DATE,
            SqlType.TIME,
            SqlType.TIMESTAMP,
            SqlType.TIMESTAMPTZ,
            SqlType.INTERVAL,
            SqlType.UUID,
            SqlType.JSON,
            SqlType.JSONB,
            MOOD,
            SqlType.array(SqlType.INTEGER),
            SqlType.array(SqlType.TEXT));

    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "a",
            "A",
            "abc",
            "aBc Def",
            "  abc  ",
            "a%b_c\\d",
            "ß",
            "é",
            "ÀÉ",
            "日本語",
            "😀x😀",
            "\uFFFD",
            "a\nb",
            "\t",
            "Ǆ",
            "ΑΣ",
            "1",
            "hello world, hello");

    private Values() {}

    static List<Expression> of(SqlType type) {
        List<Expression> values = new ArrayList<>();
        for (String text : texts(type)) {
            values.add(Sql.value(type, text));
        }
        values.add(Sql.value(type, null));
        return values;
    }

    static List<String> texts(SqlType type) {
        return switch (type.kind()) {
            case BOOLEAN -> List.of("t", "f");
            case SMALLINT -> List.of("0", "1", "-1", "2", "-7", "182", "32767", "-32768");
            case INTEGER -> List.of("0", "1", "-1", "2", "-7", "46341", "2147483647", "-2147483648");
            case BIGINT ->
                List.of(
                        "0",
                        "1",
                        "-1",
                        "2",
                        "-7",
                        "3037000500",
                        "123456789012345678",
                        "9223372036854775807",
                        "-9223372036854775808");
            case NUMERIC ->
                List.of(
                        "0",
                        "0.00",
                        "1",
                        "-1",
                        "2",
                        "3.0",
                        "-7",
                        "0.5",
                        "-0.5",
                        "1.5",
                        "2.5",
                        "-2.5",
                        "0.1",
                        "1.10",
                        "99.995",
                        "-99.995",
                        "10000",
                        "9999.9999",
                        "100000000",
                        "12345.6789",
                        "0.0001",
                        "0.00000000000123",
                        "123456789012345678901234567890.123456789",
                        "-99999999999999999999999999999999999999",
                        "32767.5",
                        "-2147483648.5",
                        "9223372036854775807.4",
                        "9223372036854775807.5",
                        "NaN",
                        "Infinity",
                        "-Infinity");
            case REAL ->
                List.of(
                        "0",
                        "-0",
                        "1",
                        "-1",
                        "0.1",
                        "2.5",
                        "-2.5",
                        "3.5",
                        "16777216",
                        "1e+10",
                        "3.4028235e+38",
                        "-3.4028235e+38",
                        "1.1754944e-38",
                        "1e-45",
                        "1234.5678",
                        "NaN",
                        "Infinity",
                        "-Infinity");
            case DOUBLE ->
                List.of(
                        "0",
                        "-0",
                        "1",
                        "-1",
                        "0.1",
                        "0.5",
                        "-0.5",
                        "2.5",
                        "-2.5",
                        "3.5",
                        "9007199254740993",
                        "1e+15",
                        "123456789.123456789",
                        "1e+22",
                        "9.2233720368547758e+18",
                        "1.7976931348623157e+308",
                        "-1.7976931348623157e+308",
                        "2.2250738585072014e-308",
                        "5e-324",
                        "1e-05",
                        "1e+40",
                        "NaN",
                        "Infinity",
                        "-Infinity");
            case TEXT, VARCHAR -> TEXTS;
            case CHAR -> List.of("", "a", "A", "ab", "a b", "é", "😀");
            case BYTEA -> List.of("\\x", "\\x00", "\\x61", "\\x6162ff");
            case DATE ->
                List.of(
                        "1970-01-01",
                        "2024-02-29",
                        "2023-12-31",
                        "2000-01-31",
                        "1999-01-03",
                        "0001-01-01",
                        "0044-03-15 BC",
                        "4713-01-01 BC",
                        "99999-12-31",
                        "5874897-12-31",
                        "infinity",
                        "-infinity");
            case TIME -> List.of("00:00:00", "12:34:56.789012", "23:59:59.999999", "24:00:00", "04:05:06");
            case TIMESTAMP ->
                List.of(
                        "1970-01-01 00:00:00",
                        "2024-02-29 23:59:59.999999",
                        "2023-12-31 12:00:00.5",
                        "2024-03-31 02:30:00",
                        "1969-12-31 23:59:59.123456",
                        "1900-05-17 01:02:03.4",
                        "2001-01-01 00:00:00",
                        "0001-01-01 00:00:00",
                        "0044-03-15 06:07:08 BC",
                        "99999-12-31 00:00:00",
                        "290000-12-31 23:59:59.999999",
                        "4713-01-01 00:00:00 BC",
                        "infinity",
                        "-infinity");
            case TIMESTAMPTZ ->
                List.of(
                        "1970-01-01 00:00:00+00",
                        "2024-02-29 23:59:59.999999+00",
                        "2024-03-31 01:30:00+00",
                        "2024-10-27 00:30:00+00",
                        "1969-12-31 23:59:59.123456+00",
                        "1900-05-17 01:02:03.4+00",
                        "0044-03-15 06:07:08+00 BC",
                        "99999-12-31 00:00:00+00",
                        "290000-12-31 23:59:59.999999+00",
                        "infinity",
                        "-infinity");
            case INTERVAL ->
                List.of(
                        "00:00:00",
                        "1 mon",
                        "-1 mons",
                        "1 day",
                        "30 days",
                        "1 year 2 mons 3 days 04:05:06.789",
                        "-1 years -2 mons +3 days -04:05:06.789",
                        "00:00:00.000001",
                        "-23:59:59.999999",
                        "1000000:00:00",
                        "178000000 years",
                        "infinity",
                        "-infinity");
            case UUID ->
                List.of(
                        "00000000-0000-0000-0000-000000000000",
                        "123e4567-e89b-12d3-a456-426614174000",
                        "ffffffff-ffff-ffff-ffff-ffffffffffff",
                        "7fffffff-ffff-ffff-8000-000000000000");
            case JSON, JSONB -> List.of("null", "1", "\"a\"", "[1, 2]", "{\"a\": 1}");
            case ENUM -> List.of("sad", "ok", "happy");
            case ARRAY ->
                type.element().kind() == SqlType.Kind.TEXT
                        ? List.of("{}", "{a}", "{a,b}", "{NULL}", "{\"\"}", "{\"a b\",\"c,d\"}")
                        : List.of("{}", "{1}", "{1,2}", "{2}", "{NULL}", "{{1,2},{3,4}}");
        };
    }
}
