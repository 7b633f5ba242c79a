package io.millrace.connectors.replica;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A table as one version of a topic's schemas tells it.
 *
 * @param columns all columns; of a record that only names a key, those of the key
 * @param key the positions of the key's columns, in the key's order
 * @param whole whether these are all columns of the table
 * @param sharded whether rows come from shards' logs, whose positions order the changes of a row; else the topic's order holds
 */
record TableShape(List<Column> columns, List<Integer> key, boolean whole, boolean sharded) {
    /**
     * A column.
     *
     * @param name as the database has it
     * @param type its type
     * @param nullable whether it may be NULL
     * @param defaultText the text of its constant default, which rows have that are older than the column; null for none
     */
    record Column(String name, ColumnType type, boolean nullable, String defaultText) {
        Column {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(type, "type");
        }
    }

    TableShape {
        columns = List.copyOf(columns);
        key = List.copyOf(key);
    }

    /** The names of the key's columns. */
    List<String> keyNames() {
        return key.stream().map(position -> columns.get(position).name()).toList();
    }

    /** Whether a column of the key may be NULL, as in a view that groups by one. */
    boolean hasNullableKey() {
        return key.stream().anyMatch(position -> columns.get(position).nullable());
    }

    /** Where it has each of those columns; -1 where it has not. */
    int[] positions(Collection<String> names) {
        Map<String, Integer> positions = new HashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            positions.put(columns.get(i).name(), i);
        }
        return names.stream().mapToInt(name -> positions.getOrDefault(name, -1)).toArray();
    }
}
