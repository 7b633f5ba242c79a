package io.millrace.operator.expression;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** unistr: characters that are written as their number behind a backslash. */
final class UnicodeEscapes {
    private static final Pattern ESCAPE =
            Pattern.compile("\\\\(?:(\\\\)|([0-9a-fA-F]{4})|u([0-9a-fA-F]{4})|\\+([0-9a-fA-F]{6})|U([0-9a-fA-F]{8}))");
    private static final String SYNTAX_ERROR = "42601";

    private UnicodeEscapes() {}

    static String replaced(String text) {
        StringBuilder out = new StringBuilder(text.length());
        Matcher escape = ESCAPE.matcher(text);
        int high = 0;
        for (int at = 0; at < text.length(); ) {
            if (text.charAt(at) != '\\') {
                requireNoHigh(high);
                out.append(text.charAt(at));
                at++;
                continue;
            }
            if (!escape.region(at, text.length()).lookingAt()) {
                throw new EvaluationError(SYNTAX_ERROR, "invalid Unicode escape");
            }
            at = escape.end();
            if (escape.group(1) != null) {
                requireNoHigh(high);
                out.append('\\');
            } else {
                high = append(out, number(escape), high);
            }
        }
        requireNoHigh(high);
        return out.toString();
    }

    private static int number(Matcher escape) {
        for (int i = 2; i <= escape.groupCount(); i++) {
            if (escape.group(i) != null) {
                long number = Long.parseLong(escape.group(i), 16);
                if (number < 1 || number > Character.MAX_CODE_POINT) {
                    throw new EvaluationError(
                            "22023",
                            "invalid Unicode code point: " + String.format(java.util.Locale.ROOT, "%04X", number));
                }
                return (int) number;
            }
        }
        throw new IllegalStateException("an escape without a number");
    }

    /** The first half of a pair that waits for its second; 0 for none. */
    private static int append(StringBuilder out, int number, int high) {
        boolean isLow = number >= Character.MIN_LOW_SURROGATE && number <= Character.MAX_LOW_SURROGATE;
        if (isLow != (high != 0)) {
            throw invalidPair();
        }
        if (number >= Character.MIN_HIGH_SURROGATE && number <= Character.MAX_HIGH_SURROGATE) {
            return number;
        }
        out.appendCodePoint(isLow ? Character.toCodePoint((char) high, (char) number) : number);
        return 0;
    }

    private static void requireNoHigh(int high) {
        if (high != 0) {
            throw invalidPair();
        }
    }

    private static EvaluationError invalidPair() {
        return new EvaluationError(SYNTAX_ERROR, "invalid Unicode surrogate pair");
    }
}
