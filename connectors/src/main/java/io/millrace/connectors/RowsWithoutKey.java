package io.millrace.connectors;

import io.millrace.schemas.ChangeEvents;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.Transformation;

/**
 * Prepares the change events of tables that are declared without a primary key, after they were routed
 * and went through {@link WholeTransactions}.
 *
 * <ul>
 *   <li>They get no key, also where Debezium found one in a unique index, and there are no tombstones: so they all go to
 *       their shard's partition, and a topic that is compacted by mistake refuses them rather than lose rows.
 *   <li>Changes with one log position, as rows of a COPY have, are numbered by {@link ChangeEvents#ORDINAL_HEADER}. The
 *       numbers come from the connector's offsets, which count the changes of a position; as a restarted connector sends
 *       {@link WholeTransactions}, they are the same when a change comes again.
 *   <li>A TRUNCATE of such a table is passed on. That of any other table is dropped, as Debezium drops it by default.
 * </ul>
 */
public final class RowsWithoutKey implements Transformation<SourceRecord> {
    private static final String TOPICS = "topics";

    /** The header of the second of the two events that Debezium makes of an update of a unique index's columns. */
    private static final String SECOND_OF_UPDATE = "__debezium.oldkey";

    private static final String OPERATION = "op";
    private static final String TRUNCATE = "t";

    private Set<String> topics = Set.of();

    @Override
    public void configure(Map<String, ?> configs) {
        topics = Set.copyOf(new AbstractConfig(config(), configs).getList(TOPICS));
    }

    @Override
    public SourceRecord apply(SourceRecord record) {
        if (!topics.contains(record.topic())) {
            return isTruncate(record.value()) ? null : record;
        }
        if (record.value() == null) {
            return null;
        }
        SourceRecord row = record.newRecord(
                record.topic(),
                record.kafkaPartition(),
                null,
                null,
                record.valueSchema(),
                record.value(),
                record.timestamp());
        long ordinal = ordinal(record);
        if (ordinal > 0) {
            row.headers().add(ChangeEvents.ORDINAL_HEADER, ordinal, Schema.INT64_SCHEMA);
        }
        return row;
    }

    private static boolean isTruncate(Object value) {
        return value instanceof Struct event
                && event.schema().field(OPERATION) != null
                && TRUNCATE.equals(event.get(OPERATION));
    }

    private static long ordinal(SourceRecord record) {
        Object events = record.sourceOffset().get(WholeTransactions.CHANGES_OF_POSITION);
        long earlier = events instanceof Number count ? Math.max(0, count.longValue() - 1) : 0;
        return 2 * earlier + (record.headers().lastWithName(SECOND_OF_UPDATE) == null ? 0 : 1);
    }

    @Override
    public ConfigDef config() {
        return new ConfigDef()
                .define(
                        TOPICS,
                        ConfigDef.Type.LIST,
                        ConfigDef.Importance.HIGH,
                        "The topics of tables that are declared without a primary key.");
    }

    @Override
    public void close() {}
}
