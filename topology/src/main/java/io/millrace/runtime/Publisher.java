package io.millrace.runtime;

import io.millrace.operator.ViewChange;

/** Takes the changes of one view's partition, for the view's topic. Used by one task. */
interface Publisher extends AutoCloseable {
    /** Takes a change, which the view's store has by now. */
    void publish(ViewChange change);

    @Override
    void close();
}
