package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.row.SqlText;
import java.util.List;

/**
 * format(text, ...): %s an argument as text, %L as a literal, each with a position, a minus for the left side and a width
 * before it, as in {@code %2$-10s}; %% a percent sign. Names (%I) and widths that are arguments (*) fail.
 */
final class Format {
    private final String format;
    private final List<SqlType> types;
    private final Object[] arguments;
    private final StringBuilder out = new StringBuilder();
    private int at;
    private int next = 1;

    private Format(String format, List<SqlType> types, Object[] arguments) {
        this.format = format;
        this.types = types;
        this.arguments = arguments;
    }

    static Evaluator compile(List<SqlType> types, Evaluator[] operands) {
        return row -> {
            Object[] values = new Object[operands.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = operands[i].evaluate(row);
            }
            return values[0] == null ? null : new Format((String) values[0], types, values).formatted();
        };
    }

    private String formatted() {
        while (at < format.length()) {
            char c = format.charAt(at++);
            if (c != '%') {
                out.append(c);
            } else if (peek() == '%') {
                out.append('%');
                at++;
            } else {
                appendArgument();
            }
        }
        return out.toString();
    }

    private char peek() {
        if (at == format.length()) {
            throw new EvaluationError("22023", "unterminated format() type specifier");
        }
        return format.charAt(at);
    }

    private void appendArgument() {
        int position = -1;
        int width = -1;
        boolean left = false;
        if (isDigit(peek())) {
            int number = number();
            if (peek() == '$') {
                at++;
                position = number;
                if (position == 0) {
                    throw new EvaluationError(
                            "22023", "format specifies argument 0, but arguments are numbered from 1");
                }
            } else {
                width = number;
            }
        }
        if (width < 0) {
            while (peek() == '-') {
                left = true;
                at++;
            }
            width = isDigit(peek()) ? number() : 0;
        }
        if (peek() == '*') {
            throw new EvaluationError("0A000", "format() with a width from an argument is not supported");
        }
        String text = converted(format.codePointAt(at), position);
        at += Character.charCount(format.codePointAt(at));
        pad(text, width, left);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private int number() {
        long number = 0;
        while (isDigit(peek())) {
            number = number * 10 + format.charAt(at++) - '0';
            if (number != (int) number) {
                throw new EvaluationError("22003", "number is out of range");
            }
        }
        return (int) number;
    }

    private String converted(int conversion, int position) {
        if (conversion == 'I') {
            throw new EvaluationError("0A000", "format() of a name, %I, is not supported");
        }
        if (conversion != 's' && conversion != 'L') {
            String unknown = Character.toString(conversion);
            throw new EvaluationError("22023", "unrecognized format() type specifier \"" + unknown + "\"");
        }
        int argument = position < 0 ? next : position;
        next = argument + 1;
        if (argument >= arguments.length) {
            throw new EvaluationError("22023", "too few arguments for format()");
        }
        Object value = arguments[argument];
        if (value == null) {
            return conversion == 'L' ? "NULL" : "";
        }
        String text = SqlText.write(types.get(argument), value);
        return conversion == 's' ? text : Encodings.quoted(text);
    }

    private void pad(String text, int width, boolean left) {
        int missing = Math.min(width, Strings.MAX_MADE_LENGTH) - text.codePointCount(0, text.length());
        String blanks = " ".repeat(Math.max(missing, 0));
        out.append(left ? "" : blanks).append(text).append(left ? blanks : "");
    }
}
