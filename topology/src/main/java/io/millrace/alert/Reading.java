package io.millrace.alert;

/**
 * What a look found.
 *
 * @param what what was looked at
 * @param name of which topic, sink or service
 * @param value what was found; ages in seconds
 * @param threshold the most that is allowed
 */
public record Reading(Alert.What what, String name, double value, double threshold) {
    /** That a budget lets a service have so many instances where so many are demanded. */
    public static Reading ofBudget(String service, int demanded, int allowed) {
        return new Reading(Alert.What.SCALING_BUDGET, service, demanded, allowed);
    }

    boolean exceeds() {
        return value > threshold;
    }

    String key() {
        return what.label() + " " + name;
    }
}
