package io.millrace.connectors.cdn;

import io.millrace.schemas.Purge;

/** Where it is told what came of purges. */
interface Confirmations extends AutoCloseable {
    /** Where nobody is told. */
    Confirmations NONE = new Confirmations() {
        @Override
        public void add(Purge purge) {
            // Nobody asks.
        }

        @Override
        public void flush() {
            // There is nothing.
        }

        @Override
        public void close() {
            // There is nothing.
        }
    };

    /** Tells of a purge, soon. */
    void add(Purge purge);

    /** Returns when it is told of all of them, or cannot be. */
    void flush();

    @Override
    void close();
}
