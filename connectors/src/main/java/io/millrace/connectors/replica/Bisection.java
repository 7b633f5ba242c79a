package io.millrace.connectors.replica;

import io.millrace.connectors.replica.OffsetStore.Fenced;
import java.sql.SQLException;
import java.util.List;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Applies a batch. If a record in it is at fault, the batch is halved, the first half before the second, until that record
 * stands alone; it is set aside and the rest is applied. A batch of n records with one bad one costs about 2 log2 n
 * transactions.
 */
final class Bisection {
    private final BatchWriter writer;
    private final DeadLetters deadLetters;
    private final ReplicaMetrics metrics;

    /** Where records go that cannot be applied. */
    interface DeadLetters {
        /** Returns when the record is safely set aside, or throws if it cannot be. */
        void report(SinkRecord record, Exception reason);
    }

    Bisection(BatchWriter writer, DeadLetters deadLetters, ReplicaMetrics metrics) {
        this.writer = writer;
        this.deadLetters = deadLetters;
        this.metrics = metrics;
    }

    /**
     * Applies a batch.
     *
     * @throws SQLException if a failure may pass; what was applied before it stays applied
     */
    void apply(List<Received> batch) throws SQLException, Fenced {
        try {
            write(batch);
        } catch (SQLException e) {
            if (FailureKind.of(e) != FailureKind.RECORD) {
                throw e;
            }
            divide(batch, e);
        } catch (DataException e) {
            divide(batch, e);
        }
    }

    private void write(List<Received> batch) throws SQLException, Fenced {
        try {
            metrics.applied(batch, writer.write(batch));
        } catch (SQLException e) {
            if (FailureKind.of(e) != FailureKind.TABLE) {
                throw e;
            }
            // Somebody may have altered the table meanwhile: it is looked at anew, once.
            writer.forget();
            metrics.applied(batch, writeAgain(batch));
        }
    }

    private Replica.Applied writeAgain(List<Received> batch) throws SQLException, Fenced {
        try {
            return writer.write(batch);
        } catch (SQLException e) {
            if (FailureKind.of(e) == FailureKind.TABLE) {
                throw new ConnectException("the target database refuses the rows: " + e.getMessage(), e);
            }
            throw e;
        }
    }

    private void divide(List<Received> batch, Exception failure) throws SQLException, Fenced {
        if (batch.size() > 1) {
            int half = batch.size() / 2;
            apply(batch.subList(0, half));
            apply(batch.subList(half, batch.size()));
            return;
        }
        Received bad = batch.get(0);
        deadLetters.report(bad.record(), failure);
        writer.skip(bad);
        metrics.skipped(bad);
    }
}
