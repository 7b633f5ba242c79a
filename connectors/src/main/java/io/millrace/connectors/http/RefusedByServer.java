package io.millrace.connectors.http;

import org.apache.kafka.connect.errors.ConnectException;

/** A server refuses a record. What it said of it is a cause, which a dead letter has, not in the message, which is logged. */
final class RefusedByServer extends ConnectException {
    private static final long serialVersionUID = 1;

    RefusedByServer(String message, String answer) {
        super(message, answer.isBlank() ? null : new ConnectException("the server says: " + answer));
    }
}
