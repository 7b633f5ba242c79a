package io.millrace.scaling.execute;

import io.millrace.scaling.Decision;
import java.util.OptionalInt;

/**
 * A kind of place at which services run, or a server that is told. To carry the same decision out again changes nothing. Used by
 * one thread.
 */
public interface Executor extends AutoCloseable {
    /** Its name, as the properties have it. */
    String name();

    /** How many instances there are to be as the place itself has it; empty where it does not know. */
    OptionalInt ordered(String service) throws ExecutionFailure, InterruptedException;

    /** How many work; empty where the place does not know. */
    OptionalInt working(String service) throws ExecutionFailure, InterruptedException;

    /** Sees to it that there are as many as a decision says. */
    void carryOut(Decision decision) throws ExecutionFailure, InterruptedException;

    /** Sees to what it was told before: that what died is started again, for example. Called often. */
    void tend(String service) throws ExecutionFailure, InterruptedException;

    @Override
    void close();
}
