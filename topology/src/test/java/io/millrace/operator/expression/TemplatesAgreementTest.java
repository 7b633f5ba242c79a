package io.millrace.operator.expression;

import static io.millrace.operator.expression.Sql.call;
import static io.millrace.operator.expression.Sql.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Expression;
import io.millrace.plan.Function;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * to_char by every pattern and by random templates, of every type, and to_date, to_timestamp and to_number of what it gives,
 * also with characters changed: the text, the time, the number or the error is PostgreSQL's. Options:
 * {@code -Dmillrace.cases=n} for how many random templates, {@code -Dmillrace.seed=n}.
 */
final class TemplatesAgreementTest {
    private static final List<String> TIMES = List.of(
            ("A.D. A.M. AD AM B.C. BC CC DAY DDD DD DY Day Dy D FF1 FF2 FF3 FF4 FF5 FF6 FX HH24 HH12 HH IDDD ID IW IYYY IYY IY"
                            + " I J MI MM MONTH MON MS Month Mon OF P.M. PM Q RM SSSSS SSSS SS TZH TZM TZ US WW W Y,YYY YYYY YYY"
                            + " YY Y a.d. a.m. ad am b.c. bc cc day ddd dd dy d ff1 ff6 fx hh24 hh12 hh iddd id iw iyyy iyy iy i"
                            + " j mi mm month mon ms of p.m. pm q rm sssss ssss ss tzh tzm tz us ww w y,yyy yyyy yyy yy y")
                    .split(" "));
    private static final List<String> USUAL = List.of(
            "YYYY MM DD HH24 MI SS MS US HH12 AM Mon Month Day DDD YY TZH TZM OF TZ J IYYY IW ID Q CC FF3".split(" "));
    private static final List<String> MARKS = List.of("-", " ", ":", "/", ".", "", "T", "\"T\"", ", ");
    private static final List<String> NUMBERS =
            List.of("9 9 9 9 99 999 0 0 00 . D , G FM S MI PL SG PR TH th V L B RN rn EEEE 9.99 0.00 9D9 x".split(" "));
    private static final List<String> TEXTS =
            List.of("-", " ", ":", "/", "\"Q\"", "\"a\\\"b\"", "x", "T", "\\", "\\\"", "é", ", ");

    private static PostgresExpressions postgres;

    private final Random random = new Random(Long.getLong("millrace.seed", 1));
    private final int count = Integer.getInteger("millrace.cases", 1000);

    @BeforeAll
    static void start() throws Exception {
        postgres = new PostgresExpressions();
    }

    @AfterAll
    static void stop() throws Exception {
        postgres.close();
    }

    @Test
    void everyPatternOfTimes() throws Exception {
        List<Expression> cases = new ArrayList<>();
        for (SqlType type : List.of(SqlType.TIMESTAMP, SqlType.TIMESTAMPTZ, SqlType.INTERVAL)) {
            for (Expression time : Values.of(type)) {
                for (String pattern : TIMES) {
                    cases.add(toChar(time, pattern));
                    cases.add(toChar(time, "FM" + pattern));
                    cases.add(toChar(time, pattern + "TH"));
                }
                cases.add(toChar(time, ""));
                cases.add(toChar(time, null));
            }
        }
        agree(cases);
    }

    @Test
    void randomTemplatesOfTimes() throws Exception {
        List<Expression> cases = new ArrayList<>();
        List<Expression> times = new ArrayList<>(Values.of(SqlType.TIMESTAMP));
        times.addAll(Values.of(SqlType.TIMESTAMPTZ));
        times.addAll(Values.of(SqlType.INTERVAL));
        for (int i = 0; i < count; i++) {
            StringBuilder template = new StringBuilder();
            for (int j = random.nextInt(5); j >= 0; j--) {
                template.append(pick(List.of("", "", "FM", "TM", "fm"))).append(pick(TIMES));
                template.append(pick(List.of("", "", "TH", "th", "SP"))).append(pick(TEXTS));
            }
            for (int j = 0; j < 3; j++) {
                cases.add(toChar(pick(times), template.toString()));
            }
        }
        agree(cases);
    }

    @Test
    void randomTemplatesOfNumbers() throws Exception {
        List<Expression> cases = new ArrayList<>();
        List<SqlType> types = List.of(SqlType.INTEGER, SqlType.BIGINT, SqlType.NUMERIC, SqlType.REAL, SqlType.DOUBLE);
        for (int i = 0; i < count; i++) {
            StringBuilder template = new StringBuilder();
            for (int j = random.nextInt(6); j >= 0; j--) {
                template.append(pick(NUMBERS));
            }
            for (int j = 0; j < 5; j++) {
                SqlType type = pick(types);
                Expression value = random.nextInt(3) > 0 ? number(type) : pick(Values.of(type));
                cases.add(toChar(value, template.toString()));
            }
        }
        agree(cases);
    }

    @Test
    void randomTextsOfTimes() throws Exception {
        List<Expression> cases = new ArrayList<>();
        List<Expression> times = new ArrayList<>(Values.of(SqlType.TIMESTAMP));
        for (int i = 0; i < 2 * count; i++) {
            StringBuilder template = new StringBuilder();
            for (int j = random.nextInt(5); j >= 0; j--) {
                template.append(pick(List.of("", "", "", "FM", "TM", "fm")))
                        .append(pick(random.nextInt(3) == 0 ? TIMES : USUAL));
                template.append(pick(List.of("", "", "", "", "TH", "th", "SP")))
                        .append(pick(random.nextInt(3) == 0 ? TEXTS : MARKS));
            }
            String written = PostgresExpressions.answer(toChar(pick(times), template.toString()));
            for (int j = 0; j < 3; j++) {
                Expression text = text(j == 0 ? written : changed(written));
                cases.add(call(Function.TO_TIMESTAMP, SqlType.TIMESTAMPTZ, text, text(template.toString())));
                cases.add(call(Function.TO_DATE, SqlType.DATE, text, text(template.toString())));
            }
        }
        agree(cases);
    }

    @Test
    void everyPatternOfTextsOfTimes() throws Exception {
        List<Expression> cases = new ArrayList<>();
        for (String pattern : TIMES) {
            for (String written : List.of(
                    "1",
                    " 12",
                    "7",
                    "-5",
                    "+3",
                    "2024",
                    "24",
                    "999",
                    "0",
                    "2,024",
                    "1st",
                    "12th",
                    "x",
                    "am",
                    "P.M.",
                    "b.c.",
                    "AD",
                    "march",
                    "MAR",
                    "Saturday",
                    "sun",
                    "xii",
                    "IV",
                    "UTC",
                    "cest",
                    "+05:30",
                    "-3",
                    "nowhere",
                    "366",
                    "53",
                    "2460000",
                    "99999999999",
                    "")) {
                for (String template : List.of(
                        pattern, "FM" + pattern, pattern + "th", "FX" + pattern, pattern + "9", "YYYY " + pattern)) {
                    String text = template.startsWith("YYYY") ? "2024 " + written : written;
                    cases.add(call(Function.TO_TIMESTAMP, SqlType.TIMESTAMPTZ, text(text), text(template)));
                    cases.add(call(Function.TO_DATE, SqlType.DATE, text(text), text(template)));
                }
            }
        }
        cases.add(call(Function.TO_DATE, SqlType.DATE, text("2024-02-30"), text("YYYY-MM-DD")));
        cases.add(call(Function.TO_DATE, SqlType.DATE, text("2024-02-29"), text("")));
        cases.add(call(Function.TO_DATE, SqlType.DATE, text(null), text("YYYY")));
        agree(cases);
    }

    @Test
    void randomTextsOfNumbers() throws Exception {
        List<Expression> cases = new ArrayList<>();
        for (int i = 0; i < 2 * count; i++) {
            StringBuilder template = new StringBuilder();
            for (int j = random.nextInt(7); j >= 0; j--) {
                template.append(pick(NUMBERS));
            }
            String written = PostgresExpressions.answer(toChar(number(SqlType.NUMERIC), template.toString()));
            for (int j = 0; j < 3; j++) {
                String text = j == 0 ? written : changed(written);
                cases.add(call(Function.TO_NUMBER, SqlType.NUMERIC, text(text), text(template.toString())));
            }
        }
        for (String roman :
                List.of("MCMXCIV", "iv", "IIII", "VX", "IC", "  XLIX ", "MMMCMXCIX", "MMMM", "", "CDXCIX1", "ABC")) {
            cases.add(call(Function.TO_NUMBER, SqlType.NUMERIC, text(roman), text("RN")));
            cases.add(call(Function.TO_NUMBER, SqlType.NUMERIC, text(roman), text("FMrn")));
        }
        agree(cases);
    }

    /** A text with a character or two changed, left out or put in. */
    private String changed(String text) {
        StringBuilder changed = new StringBuilder(text);
        for (int i = random.nextInt(2); i >= 0; i--) {
            int at = random.nextInt(changed.length() + 1);
            if (random.nextBoolean() && at < changed.length()) {
                changed.deleteCharAt(at);
            }
            if (random.nextInt(3) > 0) {
                changed.insert(
                        Math.min(at, changed.length()),
                        pick(List.of("1", "0", "9", "-", " ", ".", ",", "x", ":", "+")));
            }
        }
        return changed.toString();
    }

    private Expression number(SqlType type) {
        boolean whole = type.kind() == SqlType.Kind.INTEGER || type.kind() == SqlType.Kind.BIGINT;
        String digits = Integer.toString(random.nextInt(1 << random.nextInt(20)));
        String fraction = whole || random.nextInt(3) == 0 ? "" : "." + random.nextInt(1000);
        return Sql.value(type, (random.nextInt(3) == 0 ? "-" : "") + digits + fraction);
    }

    private static Expression toChar(Expression value, String template) {
        return call(Function.TO_CHAR, SqlType.TEXT, value, text(template));
    }

    private <T> T pick(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    private static void agree(List<Expression> cases) throws Exception {
        List<String> sql = cases.stream().map(Sql::of).toList();
        List<String> expected = postgres.answers(sql);
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            String actual = PostgresExpressions.answer(cases.get(i));
            if (!actual.equals(expected.get(i))) {
                differences.add(sql.get(i) + "\n    PostgreSQL: " + expected.get(i) + "\n    Millrace:   " + actual);
            }
        }
        assertThat(String.join("\n", differences.subList(0, Math.min(40, differences.size()))))
                .as("%d of %d expressions differ", differences.size(), cases.size())
                .isEmpty();
    }
}
