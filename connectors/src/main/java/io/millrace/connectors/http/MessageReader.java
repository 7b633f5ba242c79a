package io.millrace.connectors.http;

import io.millrace.connectors.delivery.RecordPosition;
import io.millrace.connectors.delivery.ReplayTopic;
import io.millrace.connectors.values.JsonStrings;
import io.millrace.connectors.values.PostgresJson;
import io.millrace.schemas.ChangeEvents;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Writes records as JSON: of a captured table and of a view the rows before and after the change, of other topics the value as
 * it is. Used by one thread.
 */
final class MessageReader {
    /** The full name of the source block of a view's records, which have the whole row before a change. */
    private static final String VIEW_SOURCE = "io.millrace.view.Source";

    private static final byte[] UNCHANGED_BYTES = ChangeEvents.unchangedBytes();
    private static final long MICROS_PER_MILLI = 1_000;

    /** Deletions whose tombstone has not come yet; one follows the other closely. */
    private static final int MAX_AWAITED_TOMBSTONES = 10_000;

    /** Rows that were deleted, by partition, shard and key: the tombstone that follows says nothing new. */
    private final Set<String> awaitedTombstones = new LinkedHashSet<>();

    private final ReplayTopic replays;

    /** A reader that knows dead letters that are delivered again by their topic. */
    MessageReader(ReplayTopic replays) {
        this.replays = replays;
    }

    Message read(SinkRecord record) {
        RecordPosition position = RecordPosition.of(record);
        try {
            RecordPosition replayOf = replays.sourceOf(record);
            // With a memory of its own: its tombstone was passed over long ago, or is a dead letter, too.
            return replayOf == null
                    ? read(record, position, position)
                    : new MessageReader(replays).read(record, position, replayOf);
        } catch (DataException e) {
            return new Message(
                    record, position, position, order(position, null), position.toString(), 0, false, null, e, 0);
        }
    }

    private Message read(SinkRecord record, RecordPosition position, RecordPosition source) {
        Header parkedKey = record.headers().lastWithName(RetryTopics.KEY_HEADER);
        if (parkedKey != null) {
            return parked(record, position, String.valueOf(parkedKey.value()));
        }
        String idempotencyKey = source.partition() + "-" + source.offset();
        String key = null;
        try {
            key = keyJson(record);
            String json = json(record, source, key);
            return new Message(
                    record,
                    position,
                    source,
                    order(source, key),
                    idempotencyKey,
                    0,
                    false,
                    json,
                    null,
                    committedAtMicros(record));
        } catch (DataException e) {
            return new Message(record, position, source, order(source, key), idempotencyKey, 0, false, null, e, 0);
        }
    }

    /** A message as another connector has parked it, with its own key, time and body. */
    private static Message parked(SinkRecord record, RecordPosition position, String idempotencyKey) {
        Header time = record.headers().lastWithName(RetryTopics.TIME_HEADER);
        boolean readable = record.value() instanceof String && time != null;
        return new Message(
                record,
                position,
                position,
                String.valueOf(record.key()),
                idempotencyKey,
                readable ? Long.parseLong(String.valueOf(time.value())) : 0,
                true,
                readable ? (String) record.value() : null,
                readable
                        ? null
                        : new DataException(
                                "a parked record is read by org.apache.kafka.connect.storage.StringConverter"),
                record.timestamp() == null ? 0 : record.timestamp() * MICROS_PER_MILLI);
    }

    /** A row is in one partition, whose order its changes have; so have all records of a partition that have no key. */
    private static String order(RecordPosition position, String key) {
        return position.partition() + " " + (key == null ? "" : key);
    }

    /** Null for no key. The shard is no part of it: a row that moves keeps its order. */
    private static String keyJson(SinkRecord record) {
        if (record.key() == null) {
            return null;
        }
        return record.key() instanceof Struct struct
                ? object(struct, null)
                : PostgresJson.write(record.keySchema(), record.key());
    }

    /** Null where there is nothing to send. */
    private String json(SinkRecord record, RecordPosition position, String key) {
        String shard = shard(record);
        String row = position.partition() + " " + shard + " " + key;
        StringBuilder out = new StringBuilder(256);
        appendPosition(out, record, position);
        if (shard != null) {
            JsonStrings.append(out.append(",\"shard\":"), shard);
        }
        out.append(",\"key\":").append(key);
        if (record.value() == null) {
            boolean said = key == null || awaitedTombstones.remove(row);
            return said ? null : out.append(",\"value\":null}").toString();
        }
        if (record.value() instanceof Struct value && isEnvelope(value.schema())) {
            String operation = value.getString("op");
            if (operation == null || operation.equals("m")) {
                return null;
            }
            if (operation.equals("d") && key != null) {
                awaitTombstone(row);
            }
            appendChange(out, value, operation, key != null);
        } else {
            PostgresJson.append(out.append(",\"value\":"), record.valueSchema(), record.value());
        }
        return out.append('}').toString();
    }

    private void awaitTombstone(String row) {
        awaitedTombstones.add(row);
        if (awaitedTombstones.size() > MAX_AWAITED_TOMBSTONES) {
            awaitedTombstones.remove(awaitedTombstones.iterator().next());
        }
    }

    /** The shard that a captured row is on; null for other records. */
    private static String shard(SinkRecord record) {
        return record.key() instanceof Struct key && key.schema().field(ChangeEvents.SHARD_FIELD) != null
                ? key.getString(ChangeEvents.SHARD_FIELD)
                : null;
    }

    private static void appendPosition(StringBuilder out, SinkRecord record, RecordPosition position) {
        JsonStrings.append(out.append("{\"topic\":"), position.partition().topic());
        out.append(",\"partition\":").append(position.partition().partition());
        out.append(",\"offset\":").append(position.offset());
        out.append(",\"timestamp\":").append(record.timestamp());
    }

    private static boolean isEnvelope(Schema schema) {
        return schema.field("op") != null && schema.field("source") != null && schema.field("after") != null;
    }

    private static void appendChange(StringBuilder out, Struct value, String operation, boolean keyed) {
        if (operation.equals("t")) {
            throw new DataException("the table was truncated, which is no change of a row");
        }
        Struct before = value.schema().field("before") == null ? null : value.getStruct("before");
        // Of a captured row that is deleted there is but the key, and fillers for what may not be null.
        boolean filled = keyed && operation.equals("d") && !isView(value);
        if (before != null && !filled) {
            out.append(",\"before\":").append(object(before, null));
        }
        Struct after = value.getStruct("after");
        if (operation.equals("d")) {
            out.append(",\"value\":null");
            return;
        }
        if (after == null) {
            throw new DataException("operation " + operation + " without a row after it");
        }
        List<String> unchanged = new ArrayList<>();
        out.append(",\"value\":").append(object(after, unchanged));
        if (!unchanged.isEmpty()) {
            out.append(",\"unchanged\":");
            PostgresJson.append(out, null, unchanged);
        }
    }

    private static boolean isView(Struct value) {
        return VIEW_SOURCE.equals(value.schema().field("source").schema().name());
    }

    /**
     * A row.
     *
     * @param unchanged gets the columns that the row leaves out, since the source's log lacks them; null if none can be
     */
    private static String object(Struct row, List<String> unchanged) {
        StringBuilder out = new StringBuilder("{");
        for (Field field : row.schema().fields()) {
            if (field.name().equals(ChangeEvents.SHARD_FIELD)) {
                continue;
            }
            // With Struct.get a NULL would be the column's default.
            Object value = row.getWithoutDefault(field.name());
            String column = PostgresJson.columnName(field);
            if (unchanged != null && isUnchanged(value)) {
                unchanged.add(column);
                continue;
            }
            JsonStrings.append(out.append(out.length() == 1 ? "" : ","), column);
            PostgresJson.append(out.append(':'), field.schema(), value);
        }
        return out.append('}').toString();
    }

    private static boolean isUnchanged(Object value) {
        return ChangeEvents.UNCHANGED.equals(value)
                || (value instanceof byte[] bytes && Arrays.equals(bytes, UNCHANGED_BYTES))
                || (value instanceof ByteBuffer buffer && buffer.equals(ByteBuffer.wrap(UNCHANGED_BYTES)));
    }

    private static long committedAtMicros(SinkRecord record) {
        if (!(record.value() instanceof Struct value) || !isEnvelope(value.schema())) {
            return record.timestamp() == null ? 0 : record.timestamp() * MICROS_PER_MILLI;
        }
        Struct source = value.getStruct("source");
        if (source == null) {
            return 0;
        }
        if (source.schema().field("ts_us") != null && source.getWithoutDefault("ts_us") instanceof Long micros) {
            return micros;
        }
        return source.schema().field("ts_ms") != null && source.getWithoutDefault("ts_ms") instanceof Long millis
                ? millis * MICROS_PER_MILLI
                : 0;
    }
}
