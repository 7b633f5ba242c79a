package io.millrace.deadletter;

/** Is told how far long work is. */
public interface Progress {
    /** For those who do not ask. */
    Progress NONE = (what, done, total) -> {};

    /** So many of so many records of a topic were read. */
    void at(String topic, long done, long total);
}
