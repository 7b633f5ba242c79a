package io.millrace.operator.expression;

import java.util.Arrays;

/**
 * A pattern of LIKE or ILIKE: {@code %} stands for any text, {@code _} for one character, and a character behind the escape
 * for itself. Matching goes back to the last {@code %} only, so that it takes at most text times pattern steps.
 */
final class LikePattern {
    private static final int ANY_TEXT = -1;
    private static final int ANY_CHARACTER = -2;
    /** An escape with nothing behind it, which is an error only where matching gets there. */
    private static final int DANGLING_ESCAPE = -3;

    private static final int END = -4;
    private static final int NO_ESCAPE = -1;

    /** Code points, and the marks above. */
    private final int[] tokens;

    private final boolean ignoreCase;

    private LikePattern(int[] tokens, boolean ignoreCase) {
        this.tokens = tokens;
        this.ignoreCase = ignoreCase;
    }

    static LikePattern of(String given, String escape, boolean ignoreCase) {
        int escaping = escapeOf(escape);
        String pattern = ignoreCase ? Strings.mapped(given, Character::toLowerCase) : given;
        int[] tokens = new int[pattern.length()];
        int count = 0;
        for (int i = 0; i < pattern.length(); ) {
            int codePoint = pattern.codePointAt(i);
            i += Character.charCount(codePoint);
            if (codePoint == escaping) {
                if (i >= pattern.length()) {
                    tokens[count++] = DANGLING_ESCAPE;
                } else {
                    tokens[count++] = pattern.codePointAt(i);
                    i += Character.charCount(pattern.codePointAt(i));
                }
            } else if (codePoint == '%') {
                tokens[count++] = ANY_TEXT;
            } else {
                tokens[count++] = codePoint == '_' ? ANY_CHARACTER : codePoint;
            }
        }
        return new LikePattern(Arrays.copyOf(tokens, count), ignoreCase);
    }

    /** The character, or a mark for none; an escape of more than one is refused whether or not there is a text. */
    static int escapeOf(String escape) {
        if (escape.isEmpty()) {
            return NO_ESCAPE;
        }
        if (Strings.count(escape) > 1) {
            throw new EvaluationError("22025", "invalid escape string");
        }
        return escape.codePointAt(0);
    }

    boolean matches(String given) {
        String text = ignoreCase ? Strings.mapped(given, Character::toLowerCase) : given;
        int at = 0;
        int token = 0;
        // Where to go on when what follows the last % does not match here.
        int retryText = -1;
        int retryToken = -1;
        while (at < text.length()) {
            int codePoint = text.codePointAt(at);
            int wanted = token < tokens.length ? tokens[token] : END;
            refuse(wanted);
            if (wanted == ANY_TEXT) {
                token++;
                if (token == tokens.length) {
                    return true;
                }
                refuse(tokens[token]);
                retryText = at;
                retryToken = token;
                continue;
            }
            if (wanted == ANY_CHARACTER || wanted == codePoint) {
                at += Character.charCount(codePoint);
                token++;
                continue;
            }
            if (retryText < 0) {
                return false;
            }
            retryText += Character.charCount(text.codePointAt(retryText));
            at = retryText;
            token = retryToken;
        }
        while (token < tokens.length && tokens[token] == ANY_TEXT) {
            token++;
        }
        return token == tokens.length;
    }

    private static void refuse(int token) {
        if (token == DANGLING_ESCAPE) {
            throw new EvaluationError("22025", "LIKE pattern must not end with escape character");
        }
    }
}
