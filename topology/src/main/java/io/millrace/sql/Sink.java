package io.millrace.sql;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a sink is, wherever it is written: what is recorded of it when it is deployed. Immutable.
 *
 * @param name its name
 * @param type the kind of its target
 * @param source the table or view that it reads
 * @param tableTopic the topic of the table that it reads; empty for a view, whose topic has the pipeline's name in it
 * @param options its options but for the type, in the order in which they are written
 */
public record Sink(String name, String type, String source, Optional<String> tableTopic, Map<String, String> options) {
    public Sink {
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }

    /** Whether it reads a view. */
    public boolean ofView() {
        return tableTopic.isEmpty();
    }
}
