package io.millrace.alert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The alerts that there are. One begins with the first look that finds too much, and is over when several looks have found no such
 * thing, so that what goes up and down is one alert. Used by one thread.
 */
final class Alerts {
    private final long quietMs;
    private final Map<String, Alert> alerts = new TreeMap<>();
    private final Map<String, Long> quietSinceMs = new HashMap<>();

    /**
     * None yet.
     *
     * @param quietMs so long nothing must be found for an alert to be over
     */
    Alerts(long quietMs) {
        this.quietMs = quietMs;
    }

    /** Goes on from what was recorded. */
    void restore(Iterable<Alert> recorded) {
        alerts.clear();
        quietSinceMs.clear();
        recorded.forEach(alert -> alerts.put(alert.key(), alert));
    }

    /** Takes up what a look found; returns the alerts that have changed by it. */
    List<Alert> look(List<Reading> readings, long nowMs) {
        Map<String, Reading> found = new TreeMap<>();
        readings.stream().filter(Reading::exceeds).forEach(reading -> found.put(reading.key(), reading));
        List<Alert> changed = new ArrayList<>();
        for (Alert alert : List.copyOf(alerts.values())) {
            if (alert.isResolved()) {
                continue;
            }
            if (found.containsKey(alert.key())) {
                quietSinceMs.remove(alert.key());
            } else if (nowMs - quietSinceMs.computeIfAbsent(alert.key(), any -> nowMs) >= quietMs) {
                quietSinceMs.remove(alert.key());
                changed.add(alert.resolvedAt(nowMs));
            }
        }
        found.values().stream()
                .filter(reading -> !alerts.containsKey(reading.key()))
                .map(reading -> new Alert(
                        reading.what(), reading.name(), reading.value(), reading.threshold(), nowMs, 0, false))
                .forEach(changed::add);
        changed.forEach(alert -> alerts.put(alert.key(), alert));
        return changed;
    }

    /** The alerts of which the server does not know all. */
    List<Alert> due() {
        return alerts.values().stream()
                .filter(alert -> !alert.told() || alert.isResolved())
                .toList();
    }

    /** Notes that the message that was due is taken; returns the alert as it is then, which is gone when it was told to be over. */
    Alert told(Alert alert) {
        Alert after = alert.asTold();
        if (alert.told()) {
            alerts.remove(alert.key());
        } else {
            alerts.put(alert.key(), after);
        }
        return after;
    }

    boolean isKnown(Alert alert) {
        return alerts.containsKey(alert.key());
    }
}
