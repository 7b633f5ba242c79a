package io.millrace.serve;

/**
 * A part of a body, as RFC 9110 has it. Immutable.
 *
 * @param from the first byte
 * @param to the last byte; before the first where the body has nothing of what is asked for
 */
record ByteRange(int from, int to) {
    private static final String UNIT = "bytes=";
    private static final int MOST_DIGITS = 18;
    private static final ByteRange NOTHING = new ByteRange(0, -1);

    /**
     * What a field Range asks for of a body of some bytes; null for all of it: of several ranges at once, and of what is no range
     * at all, RFC 9110 lets a server take no notice.
     */
    static ByteRange parse(String field, int length) {
        if (field == null || !field.regionMatches(true, 0, UNIT, 0, UNIT.length())) {
            return null;
        }
        String range = field.substring(UNIT.length()).strip();
        int dash = range.indexOf('-');
        if (dash < 0) {
            return null;
        }
        String first = range.substring(0, dash).strip();
        String last = range.substring(dash + 1).strip();
        if (!isNumber(first) || !isNumber(last) || first.isEmpty() && last.isEmpty()) {
            return null;
        }
        if (first.isEmpty()) {
            long count = Long.parseLong(last);
            return count == 0 || length == 0 ? NOTHING : new ByteRange((int) Math.max(0, length - count), length - 1);
        }
        long from = Long.parseLong(first);
        long to = last.isEmpty() ? Long.MAX_VALUE : Long.parseLong(last);
        if (to < from) {
            return null;
        }
        return from >= length ? NOTHING : new ByteRange((int) from, (int) Math.min(to, length - 1L));
    }

    private static boolean isNumber(String text) {
        return text.length() <= MOST_DIGITS && text.chars().allMatch(each -> each >= '0' && each <= '9');
    }

    boolean isEmpty() {
        return to < from;
    }

    int length() {
        return to - from + 1;
    }
}
