package io.millrace.serve;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * A whole answer. Immutable by agreement: nobody writes to the body.
 *
 * @param status HTTP's
 * @param mediaType the body's; null without a body
 * @param tag its ETag, or null
 * @param body its bytes; none for 304
 */
record Answer(int status, String mediaType, String tag, byte[] body) {
    static final String JSON = "application/json";

    private static final HttpField JSON_FIELD = new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, JSON);
    private static final HttpField RETRY_FIELD =
            new PreEncodedHttpField(HttpHeader.RETRY_AFTER, Problem.RETRY_AFTER_SECONDS);
    private static final HttpField ALLOW_FIELD = new PreEncodedHttpField(HttpHeader.ALLOW, "GET, HEAD");
    private static final byte[] NOTHING = {};
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    static Answer json(CharSequence text) {
        return new Answer(200, JSON, null, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    static Answer problem(Problem problem) {
        return new Answer(
                problem.status(), Problem.MEDIA_TYPE, null, problem.json().getBytes(StandardCharsets.UTF_8));
    }

    /** This answer with the tag of its body; 304 without the body to one who has it already. */
    Answer tagged(String ifNoneMatch) {
        // 64 bits: two of 32, such as a row's hash in Java, meet by chance among a million versions of a row.
        long hash = FNV_OFFSET;
        for (byte each : body) {
            hash = (hash ^ (each & 0xff)) * FNV_PRIME;
        }
        String found = '"' + Long.toHexString(hash) + '"';
        return ifNoneMatch != null && matches(ifNoneMatch, found)
                ? new Answer(304, null, found, NOTHING)
                : new Answer(status, mediaType, found, body);
    }

    /** Whether a list of tags, as If-None-Match has it, holds a tag; whether weak or not is all the same to a GET. */
    private static boolean matches(String list, String tag) {
        if (list.equals(tag) || list.equals("*")) {
            return true;
        }
        for (String each : list.split(",", -1)) {
            String one = each.strip();
            if (one.equals(tag) || one.startsWith("W/") && one.endsWith(tag)) {
                return true;
            }
        }
        return false;
    }

    void send(Response response, Callback callback) {
        response.setStatus(status);
        HttpFields.Mutable fields = response.getHeaders();
        if (mediaType != null) {
            fields.put(JSON.equals(mediaType) ? JSON_FIELD : new HttpField(HttpHeader.CONTENT_TYPE, mediaType));
        }
        if (tag != null) {
            fields.put(HttpHeader.ETAG, tag);
        }
        if (status == 503) {
            fields.put(RETRY_FIELD);
        } else if (status == 405) {
            fields.put(ALLOW_FIELD);
        }
        response.write(true, ByteBuffer.wrap(body), callback);
    }
}
