package io.millrace.schemas;

import io.millrace.schemas.Invalidation.TargetKind;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
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
        GenericRecord avro = new GenericData.Record(SCHEMA);
        avro.put("cache", cache);
        avro.put("provider", provider);
        avro.put("application", application);
        avro.put("sink", sink);
        avro.put("kind", new GenericData.EnumSymbol(SCHEMA.getField("kind").schema(), kind.name()));
        avro.put("target", target);
        avro.put("partition", partition);
        avro.put("offset", offset);
        avro.put(
                "outcome", new GenericData.EnumSymbol(SCHEMA.getField("outcome").schema(), outcome.name()));
        avro.put("removed", removed);
        avro.put("attempts", attempts);
        avro.put("first_committed_at", firstCommittedAtMicros);
        avro.put("purged_at", purgedAtMicros);
        avro.put("message", message);
        return avro;
    }

    /** The purge that an Avro record holds. */
    public static Purge of(GenericRecord avro) {
        return new Purge(
                avro.get("cache").toString(),
                avro.get("provider").toString(),
                avro.get("application").toString(),
                avro.get("sink").toString(),
                TargetKind.valueOf(avro.get("kind").toString()),
                avro.get("target").toString(),
                (Integer) avro.get("partition"),
                (Long) avro.get("offset"),
                Outcome.valueOf(avro.get("outcome").toString()),
                (Long) avro.get("removed"),
                (Integer) avro.get("attempts"),
                (Long) avro.get("first_committed_at"),
                (Long) avro.get("purged_at"),
                AvroContracts.text(avro.get("message")));
    }
}
