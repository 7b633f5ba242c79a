package io.millrace.ops.e2e;

import io.millrace.ops.stack.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Random changes of {@code items} and {@code documents} on two shards: rows come, change, move to the other shard, get
 * another key, leave large values as they are, and go. Some rows hold what the target refuses.
 */
final class RandomChanges implements AutoCloseable {
    /** The name and title that the target's constraints refuse. */
    static final String REFUSED = "refused";

    private static final int IDS = 80;
    private static final int DOCUMENTS = 30;

    private final Random random;
    private final List<Connection> shards;
    /** The shard of each item that there is. */
    private final Map<Integer, Integer> homes = new HashMap<>();

    private boolean loading;
    private int nextId = 1_000;
    private int count;

    RandomChanges(List<PostgresServer> servers, Random random) throws SQLException {
        this.random = random;
        this.shards = List.of(servers.get(0).connect(), servers.get(1).connect());
    }

    int count() {
        return count;
    }

    /** The rows that are there from the beginning, all of which the target takes. */
    void load() throws SQLException {
        loading = true;
        for (int id = 0; id < DOCUMENTS; id++) {
            execute(id % 2, "INSERT INTO documents VALUES (" + id + ", 't" + id + "', repeat(md5('" + id + "'), 300))");
        }
        for (int id = 0; id < IDS / 2; id++) {
            insert(id);
        }
        loading = false;
    }

    /** Makes one change. */
    void next() throws SQLException {
        count++;
        int id = random.nextInt(IDS);
        int document = random.nextInt(DOCUMENTS);
        switch (random.nextInt(12)) {
            case 0, 1 -> delete(id);
            case 2 -> move(id);
            case 3 -> rekey(id);
            case 4 -> execute(document % 2, "UPDATE documents SET title = 't" + count + "' WHERE id = " + document);
            case 5 ->
                execute(document % 2, "UPDATE documents SET body = body || '" + count + "' WHERE id = " + document);
            case 6 ->
                execute(
                        document % 2,
                        "UPDATE documents SET title = '" + maybeRefused("t") + "' WHERE id = " + document);
            default -> {
                if (homes.containsKey(id)) {
                    execute(
                            homes.get(id),
                            "UPDATE items SET amount = " + count + ", name = '" + maybeRefused("n") + "', note = "
                                    + (random.nextBoolean() ? "NULL" : "'w" + count + "'") + " WHERE id = " + id);
                } else {
                    insert(id);
                }
            }
        }
    }

    private String maybeRefused(String otherwise) {
        return !loading && random.nextInt(20) == 0 ? REFUSED : otherwise + count;
    }

    private void insert(int id) throws SQLException {
        int shard = random.nextInt(2);
        execute(shard, "INSERT INTO items VALUES (" + id + ", '" + maybeRefused("n") + "', " + count + ", 'new')");
        homes.put(id, shard);
    }

    private void delete(int id) throws SQLException {
        Integer shard = homes.remove(id);
        if (shard != null) {
            execute(shard, "DELETE FROM items WHERE id = " + id);
        }
    }

    /** The row is copied, then deleted where it was. */
    private void move(int id) throws SQLException {
        Integer from = homes.get(id);
        if (from != null) {
            String row;
            try (Statement statement = shards.get(from).createStatement();
                    var found = statement.executeQuery(
                            "SELECT format('(%s, %L, %s, %L)', id, name, amount, note) FROM items WHERE id = " + id)) {
                found.next();
                row = found.getString(1);
            }
            execute(1 - from, "INSERT INTO items VALUES " + row);
            execute(from, "DELETE FROM items WHERE id = " + id);
            homes.put(id, 1 - from);
        }
    }

    private void rekey(int id) throws SQLException {
        Integer shard = homes.remove(id);
        if (shard != null) {
            execute(shard, "UPDATE items SET id = " + nextId + " WHERE id = " + id);
            homes.put(nextId++, shard);
        }
    }

    private void execute(int shard, String sql) throws SQLException {
        try (Statement statement = shards.get(shard).createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        for (Connection shard : shards) {
            shard.close();
        }
    }
}
