package io.millrace.ops.slt;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.Table;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a test's database holds, as the engine sees it. Immutable.
 *
 * @param catalog the tables and enum types that can be read
 * @param tables the same tables by their object id in PostgreSQL
 * @param refused why the engine cannot read the other tables, by name
 * @param views the names of all views
 * @param typesSql the statements that declare the enum types
 * @param tablesSql by table the statement that declares it, without the options of an event topic
 */
record Declared(
        Catalog catalog,
        Map<Long, Table> tables,
        Map<String, String> refused,
        Set<String> views,
        String typesSql,
        Map<String, String> tablesSql) {
    Declared {
        tables = Map.copyOf(tables);
        refused = Map.copyOf(refused);
        views = Set.copyOf(views);
        tablesSql = Map.copyOf(tablesSql);
    }

    /** The same without some tables, which cannot be read for those reasons. */
    Declared without(Map<String, String> reasons) {
        Map<String, Table> byName = new LinkedHashMap<>(catalog.tables());
        byName.keySet().removeAll(reasons.keySet());
        Map<Long, Table> byId = new HashMap<>(tables);
        byId.values().removeIf(table -> reasons.containsKey(table.name()));
        Map<String, String> all = new HashMap<>(refused);
        reasons.forEach(all::putIfAbsent);
        return new Declared(new Catalog(byName, catalog.enums()), byId, all, views, typesSql, tablesSql);
    }
}
