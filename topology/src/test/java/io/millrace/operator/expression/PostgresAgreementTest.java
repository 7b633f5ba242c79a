package io.millrace.operator.expression;

import static io.millrace.operator.expression.Sql.call;
import static io.millrace.operator.expression.Sql.cast;
import static io.millrace.operator.expression.Sql.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Expression;
import io.millrace.plan.Function;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every function over boundary values of every type it takes: value, type or error are PostgreSQL's. */
class PostgresAgreementTest {
    private static final List<SqlType> NUMBERS =
            List.of(SqlType.SMALLINT, SqlType.INTEGER, SqlType.BIGINT, SqlType.NUMERIC, SqlType.REAL, SqlType.DOUBLE);

    private static final List<Function> COMPARISONS = List.of(
            Function.EQUALS,
            Function.NOT_EQUALS,
            Function.LESS,
            Function.LESS_OR_EQUAL,
            Function.GREATER,
            Function.GREATER_OR_EQUAL,
            Function.IS_DISTINCT_FROM,
            Function.IS_NOT_DISTINCT_FROM);

    private static final List<SqlType> TEXTS =
            List.of(SqlType.TEXT, SqlType.of(SqlType.Kind.VARCHAR), SqlType.of(SqlType.Kind.CHAR, 4));

    private static final List<SqlType> TIMES =
            List.of(SqlType.DATE, SqlType.TIME, SqlType.TIMESTAMP, SqlType.TIMESTAMPTZ, SqlType.INTERVAL);

    private static final List<String> UNITS = List.of(
            "microseconds",
            "milliseconds",
            "second",
            "minute",
            "hour",
            "day",
            "week",
            "month",
            "quarter",
            "year",
            "decade",
            "century",
            "millennium",
            "isoyear",
            "dow",
            "isodow",
            "doy",
            "julian",
            "epoch",
            "timezone",
            "timezone_hour",
            "timezone_minute",
            "YEARS",
            "usec",
            "mons",
            "qtr",
            "fortnight",
            "");

    private static PostgresExpressions postgres;

    @BeforeAll
    static void start() throws Exception {
        postgres = new PostgresExpressions();
    }

    @AfterAll
    static void stop() throws Exception {
        postgres.close();
    }

    @Test
    void arithmeticOfNumbers() throws Exception {
        List<Expression> cases = new ArrayList<>();
        for (SqlType type : NUMBERS) {
            List<Expression> values = Values.of(type);
            for (Function function :
                    List.of(Function.PLUS, Function.MINUS, Function.TIMES, Function.DIVIDE, Function.MODULO)) {
                boolean floating = type.kind() == SqlType.Kind.REAL || type.kind() == SqlType.Kind.DOUBLE;
                if (function == Function.MODULO && floating) {
                    continue;
                }
                for (Expression left : values) {
                    for (Expression right : values) {
                        cases.add(call(function, type, left, right));
                    }
                }
            }
            for (Expression value : values) {
                cases.add(call(Function.NEGATE, type, value));
            }
        }
        agree(cases);
    }

    @Test
    void functionsOfNumbers() throws Exception {
        List<Expression> cases = new ArrayList<>();
        for (SqlType type : NUMBERS) {
            for (Expression value : Values.of(type)) {
                cases.add(call(Function.ABS, type, value));
            }
        }
        for (SqlType type : List.of(SqlType.NUMERIC, SqlType.DOUBLE)) {
            List<Expression> values = Values.of(type);
            for (Function function : List.of(
                    Function.ROUND,
                    Function.TRUNC,
                    Function.FLOOR,
                    Function.CEIL,
                    Function.SIGN,
                    Function.SQRT,
                    Function.EXP,
                    Function.LN)) {
                for (Expression value : values) {
                    cases.add(call(function, type, value));
                }
            }
            for (Expression base : values) {
                for (Expression exponent : values) {
                    cases.add(call(Function.POWER, type, base, exponent));
                }
            }
        }
        for (Expression value : Values.of(SqlType.NUMERIC)) {
            for (String digits : List.of("0", "1", "2", "5", "-1", "-3", "-50", "30", "2147483647", "-2147483648")) {
                for (Function function : List.of(Function.ROUND, Function.TRUNC)) {
                    cases.add(call(function, SqlType.NUMERIC, value, value(SqlType.INTEGER, digits)));
                }
            }
        }
        agree(cases);
    }

    @Test
    void castsOfNumbers() throws Exception {
        List<Expression> cases = new ArrayList<>();
        List<SqlType> targets = new ArrayList<>(NUMBERS);
        targets.add(SqlType.TEXT);
        targets.add(SqlType.of(SqlType.Kind.VARCHAR, 4));
        targets.add(SqlType.of(SqlType.Kind.CHAR, 4));
        targets.add(SqlType.numeric(5, 2));
        targets.add(SqlType.numeric(3, 5));
        targets.add(SqlType.numeric(4, -2));
        targets.add(SqlType.numeric(38, 0));
        for (SqlType from : NUMBERS) {
            for (Expression value : Values.of(from)) {
                for (SqlType to : targets) {
                    cases.add(cast(value, to));
                }
            }
        }
        for (Expression value : Values.of(SqlType.BOOLEAN)) {
            cases.add(cast(value, SqlType.INTEGER));
            cases.add(cast(value, SqlType.TEXT));
        }
        for (Expression value : Values.of(SqlType.INTEGER)) {
            cases.add(cast(value, SqlType.BOOLEAN));
        }
        agree(cases);
    }

    @Test
    void comparisons() throws Exception {
        List<Expression> cases = new ArrayList<>();
        for (SqlType type : Values.TYPES) {
            // json has no comparison; jsonb's order is another than that of its text.
            if (type.kind() == SqlType.Kind.JSON || type.kind() == SqlType.Kind.JSONB) {
                continue;
            }
            List<Expression> values = Values.of(type);
            for (Expression left : values) {
                for (Expression right : values) {
                    for (Function function : COMPARISONS) {
                        cases.add(call(function, SqlType.BOOLEAN, left, right));
                    }
                    // Equality of varchar is that of text, and it is this operator's type that nullif has.
                    boolean varchar = type.kind() == SqlType.Kind.VARCHAR;
                    cases.add(call(Function.NULLIF, varchar ? SqlType.TEXT : type, left, right));
                    cases.add(call(Function.GREATEST, type, left, right));
                    cases.add(call(Function.LEAST, type, left, right));
                }
            }
        }
        agree(cases);
    }

    @Test
    void logic() throws Exception {
        List<Expression> cases = new ArrayList<>();
        List<Expression> values = Values.of(SqlType.BOOLEAN);
        for (Expression first : values) {
            for (Function function : List.of(
                    Function.NOT,
                    Function.IS_NULL,
                    Function.IS_NOT_NULL,
                    Function.IS_TRUE,
                    Function.IS_NOT_TRUE,
                    Function.IS_FALSE,
                    Function.IS_NOT_FALSE)) {
                cases.add(call(function, SqlType.BOOLEAN, first));
            }
            for (Expression second : values) {
                for (Expression third : values) {
                    cases.add(call(Function.AND, SqlType.BOOLEAN, first, second, third));
                    cases.add(call(Function.OR, SqlType.BOOLEAN, first, second, third));
                    cases.add(call(Function.COALESCE, SqlType.BOOLEAN, first, second, third));
                    cases.add(new Expression.Case(
                            List.of(first, second),
                            List.of(value(SqlType.INTEGER, "1"), value(SqlType.INTEGER, "2")),
                            value(SqlType.INTEGER, "3"),
                            SqlType.INTEGER));
                }
            }
        }
        agree(cases);
    }

    @Test
    void functionsOfText() throws Exception {
        List<Expression> cases = new ArrayList<>();
        List<Expression> counts = List.of(
                value(SqlType.INTEGER, "0"),
                value(SqlType.INTEGER, "1"),
                value(SqlType.INTEGER, "2"),
                value(SqlType.INTEGER, "5"),
                value(SqlType.INTEGER, "-1"),
                value(SqlType.INTEGER, "-3"),
                value(SqlType.INTEGER, "-2147483648"),
                value(SqlType.INTEGER, null));
        for (SqlType type : TEXTS) {
            List<Expression> values = Values.of(type);
            for (Expression text : values) {
                for (Function function : List.of(
                        Function.LOWER,
                        Function.UPPER,
                        Function.INITCAP,
                        Function.REVERSE,
                        Function.MD5,
                        Function.TRIM_BOTH,
                        Function.TRIM_LEFT,
                        Function.TRIM_RIGHT)) {
                    cases.add(call(function, SqlType.TEXT, text));
                }
                cases.add(call(Function.LENGTH, SqlType.INTEGER, text));
                cases.add(call(Function.OCTET_LENGTH, SqlType.INTEGER, text));
                for (Expression count : counts) {
                    cases.add(call(Function.LEFT, SqlType.TEXT, text, count));
                    cases.add(call(Function.RIGHT, SqlType.TEXT, text, count));
                    cases.add(call(Function.REPEAT, SqlType.TEXT, text, count));
                    cases.add(call(Function.SUBSTRING, SqlType.TEXT, text, count));
                    cases.add(call(Function.LPAD, SqlType.TEXT, text, count));
                    cases.add(call(Function.RPAD, SqlType.TEXT, text, count));
                    for (Expression length : counts) {
                        cases.add(call(Function.SUBSTRING, SqlType.TEXT, text, count, length));
                    }
                    for (String other : List.of("", "x", "ab", "日😀")) {
                        cases.add(call(Function.LPAD, SqlType.TEXT, text, count, Sql.text(other)));
                        cases.add(call(Function.RPAD, SqlType.TEXT, text, count, Sql.text(other)));
                    }
                    for (String other : List.of("", "b", "l", "ll", "hello", "日😀")) {
                        cases.add(call(Function.SPLIT_PART, SqlType.TEXT, text, Sql.text(other), count));
                    }
                }
                for (Expression other : Values.of(SqlType.TEXT)) {
                    cases.add(call(Function.CONCATENATE, SqlType.TEXT, text, other));
                    cases.add(call(Function.CONCAT, SqlType.TEXT, text, other));
                    cases.add(call(Function.CONCAT_WS, SqlType.TEXT, other, text, text));
                    cases.add(call(Function.STARTS_WITH, SqlType.BOOLEAN, text, other));
                    cases.add(call(Function.STRPOS, SqlType.INTEGER, text, other));
                    cases.add(call(Function.TRIM_BOTH, SqlType.TEXT, text, other));
                    cases.add(call(Function.TRIM_LEFT, SqlType.TEXT, text, other));
                    cases.add(call(Function.TRIM_RIGHT, SqlType.TEXT, text, other));
                    cases.add(call(Function.REPLACE, SqlType.TEXT, text, other, Sql.text("<>")));
                    cases.add(call(Function.LIKE, SqlType.BOOLEAN, text, other));
                    cases.add(call(Function.ILIKE, SqlType.BOOLEAN, text, other));
                }
            }
        }
        for (Expression bytes : Values.of(SqlType.BYTEA)) {
            cases.add(call(Function.LENGTH, SqlType.INTEGER, bytes));
            cases.add(call(Function.OCTET_LENGTH, SqlType.INTEGER, bytes));
            cases.add(call(Function.MD5, SqlType.TEXT, bytes));
            cases.add(call(Function.REVERSE, SqlType.BYTEA, bytes));
            for (Expression count : counts) {
                for (Expression length : counts) {
                    cases.add(call(Function.SUBSTRING, SqlType.BYTEA, bytes, count, length));
                }
            }
        }
        agree(cases);
    }

    @Test
    void concatenationOfEveryType() throws Exception {
        List<Expression> cases = new ArrayList<>();
        for (SqlType type : Values.TYPES) {
            for (Expression value : Values.of(type)) {
                cases.add(call(Function.CONCAT, SqlType.TEXT, value, Sql.text("|"), value));
                cases.add(call(Function.CONCAT_WS, SqlType.TEXT, Sql.text(", "), value, value));
                // jsonb || text is that of jsonb, and an array takes an unmarked text for an element.
                if (type.kind() != SqlType.Kind.JSONB && type.kind() != SqlType.Kind.ARRAY) {
                    cases.add(call(Function.CONCATENATE, SqlType.TEXT, value, Sql.text("|")));
                    cases.add(call(Function.CONCATENATE, SqlType.TEXT, Sql.text("|"), value));
                }
                for (Expression other : Values.of(type)) {
                    if (type.kind() == SqlType.Kind.ARRAY || type.kind() == SqlType.Kind.BYTEA) {
                        cases.add(call(Function.CONCATENATE, type, value, other));
                    }
                }
            }
        }
        SqlType integers = SqlType.array(SqlType.INTEGER);
        for (Expression array : Values.of(integers)) {
            for (Expression element : Values.of(SqlType.INTEGER)) {
                cases.add(call(Function.CONCATENATE, integers, array, element));
                cases.add(call(Function.CONCATENATE, integers, element, array));
            }
        }
        agree(cases);
    }

    @Test
    void likePatterns() throws Exception {
        List<Expression> cases = new ArrayList<>();
        List<String> patterns = List.of(
                "",
                "%",
                "_",
                "%%",
                "_%",
                "%_",
                "a%",
                "%c",
                "%b%",
                "a_c",
                "a\\%",
                "\\",
                "a\\",
                "%\\",
                "abc\\",
                "%d%e%",
                "%de_",
                "A%",
                "É",
                "%É",
                "日%",
                "_本_",
                "😀_😀",
                "a\\_c",
                "a#%b#_c_d",
                "%hello",
                "hel%hel%",
                "%l%l%l%l%",
                "h%o%,%",
                "_____",
                "ß",
                "\\a%",
                "%##",
                "#");
        for (String given : Values.texts(SqlType.TEXT)) {
            Expression text = Sql.text(given);
            for (String pattern : patterns) {
                for (Function function : List.of(Function.LIKE, Function.ILIKE)) {
                    Expression right = Sql.text(pattern.replace("\\\\", "\\"));
                    cases.add(call(function, SqlType.BOOLEAN, text, right));
                    for (String escape : List.of("#", "", "##", "\\", "日")) {
                        cases.add(call(function, SqlType.BOOLEAN, text, right, Sql.text(escape)));
                    }
                }
            }
        }
        for (Expression text : Values.of(SqlType.of(SqlType.Kind.CHAR, 4))) {
            for (String pattern : List.of("a%", "a", "a   ", "____", "_")) {
                cases.add(call(Function.LIKE, SqlType.BOOLEAN, text, Sql.text(pattern)));
            }
        }
        agree(cases);
    }

    @Test
    void regularExpressions() throws Exception {
        List<String> patterns = List.of(
                "",
                "a",
                "abc",
                "^abc$",
                "^$",
                "b|c",
                "(b|c)+",
                "a.c",
                "a.*c",
                "a.*?c",
                "[abc]+",
                "[^abc]",
                "[a-c]{2,3}",
                "a{2}",
                "a{2,}",
                "a{0}",
                "a{,2}",
                "a{2,1}",
                "a{300}",
                "a{1",
                "a{x",
                "a**",
                "a+?",
                "*a",
                "+",
                "?",
                "a|*b",
                "(a",
                "a)",
                "()",
                "(|a)b",
                "a||b",
                "[a",
                "[]a]",
                "[^]a]",
                "[a-]",
                "[-a]",
                "[z-a]",
                "[[:alpha:]]+",
                "[[:digit:]]",
                "[[:foo:]]",
                "[[.a.]]",
                "[[=a=]]",
                "[[:upper:]]",
                "[[:lower:]]",
                "[[:space:]]",
                "[[:punct:]]",
                "\\d+",
                "\\D",
                "\\w+\\s\\w+",
                "\\W",
                "\\S",
                "[\\d]",
                "[\\w-]",
                "[^\\w]",
                "[\\D]",
                "\\mabc\\M",
                "\\yb",
                "\\Yb",
                "\\Aa",
                "c\\Z",
                "[[:<:]]abc[[:>:]]",
                "\\.",
                "\\q",
                "\\",
                "\\x41",
                "\\u0041",
                "\\U00000041",
                "\\u00",
                "\\t",
                "\\n",
                "a\\nb",
                "\\e",
                "\\cA",
                "\\101",
                "\\1",
                "(a)\\12",
                "a(?=b)",
                "a(?!b)",
                "(?<=a)b",
                "(?<!a)b",
                "(?:ab)+",
                "(?i)ABC",
                "(?i)é",
                "(?c)ABC",
                "(?q)a.c",
                "***=a.c",
                "***:abc",
                "***a",
                "(?x) a b c # no",
                "(?n)a.b",
                "(?n)^b",
                "(?n)[^x]b",
                "(?p)^b",
                "(?w)^b",
                "(?z)a",
                "(?#comment)abc",
                "^*",
                "a^b",
                "a$b",
                "$a",
                "^^a",
                "a$$",
                "(^a)",
                "(^a)*b",
                "(^)*",
                "\\y*",
                "(?=a)*",
                "日本",
                "[日-語]",
                "😀",
                "[😀]",
                "^.$",
                "^.{3}$",
                "ß",
                "É",
                "hello (world|there), hello",
                "(a|b)*c",
                "(a*)*c",
                "x*",
                "[a-c&&b]",
                "a#b",
                "[[]",
                "]",
                "}",
                "{",
                "a}",
                "-",
                "[a\\]b]",
                "[\\n]",
                "[a-\\d]",
                "[\\d-z]",
                "(?<a>b)",
                "(?",
                "(?P<x>a)",
                "\\0",
                "[[:alpha:]",
                "[[.ab.]]",
                "[[:word:]]",
                "(((((((((((a)))))))))))",
                "a{1,2}{2}",
                "(a{1,2}){2}",
                "^[^@]+@[^@]+\\.[a-z]{2,}$",
                "[a-c-e]",
                "[--/]",
                "[%--]");
        List<String> texts = new ArrayList<>(Values.texts(SqlType.TEXT));
        texts.addAll(List.of(
                "abab", "aabbcc", "b c", "user@example.org", "aa", "\u0001", "x\nb", "0", "]", "a-b", "{", "A1"));
        List<Expression> cases = new ArrayList<>();
        for (String pattern : patterns) {
            for (String text : texts) {
                for (Function function : List.of(Function.REGEX_MATCH, Function.REGEX_MATCH_INSENSITIVE)) {
                    cases.add(call(function, SqlType.BOOLEAN, Sql.text(text), Sql.text(pattern)));
                }
            }
        }
        agree(cases);
    }

    @Test
    void classesOfCharacters() throws Exception {
        List<Expression> cases = new ArrayList<>();
        for (int c = 1; c < 0x2F00; c += c < 0x600 ? 1 : 7) {
            // Java 17 has Unicode 13: marks that became letters and letters that got a capital since then differ.
            boolean changed = Character.getType(c) == Character.NON_SPACING_MARK || c == 0x019B || c == 0x0264;
            if (!Character.isDefined(c) || changed) {
                continue;
            }
            Expression text = Sql.text(Character.toString(c));
            for (CharacterClass each : CharacterClass.values()) {
                Expression pattern = Sql.text("[[:" + each.name().toLowerCase(Locale.ROOT) + ":]]");
                cases.add(call(Function.REGEX_MATCH, SqlType.BOOLEAN, text, pattern));
            }
            cases.add(call(Function.LOWER, SqlType.TEXT, text));
            cases.add(call(Function.UPPER, SqlType.TEXT, text));
            cases.add(call(Function.INITCAP, SqlType.TEXT, Sql.text("a" + Character.toString(c) + "a")));
        }
        agree(cases);
    }

    @Test
    void arithmeticOfTimes() throws Exception {
        List<Expression> cases = new ArrayList<>();
        List<Expression> intervals = Values.of(SqlType.INTERVAL);
        for (SqlType type : TIMES) {
            SqlType sum = type.kind() == SqlType.Kind.DATE ? SqlType.TIMESTAMP : type;
            for (Expression time : Values.of(type)) {
                for (Expression interval : intervals) {
                    cases.add(call(Function.PLUS, sum, time, interval));
                    cases.add(call(Function.MINUS, sum, time, interval));
                    cases.add(call(Function.PLUS, sum, interval, time));
                }
                for (Expression other : Values.of(type)) {
                    SqlType difference = type.kind() == SqlType.Kind.DATE ? SqlType.INTEGER : SqlType.INTERVAL;
                    cases.add(call(Function.MINUS, difference, time, other));
                }
            }
        }
        for (Expression date : Values.of(SqlType.DATE)) {
            for (Expression days : Values.of(SqlType.INTEGER)) {
                cases.add(call(Function.PLUS, SqlType.DATE, date, days));
                cases.add(call(Function.MINUS, SqlType.DATE, date, days));
                cases.add(call(Function.PLUS, SqlType.DATE, days, date));
            }
            for (Expression time : Values.of(SqlType.TIME)) {
                cases.add(call(Function.PLUS, SqlType.TIMESTAMP, date, time));
            }
        }
        for (Expression interval : intervals) {
            cases.add(call(Function.NEGATE, SqlType.INTERVAL, interval));
            for (Expression factor : Values.of(SqlType.DOUBLE)) {
                cases.add(call(Function.TIMES, SqlType.INTERVAL, interval, factor));
                cases.add(call(Function.TIMES, SqlType.INTERVAL, factor, interval));
                cases.add(call(Function.DIVIDE, SqlType.INTERVAL, interval, factor));
            }
        }
        agree(cases);
    }

    @Test
    void fieldsOfTimes() throws Exception {
        List<Expression> cases = new ArrayList<>();
        for (SqlType type : TIMES) {
            for (Expression time : Values.of(type)) {
                for (String unit : UNITS) {
                    cases.add(call(Function.EXTRACT, SqlType.NUMERIC, Sql.text(unit), time));
                    cases.add(call(Function.DATE_PART, SqlType.DOUBLE, Sql.text(unit), time));
                    if (type.kind() != SqlType.Kind.TIME) {
                        SqlType truncated = type.kind() == SqlType.Kind.DATE ? SqlType.TIMESTAMPTZ : type;
                        cases.add(call(Function.DATE_TRUNC, truncated, Sql.text(unit), time));
                    }
                }
            }
        }
        agree(cases);
    }

    @Test
    void timeZones() throws Exception {
        List<String> zones = List.of(
                "UTC",
                "Europe/Berlin",
                "europe/berlin",
                "America/New_York",
                "Asia/Kolkata",
                "Australia/Lord_Howe",
                "EST",
                "PDT",
                "cest",
                "Z",
                "UTC+3",
                "UTC-05:30",
                "+03",
                "-08:00",
                "EST5EDT",
                "nowhere",
                "");
        List<Expression> cases = new ArrayList<>();
        for (String zone : zones) {
            for (Expression time : Values.of(SqlType.TIMESTAMP)) {
                cases.add(call(Function.TIMEZONE, SqlType.TIMESTAMPTZ, Sql.text(zone), time));
            }
            for (Expression time : Values.of(SqlType.TIMESTAMPTZ)) {
                cases.add(call(Function.TIMEZONE, SqlType.TIMESTAMP, Sql.text(zone), time));
                for (String unit : List.of("hour", "day", "month", "century")) {
                    cases.add(call(Function.DATE_TRUNC, SqlType.TIMESTAMPTZ, Sql.text(unit), time, Sql.text(zone)));
                }
            }
        }
        for (Expression offset : Values.of(SqlType.INTERVAL)) {
            cases.add(call(
                    Function.TIMEZONE, SqlType.TIMESTAMPTZ, offset, value(SqlType.TIMESTAMP, "2024-02-29 12:00:00")));
            cases.add(call(
                    Function.TIMEZONE,
                    SqlType.TIMESTAMP,
                    offset,
                    value(SqlType.TIMESTAMPTZ, "2024-02-29 12:00:00+00")));
        }
        agree(cases);
    }

    @Test
    void castsOfTimes() throws Exception {
        List<Expression> cases = new ArrayList<>();
        for (SqlType from : TIMES) {
            for (SqlType to : TIMES) {
                boolean known = from.kind() == to.kind()
                        || (isDateOrTimestamp(from) && isDateOrTimestamp(to))
                        || (to.kind() == SqlType.Kind.TIME && from.kind() != SqlType.Kind.DATE)
                        || (to.kind() == SqlType.Kind.INTERVAL && from.kind() == SqlType.Kind.TIME);
                for (Expression time : known ? Values.of(from) : List.<Expression>of()) {
                    cases.add(cast(time, to));
                    for (int digits = 0; digits < 6 && to.kind() != SqlType.Kind.DATE; digits += 2) {
                        cases.add(cast(time, SqlType.of(to.kind(), digits)));
                    }
                }
            }
        }
        for (String time : List.of("1999-12-31 23:59:58.5", "2000-01-01 00:00:00.5", "1999-12-31 23:59:59.5")) {
            cases.add(cast(value(SqlType.TIMESTAMP, time), SqlType.of(SqlType.Kind.TIMESTAMP, 0)));
        }
        agree(cases);
    }

    @Test
    void castsFromAndToText() throws Exception {
        List<Expression> cases = new ArrayList<>();
        for (SqlType type : Values.TYPES) {
            for (Expression value : Values.of(type)) {
                for (SqlType text : TEXTS) {
                    cases.add(cast(value, text));
                }
                cases.add(cast(value, SqlType.of(SqlType.Kind.VARCHAR, 3)));
            }
            for (String text : Inputs.of(type)) {
                cases.add(cast(Sql.text(text), type));
            }
            for (Expression text : Values.of(SqlType.of(SqlType.Kind.CHAR, 4))) {
                cases.add(cast(text, type));
            }
        }
        for (SqlType type : List.of(
                SqlType.numeric(5, 2),
                SqlType.of(SqlType.Kind.TIMESTAMP, 2),
                SqlType.of(SqlType.Kind.TIME, 0),
                SqlType.of(SqlType.Kind.TIMESTAMPTZ, 0),
                SqlType.array(SqlType.numeric(4, 1)),
                SqlType.array(SqlType.DATE),
                SqlType.array(SqlType.of(SqlType.Kind.VARCHAR, 2)),
                SqlType.array(Values.MOOD))) {
            for (String text : Inputs.of(type)) {
                cases.add(cast(Sql.text(text), type));
            }
        }
        agree(cases);
    }

    @Test
    void castsOfJsonAndArrays() throws Exception {
        List<Expression> cases = new ArrayList<>();
        for (String json : List.of(
                "null",
                "1",
                "-1.50",
                "1e3",
                "99999999999",
                "true",
                "false",
                "\"a\"",
                "[1]",
                "{}",
                "{\"b\":1, \"a\":[1.0,2]}")) {
            cases.add(cast(value(SqlType.JSON, json), SqlType.JSONB));
            cases.add(cast(value(SqlType.JSONB, json), SqlType.JSON));
            for (SqlType number : NUMBERS) {
                cases.add(cast(value(SqlType.JSONB, json), number));
            }
            cases.add(cast(value(SqlType.JSONB, json), SqlType.BOOLEAN));
        }
        for (Expression array : Values.of(SqlType.array(SqlType.INTEGER))) {
            cases.add(cast(array, SqlType.array(SqlType.TEXT)));
            cases.add(cast(array, SqlType.array(SqlType.numeric(3, 1))));
        }
        for (Expression array : Values.of(SqlType.array(SqlType.TEXT))) {
            cases.add(cast(array, SqlType.array(SqlType.INTEGER)));
        }
        agree(cases);
    }

    private static boolean isDateOrTimestamp(SqlType type) {
        return switch (type.kind()) {
            case DATE, TIMESTAMP, TIMESTAMPTZ -> true;
            default -> false;
        };
    }

    private static void agree(List<Expression> cases) throws SQLException {
        List<String> sql = cases.stream().map(Sql::of).collect(Collectors.toList());
        List<String> expected = postgres.answers(sql);
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            String actual = PostgresExpressions.answer(cases.get(i));
            if (!actual.equals(expected.get(i))) {
                differences.add(sql.get(i) + "\n    PostgreSQL: " + expected.get(i) + "\n    Millrace:   " + actual);
            }
        }
        assertThat(String.join("\n", differences))
                .as("%d of %d expressions differ", differences.size(), cases.size())
                .isEmpty();
    }
}
