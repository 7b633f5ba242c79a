package io.millrace.sink;

import io.millrace.sql.Sink;
import java.util.Optional;

/** Says how far sinks are behind. Used by one thread at a time. */
public interface LagSource extends AutoCloseable {
    /** How far a sink is behind the topic that it reads; empty while that cannot be seen. */
    Optional<SinkLag> lag(Sink sink);

    /** Whether a sink has stopped as too many records were bad, when it was last looked how far it is behind. */
    default boolean breakerOpen(Sink sink) {
        return false;
    }

    /**
     * How many of the records that a cache had not confirmed its topic has deleted, as far as is known: those that were found when it was
     * last looked how far it is behind, and not before.
     */
    default long deletedUnconfirmed(Sink sink) {
        return 0;
    }

    @Override
    void close();
}
