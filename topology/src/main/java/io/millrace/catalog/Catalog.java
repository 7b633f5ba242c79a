package io.millrace.catalog;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The tables and enum types that a pipeline declares. Immutable.
 *
 * @param tables by name, in declared order
 * @param enums by name
 */
public record Catalog(Map<String, Table> tables, Map<String, SqlType> enums) {
    public Catalog {
        tables = Collections.unmodifiableMap(new LinkedHashMap<>(tables));
        enums = Map.copyOf(enums);
    }

    /** The table of that name. */
    public Optional<Table> table(String name) {
        return Optional.ofNullable(tables.get(name));
    }
}
