package io.millrace.serve;

import io.millrace.catalog.UserError;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The path of a view's resource: {@code /v1/views/VIEW}, {@code /v1/views/VIEW/KEY/...} or {@code /v1/views/VIEW/changes}.
 * Each column of the key is one segment, percent-encoded, so that a text may hold a slash; a segment that is
 * {@code $null} as it stands is NULL, and {@code %24null} the text. So is a key that is the text {@code changes} told from
 * the change feed by being encoded: {@code %63hanges}. Immutable.
 *
 * @param view the view's name
 * @param key the texts of the key's columns; null for NULL
 * @param changes whether the change feed is meant; then there is no key
 */
public record ViewPath(String view, List<String> key, boolean changes) {
    /** What every such path begins with. */
    public static final String FRONT = "/v1/views/";

    private static final String CHANGES = "changes";
    private static final String NULL = "$null";

    /** The rows of a view that begin with a key. */
    public static ViewPath rows(String view, List<String> key) {
        return new ViewPath(view, key, false);
    }

    /** The changes of a view. */
    public static ViewPath changes(String view) {
        return new ViewPath(view, List.of(), true);
    }

    /** Reads a path as it was sent. @throws UserError if a segment is not percent-encoded UTF-8 */
    static ViewPath parse(String path) {
        int start = FRONT.length();
        int end = path.indexOf('/', start);
        if (end < 0) {
            return rows(decode(path.substring(start)), List.of());
        }
        String view = decode(path.substring(start, end));
        if (path.length() == end + 1 + CHANGES.length() && path.endsWith(CHANGES)) {
            return changes(view);
        }
        List<String> key = new ArrayList<>(4);
        while (end >= 0) {
            start = end + 1;
            end = path.indexOf('/', start);
            String segment = end < 0 ? path.substring(start) : path.substring(start, end);
            key.add(segment.equals(NULL) ? null : decode(segment));
        }
        return rows(view, key);
    }

    /** The path as it is to be sent. */
    public String encoded() {
        StringBuilder path = new StringBuilder(FRONT).append(encode(view));
        if (changes) {
            return path.append('/').append(CHANGES).toString();
        }
        if (key.size() == 1 && CHANGES.equals(key.get(0))) {
            return path.append("/%63hanges").toString();
        }
        key.forEach(part -> path.append('/').append(part == null ? NULL : encode(part)));
        return path.toString();
    }

    /** The key for people, its columns separated by slashes. */
    String keyText() {
        return String.join(
                "/", key.stream().map(part -> part == null ? "NULL" : part).toList());
    }

    private static String encode(String text) {
        // Unencoded, a segment of dots would be taken for a step in the tree of paths.
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace(".", "%2E");
    }

    private static String decode(String segment) {
        if (segment.indexOf('%') < 0) {
            return segment;
        }
        byte[] sent = segment.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(sent.length);
        for (int i = 0; i < sent.length; i++) {
            if (sent[i] != '%') {
                bytes.put(sent[i]);
                continue;
            }
            int high = i + 2 < sent.length ? Character.digit(sent[i + 1], 16) : -1;
            int low = i + 2 < sent.length ? Character.digit(sent[i + 2], 16) : -1;
            if (high < 0 || low < 0) {
                throw malformed(segment);
            }
            bytes.put((byte) (high << 4 | low));
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            throw malformed(segment);
        }
    }

    private static UserError malformed(String segment) {
        return UserError.of(
                UserError.Category.USAGE,
                "the path's segment " + segment + " is not percent-encoded UTF-8",
                "encode each column of the key by itself: / is %2F, % is %25");
    }
}
