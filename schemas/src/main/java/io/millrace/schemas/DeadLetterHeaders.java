package io.millrace.schemas;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Headers;

/**
 * The headers of a record in a dead-letter topic ({@code <topic>.dlq}), beside the original record's own, which are
 * kept. Values are UTF-8 text. The names are those that Kafka Streams gives its standard dead-letter records, so that
 * tools which know them need not learn others.
 */
public final class DeadLetterHeaders {
    /** The topic that the record was read from. */
    public static final String TOPIC = "__streams.errors.topic";

    /** The partition that the record was read from. */
    public static final String PARTITION = "__streams.errors.partition";

    /** The offset that the record was read at. */
    public static final String OFFSET = "__streams.errors.offset";

    /** The class of the exception. */
    public static final String EXCEPTION = "__streams.errors.exception";

    /** The exception's message: what a person needs to mend the record. */
    public static final String MESSAGE = "__streams.errors.message";

    /** The exception's stack trace; only for errors that are bugs. */
    public static final String STACKTRACE = "__streams.errors.stacktrace";

    /** The view whose expression failed. */
    public static final String VIEW = "__millrace.errors.view";

    /** The operator that failed, as {@code explain} names it. */
    public static final String OPERATOR = "__millrace.errors.operator";

    /** The category of the failure, by which failures are counted. */
    public static final String REASON = "__millrace.errors.reason";

    /** When the record was set aside, milliseconds since the epoch: the time of its last failure. */
    public static final String TIMESTAMP = "__millrace.errors.timestamp";

    /** When it failed first: earlier than {@link #TIMESTAMP} where it was replayed and failed again. */
    public static final String FIRST_TIMESTAMP = "__millrace.errors.first.timestamp";

    /** How often it has failed: 1, and one more for each replay that failed again. */
    public static final String ATTEMPTS = "__millrace.errors.attempts";

    /** PostgreSQL's five-character code of the error that an expression met. */
    public static final String SQLSTATE = "__millrace.errors.sqlstate";

    /** The shard of the change that the failed row stems from. */
    public static final String SHARD = "__millrace.errors.shard";

    /** The position of that change in its shard's log. */
    public static final String POSITION = "__millrace.errors.position";

    /** The application that set the record aside: its {@code application.id}. */
    public static final String APPLICATION = "__millrace.errors.application";

    private DeadLetterHeaders() {}

    /** Sets a header of text, in place of those of that name. */
    public static void set(Headers headers, String name, String value) {
        headers.remove(name);
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Sets where the record was read from. */
    public static void setPlace(Headers headers, String topic, int partition, long offset) {
        set(headers, TOPIC, topic);
        set(headers, PARTITION, Integer.toString(partition));
        set(headers, OFFSET, Long.toString(offset));
    }

    /**
     * Sets what is told of every failure, and how often the record has failed by now, as the headers of its replays say.
     *
     * @param message what a person needs to know; null for no more than the reason
     */
    public static void setFailure(Headers headers, String reason, String message, long nowMs, String application) {
        set(headers, MESSAGE, message == null ? reason : message);
        set(headers, REASON, reason);
        set(headers, TIMESTAMP, Long.toString(nowMs));
        set(headers, FIRST_TIMESTAMP, Long.toString(ReplayHeaders.firstFailedAtMs(headers, nowMs)));
        set(headers, ATTEMPTS, Integer.toString(ReplayHeaders.replays(headers) + 1));
        set(headers, APPLICATION, application);
    }
}
