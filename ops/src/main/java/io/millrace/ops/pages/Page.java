package io.millrace.ops.pages;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/**
 * An answer of the page server. Immutable by agreement: nobody writes to the body.
 *
 * @param status HTTP's
 * @param mediaType the body's
 * @param body its bytes
 * @param control the field Cache-Control
 * @param tags the tags by which caches forget it; none where they do not keep it
 * @param fields other fields, each a name and a value
 */
record Page(int status, String mediaType, byte[] body, String control, List<String> tags, List<String> fields) {
    private static final String HTML = "text/html; charset=utf-8";
    private static final String NO_STORE = "no-store";

    private static final String NO_CACHE = "no-cache";

    /**
     * A page that is kept until one of its tags is purged; one without tags is not.
     *
     * @param keptSeconds for how long it may be kept at most, should a purge be lost
     */
    static Page tagged(int status, String html, List<String> tags, int keptSeconds) {
        String control = tags.isEmpty()
                ? NO_CACHE
                : "public, max-age=0, s-maxage=" + keptSeconds + ", stale-while-revalidate=10";
        return new Page(status, HTML, bytes(html), control, tags, List.of());
    }

    /** A page that caches do not keep. */
    static Page passing(int status, String html) {
        return new Page(status, HTML, bytes(html), NO_STORE, List.of(), List.of());
    }

    /** A page that caches keep for a time. */
    static Page timed(String html, int seconds, String... fields) {
        return new Page(200, HTML, bytes(html), "public, max-age=0, s-maxage=" + seconds, List.of(), List.of(fields));
    }

    /** This page with another field. */
    Page with(String name, String value) {
        return new Page(
                status,
                mediaType,
                body,
                control,
                tags,
                Stream.concat(fields.stream(), Stream.of(name, value)).toList());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
