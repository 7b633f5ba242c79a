package io.millrace.schemas;

import io.millrace.schemas.Invalidation.TargetKind;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;

/**
 * What came of an {@link Invalidation} at one cache: a record of the topic of purges. Immutable.
 *
 * @param cache the cache's name in the pipeline's configuration
 * @param provider what kind of cache it is
 * @param application as in the invalidation
 * @param sink as in the invalidation
 * @param kind as in the invalidation
 * @param target as in the invalidation
 * @param partition the invalidation's partition in its topic
 * @param offset its offset there
 * @param outcome what came of it
 * @param removed how many objects the cache says that it removed, or null where it does not say
 * @param attempts how often the cache was asked
 * @param firstCommittedAtMicros as in the invalidation, or null
 * @param purgedAtMicros when the cache answered, microseconds since the epoch
 * @param message what the cache answered where it refused, else null
 */
public record Purge(
        String cache,
        String provider,
        String application,
        String sink,
        TargetKind kind,
        String target,
        int partition,
        long offset,
        Outcome outcome,
        Long removed,
        int attempts,
        Long firstCommittedAtMicros,
        long purgedAtMicros,
        String message) {
    /** The topic's name unless a pipeline says otherwise. */
    public static final String TOPIC = "cdn-purges";

    /** The Avro schema of the records' values. */
    public static final Schema SCHEMA = AvroContracts.read("purge.avsc");

    /** What came of it. */
    public enum Outcome {
        /** The cache confirmed it. */
        PURGED,
        /** The cache confirmed the second, delayed purge. */
        PURGED_AGAIN,
        /** The cache refused it; it is in the dead letters. */
        REFUSED
    }

    /** The record's key, which is the invalidation's. */
    public String key() {
        return Invalidation.key(kind, target);
    }

    /** Its Avro form. */
    public GenericRecord toAvro() {
        return AvroContracts.record(
                SCHEMA,
                cache,
                provider,
                application,
                sink,
                kind,
                target,
                partition,
                offset,
                outcome,
                removed,
                attempts,
                firstCommittedAtMicros,
                purgedAtMicros,
                message);
    }

    /** The purge that an Avro record holds. */
    public static Purge of(GenericRecord avro) {
        return new Purge(
                AvroContracts.text(avro, "cache"),
                AvroContracts.text(avro, "provider"),
                AvroContracts.text(avro, "application"),
                AvroContracts.text(avro, "sink"),
                AvroContracts.constant(TargetKind.class, avro, "kind"),
                AvroContracts.text(avro, "target"),
                (Integer) avro.get("partition"),
                (Long) avro.get("offset"),
                AvroContracts.constant(Outcome.class, avro, "outcome"),
                (Long) avro.get("removed"),
                (Integer) avro.get("attempts"),
                (Long) avro.get("first_committed_at"),
                (Long) avro.get("purged_at"),
                AvroContracts.text(avro, "message"));
    }
}
