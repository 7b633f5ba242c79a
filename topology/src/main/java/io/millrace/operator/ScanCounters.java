package io.millrace.operator;

/** Counts what is dropped of a table's changes or lacking in them, so that nothing is lost silently. */
public interface ScanCounters {
    /** A change was seen before, or an event came again, and was dropped. */
    void duplicate();

    /** A value was left out by the source and no older row holds it; it reads as NULL until the column changes. */
    void valueLost();
}
