package io.millrace.runtime;

import java.util.Optional;

/** A view's partition cannot be read here at the moment: it moves, is being restored, or another instance has it. */
public final class NotReady extends Exception {
    private static final long serialVersionUID = 1L;

    private final int partition;
    private final String owner;

    private NotReady(String message, int partition, String owner) {
        // It is thrown by each request while partitions move, and nobody looks at where.
        super(message, null, false, false);
        this.partition = partition;
        this.owner = owner;
    }

    /** Nobody is known to have what was asked for: it moves or is being restored. */
    public static NotReady moving(String message) {
        return new NotReady(message, -1, null);
    }

    /** Another instance has the partition; its address is {@code host:port}. */
    public static NotReady elsewhere(String message, int partition, String owner) {
        return new NotReady(message, partition, owner);
    }

    /** {@code host:port} of the instance that has it, if another one is known to. */
    public Optional<String> owner() {
        return Optional.ofNullable(owner);
    }

    /** The partition that another instance has; -1 where none is known to have it. */
    public int partition() {
        return partition;
    }
}
