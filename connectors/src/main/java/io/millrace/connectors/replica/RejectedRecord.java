package io.millrace.connectors.replica;

import org.apache.kafka.connect.errors.DataException;

/** A record that can never be applied, whatever the database says. */
final class RejectedRecord extends DataException {
    private static final long serialVersionUID = 1;

    RejectedRecord(String message) {
        super(message);
    }
}
