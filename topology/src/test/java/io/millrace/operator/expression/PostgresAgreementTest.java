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
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every function over boundary values of every type it takes: value, type or error are PostgreSQL's. */
class PostgresAgreementTest {
    private static final List<SqlType> NUMBERS =
            List.of(SqlType.SMALLINT, SqlType.INTEGER, SqlType.BIGINT, SqlType.NUMERIC, SqlType.REAL, SqlType.DOUBLE);

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
