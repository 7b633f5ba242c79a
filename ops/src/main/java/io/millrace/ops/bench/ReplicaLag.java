package io.millrace.ops.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How long changes take from their commit in the source to where a reader of the target sees them. Single changes come at
 * a steady rate; every tenth is of one row, of which the target is asked all the time.
 */
final class ReplicaLag {
    private static final int PROBE_EVERY = 10;
    private static final long ASK_NANOS = 1_000_000L;
    private static final long LOST_NANOS = 30_000_000_000L;

    private final ReplicaData data;
    private final int rows;
    private final int rate;
    /** When each probe was committed, by its number. */
    private final long[] committed;

    private final List<Double> latenciesMs = new ArrayList<>();
    private volatile int probes;
    private volatile boolean ended;
    private volatile Exception failure;

    /**
     * A measurement.
     *
     * @param rows of the table, 1 and up; row 0 is the probe
     * @param rate changes a second
     * @param seconds how long at most
     */
    ReplicaLag(ReplicaData data, int rows, int rate, int seconds) {
        this.data = data;
        this.rows = rows;
        this.rate = rate;
        this.committed = new long[rate * seconds / PROBE_EVERY + 1];
    }

    /**
     * Makes changes and follows them.
     *
     * @param first the number of the first probe that counts; those before it warm up
     * @return the probes' times in milliseconds, the shortest first
     */
    List<Double> measure(String targetUrl, int first) throws Exception {
        data.source().execute("UPDATE live SET views = 0 WHERE id = 0");
        Thread writer = new Thread(this::write, "changes");
        writer.start();
        try (Connection connection = DriverManager.getConnection(targetUrl);
                PreparedStatement probe = connection.prepareStatement("SELECT views FROM live WHERE id = 0")) {
            // The row may still have the last measurement's number.
            while (seen(probe) > probes) {
                LockSupport.parkNanos(ASK_NANOS);
            }
            follow(probe, first);
        } finally {
            writer.join();
        }
        if (failure != null) {
            throw failure;
        }
        Collections.sort(latenciesMs);
        return latenciesMs;
    }

    private void follow(PreparedStatement probe, int first) throws SQLException {
        int seen = 0;
        long lastSeenAt = System.nanoTime();
        while (!ended || seen < probes) {
            int now = seen(probe);
            long at = System.nanoTime();
            for (; seen < now; seen++) {
                if (seen + 1 >= first) {
                    // The commit may be seen before its writer has the answer.
                    latenciesMs.add(Math.max(0, at - committed(seen + 1, at)) / 1e6);
                }
                lastSeenAt = at;
            }
            if (at - lastSeenAt > LOST_NANOS) {
                throw new IllegalStateException("the target does not follow any more");
            }
            LockSupport.parkNanos(ASK_NANOS);
        }
    }

    private long committed(int number, long otherwise) {
        return probes >= number ? committed[number] : otherwise;
    }

    private static int seen(PreparedStatement probe) throws SQLException {
        try (ResultSet result = probe.executeQuery()) {
            return result.next() ? result.getInt(1) : 0;
        }
    }

    private void write() {
        try (Connection connection = data.source().connect();
                PreparedStatement change =
                        connection.prepareStatement("UPDATE live SET views = ?, title = ? WHERE id = ?")) {
            Random random = new Random(1);
            long start = System.nanoTime();
            long between = TimeUnit.SECONDS.toNanos(1) / rate;
            for (int i = 1; i < committed.length * PROBE_EVERY; i++) {
                boolean isProbe = i % PROBE_EVERY == 0;
                int number = i / PROBE_EVERY;
                change.setInt(1, isProbe ? number : i);
                change.setString(2, "title after " + i + " changes");
                change.setLong(3, isProbe ? 0 : 1 + random.nextInt(rows));
                change.executeUpdate();
                if (isProbe) {
                    committed[number] = System.nanoTime();
                    probes = number;
                }
                LockSupport.parkNanos(start + i * between - System.nanoTime());
            }
        } catch (SQLException e) {
            failure = e;
        } finally {
            ended = true;
        }
    }
}
