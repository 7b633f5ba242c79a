package io.millrace.ops.registry;

/** One record of the topic {@code _schemas}; each replaces what the same key said before. */
sealed interface LogEntry {

    /** An id and its schema: kept even when no subject has the schema any more, so that no id is given twice. */
    record Identity(int id, String schema) implements LogEntry {}

    /** A version of a subject; the schema is null where the version is forgotten for good. */
    record SchemaVersion(String subject, int version, int id, String schema, boolean deleted) implements LogEntry {}

    /** A compatibility level: of a subject, or of all where the subject is null; a null level takes it away. */
    record Level(String subject, CompatibilityLevel level) implements LogEntry {}
}
