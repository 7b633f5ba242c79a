package io.millrace.differential;

import io.millrace.catalog.Table;
import io.millrace.plan.PlanNode;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.SourceChange;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A random history of changes over three shards: inserts, updates of any column, deletes, re-inserts, and rows that move
 * from one shard to another; now and then a change is sent again, as a restarted connector does.
 */
final class History {
    private static final int SHARDS = 3;
    private static final int IDS = 9;
    private static final List<String> TEXTS = Arrays.asList("a", "ab", "B", "ä", "", "x a", null);
    private static final List<BigDecimal> NUMBERS = Arrays.asList(
            new BigDecimal("1.50"), new BigDecimal("2.00"), new BigDecimal("-3.25"), new BigDecimal("0.10"), null);

    private final Random random;
    private final MemoryPipeline pipeline;
    private final Map<Table, TreeMap<Integer, Placed>> rows = new HashMap<>();
    private final Map<Table, List<SourceChange>> sent = new HashMap<>();
    private final List<Table> tables;
    private long position = 1000;

    /** A row and the shard that it is in. */
    private record Placed(String shard, Object[] values) {}

    History(Random random, MemoryPipeline pipeline, List<Table> tables) {
        this.random = random;
        this.pipeline = pipeline;
        this.tables = tables;
        tables.forEach(table -> {
            rows.put(table, new TreeMap<>());
            sent.put(table, new ArrayList<>());
        });
    }

    /** Makes one change. */
    void change() {
        Table table = tables.get(random.nextInt(tables.size()));
        TreeMap<Integer, Placed> present = rows.get(table);
        int id = random.nextInt(IDS);
        Placed before = present.get(id);
        if (before == null) {
            put(table, new Placed(shard(), values(id)));
        } else {
            switch (random.nextInt(8)) {
                case 0, 1 -> delete(table, id);
                case 2 -> move(table, id, before);
                case 3 -> put(table, new Placed(before.shard, values(id)));
                case 4 -> resend(table);
                default -> put(table, new Placed(before.shard, oneColumnChanged(before.values)));
            }
        }
    }

    private void move(Table table, int id, Placed before) {
        String to = shard();
        if (to.equals(before.shard)) {
            return;
        }
        Placed after = new Placed(to, random.nextBoolean() ? before.values : oneColumnChanged(before.values));
        if (random.nextBoolean()) {
            delete(table, id);
            put(table, after);
        } else {
            send(table, after, false);
            send(table, before, true);
            rows.get(table).put(id, after);
        }
    }

    private void put(Table table, Placed row) {
        rows.get(table).put((Integer) row.values[0], row);
        send(table, row, false);
    }

    private void delete(Table table, int id) {
        send(table, rows.get(table).remove(id), true);
    }

    private void send(Table table, Placed row, boolean deletion) {
        PlanNode.Scan scan = pipeline.scanOf(table);
        if (scan == null) {
            return;
        }
        Row read = deletion
                ? null
                : Row.of(row.values)
                        .project(scan.columns().stream()
                                .mapToInt(Integer::intValue)
                                .toArray());
        Origin origin = new Origin(row.shard, position++, position * 1000);
        SourceChange change = new SourceChange(deletion, Row.of(row.values[0]), read, null, origin);
        sent.get(table).add(change);
        pipeline.append(table, change);
    }

    private void resend(Table table) {
        List<SourceChange> earlier = sent.get(table);
        if (!earlier.isEmpty()) {
            pipeline.append(table, earlier.get(random.nextInt(earlier.size())));
        }
    }

    /** The statement that makes the oracle's table hold the present rows. */
    String load(Table table) {
        String clear = "TRUNCATE " + table.name() + ";";
        if (rows.get(table).isEmpty()) {
            return clear;
        }
        return clear + "INSERT INTO " + table.name() + " VALUES "
                + rows.get(table).values().stream()
                        .map(row -> Arrays.stream(row.values)
                                .map(History::literal)
                                .collect(Collectors.joining(", ", "(", ")")))
                        .collect(Collectors.joining(", "));
    }

    private static String literal(Object value) {
        return value instanceof String text ? "'" + text + "'" : Objects.toString(value, "NULL");
    }

    private String shard() {
        return "shard" + random.nextInt(SHARDS);
    }

    private Object[] values(int id) {
        Object[] values = new Object[6];
        values[0] = id;
        for (int i = 1; i < values.length; i++) {
            values[i] = value(i);
        }
        return values;
    }

    private Object[] oneColumnChanged(Object[] before) {
        Object[] after = before.clone();
        int column = 1 + random.nextInt(after.length - 1);
        after[column] = value(column);
        return after;
    }

    private Object value(int column) {
        return switch (column) {
            case 1 -> random.nextInt(5) == 0 ? null : (Object) random.nextInt(6);
            case 2 -> (long) random.nextInt(5);
            case 3 -> TEXTS.get(random.nextInt(TEXTS.size()));
            case 4 -> NUMBERS.get(random.nextInt(NUMBERS.size()));
            default -> random.nextInt(4) == 0 ? null : (Object) random.nextBoolean();
        };
    }
}
