package io.millrace.operator.expression;

/**
 * SQL's own regular expressions, those of SIMILAR TO, as PostgreSQL's. Of a pattern with two separators, the escape and a
 * double quote, the part between them is captured, as large as it can be.
 */
final class SimilarPattern {
    private final String pattern;
    private final String escape;
    private final StringBuilder out = new StringBuilder("^(?:");
    private int brackets;
    /** How far within a bracket's list, where the first ] is one of it: 1 at its beginning, 2 behind a ^, then 3 and more. */
    private int place;

    private int separators;

    private SimilarPattern(String pattern, String escape) {
        this.pattern = pattern;
        this.escape = escape;
    }

    /** The pattern that PostgreSQL would make of it. */
    static String translated(String pattern, String escape) {
        if (escape.codePointCount(0, escape.length()) > 1) {
            throw new EvaluationError("22025", "invalid escape string");
        }
        return new SimilarPattern(pattern, escape).translated();
    }

    private String translated() {
        boolean escaped = false;
        int[] characters = RegularExpression.codePoints(pattern);
        int escaping = escape.isEmpty() ? -1 : escape.codePointAt(0);
        for (int character : characters) {
            if (escaped) {
                appendEscaped(character);
                escaped = false;
            } else if (character == escaping) {
                escaped = true;
            } else if (brackets > 0) {
                appendInBrackets(character);
            } else {
                append(character);
            }
        }
        return out.append(")$").toString();
    }

    private void appendEscaped(int character) {
        if (character != '"' || brackets > 0) {
            out.append('\\').appendCodePoint(character);
            place = 3;
        } else if (separators == 0) {
            out.append("){1,1}?(");
            separators++;
        } else if (separators == 1) {
            out.append("){1,1}(?:");
            separators++;
        } else {
            throw new EvaluationError(
                    "2200C", "SQL regular expression may not contain more than two escape-double-quote separators");
        }
    }

    private void appendInBrackets(int character) {
        if (character == '\\') {
            out.append('\\');
        }
        out.appendCodePoint(character);
        if (character == ']' && place > 2) {
            brackets--;
        } else if (character == '[') {
            brackets++;
            place = 3;
        } else if (character == '^') {
            place++;
        } else {
            place = 3;
        }
    }

    private void append(int character) {
        switch (character) {
            case '[' -> {
                out.append('[');
                brackets = 1;
                place = 1;
            }
            case '%' -> out.append(".*");
            case '_' -> out.append('.');
            case '(' -> out.append("(?:");
            case '\\', '.', '^', '$' -> out.append('\\').appendCodePoint(character);
            default -> out.appendCodePoint(character);
        }
    }
}
