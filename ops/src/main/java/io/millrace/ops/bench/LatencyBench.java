package io.millrace.ops.bench;

import io.millrace.ops.demo.Traffic;
import io.millrace.ops.demo.TrafficRunner;
import io.millrace.ops.stack.Ports;
import io.millrace.ops.stack.Stack;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * From a commit in PostgreSQL to the answer that holds it over HTTP, with the demo pipeline and traffic on two shards. A
 * probe changes the caption of a photo of its own, then asks for photo_card until the caption is there: through Debezium,
 * two exchanges, a join with the owner and two with counts.
 */
@Command(name = "latency", description = "From a commit in PostgreSQL to visible over HTTP, under traffic.")
final class LatencyBench implements Callable<Integer> {
    private static final long PROBE_ID = 900_000_000_000L;
    private static final String DATABASE = "photos";
    private static final int SHARDS = 2;
    private static final int PARTITIONS = 2;
    private static final long ASK_AGAIN_NANOS = 500_000L;
    private static final long LOST_NANOS = 30_000_000_000L;

    @Spec
    private CommandSpec spec;

    @Option(names = "--rate", paramLabel = "N", description = "Changes a second; default ${DEFAULT-VALUE}.")
    private int rate = 500;

    @Option(
            names = "--probes",
            paramLabel = "N",
            description = "Probes a second, among them; default ${DEFAULT-VALUE}.")
    private int probesPerSecond = 10;

    @Option(names = "--warm-up", paramLabel = "SECONDS", description = "Not measured; default ${DEFAULT-VALUE}.")
    private int warmUpSeconds = 90;

    @Option(names = "--seconds", paramLabel = "N", description = "Measured; default ${DEFAULT-VALUE}.")
    private int seconds = 60;

    private Stack stack;
    private int port;

    @Override
    public Integer call() throws Exception {
        Path directory = Files.createTempDirectory("millrace-bench");
        Path pipeline = BenchProcess.home().resolve("pipelines/photos");
        PrintWriter out = spec.commandLine().getOut();
        stack = BenchStack.start(pipeline, DATABASE, SHARDS, PARTITIONS, directory.resolve("stack"));
        port = Ports.free();
        // The views are measured, not the replicas.
        Path config = BenchStack.configure(
                directory, stack, DATABASE, DATABASE, PARTITIONS, port, Map.of("connect.url", "none"));
        try (BenchProcess process = BenchProcess.ofTopology(pipeline, config, directory.resolve("log"));
                Connection connection = stack.shards().get(0).connect()) {
            insertProbe(connection);
            awaitServer(process);
            try (TrafficRunner traffic = TrafficRunner.start(
                    new Traffic(1, SHARDS, 1),
                    rate - probesPerSecond,
                    stack.shards(),
                    stack.broker().bootstrapServers(),
                    out::println)) {
                probe(connection, warmUpSeconds);
                long before = traffic.changes();
                long start = System.nanoTime();
                long[] latencyNanos = probe(connection, seconds);
                double changes =
                        (traffic.changes() - before + latencyNanos.length) / ((System.nanoTime() - start) / 1e9);
                report(out, latencyNanos, changes);
            }
        } finally {
            stack.close();
        }
        return 0;
    }

    private static void insertProbe(Connection connection) throws SQLException {
        connection
                .createStatement()
                .execute("INSERT INTO users (user_id, username) VALUES (" + PROBE_ID + ", 'probe');"
                        + "INSERT INTO photos (photo_id, user_id, caption) VALUES (" + PROBE_ID + ", " + PROBE_ID
                        + ", '')");
    }

    private void awaitServer(BenchProcess process) {
        while (true) {
            try (KeepAliveConnection http = new KeepAliveConnection(port)) {
                if (http.get("/v1/views/photo_card/" + PROBE_ID).status() == 200) {
                    return;
                }
            } catch (IOException e) {
                // Not up yet: asked again below, for as long as the process lives.
                process.checkAlive();
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        }
    }

    /** Probes for so long, fewer times if an answer takes longer than the next probe is away; how long each took, in nanoseconds. */
    private long[] probe(Connection connection, int forSeconds) throws SQLException, IOException {
        long[] latencyNanos = new long[forSeconds * probesPerSecond];
        int probes = 0;
        long start = System.nanoTime();
        long end = start + TimeUnit.SECONDS.toNanos(forSeconds);
        try (PreparedStatement update =
                        connection.prepareStatement("UPDATE photos SET caption = ? WHERE photo_id = " + PROBE_ID);
                KeepAliveConnection http = new KeepAliveConnection(port)) {
            for (int i = 0; i < latencyNanos.length && System.nanoTime() < end; i++) {
                // Moments that are counted from the start fall anywhere between two commits of the topology.
                LockSupport.parkNanos(start + i * 1_000_000_000L / probesPerSecond - System.nanoTime());
                String caption = "probe-" + forSeconds + "-" + i + "-";
                update.setString(1, caption);
                update.executeUpdate();
                long committed = System.nanoTime();
                awaitCaption(http, caption, committed);
                latencyNanos[probes++] = System.nanoTime() - committed;
            }
        }
        return Arrays.copyOf(latencyNanos, probes);
    }

    private static void awaitCaption(KeepAliveConnection http, String caption, long committed) throws IOException {
        while (true) {
            KeepAliveConnection.Answer answer = http.get("/v1/views/photo_card/" + PROBE_ID);
            if (answer.status() == 200 && new String(answer.body(), StandardCharsets.UTF_8).contains(caption)) {
                return;
            }
            if (System.nanoTime() - committed > LOST_NANOS) {
                throw new IllegalStateException(
                        caption + " did not become visible; the last answer was HTTP " + answer.status());
            }
            LockSupport.parkNanos(ASK_AGAIN_NANOS);
        }
    }

    private static void report(PrintWriter out, long[] latencyNanos, double changes) {
        Arrays.sort(latencyNanos);
        out.printf(
                Locale.ROOT,
                "%d probes at %.0f changes/s: commit to visible over HTTP p50 %.0f ms, p90 %.0f ms, p99 %.0f ms, most %.0f ms%n",
                latencyNanos.length,
                changes,
                quantileMs(latencyNanos, 0.5),
                quantileMs(latencyNanos, 0.9),
                quantileMs(latencyNanos, 0.99),
                quantileMs(latencyNanos, 1));
        out.flush();
    }

    private static double quantileMs(long[] sortedNanos, double quantile) {
        int index = (int) Math.ceil(quantile * sortedNanos.length) - 1;
        return sortedNanos[Math.max(0, index)] / 1e6;
    }
}
