package io.millrace.connectors.http;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/** The header by which a server says when to come again: seconds, or a date. */
final class RetryAfter {
    private static final int MAX_DIGITS = 9;

    private RetryAfter() {}

    /**
     * How long from now on; zero where the header says nothing that can be read.
     *
     * @param longest what is longer is cut to this
     */
    static Duration parse(String header, Instant now, Duration longest) {
        Duration asked = parse(header.strip(), now);
        if (asked.isNegative()) {
            return Duration.ZERO;
        }
        return asked.compareTo(longest) > 0 ? longest : asked;
    }

    private static Duration parse(String text, Instant now) {
        if (text.matches("\\d+")) {
            return text.length() > MAX_DIGITS ? Duration.ofDays(1) : Duration.ofSeconds(Long.parseLong(text));
        }
        try {
            ZonedDateTime date = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME);
            return Duration.between(now, date.toInstant());
        } catch (DateTimeException e) {
            return Duration.ZERO;
        }
    }
}
