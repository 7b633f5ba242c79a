package io.millrace.serve;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * A whole answer. Immutable by agreement: nobody writes to the body.
 *
 * @param status HTTP's
 * @param mediaType the body's; null without a body
 * @param tag its ETag, or null
 * @param body its bytes; none for 304
 * @param caching what caches are told
 * @param position which change in the source the row is of, as {@value #POSITION} has it; null where that is not known
 */
record Answer(int status, String mediaType, String tag, byte[] body, Caching caching, String position) {
    static final String JSON = "application/json";

    /** The field that says of which change a row is: the shard, and the position in its log. */
    static final String POSITION = "Millrace-Position";

    /** The field with the tags of what an answer shows, as Fastly and Varnish's xkey read it. */
    static final String SURROGATE_KEY = "Surrogate-Key";

    /** The same as Cloudflare reads it. */
    private static final String CACHE_TAG = "Cache-Tag";

    /** The field that says for how many seconds caches may keep what is made of an answer under its tags. */
    static final String KEEP = "Millrace-Keep";

    private static final HttpField JSON_FIELD = new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, JSON);
    private static final HttpField RETRY_FIELD =
            new PreEncodedHttpField(HttpHeader.RETRY_AFTER, Problem.RETRY_AFTER_SECONDS);
    private static final HttpField ALLOW_FIELD = new PreEncodedHttpField(HttpHeader.ALLOW, "GET, HEAD");
    private static final HttpField RANGES_FIELD = new PreEncodedHttpField(HttpHeader.ACCEPT_RANGES, "bytes");
    /** Instances ask each other at the same addresses: no cache may take the one's answers for the other's. */
    private static final HttpField VARY_FIELD = new PreEncodedHttpField(HttpHeader.VARY, Peers.PARTITIONS);

    private static final byte[] NOTHING = {};
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    static Answer json(CharSequence text) {
        return ok(JSON, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** A body of which caches must ask whether it is still so. */
    static Answer ok(String mediaType, byte[] body) {
        return new Answer(200, mediaType, null, body, Caching.ASK, null);
    }

    static Answer problem(Problem problem) {
        byte[] body = problem.json().getBytes(StandardCharsets.UTF_8);
        return new Answer(problem.status(), Problem.MEDIA_TYPE, null, body, Caching.NO_STORE, null);
    }

    /** This answer with what caches are told of it. */
    Answer cached(Caching told) {
        return new Answer(status, mediaType, tag, body, told, position);
    }

    /** This answer with the change of which its row is. */
    Answer at(String change) {
        return new Answer(status, mediaType, tag, body, caching, change);
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
                ? new Answer(304, null, found, NOTHING, caching, position)
                : new Answer(status, mediaType, found, body, caching, position);
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

    /** Sends it, or the part of it that the request asks for. */
    void send(Request request, Response response, Callback callback) {
        ByteRange range = range(request);
        HttpFields.Mutable fields = response.getHeaders();
        putFields(fields);
        if (range == null) {
            response.setStatus(status);
            write(request, response, 0, body.length, callback);
        } else if (range.isEmpty()) {
            response.setStatus(416);
            fields.put(HttpHeader.CONTENT_RANGE, "bytes */" + body.length);
            fields.put(HttpHeader.CACHE_CONTROL, Caching.NO_STORE.control());
            fields.remove(HttpHeader.CONTENT_TYPE);
            write(request, response, 0, 0, callback);
        } else {
            response.setStatus(206);
            fields.put(HttpHeader.CONTENT_RANGE, "bytes " + range.from() + "-" + range.to() + "/" + body.length);
            write(request, response, range.from(), range.length(), callback);
        }
    }

    private void write(Request request, Response response, int from, int length, Callback callback) {
        if (status != 304) {
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, length);
        }
        boolean bodiless = HttpMethod.HEAD.is(request.getMethod());
        response.write(true, bodiless ? ByteBuffer.allocate(0) : ByteBuffer.wrap(body, from, length), callback);
    }

    /** The part that is asked for; null for the whole. One who has a part of another body gets the whole of this. */
    private ByteRange range(Request request) {
        if (status != 200 || tag == null || !HttpMethod.GET.is(request.getMethod())) {
            return null;
        }
        String condition = request.getHeaders().get(HttpHeader.IF_RANGE);
        return condition == null || condition.equals(tag)
                ? ByteRange.parse(request.getHeaders().get(HttpHeader.RANGE), body.length)
                : null;
    }

    private void putFields(HttpFields.Mutable fields) {
        if (mediaType != null) {
            fields.put(JSON.equals(mediaType) ? JSON_FIELD : new HttpField(HttpHeader.CONTENT_TYPE, mediaType));
        }
        if (tag != null) {
            fields.put(HttpHeader.ETAG, tag);
            fields.put(RANGES_FIELD);
        }
        fields.put(HttpHeader.CACHE_CONTROL, caching.control());
        fields.put(VARY_FIELD);
        if (!caching.tags().isEmpty()) {
            fields.put(SURROGATE_KEY, caching.tags());
            fields.put(CACHE_TAG, caching.commaSeparated());
            if (caching.keepSeconds() > 0) {
                fields.put(KEEP, caching.keepSeconds());
            }
        }
        if (position != null) {
            fields.put(POSITION, position);
        }
        if (status == 503) {
            fields.put(RETRY_FIELD);
        } else if (status == 405) {
            fields.put(ALLOW_FIELD);
        }
    }
}
