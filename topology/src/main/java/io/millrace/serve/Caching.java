package io.millrace.serve;

/**
 * What caches are told of an answer. Immutable.
 *
 * @param control the field Cache-Control
 * @param tags the surrogate keys of what it shows, separated by spaces; empty for none
 */
record Caching(String control, String tags) {
    /** No cache may keep it: an error passes. */
    static final Caching NO_STORE = new Caching("no-store", "");

    /** Caches may keep it, and must ask whether it is still so each time: nobody tells them when it changes. */
    static final Caching ASK = new Caching("no-cache", "");

    /** The same for what carries tags, which a page that is made of it may want. */
    static Caching ask(String tags) {
        return new Caching(ASK.control, tags);
    }

    /** The tags as the field Cache-Tag has them. */
    String commaSeparated() {
        return tags.replace(' ', ',');
    }
}
