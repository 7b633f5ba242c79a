package io.millrace.differential;

import io.millrace.catalog.Column;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.operator.memory.Change;
import io.millrace.row.Row;
import io.millrace.row.SqlText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A random history of changes over shards: inserts, updates of any column, the primary key's included, deletes, re-inserts,
 * and rows that move from one shard to another. A key is in one shard, except while its row moves. Rows without a key are
 * inserted again and again, and so do events come.
 */
public final class History {
    /** So many rows a table without a key has at most: joins of several multiply them. */
    private static final int MOST_COPIES = 10;

    private final Random random;
    private final RandomValues values;
    private final List<Table> tables;
    private final List<String> shards;
    private final Map<Table, Map<Row, Placed>> rows = new HashMap<>();
    private final Map<Table, List<Placed>> copies = new HashMap<>();
    private final List<Change> made = new ArrayList<>();
    private long position = 1000;

    /** A row and the shard that it is in. */
    private record Placed(String shard, Row row) {}

    /** A history that begins with empty tables, of values that suit any table. */
    public History(Random random, List<Table> tables, List<String> shards) {
        this(random, ValueDomains.NONE, tables, shards);
    }

    /** A history that begins with empty tables, of the values that are given for its columns. */
    History(Random random, ValueDomains domains, List<Table> tables, List<String> shards) {
        this.random = random;
        this.values = new RandomValues(random, domains);
        this.tables = tables;
        this.shards = shards;
        tables.forEach(table -> rows.put(table, new LinkedHashMap<>()));
        tables.forEach(table -> copies.put(table, new ArrayList<>()));
    }

    /** What happens next: one change, or the two of a row that moves; none where the dice ask for what cannot be. */
    public List<Change> next() {
        Table table = pick(tables);
        if (!table.hasKey() && !table.appendOnly()) {
            Change change = nextWithoutKey(table, copies.get(table));
            made.add(change);
            return List.of(change);
        }
        if (table.appendOnly()) {
            Change event = nextEvent(table, rows.get(table));
            made.add(event);
            return List.of(event);
        }
        Map<Row, Placed> present = rows.get(table);
        Row key = randomKey(table);
        Placed before = present.get(key);
        List<Change> changes = new ArrayList<>();
        if (before == null) {
            Row row = randomRow(table, key);
            if (free(table, row, null)) {
                changes.add(insert(table, pick(shards), row));
            }
        } else {
            switch (random.nextInt(8)) {
                case 0, 1 -> changes.add(delete(table, key));
                case 2 -> changes.addAll(move(table, key, before));
                case 3 -> changes.addAll(update(table, before, randomRow(table, key)));
                case 4 -> changes.addAll(rekey(table, before));
                default -> changes.addAll(update(table, before, oneColumnChanged(table, before.row)));
            }
        }
        made.addAll(changes);
        return changes;
    }

    /** A change that was made before, as a restarted connector sends it again; the history must have begun. */
    public Change again() {
        return pick(made);
    }

    /** An event, or one that came before once more, by another partition perhaps. */
    private Change nextEvent(Table table, Map<Row, Placed> came) {
        int id = table.deduplication().orElseThrow().column();
        Row row = randomRow(table, Row.of());
        Placed first = came.computeIfAbsent(Row.of(row.get(id)), any -> new Placed(pick(shards), row));
        return new Change(table, pick(shards), position++, null, first.row);
    }

    /** Of equal rows one is changed, any one. */
    private Change nextWithoutKey(Table table, List<Placed> present) {
        if (present.isEmpty() || (present.size() < MOST_COPIES && random.nextInt(3) == 0)) {
            Row row = present.isEmpty() || random.nextBoolean() ? randomRow(table, Row.of()) : pick(present).row;
            Placed placed = new Placed(pick(shards), row);
            present.add(placed);
            return new Change(table, placed.shard, position++, null, row);
        }
        Placed before = present.remove(random.nextInt(present.size()));
        if (random.nextInt(3) == 0) {
            return new Change(table, before.shard, position++, before.row, null);
        }
        Row after = random.nextInt(4) == 0 ? randomRow(table, Row.of()) : oneColumnChanged(table, before.row);
        present.add(new Placed(before.shard, after));
        return new Change(table, before.shard, position++, before.row, after);
    }

    private List<Change> move(Table table, Row key, Placed before) {
        String to = pick(shards);
        if (to.equals(before.shard)) {
            return List.of();
        }
        Row changed = random.nextBoolean() ? before.row : oneColumnChanged(table, before.row);
        Row after = free(table, changed, before) ? changed : before.row;
        if (random.nextBoolean()) {
            return List.of(delete(table, key), insert(table, to, after));
        }
        Change copy = new Change(table, to, position++, null, after);
        Change removal = new Change(table, before.shard, position++, before.row, null);
        rows.get(table).put(key, new Placed(to, after));
        return List.of(copy, removal);
    }

    private List<Change> rekey(Table table, Placed before) {
        Row key = randomKey(table);
        if (rows.get(table).containsKey(key)) {
            return List.of();
        }
        Object[] after = before.row.toArray();
        for (int i = 0; i < key.size(); i++) {
            after[table.primaryKey().get(i)] = key.get(i);
        }
        return update(table, before, Row.of(after));
    }

    private Change insert(Table table, String shard, Row row) {
        Change change = new Change(table, shard, position++, null, row);
        rows.get(table).put(change.keyOf(row), new Placed(shard, row));
        return change;
    }

    private List<Change> update(Table table, Placed before, Row after) {
        if (!free(table, after, before)) {
            return List.of();
        }
        Change change = new Change(table, before.shard, position++, before.row, after);
        rows.get(table).remove(change.keyOf(before.row));
        rows.get(table).put(change.keyOf(after), new Placed(before.shard, after));
        return List.of(change);
    }

    /** Whether no other row has one of the declared unique keys of that row. */
    private boolean free(Table table, Row row, Placed instead) {
        return table.uniqueKeys().stream()
                .map(key -> key.stream().mapToInt(Integer::intValue).toArray())
                .noneMatch(key -> rows.get(table).values().stream()
                        .anyMatch(other ->
                                !other.equals(instead) && other.row.project(key).equals(row.project(key))));
    }

    private Change delete(Table table, Row key) {
        Placed before = rows.get(table).remove(key);
        return new Change(table, before.shard, position++, before.row, null);
    }

    /** The statements that make the oracle's table hold the present rows. */
    String load(Table table) {
        String name = '"' + table.name() + '"';
        String clear = "TRUNCATE " + name + ";";
        List<Placed> present = new ArrayList<>(rows.get(table).values());
        present.addAll(copies.get(table));
        if (present.isEmpty()) {
            return clear;
        }
        return clear + "INSERT INTO " + name + " VALUES "
                + present.stream().map(placed -> literals(table, placed.row)).collect(Collectors.joining(", "));
    }

    private static String literals(Table table, Row row) {
        return IntStream.range(0, row.size())
                .mapToObj(i -> literal(table.columns().get(i).type(), row.get(i)))
                .collect(Collectors.joining(", ", "(", ")"));
    }

    private static String literal(SqlType type, Object value) {
        return value == null ? "NULL" : "'" + SqlText.write(type, value).replace("'", "''") + "'";
    }

    private Row randomKey(Table table) {
        return Row.of(table.primaryKey().stream()
                .map(column -> values.ofKey(table, table.columns().get(column)))
                .toArray());
    }

    private Row randomRow(Table table, Row key) {
        Object[] row = new Object[table.columns().size()];
        for (int i = 0; i < row.length; i++) {
            Column column = table.columns().get(i);
            int inKey = table.primaryKey().indexOf(i);
            row[i] = inKey >= 0 ? key.get(inKey) : values.of(table, column);
        }
        return Row.of(row);
    }

    private Row oneColumnChanged(Table table, Row before) {
        List<Integer> others = IntStream.range(0, before.size())
                .filter(column -> !table.primaryKey().contains(column))
                .boxed()
                .toList();
        if (others.isEmpty()) {
            return before;
        }
        int column = pick(others);
        Object[] after = before.toArray();
        after[column] = values.of(table, table.columns().get(column));
        return Row.of(after);
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
