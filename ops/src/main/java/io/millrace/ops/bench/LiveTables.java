package io.millrace.ops.bench;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.Table;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The rows of tables as a workload changes them; passes each change on to the topics with the row that was there before. */
final class LiveTables implements TableChanges {
    private final Catalog catalog;
    private final Set<String> read;
    private final ChangeTopics topics;
    private final Map<String, Map<List<Object>, Object[]>> rows = new HashMap<>();

    /**
     * Empty tables.
     *
     * @param read the tables that are read; changes of others are passed over
     */
    LiveTables(Catalog catalog, Collection<String> read, ChangeTopics topics) {
        this.catalog = catalog;
        this.read = Set.copyOf(read);
        this.topics = topics;
        read.forEach(table -> rows.put(table, new HashMap<>()));
    }

    @Override
    public void put(String name, Object... row) {
        if (read.contains(name)) {
            Table table = table(name);
            List<Object> key =
                    table.primaryKey().stream().map(column -> row[column]).toList();
            Object[] before = rows.get(name).put(key, row);
            topics.write(table, before, row);
        }
    }

    @Override
    public void delete(String name, Object... key) {
        if (read.contains(name)) {
            Object[] before = rows.get(name).remove(Arrays.asList(key));
            topics.write(table(name), before, null);
        }
    }

    private Table table(String name) {
        return catalog.table(name).orElseThrow();
    }

    /** A table's rows. */
    Collection<Object[]> rows(String table) {
        return rows.get(table).values();
    }
}
