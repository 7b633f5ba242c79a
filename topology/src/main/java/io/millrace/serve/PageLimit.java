package io.millrace.serve;

import io.millrace.catalog.UserError;

/** How many rows a page may have. */
final class PageLimit {
    /** How many rows a page has when the request names no limit. */
    static final int DEFAULT = 100;

    /** How many rows a page may have at most. */
    static final int MOST = 10_000;

    private PageLimit() {}

    /** The limit that a request names, or the default if it names none, null. */
    static int parse(String text) {
        if (text == null) {
            return DEFAULT;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= MOST) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below, with the other numbers that are none.
        }
        throw UserError.of(UserError.Category.USAGE, "limit is " + text, "write a whole number from 1 to " + MOST);
    }
}
