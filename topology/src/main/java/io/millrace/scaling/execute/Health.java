package io.millrace.scaling.execute;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BooleanSupplier;

/** What must go on for an instance to be well. Thread-safe. */
final class Health {
    private final Map<String, BooleanSupplier> parts = new ConcurrentSkipListMap<>();

    /** From now on that must go on. */
    void watch(String part, BooleanSupplier goesOn) {
        parts.put(part, goesOn);
    }

    /** What has ended. */
    List<String> ended() {
        return parts.entrySet().stream()
                .filter(part -> !part.getValue().getAsBoolean())
                .map(Map.Entry::getKey)
                .toList();
    }
}
