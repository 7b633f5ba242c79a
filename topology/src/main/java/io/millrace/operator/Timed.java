package io.millrace.operator;

/** An operator whose result changes with time, without any change of its input. */
interface Timed {
    /**
     * Puts out what the time brings.
     *
     * @param nowMicros the present time, in microseconds since the epoch
     * @param limit about how many rows may come and go at most
     * @return whether that was all; else the next call brings more
     */
    boolean advance(long nowMicros, int limit, Output output);
}
