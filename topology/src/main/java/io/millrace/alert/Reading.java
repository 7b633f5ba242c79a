package io.millrace.alert;

/**
 * What a look found.
 *
 * @param what what was looked at
 * @param name of which topic or sink
 * @param value what was found; ages in seconds
 * @param threshold the most that is allowed
 */
record Reading(Alert.What what, String name, double value, double threshold) {
    boolean exceeds() {
        return value > threshold;
    }

    String key() {
        return what.label() + " " + name;
    }
}
