package io.millrace.deadletter;

import java.util.Locale;

/**
 * What a command has done to a dead letter, or would do.
 *
 * @param letter the dead letter
 * @param kind what
 * @param message why; empty where there is nothing to say
 */
public record Outcome(DeadLetter letter, Kind kind, String message) {
    /** What may come of it. */
    public enum Kind {
        /** It is recorded as being so. */
        REPLAYED(State.REPLAYED),
        /** It is recorded as being so. */
        SUPERSEDED(State.SUPERSEDED),
        /** It is recorded as being so. */
        DISCARDED(State.DISCARDED),
        /** Nothing was done, and the message says why. */
        REFUSED(State.OPEN);

        private final State state;

        Kind(State state) {
            this.state = state;
        }

        State state() {
            return state;
        }

        /** In small letters. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
