package io.millrace.connectors.http;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;

/**
 * What a server answers.
 *
 * @param server what messages call it
 * @param text the beginning of the body
 * @param checksum of the whole body
 * @param longestPause the longest that the server may ask for
 */
public record Answer(
        String server, int status, HttpHeaders headers, String text, long checksum, Duration longestPause) {
    public boolean isSuccess() {
        return status >= 200 && status < 300;
    }

    /** Whether it is the same as another, as far as its reader sees. */
    public boolean showsTheSameAs(Answer other) {
        return status == other.status && checksum == other.checksum;
    }

    /** Whether the same request may be taken later. */
    public boolean isForNow() {
        return status == 408 || status == 425 || status == 429 || status >= 500;
    }

    /** That failure, with the pause that the server asks for. */
    public RefusedForNow refusedForNow(String message) {
        return new RefusedForNow(message, null, retryAfter());
    }

    /** How long the server wants to be left alone; zero where it does not say. */
    public Duration retryAfter() {
        return headers.firstValue("Retry-After")
                .map(header -> RetryAfter.parse(header, Instant.now(), longestPause))
                .orElse(Duration.ZERO);
    }

    /** Why a record is refused, for its dead letter: what the server says is a cause, not in the message, which is logged. */
    public Exception refusal(String message) {
        return new RefusedByServer(message, text);
    }

    /** Without what it says, which may hold values. */
    @Override
    public String toString() {
        return server + " answers " + status;
    }
}
