package io.millrace.catalog;

import java.util.Optional;

/**
 * Something that the user can mend. Its message is meant to be read by a person and is shown without a stack trace;
 * every other exception is a bug of ours. Immutable.
 */
public final class UserError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What kind of thing went wrong; each has one exit code. */
    public enum Category {
        /** A file of the pipeline does not say something valid: SQL, YAML, properties. */
        INVALID_PIPELINE,
        /** Valid PostgreSQL that Millrace does not maintain. */
        UNSUPPORTED,
        /** A command's arguments are off. */
        USAGE,
        /** Something that must be reached cannot be: a broker, a database, a registry, an instance. */
        UNREACHABLE,
        /** What was asked for does not exist: a view, a key, a topic. */
        NOT_FOUND,
        /** What exists is not as it was declared: a table's columns, a topic's partitions. */
        MISMATCH
    }

    private final Category category;
    private final transient SourcePlace place;
    private final String hint;

    public UserError(Category category, SourcePlace place, String message, String hint) {
        super(message);
        this.category = category;
        this.place = place;
        this.hint = hint;
    }

    /** An error without a place. */
    public static UserError of(Category category, String message, String hint) {
        return new UserError(category, null, message, hint);
    }

    /** This error; at that place if it has none of its own. */
    public UserError at(SourcePlace otherwise) {
        return place == null ? new UserError(category, otherwise, getMessage(), hint) : this;
    }

    public Category category() {
        return category;
    }

    /** Where in the user's files, if it is about one. */
    public Optional<SourcePlace> place() {
        return Optional.ofNullable(place);
    }

    /** What to do about it; empty when the message says it all. */
    public Optional<String> hint() {
        return Optional.ofNullable(hint);
    }

    /** {@code place: message}, then the hint on a line of its own. */
    public String render() {
        String text = place == null ? getMessage() : place + ": " + getMessage();
        return hint == null ? text : text + System.lineSeparator() + "  hint: " + hint;
    }
}
