package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.row.SqlText;
import java.util.List;

/**
 * format(text, ...): %s an argument as text, %I as a name, %L as a literal, each with a position, a minus for the left side
 * and a width before it, as in {@code %2$-10s}; the width may be an argument, as in {@code %*s} and {@code %*1$s}; %% is a
 * percent sign.
 */
final class Format {
    private static final String CONVERSIONS = "sIL";

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
                appendArgument(specifier());
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

    /**
     * What stands between a percent sign and the letter.
     *
     * @param argument by number, or 0 for the next
     * @param widthArgument the argument that is the width: by number, 0 for the next, negative for none
     */
    private record Specifier(int argument, boolean left, int width, int widthArgument) {}

    private Specifier specifier() {
        int argument = 0;
        if (isDigit(peek())) {
            int number = number();
            if (peek() != '$') {
                return new Specifier(0, false, number, -1);
            }
            at++;
            argument = positive(number);
        }
        boolean left = false;
        while (peek() == '-') {
            left = true;
            at++;
        }
        if (peek() != '*') {
            return new Specifier(argument, left, isDigit(peek()) ? number() : 0, -1);
        }
        at++;
        if (!isDigit(peek())) {
            return new Specifier(argument, left, 0, 0);
        }
        int widthArgument = number();
        if (peek() != '$') {
            throw new EvaluationError("22023", "width argument position must be ended by \"$\"");
        }
        at++;
        return new Specifier(argument, left, 0, positive(widthArgument));
    }

    private static int positive(int argument) {
        if (argument == 0) {
            throw new EvaluationError("22023", "format specifies argument 0, but arguments are numbered from 1");
        }
        return argument;
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

    private void appendArgument(Specifier specifier) {
        peek();
        int conversion = format.codePointAt(at);
        if (CONVERSIONS.indexOf(conversion) < 0) {
            String unknown = Character.toString(conversion);
            throw new EvaluationError("22023", "unrecognized format() type specifier \"" + unknown + "\"");
        }
        at++;
        int width = specifier.width;
        if (specifier.widthArgument >= 0) {
            width = width(take(specifier.widthArgument));
        }
        int argument = take(specifier.argument);
        pad(converted(conversion, argument), Math.abs((long) width), specifier.left || width < 0);
    }

    private int take(int position) {
        int argument = position == 0 ? next : position;
        if (argument >= arguments.length) {
            throw new EvaluationError("22023", "too few arguments for format()");
        }
        next = argument + 1;
        return argument;
    }

    private int width(int argument) {
        Object value = arguments[argument];
        if (value == null) {
            return 0;
        }
        int width = value instanceof Integer whole
                ? whole
                : (Integer) TextInput.of(SqlType.INTEGER).apply(SqlText.write(types.get(argument), value));
        if (width == Integer.MIN_VALUE) {
            throw new EvaluationError("22003", "number is out of range");
        }
        return width;
    }

    private String converted(int conversion, int argument) {
        Object value = arguments[argument];
        if (value == null) {
            if (conversion == 'I') {
                throw new EvaluationError("22004", "null values cannot be formatted as an SQL identifier");
            }
            return conversion == 'L' ? "NULL" : "";
        }
        String text = SqlText.write(types.get(argument), value);
        return conversion == 's' ? text : conversion == 'I' ? Identifiers.quoted(text) : Encodings.quoted(text);
    }

    private void pad(String text, long width, boolean left) {
        if (out.length() + width > Strings.MAX_MADE_LENGTH) {
            throw new EvaluationError("54000", "requested length too large");
        }
        long missing = width - text.codePointCount(0, text.length());
        String blanks = " ".repeat((int) Math.max(missing, 0));
        out.append(left ? "" : blanks).append(text).append(left ? blanks : "");
    }
}
