package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.plan.Expression;
import io.millrace.plan.Function;
import java.util.List;
import java.util.function.UnaryOperator;

/** to_char, to_date, to_timestamp and to_number. A template that is a constant, as nearly all are, is read once. */
final class Templates {
    private Templates() {}

    static Evaluator compile(Expression.Call call, Evaluator[] operands) {
        Function function = call.function();
        SqlType.Kind kind = call.operands().get(0).type().kind();
        Evaluator value = operands[0];
        Evaluator template = operands[1];
        if (!RegexFunctions.isConstant(call.operands().get(1))) {
            return Arithmetic.strict(value, template, (given, text) -> operation(function, kind, (String) text)
                    .apply(given));
        }
        Object text = template.evaluate(null);
        if (text == null) {
            return Arithmetic.strict(value, any -> null);
        }
        UnaryOperator<Object> operation = operationOrFailure(function, kind, (String) text);
        return Arithmetic.strict(value, operation);
    }

    /** A wrong template is an error only of the rows that it is used for. */
    private static UnaryOperator<Object> operationOrFailure(Function function, SqlType.Kind kind, String template) {
        try {
            return operation(function, kind, template);
        } catch (EvaluationError e) {
            return any -> {
                throw e;
            };
        }
    }

    private static UnaryOperator<Object> operation(Function function, SqlType.Kind kind, String template) {
        return function == Function.TO_CHAR ? formatter(kind, template) : reader(function, template);
    }

    /** What reads a text by that template. */
    private static UnaryOperator<Object> reader(Function function, String template) {
        if (function == Function.TO_NUMBER) {
            NumberFormat.Template read = NumberFormat.Template.of(template);
            return text -> NumbersByTemplate.number((String) text, read);
        }
        List<FormatTemplate.Part> parts = FormatTemplate.ofTimes(template);
        return function == Function.TO_DATE
                ? text -> TimesByTemplate.date((String) text, parts)
                : text -> TimesByTemplate.timestamp((String) text, parts);
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
