package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.Target;
import java.sql.SQLException;
import java.util.List;
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
    public DataException rejection(Received received) {
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
    public void skip(Received received) throws DeliveryFailure {
        try {
            writer.skip(received);
            metrics.skipped(received);
        } catch (SQLException e) {
            throw writer.failure(e);
        }
    }

    @Override
    public void refresh() {
        writer.forget();
    }
}
