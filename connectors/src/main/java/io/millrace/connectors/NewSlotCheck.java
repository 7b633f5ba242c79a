package io.millrace.connectors;

import io.debezium.snapshot.spi.SnapshotLock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Lets a snapshot of tables without a primary key be taken with a new replication slot alone. It is then of the very point at
 * which the slot begins, and a change is either in it or streamed after it. With a slot that was there before, Debezium reads
 * each table at a moment of its own, and a change between the two is both in the snapshot and streamed: no harm to a row that
 * is told by its key, but a row more where none is.
 *
 * <p>It stands in the place of a lock, since that is where Debezium lets a connector's user run SQL before a snapshot: with a
 * new slot the transaction there reads repeatably. The SQLSTATE is of the class on which Debezium stops at once; on any other
 * it would try again and again.
 */
public final class NewSlotCheck implements SnapshotLock {
    /** The name by which the connector's configuration asks for it. */
    public static final String NAME = "millrace_new_slot";

    private String slot = "";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void configure(Map<String, ?> properties) {
        slot = String.valueOf(properties.get("slot.name"));
    }

    @Override
    public Optional<String> tableLockingStatement(Duration lockTimeout, String tableId) {
        return Optional.of("""
                DO $millrace$ BEGIN
                    IF current_setting('transaction_isolation') <> 'repeatable read' THEN
                        RAISE EXCEPTION 'a snapshot of tables without a primary key needs a new replication slot'
                            USING ERRCODE = '28000', HINT = 'drop the old one, SELECT pg_drop_replication_slot(''%s''), and restart the connector';
                    END IF;
                END $millrace$;""".formatted(slot));
    }
}
