package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Expression;
import io.millrace.plan.Function;
import io.millrace.row.SqlText;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Builds expressions for tests and writes them as PostgreSQL's SQL. */
final class Sql {
    private Sql() {}

    /** A constant from its text; null for NULL. */
    static Expression value(SqlType type, String text) {
        return new Expression.Literal(text == null ? null : SqlText.parse(type, text), type);
    }

    static Expression text(String value) {
        return value(SqlType.TEXT, value);
    }

    static Expression call(Function function, SqlType type, Expression... operands) {
        return new Expression.Call(function, Arrays.asList(operands), type);
    }

    static Expression cast(Expression operand, SqlType type) {
        return new Expression.Cast(operand, type);
    }

    /** The expression as SQL. */
    static String of(Expression expression) {
        if (expression instanceof Expression.Literal literal) {
            String text = literal.value() == null ? "NULL" : quoted(SqlText.write(literal.type(), literal.value()));
            return text + "::" + literal.type();
        }
        if (expression instanceof Expression.Cast cast) {
            return "(" + of(cast.operand()) + ")::" + cast.type();
        }
        if (expression instanceof Expression.Call call) {
            return of(call);
        }
        if (expression instanceof Expression.Case branches) {
            StringBuilder sql = new StringBuilder("CASE");
            for (int i = 0; i < branches.conditions().size(); i++) {
                sql.append(" WHEN ").append(of(branches.conditions().get(i)));
                sql.append(" THEN ").append(of(branches.results().get(i)));
            }
            return sql.append(" ELSE ")
                    .append(of(branches.otherwise()))
                    .append(" END")
                    .toString();
        }
        throw new IllegalArgumentException("no SQL for " + expression);
    }

    private static String of(Expression.Call call) {
        List<String> operands = call.operands().stream().map(Sql::of).collect(Collectors.toList());
        String symbol = call.function().symbol();
        return switch (call.function()) {
            case NOT, NEGATE -> "(" + symbol + " (" + operands.get(0) + "))";
            case IS_NULL, IS_NOT_NULL, IS_TRUE, IS_NOT_TRUE, IS_FALSE, IS_NOT_FALSE ->
                "((" + operands.get(0) + ") " + symbol + ")";
            case LIKE, ILIKE ->
                "(" + operands.get(0) + " " + symbol + " " + operands.get(1)
                        + (operands.size() > 2 ? " ESCAPE " + operands.get(2) : "") + ")";
            case EXTRACT -> "extract(" + quotedUnit(call) + " FROM " + operands.get(1) + ")";
            case AND,
                    OR,
                    EQUALS,
                    NOT_EQUALS,
                    LESS,
                    LESS_OR_EQUAL,
                    GREATER,
                    GREATER_OR_EQUAL,
                    IS_DISTINCT_FROM,
                    IS_NOT_DISTINCT_FROM,
                    PLUS,
                    MINUS,
                    TIMES,
                    DIVIDE,
                    MODULO,
                    CONCATENATE,
                    REGEX_MATCH,
                    REGEX_MATCH_INSENSITIVE -> "(" + String.join(" " + symbol + " ", operands) + ")";
            default -> symbol + "(" + String.join(", ", operands) + ")";
        };
    }

    private static String quotedUnit(Expression.Call call) {
        return quoted((String) ((Expression.Literal) call.operands().get(0)).value());
    }

    private static String quoted(String text) {
        String doubled = text.replace("'", "''");
        return doubled.contains("\\") ? "E'" + doubled.replace("\\", "\\\\") + "'" : "'" + doubled + "'";
    }
}
