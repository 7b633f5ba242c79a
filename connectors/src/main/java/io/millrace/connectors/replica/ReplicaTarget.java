package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.delivery.Target;
import java.sql.SQLException;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/** The target database as what is delivered to. */
final class ReplicaTarget implements Target<Received> {
    private final BatchWriter writer;
    private final ReplicaMetrics metrics;

    ReplicaTarget(BatchWriter writer, ReplicaMetrics metrics) {
        this.writer = writer;
        this.metrics = metrics;
    }

    @Override
    public SinkRecord record(Received received) {
        return received.record();
    }

    @Override
    public Exception rejection(Received received) {
        return received.rejection();
    }

    @Override
    public void write(List<Received> batch) throws DeliveryFailure {
        try {
            metrics.applied(batch, writer.write(batch));
        } catch (SQLException e) {
            throw writer.failure(e);
        }
    }

    @Override
    public Optional<List<Received>> sift(List<Received> batch) throws DeliveryFailure {
        IdentityHashMap<Change, Exception> faults = new IdentityHashMap<>();
        try {
            writer.faults(batch).forEach(fault -> faults.put(fault.change(), fault.reason()));
        } catch (SQLException e) {
            throw writer.failure(e);
        }
        return faults.isEmpty()
                ? Optional.empty()
                : Optional.of(batch.stream()
                        .map(received -> faults.containsKey(received.change())
                                ? received.refused(faults.get(received.change()))
                                : received)
                        .toList());
    }

    @Override
    public void skip(Received received) throws DeliveryFailure {
        try {
            pass(received.refused(new RejectedRecord("it is in the dead letters")));
            metrics.skipped(received);
        } catch (SQLException e) {
            throw writer.failure(e);
        }
    }

    private void pass(Received refused) throws SQLException, DeliveryFailure {
        if (isPassed(refused)) {
            return;
        }
        // Its values are what the database does not take, or its key: one that the target cannot hold, which has no row
        // that could lack something, or one that is too long to be remembered.
        if (refused.change() == null || !isPassed(refused.withoutRow())) {
            writer.write(List.of(refused.withoutChange()));
        }
    }

    /** Passes a record over; says whether the database takes what is remembered of it. */
    private boolean isPassed(Received refused) throws SQLException, DeliveryFailure {
        try {
            writer.write(List.of(refused));
            return true;
        } catch (DataException e) {
            return false;
        } catch (SQLException e) {
            if (writer.failure(e).kind() != FailureKind.RECORD) {
                throw e;
            }
            return false;
        }
    }

    @Override
    public void refresh() {
        writer.forget();
    }
}
