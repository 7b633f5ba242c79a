package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.plan.Expression;
import java.util.List;
import java.util.function.UnaryOperator;

/** to_char. A template that is a constant, as nearly all are, is read once. */
final class Templates {
    private Templates() {}

    static Evaluator compile(Expression.Call call, Evaluator[] operands) {
        SqlType.Kind kind = call.operands().get(0).type().kind();
        Evaluator value = operands[0];
        Evaluator template = operands[1];
        if (!RegexFunctions.isConstant(call.operands().get(1))) {
            return Arithmetic.strict(value, template, (given, text) -> formatter(kind, (String) text)
                    .apply(given));
        }
        Object text = template.evaluate(null);
        if (text == null) {
            return Arithmetic.strict(value, any -> null);
        }
        UnaryOperator<Object> formatter = formatterOrFailure(kind, (String) text);
        return Arithmetic.strict(value, formatter);
    }

    /** A wrong template is an error only of the rows that it is used for. */
    private static UnaryOperator<Object> formatterOrFailure(SqlType.Kind kind, String template) {
        try {
            return formatter(kind, template);
        } catch (EvaluationError e) {
            return any -> {
                throw e;
            };
        }
    }

    /** What makes a text of a value of that type, none of which is NULL. */
    static UnaryOperator<Object> formatter(SqlType.Kind kind, String template) {
        return switch (kind) {
            case TIMESTAMP, TIMESTAMPTZ -> {
                List<FormatTemplate.Part> parts = FormatTemplate.ofTimes(template);
                String zone = kind == SqlType.Kind.TIMESTAMPTZ ? "UTC" : "";
                yield value -> TimeFormat.ofTimestamp((Long) value, zone, parts);
            }
            case INTERVAL -> {
                List<FormatTemplate.Part> parts = FormatTemplate.ofTimes(template);
                yield value -> TimeFormat.ofInterval((Interval) value, parts);
            }
            default -> {
                NumberFormat.Template read = NumberFormat.Template.of(template);
                yield value -> number(read, kind, value);
            }
        };
    }

    private static String number(NumberFormat.Template template, SqlType.Kind kind, Object value) {
        return switch (kind) {
            case INTEGER -> NumberFormat.ofInteger(template, (Integer) value, false);
            case BIGINT -> NumberFormat.ofInteger(template, (Long) value, true);
            case NUMERIC -> NumberFormat.ofNumeric(template, value);
            case REAL -> NumberFormat.ofFloating(template, (Float) value, true);
            case DOUBLE -> NumberFormat.ofFloating(template, (Double) value, false);
            default -> throw new IllegalStateException("to_char takes no " + kind);
        };
    }
}
