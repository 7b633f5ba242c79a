package io.millrace.catalog;

/** White space in the text of a value, as C knows it. */
public final class WhiteSpace {
    private WhiteSpace() {}

    /** Whether a character is white space. */
    public static boolean is(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    /** A text without the white space around it. */
    public static String trimmed(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && is(text.charAt(from))) {
            from++;
        }
        while (to > from && is(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }
}
