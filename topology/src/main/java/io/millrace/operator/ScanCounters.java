package io.millrace.operator;

/** Counts what a scan drops or lacks, so that nothing is lost silently. */
public interface ScanCounters {
    /** A change was seen before and dropped. */
    void duplicate();

    /** A value was left out by the source and no older row holds it; it reads as NULL until the column changes. */
    void valueLost();
}
