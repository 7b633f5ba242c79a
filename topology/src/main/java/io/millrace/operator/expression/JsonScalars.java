package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import java.math.BigDecimal;
import java.util.function.UnaryOperator;

/** Casts of a jsonb that is a number or a boolean to that; any other is an error. */
final class JsonScalars {
    private JsonScalars() {}

    static UnaryOperator<Object> conversion(SqlType to) {
        if (to.kind() == Kind.BOOLEAN) {
            return value -> {
                String text = (String) value;
                if (text.equals("true") || text.equals("false")) {
                    return text.equals("true");
                }
                return nullOrFail(text, to);
            };
        }
        if (!Arithmetic.isNumber(to.kind())) {
            throw new IllegalStateException("no cast from jsonb to " + to);
        }
        UnaryOperator<Object> conversion = Casts.conversion(SqlType.NUMERIC, to);
        return value -> {
            String text = (String) value;
            char first = text.charAt(0);
            if (first == '-' || (first >= '0' && first <= '9')) {
                return conversion.apply(new BigDecimal(text));
            }
            return nullOrFail(text, to);
        };
    }

    private static Object nullOrFail(String text, SqlType to) {
        String found =
                switch (text.charAt(0)) {
                    case 'n' -> null;
                    case '"' -> "string";
                    case 't', 'f' -> "boolean";
                    case '[' -> "array";
                    case '{' -> "object";
                    default -> "numeric";
                };
        if (found == null) {
            return null;
        }
        throw new EvaluationError(
                "22023", "cannot cast jsonb " + found + " to type " + to.kind().sqlName());
    }
}
