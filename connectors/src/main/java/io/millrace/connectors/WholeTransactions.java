package io.millrace.connectors;

import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.Transformation;

/**
 * Has a connector that is restarted read the transaction again, from its first change, in which it stopped.
 *
 * <p>The offsets that Debezium gives its records are of the very change, and Debezium finds the place again by counting the
 * changes of its log position. As of 3.7.0 it counts wrongly where several changes share one, as rows of a COPY do: the rest
 * is lost if the first was the last one sent; and where the transaction begins with them, one comes again with the number of
 * the next, since BEGIN has the same position and is counted too. Of the two events of one change the second may be lost. So
 * an offset here says what Debezium says after a COMMIT: everything up to the last transaction before this one.
 *
 * <p>Connect keeps the offset of the record as the connector gave it, whatever a transformation returns. So the map itself is
 * changed, which Debezium makes anew for each record. A record may come twice, when Connect tries again to send it.
 */
public final class WholeTransactions implements Transformation<SourceRecord> {
    /** In the offset of a record: how many changes of its log position were read by then, itself included. */
    static final String CHANGES_OF_POSITION = "millrace_changes_of_position";

    private static final String DEBEZIUMS_COUNT = "lsn_events_processed";
    private static final String SNAPSHOT = "snapshot";
    private static final String POSITION = "lsn";
    private static final String PROCESSED_POSITION = "lsn_proc";
    private static final String COMMITTED_POSITION = "lsn_commit";
    private static final String MESSAGE = "messageType";
    private static final String COMMIT = "COMMIT";

    @Override
    public void configure(Map<String, ?> configs) {}

    @Override
    public SourceRecord apply(SourceRecord record) {
        Map<String, ?> offset = record.sourceOffset();
        // A snapshot that was interrupted begins anew.
        if (offset != null && offset.containsKey(PROCESSED_POSITION) && !offset.containsKey(SNAPSHOT)) {
            pointToCommit(changeable(offset));
        }
        return record;
    }

    private static void pointToCommit(Map<String, Object> offset) {
        Object changes = offset.remove(DEBEZIUMS_COUNT);
        if (changes != null) {
            offset.put(CHANGES_OF_POSITION, changes);
        }
        Object committed = offset.get(COMMITTED_POSITION);
        if (committed == null) {
            // The slot's first transaction: without these Debezium searches for no place, and takes all that the slot
            // gives.
            offset.remove(PROCESSED_POSITION);
            offset.remove(MESSAGE);
        } else {
            offset.put(POSITION, committed);
            offset.put(PROCESSED_POSITION, committed);
            offset.put(MESSAGE, COMMIT);
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> changeable(Map<String, ?> offset) {
        return (Map<String, Object>) offset;
    }

    @Override
    public ConfigDef config() {
        return new ConfigDef();
    }

    @Override
    public void close() {}
}
