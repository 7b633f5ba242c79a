package io.millrace.schemas;

import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;

/**
 * One target that caches have to forget, since what it shows has changed: a record of the topic of invalidations. Immutable.
 *
 * @param application the pipeline's {@code application.id}
 * @param sink the sink that it comes from; empty where a person asked for it
 * @param kind what the target is
 * @param target a tag (surrogate key), or a URL: a path with its query, or an absolute one
 * @param tagged for a URL, whether the same changes invalidate a tag that its page carries
 * @param reason what changed, for people to read
 * @param changes how many changes of rows came together in it
 * @param shard the shard of the newest of them, or null
 * @param position its position (LSN) in that shard's log, or null
 * @param firstCommittedAtMicros when the oldest of them was committed, microseconds since the epoch, or null
 * @param lastCommittedAtMicros when the newest of them was committed, or null
 * @param emittedAtMicros when this was made
 * @param ttlSeconds for how long caches may keep a hot target, which is purged less often than it changes; null for others
 */
public record Invalidation(
        String application,
        String sink,
        TargetKind kind,
        String target,
        boolean tagged,
        String reason,
        long changes,
        String shard,
        Long position,
        Long firstCommittedAtMicros,
        Long lastCommittedAtMicros,
        long emittedAtMicros,
        Integer ttlSeconds) {
    /** The topic's name unless a pipeline says otherwise. */
    public static final String TOPIC = "cdn-invalidations";

    /** The Avro schema of the records' values. */
    public static final Schema SCHEMA = AvroContracts.read("invalidation.avsc");

    /** What an invalidation names. */
    public enum TargetKind {
        /** A surrogate key, which any number of cached pages carry. */
        TAG,
        /** A page. */
        URL
    }

    /** The record's key: its kind in small letters, a colon, the target. Records of one key are in one partition, in order. */
    public String key() {
        return key(kind, target);
    }

    /** The key of records of a target. */
    public static String key(TargetKind kind, String target) {
        return (kind == TargetKind.TAG ? "tag:" : "url:") + target;
    }

    /** Its Avro form. */
    public GenericRecord toAvro() {
        return AvroContracts.record(
                SCHEMA,
                application,
                sink,
                kind,
                target,
                tagged,
                reason,
                changes,
                shard,
                position,
                firstCommittedAtMicros,
                lastCommittedAtMicros,
                emittedAtMicros,
                ttlSeconds);
    }

    /** The invalidation that an Avro record holds. */
    public static Invalidation of(GenericRecord avro) {
        return new Invalidation(
                AvroContracts.text(avro, "application"),
                AvroContracts.text(avro, "sink"),
                AvroContracts.constant(TargetKind.class, avro, "kind"),
                AvroContracts.text(avro, "target"),
                (Boolean) avro.get("tagged"),
                AvroContracts.text(avro, "reason"),
                (Long) avro.get("changes"),
                AvroContracts.text(avro, "shard"),
                (Long) avro.get("position"),
                (Long) avro.get("first_committed_at"),
                (Long) avro.get("last_committed_at"),
                (Long) avro.get("emitted_at"),
                (Integer) avro.get("ttl_seconds"));
    }
}
