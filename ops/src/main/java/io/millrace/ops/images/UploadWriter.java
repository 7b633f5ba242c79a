package io.millrace.ops.images;

import io.millrace.catalog.UserError;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the service's web server does with an upload: stores the picture, then writes the row. Nobody is told; the row's change is the
 * work. Used by one thread.
 */
final class UploadWriter implements AutoCloseable {
    private static final String INSERT = "INSERT INTO uploads (upload_id, user_id, name, object) VALUES (?, ?, ?, ?)"
            + " ON CONFLICT (upload_id) DO NOTHING";
    private static final int MAX_NAME = 200;
    private static final int MICROS_PER_MS = 1_000;

    private final ImageStore store;
    private final List<Connection> shards = new ArrayList<>();
    private long lastId;

    /** One that writes to the shards of those JDBC addresses. */
    UploadWriter(ImageStore store, Map<String, String> jdbcUrls) {
        this.store = store;
        // In an order that does not depend on how they were named: ids tell their places.
        for (Map.Entry<String, String> shard : new TreeMap<>(jdbcUrls).entrySet()) {
            try {
                shards.add(DriverManager.getConnection(shard.getValue()));
            } catch (SQLException e) {
                close();
                throw UserError.of(
                        UserError.Category.UNREACHABLE,
                        "shard " + shard.getKey() + " does not answer: " + e.getMessage(),
                        "--shard gives its address");
            }
        }
    }

    /** Uploads a picture and returns the upload's id. */
    long upload(long userId, String name, byte[] picture) throws IOException, SQLException {
        String object = store.put(ImageStore.Kind.ORIGINAL, picture);
        int shard = shard(userId);
        while (true) {
            lastId = nextId(lastId, System.currentTimeMillis() * MICROS_PER_MS, shard, shards.size());
            try (PreparedStatement insert = shards.get(shard).prepareStatement(INSERT)) {
                insert.setLong(1, lastId);
                insert.setLong(2, userId);
                insert.setString(3, name.substring(0, Math.min(name.length(), MAX_NAME)));
                insert.setString(4, object);
                if (insert.executeUpdate() == 1) {
                    return lastId;
                }
            }
        }
    }

    /** The next id that no other shard gives: divided by their number it leaves the shard's place among them. */
    static long nextId(long last, long nowMicros, int shard, int shards) {
        long least = Math.max(last + 1, nowMicros);
        return least + Math.floorMod(shard - least, shards);
    }

    private int shard(long userId) {
        return Math.floorMod(Long.hashCode(userId * 0x9E3779B97F4A7C15L), shards.size());
    }

    /** Deletes the oldest uploads beyond that many, and all that was reported of them. */
    void keep(int most) throws SQLException {
        int mostOfShard = Math.max(1, most / shards.size());
        for (Connection shard : shards) {
            try (PreparedStatement delete = shard.prepareStatement("DELETE FROM uploads WHERE upload_id IN"
                    + " (SELECT upload_id FROM uploads ORDER BY upload_id DESC OFFSET ?)")) {
                delete.setInt(1, mostOfShard);
                delete.executeUpdate();
            }
        }
    }

    @Override
    public void close() {
        shards.forEach(UploadWriter::close);
    }

    private static void close(Connection shard) {
        try {
            shard.close();
        } catch (SQLException e) {
            // It is of no use any more, whatever it says.
            return;
        }
    }
}
