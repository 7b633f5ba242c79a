package io.millrace.scaling.policy;

/** What a rule makes of a period without a value; names and meaning are CloudWatch's. */
public enum MissingData {
    /** It has no opinion: it demands nothing, and lets nothing be taken away. */
    MISSING,
    /** It stays with its last opinion. */
    IGNORE,
    /** The threshold counts as crossed. */
    BREACHING,
    /** The threshold counts as not crossed. */
    NOT_BREACHING
}
