package io.millrace.connectors.cdn;

import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;

/** Records of the topic of invalidations, as Connect hands them over. */
final class CacheRecords {
    static final String TOPIC = "cdn-invalidations";

    private static final Schema SCHEMA = SchemaBuilder.struct()
            .name("io.millrace.cdn.Invalidation")
            .field("application", Schema.STRING_SCHEMA)
            .field("sink", Schema.STRING_SCHEMA)
            .field("kind", Schema.STRING_SCHEMA)
            .field("target", Schema.STRING_SCHEMA)
            .field("tagged", Schema.BOOLEAN_SCHEMA)
            .field("reason", Schema.STRING_SCHEMA)
            .field("changes", Schema.INT64_SCHEMA)
            .field("first_committed_at", Schema.OPTIONAL_INT64_SCHEMA)
            .field("emitted_at", Schema.INT64_SCHEMA)
            .field("ttl_seconds", Schema.OPTIONAL_INT32_SCHEMA)
            .build();

    private CacheRecords() {}

    static SinkRecord tag(long offset, String tag) {
        return record(0, offset, TargetKind.TAG, tag, false, null);
    }

    static SinkRecord url(long offset, String url) {
        return record(0, offset, TargetKind.URL, url, false, null);
    }

    static SinkRecord record(
            int partition, long offset, TargetKind kind, String target, boolean tagged, Integer ttlSeconds) {
        Struct value = new Struct(SCHEMA)
                .put("application", "photos")
                .put("sink", "photo_pages")
                .put("kind", kind.name())
                .put("target", target)
                .put("tagged", tagged)
                .put("reason", "update of caption")
                .put("changes", 1L)
                .put("first_committed_at", System.currentTimeMillis() * 1_000 - 50_000)
                .put("emitted_at", 1_700_000_000_000_000L + offset)
                .put("ttl_seconds", ttlSeconds);
        return new SinkRecord(
                TOPIC,
                partition,
                Schema.STRING_SCHEMA,
                Invalidation.key(kind, target),
                SCHEMA,
                value,
                offset,
                1_700_000_000_000L,
                TimestampType.CREATE_TIME);
    }
}
