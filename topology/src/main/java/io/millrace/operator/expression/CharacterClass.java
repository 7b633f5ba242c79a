package io.millrace.operator.expression;

/** PostgreSQL's classes of characters: those that the collation C.UTF-8 has, which follow POSIX beyond Unicode. */
enum CharacterClass {
    ALNUM,
    ALPHA,
    BLANK,
    CNTRL,
    DIGIT,
    GRAPH,
    LOWER,
    PRINT,
    PUNCT,
    SPACE,
    UPPER,
    XDIGIT,
    WORD;

    boolean contains(int codePoint) {
        return switch (this) {
            case ALNUM -> isAlphanumeric(codePoint);
            case ALPHA -> Character.isAlphabetic(codePoint);
            case BLANK -> codePoint == '\t' || codePoint == ' ';
            case CNTRL -> Character.getType(codePoint) == Character.CONTROL;
            case DIGIT -> isDigit(codePoint);
            case GRAPH -> isGraphic(codePoint);
            case LOWER -> Character.isLowerCase(codePoint);
            case PRINT -> isGraphic(codePoint) || Character.getType(codePoint) == Character.SPACE_SEPARATOR;
            case PUNCT -> isPunctuation(codePoint);
            case SPACE -> isSpace(codePoint);
            case UPPER -> Character.isUpperCase(codePoint);
            case XDIGIT -> isDigit(codePoint) || (codePoint < 0x80 && Character.digit(codePoint, 16) >= 0);
            case WORD -> isAlphanumeric(codePoint) || codePoint == '_';
        };
    }

    static boolean isAlphanumeric(int codePoint) {
        return Character.isAlphabetic(codePoint) || isDigit(codePoint);
    }

    /** Only ASCII's, as POSIX wants. */
    private static boolean isDigit(int codePoint) {
        return codePoint >= '0' && codePoint <= '9';
    }

    private static boolean isSpace(int codePoint) {
        return (codePoint >= '\t' && codePoint <= '\r') || codePoint == 0x85 || Character.isSpaceChar(codePoint);
    }

    private static boolean isGraphic(int codePoint) {
        int type = Character.getType(codePoint);
        return type != Character.CONTROL
                && type != Character.SURROGATE
                && type != Character.UNASSIGNED
                && !isSpace(codePoint);
    }

    /** POSIX has symbols with the punctuation. */
    private static boolean isPunctuation(int codePoint) {
        if (Character.isAlphabetic(codePoint)) {
            return false;
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONNECTOR_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION,
                    Character.MATH_SYMBOL,
                    Character.CURRENCY_SYMBOL,
                    Character.MODIFIER_SYMBOL,
                    Character.OTHER_SYMBOL -> true;
            default -> false;
        };
    }
}
