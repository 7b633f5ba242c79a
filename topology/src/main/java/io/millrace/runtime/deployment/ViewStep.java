package io.millrace.runtime.deployment;

import io.millrace.sql.ViewDefinition;

/**
 * What a deployment does to a view.
 *
 * @param view its name
 * @param kind what happens
 * @param before the view so far; null where there is none
 * @param after the view from now on; null where there is none
 */
public record ViewStep(String view, Kind kind, ViewDefinition before, ViewDefinition after) {
    /** What may happen. */
    public enum Kind {
        UNCHANGED("keeps its state"),
        BUILDING("is being built already"),
        CHANGED("is built beside the one that serves, then switched"),
        NEW("is built, then served"),
        REMOVED("is removed, its state and internal topics are deleted");

        private final String meaning;

        Kind(String meaning) {
            this.meaning = meaning;
        }

        /** What it means for the view, as the end of a sentence. */
        public String meaning() {
            return meaning;
        }
    }
}
