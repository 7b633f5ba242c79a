package io.millrace.operator;

/** What a scan made of a change. */
public enum ScanOutcome {
    /** It was applied, or dropped since it was seen before. */
    TAKEN,
    /** It changes a row that is not there; nothing was done. */
    UNKNOWN_ROW,
    /** It is so old that it is not known whether it was seen before; nothing was done. */
    FORGOTTEN
}
