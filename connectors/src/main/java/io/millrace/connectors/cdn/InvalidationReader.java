package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.RecordPosition;
import io.millrace.connectors.delivery.ReplayTopic;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/** Reads invalidations from Connect's records. */
final class InvalidationReader {
    private final ReplayTopic replays;

    /** A reader that knows dead letters that are delivered again by their topic. */
    InvalidationReader(ReplayTopic replays) {
        this.replays = replays;
    }

    /** The first purge of a record, or that the record is no invalidation; null for a record without a value. */
    Purging read(SinkRecord record, long nowNanos) {
        if (record.value() == null) {
            return null;
        }
        try {
            RecordPosition source = replays.sourceOf(record);
            return Purging.first(
                    record,
                    source == null ? RecordPosition.of(record) : source,
                    invalidation(record.value()),
                    nowNanos);
        } catch (DataException e) {
            return Purging.rejected(record, e, nowNanos);
        }
    }

    private static Invalidation invalidation(Object value) {
        if (!(value instanceof Struct struct)) {
            throw new DataException(
                    "the value is no invalidation: its converter must be io.millrace.schemas.AvroConverter");
        }
        String target = text(struct, "target");
        if (target == null || target.isEmpty()) {
            throw new DataException("the value is no invalidation: it has no target");
        }
        return new Invalidation(
                or(text(struct, "application"), ""),
                or(text(struct, "sink"), ""),
                kind(text(struct, "kind")),
                target,
                Boolean.TRUE.equals(field(struct, "tagged")),
                or(text(struct, "reason"), ""),
                field(struct, "changes") instanceof Long changes ? changes : 1,
                text(struct, "shard"),
                field(struct, "position") instanceof Long position ? position : null,
                micros(field(struct, "first_committed_at")),
                micros(field(struct, "last_committed_at")),
                field(struct, "emitted_at") == null ? 0 : micros(field(struct, "emitted_at")),
                field(struct, "ttl_seconds") instanceof Integer ttl ? ttl : null);
    }

    private static TargetKind kind(String name) {
        try {
            return TargetKind.valueOf(String.valueOf(name));
        } catch (IllegalArgumentException e) {
            throw new DataException("the value is no invalidation: its kind is neither TAG nor URL", e);
        }
    }

    private static Object field(Struct struct, String name) {
        return struct.schema().field(name) == null ? null : struct.get(name);
    }

    private static String text(Struct struct, String name) {
        return field(struct, name) instanceof String text ? text : null;
    }

    private static String or(String text, String otherwise) {
        return text == null ? otherwise : text;
    }

    @SuppressWarnings("JavaUtilDate") // What Connect has for times.
    private static Long micros(Object time) {
        if (time instanceof Date date) {
            return TimeUnit.MILLISECONDS.toMicros(date.getTime());
        }
        return time instanceof Long micros ? micros : null;
    }
}
