package io.millrace.runtime;

import java.util.Optional;

/** A view's partition cannot be read here at the moment: it moves, is being restored, or another instance has it. */
public final class NotReady extends Exception {
    private static final long serialVersionUID = 1L;

    private final String owner;

    NotReady(String message, String owner) {
        super(message, null, false, false);
        this.owner = owner;
    }

    /** {@code host:port} of the instance that has it, if another one is known to. */
    public Optional<String> owner() {
        return Optional.ofNullable(owner);
    }
}
