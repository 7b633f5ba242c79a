package io.millrace.schemas;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * The headers of a record that was sent again from a dead-letter topic, beside the original record's own. Values are UTF-8
 * text, but for {@link #INSTEAD_OF}.
 */
public final class ReplayHeaders {
    /** The dead letter that was sent again: its topic, partition and offset, {@code clicks.dlq-0-17}. */
    public static final String DEAD_LETTER = "__millrace.replay.of";

    /** Which replay of the record this is: 1 for the first. */
    public static final String ATTEMPT = "__millrace.replay.attempt";

    /** The offset at which the record was when it was read first, in the same topic and partition. */
    public static final String OFFSET = "__millrace.replay.offset";

    /** The application that had set the record aside, for which an event is replayed. */
    public static final String APPLICATION = "__millrace.replay.application";

    /** When the record failed first, milliseconds since the epoch. */
    public static final String FIRST_TIMESTAMP = "__millrace.replay.first.timestamp";

    /** The value in whose place the record's is, byte for byte; once for each time that an event was mended. */
    public static final String INSTEAD_OF = "__millrace.replay.instead.of";

    /** Of a sink's dead letter, where the sink read the record: {@code photos.users-3@17}, which no converter takes for a number. */
    public static final String SOURCE = "__millrace.replay.source";

    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

    private static final Pattern PLACE = Pattern.compile("(.+)-(\\d{1,9})@(\\d{1,18})");

    /** Where a sink read a record. */
    public record Place(String topic, int partition, long offset) {
        /** Reads what {@link #toString} writes; empty for anything else. */
        public static Optional<Place> parse(String text) {
            Matcher parts = PLACE.matcher(text);
            return parts.matches()
                    ? Optional.of(
                            new Place(parts.group(1), Integer.parseInt(parts.group(2)), Long.parseLong(parts.group(3))))
                    : Optional.empty();
        }

        @Override
        public String toString() {
            return topic + "-" + partition + "@" + offset;
        }
    }

    private ReplayHeaders() {}

    /** How often a record was sent again; 0 for one that comes from its source. */
    public static int replays(Headers headers) {
        return (int) number(headers, ATTEMPT, 0);
    }

    /** When a record failed first: that time, if it was not sent again. */
    public static long firstFailedAtMs(Headers headers, long otherwiseMs) {
        return number(headers, FIRST_TIMESTAMP, otherwiseMs);
    }

    /** The offset at which a record was read first: that one, if it was not sent again. */
    public static long firstOffset(Headers headers, long otherwise) {
        return number(headers, OFFSET, otherwise);
    }

    /** Anybody may write to a topic: what is no number counts as not being there. */
    private static long number(Headers headers, String name, long otherwise) {
        Header header = headers.lastHeader(name);
        if (header == null || header.value() == null) {
            return otherwise;
        }
        String text = new String(header.value(), StandardCharsets.UTF_8);
        return NUMBER.matcher(text).matches() ? Long.parseLong(text) : otherwise;
    }
}
