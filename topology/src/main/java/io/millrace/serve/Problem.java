package io.millrace.serve;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.UserError;
import io.millrace.row.RowJson;
import io.millrace.runtime.NotReady;
import java.util.Map;
import java.util.Optional;

/**
 * Why a request has no answer, as RFC 9457 writes it: no types beyond HTTP's own statuses, so the title is the status's
 * name. Immutable.
 *
 * @param status HTTP's
 * @param detail what happened
 * @param hint what to do about it
 */
record Problem(int status, String detail, Optional<String> hint) {
    static final String MEDIA_TYPE = "application/problem+json";

    /** After so many seconds one who was told 503 may ask again. */
    static final String RETRY_AFTER_SECONDS = "1";

    private static final Map<Integer, String> TITLES = Map.of(
            400, "Bad Request",
            404, "Not Found",
            405, "Method Not Allowed",
            500, "Internal Server Error",
            503, "Service Unavailable");

    static Problem of(UserError error) {
        int status =
                switch (error.category()) {
                    case NOT_FOUND -> 404;
                    case UNREACHABLE -> 503;
                    case INVALID_PIPELINE, UNSUPPORTED, USAGE, MISMATCH -> 400;
                };
        return new Problem(status, error.getMessage(), error.hint());
    }

    static Problem of(NotReady cause) {
        return unavailable(cause.getMessage());
    }

    static Problem unavailable(String detail) {
        return new Problem(503, detail, Optional.of("ask again in a second"));
    }

    static Problem notFound(String detail) {
        return new Problem(404, detail, Optional.empty());
    }

    static Problem bug() {
        return new Problem(500, "the request failed by a bug of Millrace", Optional.of("its log holds the details"));
    }

    /** A 503 passes. */
    boolean passes() {
        return status == 503;
    }

    String json() {
        StringBuilder out = new StringBuilder("{\"type\":\"about:blank\",\"title\":");
        RowJson.appendValue(out, SqlType.TEXT, TITLES.getOrDefault(status, "Error"));
        out.append(",\"status\":").append(status).append(",\"detail\":");
        RowJson.appendValue(out, SqlType.TEXT, detail);
        hint.ifPresent(text -> {
            out.append(",\"hint\":");
            RowJson.appendValue(out, SqlType.TEXT, text);
        });
        return out.append('}').toString();
    }
}
