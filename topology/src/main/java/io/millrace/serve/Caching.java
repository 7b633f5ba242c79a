package io.millrace.serve;

/**
 * What caches are told of an answer. Immutable.
 *
 * @param control the field Cache-Control
 * @param tags the surrogate keys of what it shows, separated by spaces; empty for none
 * @param keepSeconds for how long caches may keep what is made of it under its tags; 0 without tags, and where that is not known
 */
record Caching(String control, String tags, int keepSeconds) {
    /** No cache may keep it: an error passes. */
    static final Caching NO_STORE = new Caching("no-store", "", 0);

    /** Caches may keep it, and must ask whether it is still so each time: nobody tells them when it changes. */
    static final Caching ASK = new Caching("no-cache", "", 0);

    /** The same for what carries tags, which a page that is made of it may want. */
    static Caching ask(String tags, int keepSeconds) {
        return new Caching(ASK.control, tags, keepSeconds);
    }

    /** The tags as the field Cache-Tag has them. */
    String commaSeparated() {
        return tags.replace(' ', ',');
    }
}
