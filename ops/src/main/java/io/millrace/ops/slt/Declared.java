package io.millrace.ops.slt;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.Table;
import java.util.Map;
import java.util.Set;

/**
 * What a test's database holds, as the engine sees it. Immutable.
 *
 * @param catalog the tables and enum types that can be read
 * @param tables the same tables by their object id in PostgreSQL
 * @param refused why the engine cannot read the other tables, by name
 * @param views the names of all views
 */
record Declared(Catalog catalog, Map<Long, Table> tables, Map<String, String> refused, Set<String> views) {
    Declared {
        tables = Map.copyOf(tables);
        refused = Map.copyOf(refused);
        views = Set.copyOf(views);
    }
}
