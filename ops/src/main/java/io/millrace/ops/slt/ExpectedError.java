package io.millrace.ops.slt;

import java.util.regex.Pattern;

/** What is expected of the message of a statement that fails. */
sealed interface ExpectedError {
    /** Whether the message is what is expected. */
    boolean fits(String message);

    /** Any message. */
    record Any() implements ExpectedError {
        @Override
        public boolean fits(String message) {
            return true;
        }

        @Override
        public String toString() {
            return "any error";
        }
    }

    /** A regular expression that is found somewhere in the message. */
    record Matching(Pattern pattern) implements ExpectedError {
        @Override
        public boolean fits(String message) {
            return pattern.matcher(message).find();
        }

        @Override
        public String toString() {
            return pattern.pattern();
        }
    }

    /** Text, of one or more lines, that the message contains; runs of blanks count as one. */
    record Containing(String text) implements ExpectedError {
        @Override
        public boolean fits(String message) {
            return oneLine(message).contains(oneLine(text));
        }

        private static String oneLine(String text) {
            return text.strip().replaceAll("\\s+", " ");
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
