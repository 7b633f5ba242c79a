package io.millrace.connectors.delivery;

import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * What a sink delivers to.
 *
 * @param <R> a record with what the sink has made of it
 */
public interface Target<R> {
    /** The record that Connect handed over. */
    SinkRecord record(R received);

    /** Why a record cannot be delivered, where that is known beforehand; else null. Such a record is written without effect. */
    Exception rejection(R received);

    /**
     * Writes a batch, all or nothing.
     *
     * @throws DataException if a record is at fault, which only its being written has shown
     */
    void write(List<R> batch) throws DeliveryFailure;

    /**
     * Looks for records of a batch that was not taken which are at fault by themselves, in one step for all of them.
     *
     * @return the batch, in which these have their rejection; empty where none is found
     */
    default Optional<List<R>> sift(List<R> batch) throws DeliveryFailure {
        return Optional.empty();
    }

    /** Passes over a record that is in the dead letters. */
    void skip(R received) throws DeliveryFailure;

    /** Forgets what is known of the target, since somebody may have changed it. */
    void refresh();
}
