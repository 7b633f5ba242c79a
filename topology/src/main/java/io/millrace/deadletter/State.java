package io.millrace.deadletter;

import java.util.Locale;

/** What became of a dead letter. */
public enum State {
    /** Nothing yet. */
    OPEN,
    /** It was sent again. */
    REPLAYED,
    /** It need not be sent again: a later change of its row is in the topic. */
    SUPERSEDED,
    /** Somebody decided that it is not needed. */
    DISCARDED;

    /** In small letters. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
