package io.millrace.operator.expression;

import java.nio.charset.StandardCharsets;

/**
 * A text that is read by a template from left to right. Places are counted in bytes of UTF-8, as PostgreSQL counts them where
 * a field has a length.
 */
final class TemplateText {
    private static final int CONTINUATION = 0x80;
    private static final int CONTINUATION_MASK = 0xC0;

    /** A char for each byte. */
    private final String bytes;

    private int at;

    TemplateText(String text) {
        this.bytes = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    boolean atEnd() {
        return at >= bytes.length();
    }

    int at() {
        return at;
    }

    void moveTo(int place) {
        at = place;
    }

    /** The byte there; nothing behind the end. */
    char current() {
        return at(0);
    }

    /** The byte that many places on, or before if that is negative. */
    char at(int distance) {
        int place = at + distance;
        return place >= 0 && place < bytes.length() ? bytes.charAt(place) : 0;
    }

    void skip(int count) {
        at = Math.min(bytes.length(), at + count);
    }

    /** Passes over one character, which may be several bytes. */
    void skipCharacter() {
        skip(1);
        while (!atEnd() && (current() & CONTINUATION_MASK) == CONTINUATION) {
            skip(1);
        }
    }

    int skipSpaces() {
        int from = at;
        while (isSpace(current())) {
            at++;
        }
        return at - from;
    }

    static boolean isSpace(char c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }

    static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    static boolean isLetter(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }

    /** Whether it goes on with that word, of ASCII, in letters of either case. */
    boolean startsWith(String word) {
        return bytes.regionMatches(true, at, word, 0, word.length()) && isAscii(word.length());
    }

    private boolean isAscii(int length) {
        return bytes.substring(at, at + length).chars().allMatch(c -> c < CONTINUATION);
    }

    /** What is left, as text, of so many bytes at most. */
    String rest(int most) {
        return text(bytes.substring(at, Math.min(bytes.length(), at + most)));
    }

    int left() {
        return bytes.length() - at;
    }

    private static String text(String part) {
        return new String(part.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /** What is left up to a blank. */
    String word() {
        int end = at;
        while (end < bytes.length() && !isSpace(bytes.charAt(end))) {
            end++;
        }
        return text(bytes.substring(at, end));
    }

    /**
     * The whole number there, behind blanks and with a sign, of so many bytes at most; passes over it. Null, and stays, where
     * there is none.
     */
    Long number(int most) {
        int from = at;
        skipSpaces();
        int end = Math.min(bytes.length(), most > bytes.length() ? bytes.length() : at + most);
        boolean negative = current() == '-';
        if (at < end && (negative || current() == '+')) {
            at++;
        }
        int first = at;
        long value = 0;
        while (at < end && isDigit(current())) {
            // Beyond an integer it is only known to be too large.
            value = Math.min(value * 10 + (current() - '0'), 1L << 40);
            at++;
        }
        if (at == first) {
            at = from;
            return null;
        }
        return negative ? -value : value;
    }
}
