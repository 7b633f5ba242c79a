package io.millrace.operator.expression;

import static io.millrace.operator.expression.Sql.text;
import static io.millrace.operator.expression.Sql.value;
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
 * Random regular expressions over random texts: where a match begins and ends and what it captures are PostgreSQL's. Options:
 * {@code -Dmillrace.cases=n} for how many of each test, {@code -Dmillrace.seed=n}.
 */
final class RegexAgreementTest {
    private static final SqlType TEXTS = SqlType.array(SqlType.TEXT);
    private static final List<String> LETTERS =
            List.of("a", "a", "b", "b", "c", "A", "1", " ", "\n", "é", "😀", ".", "-");
    private static final List<String> ATOMS = List.of(
            "a",
            "a",
            "b",
            "b",
            "c",
            ".",
            ".",
            "[ab]",
            "[^a]",
            "\\w",
            "\\d",
            "\\s",
            "[[:alpha:]]",
            "[a-c]",
            "é",
            "😀",
            "\\.");
    private static final List<String> CONSTRAINTS =
            List.of("^", "$", "\\y", "\\m", "\\M", "\\A", "\\Z", "(?=a)", "(?!b)", "(?<=a)", "(?<!b)", "(?=(a)|b)");
    private static final List<String> QUANTIFIERS = List.of(
            "*", "+", "?", "*?", "+?", "??", "{2}", "{2}?", "{1,2}", "{1,2}?", "{0,2}", "{0,3}?", "{2,}", "{2,}?",
            "{0}", "{1}", "{1,1}?", "{1,1}", "{0,1}", "{0,}");
    private static final List<String> OPTIONS = List.of("", "", "i", "n", "p", "w", "x", "s", "in", "c", "q");

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
    void capturesOfRandomPatterns() throws Exception {
        List<Expression> cases = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Expression pattern = text(pattern(3));
            for (int j = 0; j < 3; j++) {
                cases.add(call(Function.REGEXP_MATCH, TEXTS, text(given()), pattern));
            }
        }
        agree(cases);
    }

    @Test
    void functionsOfRandomPatterns() throws Exception {
        List<Expression> cases = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            cases.add(call(text(given()), text(pattern(2)), text(pick(OPTIONS))));
        }
        agree(cases);
    }

    @Test
    void replacements() throws Exception {
        List<Expression> cases = new ArrayList<>();
        List<String> parts = List.of("x", "\\1", "\\2", "\\&", "\\\\", "\\", "\\0", "\\q", "😀");
        for (int i = 0; i < count; i++) {
            String replacement = pick(parts) + pick(parts) + (random.nextBoolean() ? pick(parts) : "");
            cases.add(call(
                    Function.REGEXP_REPLACE,
                    SqlType.TEXT,
                    text(given()),
                    text(pattern(2)),
                    text(replacement),
                    text(pick(OPTIONS) + (random.nextBoolean() ? "g" : ""))));
        }
        agree(cases);
    }

    @Test
    void patternsOfSimilarTo() throws Exception {
        List<String> parts = List.of(
                "%",
                "_",
                "a",
                "b",
                "|",
                "*",
                "+",
                "?",
                "(a",
                ")",
                "[ab]",
                "[^a]",
                "[]a]",
                "[^]b]",
                "[[:alpha:]]",
                "[",
                "]",
                "\\",
                "#",
                "#\"",
                "\\\"",
                "#%",
                "\\_",
                ".",
                "^",
                "$",
                "{2}",
                "😀",
                "[a\\b]",
                "[#%]");
        List<Expression> cases = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder pattern = new StringBuilder();
            for (int j = random.nextInt(6); j >= 0; j--) {
                pattern.append(pick(parts));
            }
            Expression similar = text(pattern.toString());
            Expression escape = text(pick(List.of("#", "\\", "", "%", "ab", "😀")));
            cases.add(call(Function.SIMILAR_TO_ESCAPE, SqlType.TEXT, similar));
            cases.add(call(Function.SIMILAR_TO_ESCAPE, SqlType.TEXT, similar, escape));
            cases.add(call(Function.SUBSTRING, SqlType.TEXT, text(given()), similar, escape));
        }
        agree(cases);
    }

    private Expression call(Expression given, Expression pattern, Expression options) {
        Expression start = whole(1 + random.nextInt(4) - (random.nextInt(20) == 0 ? 2 : 0));
        Expression number = whole(1 + random.nextInt(3) - (random.nextInt(20) == 0 ? 2 : 0));
        Expression capture = whole(random.nextInt(4));
        Expression end = whole(random.nextInt(2));
        return switch (random.nextInt(9)) {
            case 0 -> Sql.call(Function.REGEXP_LIKE, SqlType.BOOLEAN, given, pattern, options);
            case 1 -> Sql.call(Function.REGEXP_COUNT, SqlType.INTEGER, given, pattern, start, options);
            case 2 ->
                Sql.call(Function.REGEXP_INSTR, SqlType.INTEGER, given, pattern, start, number, end, options, capture);
            case 3 -> Sql.call(Function.REGEXP_SUBSTR, SqlType.TEXT, given, pattern, start, number, options, capture);
            case 4 -> Sql.call(Function.REGEXP_SPLIT_TO_ARRAY, TEXTS, given, pattern, options);
            case 5 -> Sql.call(Function.SUBSTRING, SqlType.TEXT, given, pattern);
            case 6 ->
                Sql.call(
                        Function.REGEXP_REPLACE,
                        SqlType.TEXT,
                        given,
                        pattern,
                        text("<\\1\\&>"),
                        start,
                        number,
                        options);
            case 7 -> Sql.call(Function.REGEXP_REPLACE, SqlType.TEXT, given, pattern, text("-"), start);
            default -> Sql.call(Function.REGEXP_MATCH, TEXTS, given, pattern, options);
        };
    }

    private static Expression call(Function function, SqlType type, Expression... operands) {
        return Sql.call(function, type, operands);
    }

    private static Expression whole(int number) {
        return value(SqlType.INTEGER, Integer.toString(number));
    }

    private String given() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(10); i > 0; i--) {
            text.append(pick(random.nextInt(3) > 0 ? LETTERS.subList(0, 5) : LETTERS));
        }
        return text.toString();
    }

    private String pattern(int depth) {
        StringBuilder pattern = new StringBuilder(branch(depth));
        while (random.nextInt(4) == 0) {
            pattern.append('|').append(branch(depth));
        }
        return pattern.toString();
    }

    private String branch(int depth) {
        StringBuilder branch = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            if (random.nextInt(12) == 0) {
                branch.append(pick(CONSTRAINTS));
                continue;
            }
            int kind = depth == 0 ? 9 : random.nextInt(10);
            branch.append(
                    kind < 4
                            ? "(" + pattern(depth - 1) + ")"
                            : kind < 6 ? "(?:" + pattern(depth - 1) + ")" : pick(ATOMS));
            if (random.nextInt(2) == 0) {
                branch.append(pick(QUANTIFIERS));
            }
        }
        return random.nextInt(30) == 0 ? "" : branch.toString();
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
        assertThat(String.join("\n", differences.subList(0, Math.min(20, differences.size()))))
                .as("%d of %d expressions differ", differences.size(), cases.size())
                .isEmpty();
    }
}
