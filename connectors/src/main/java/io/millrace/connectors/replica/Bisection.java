package io.millrace.connectors.replica;

import io.millrace.connectors.replica.OffsetStore.Fenced;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Applies a batch. If a record in it is at fault, the target tells which, by trying each row by itself; those are set aside
 * and the rest is applied as one. Where that finds none, the batch is halved, the first half before the second, until the
 * record stands alone.
 */
final class Bisection {
    private final BatchWriter writer;
    private final DeadLetters deadLetters;
    private final ReplicaMetrics metrics;

    /** Where records go that cannot be applied. */
    interface DeadLetters {
        /** Returns when the records are safely set aside, or throws if one cannot be. */
        void report(List<Refusal> refusals);
    }

    /** A record that cannot be applied. */
    record Refusal(SinkRecord record, Exception reason) {}

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
            List<Received> sifted = sift(batch);
            if (sifted != null) {
                apply(sifted);
                return;
            }
            int half = batch.size() / 2;
            apply(batch.subList(0, half));
            apply(batch.subList(half, batch.size()));
            return;
        }
        Received bad = batch.get(0);
        deadLetters.report(List.of(new Refusal(bad.record(), failure)));
        // Only passed over now, which changes nothing in the table.
        writer.write(List.of(bad.asRefused()));
        metrics.skipped(bad);
    }

    /** The batch with those records set aside that show by themselves that they are at fault; null where none does. */
    private List<Received> sift(List<Received> batch) throws SQLException {
        Map<Change, Exception> faults = writer.faults(batch);
        if (faults.isEmpty()) {
            return null;
        }
        List<Refusal> refusals = new ArrayList<>();
        List<Received> sifted = new ArrayList<>(batch.size());
        for (Received received : batch) {
            Exception failure = received.change() == null ? null : faults.get(received.change());
            if (failure == null) {
                sifted.add(received);
            } else {
                refusals.add(new Refusal(received.record(), failure));
                sifted.add(received.asRefused());
            }
        }
        deadLetters.report(refusals);
        return sifted;
    }
}
