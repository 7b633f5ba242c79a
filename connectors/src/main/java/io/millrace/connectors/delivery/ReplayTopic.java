package io.millrace.connectors.delivery;

import io.millrace.schemas.ReplayHeaders;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The topic by which {@code millrace dlq replay} delivers a sink's dead letters to it again, each with the place where the sink had
 * read it. Any task may be given a replay, also one that does not read that partition.
 *
 * @param name empty for none
 */
public record ReplayTopic(String name) {
    /** The topic that a sink's properties tell. */
    public static ReplayTopic of(AbstractConfig config) {
        return new ReplayTopic(config.getString(DeliveryConfig.REPLAY_TOPIC));
    }

    /**
     * Where the record was read that this one delivers again; null for one that is no replay.
     *
     * @throws DataException if that is not told
     */
    public RecordPosition sourceOf(SinkRecord record) {
        if (name.isEmpty() || !name.equals(record.originalTopic())) {
            return null;
        }
        Header told = record.headers().lastWithName(ReplayHeaders.SOURCE);
        return ReplayHeaders.Place.parse(told == null ? "" : String.valueOf(told.value()))
                .map(place -> new RecordPosition(new TopicPartition(place.topic(), place.partition()), place.offset()))
                .orElseThrow(() -> new DataException(
                        "it does not say which dead letter it is: only millrace dlq replay writes to " + name));
    }
}
