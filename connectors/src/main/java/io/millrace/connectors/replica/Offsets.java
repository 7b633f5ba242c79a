package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.replica.OffsetStore.Claim;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * How far each partition was applied, in the target database: the table {@code millrace_offsets}. It is written in the
 * transaction that applies the records, so that each is applied once. A task claims its partitions by a new epoch; a task
 * that has lost them without knowing it has an older one, and its transactions are refused.
 */
interface Offsets {
    /** The partition that stands for what is remembered of a topic's rows. */
    int MEMORY = -1;

    /**
     * How far a transaction takes a partition.
     *
     * @param nextOffset where another task is to go on: {@code appliedOffset}, or less while tombstones are awaited
     * @param appliedOffset the first offset that is not applied afterwards. It grows with each transaction of a claim, so that it
     *     tells which of them the database has
     * @param appliedBefore the same before it; null where nothing is applied
     * @param claim by which the task writes
     */
    record Step(long nextOffset, long appliedOffset, Long appliedBefore, Claim claim) {}

    /** Creates the table where it is missing, and adds what one of an earlier version lacks. Several tasks may do so at once. */
    void createTable(Connection connection) throws SQLException;

    /** Claims a partition; whoever held it is refused from the commit on. Waits for a transaction of theirs to end. */
    Claim claim(Connection connection, TopicPartition partition) throws SQLException;

    /** Whether records of a topic were ever applied. */
    boolean hasApplied(Connection connection, String topic) throws SQLException;

    /**
     * Writes how far partitions are applied, and locks their rows until the commit. Comes first in a transaction, so that
     * nobody who was fenced writes anything.
     *
     * <p>Where neither what was applied before is there nor what is applied afterwards, as by a commit that seemed to fail,
     * nothing is written.
     *
     * @throws DeliveryFailure {@link OffsetStore.Fenced} where another task holds one, {@link OffsetStore.Moved} where the database
     *     has gone back
     */
    void advance(Connection connection, Map<TopicPartition, Step> steps) throws SQLException, DeliveryFailure;

    /**
     * Sees whether the database has gone back behind what was written to it last, of any partition: one of which no more records
     * come is seen here alone.
     *
     * @param applied the first offsets that are not applied, as they were written last; null, or none, where none was
     * @throws DeliveryFailure as {@link #advance} does
     */
    void check(Connection connection, Map<TopicPartition, Long> applied, Map<TopicPartition, Claim> claims)
            throws SQLException, DeliveryFailure;

    /** Has whoever applies a partition wait for the end of the transaction, before it writes more of it. */
    void lock(Connection connection, TopicPartition partition) throws SQLException;

    /**
     * A number that is another one after each {@link #raiseMemoryVersion} for a topic; 0 before the first. It is the epoch of a
     * partition that no topic has.
     */
    long memoryVersion(Connection connection, String topic) throws SQLException;

    /** Tells those who apply the topic's partitions that another task remembers something of keys of theirs. */
    default void raiseMemoryVersion(Connection connection, String topic) throws SQLException {
        claim(connection, new TopicPartition(topic, MEMORY));
    }

    /** Sets where partitions are to go on; null is the beginning. Whoever applies them now is refused from the commit on. */
    void alter(Connection connection, Map<TopicPartition, Long> offsets) throws SQLException;
}
