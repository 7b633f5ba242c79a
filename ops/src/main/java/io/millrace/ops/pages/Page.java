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

    /** For so long a page may be kept that nobody is told of: five minutes, as the guide has it. */
    private static final String KEPT = "public, max-age=0, s-maxage=300, stale-while-revalidate=10";

    /** A page that is kept until one of its tags is purged; one without tags is not. */
    static Page tagged(int status, String html, List<String> tags, List<String> fields) {
        return new Page(status, HTML, bytes(html), tags.isEmpty() ? "no-cache" : KEPT, tags, fields);
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
