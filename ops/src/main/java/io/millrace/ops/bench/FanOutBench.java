package io.millrace.ops.bench;

import io.millrace.ops.stack.Ports;
import io.millrace.ops.stack.PostgresServer;
import io.millrace.ops.stack.Stack;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * A user with very many photos renames, and the view of photos with their owners follows. Meanwhile photos of other users in
 * all partitions change; how long each takes from its commit in PostgreSQL to the answer over HTTP is measured, before the
 * rename and during it.
 */
@Command(name = "fanout", description = "One change that alters very many rows, and what others wait meanwhile.")
final class FanOutBench implements Callable<Integer> {
    private static final int PARTITIONS = 2;
    private static final int CELEBRITY = 1;
    private static final int PROBE_USERS = 16;
    private static final int FIRST_PROBE_ID = 1_000_000_000;
    private static final int INSERT_BATCH = 50_000;
    private static final int PAGE_ROWS = 10_000;
    private static final long ASK_AGAIN_NANOS = 1_000_000L;
    private static final Pattern CURSOR = Pattern.compile("\"cursor\":\"([^\"]+)\"");

    @Spec
    private CommandSpec spec;

    @Option(names = "--photos", paramLabel = "N", description = "Photos of the user; default ${DEFAULT-VALUE}.")
    private int photos = 1_000_000;

    @Option(names = "--probes", paramLabel = "N", description = "Probes a second; default ${DEFAULT-VALUE}.")
    private int probesPerSecond = 20;

    @Option(names = "--baseline", paramLabel = "SECONDS", description = "Before the rename; default ${DEFAULT-VALUE}.")
    private int baselineSeconds = 15;

    @Option(names = "--kill-after", paramLabel = "SECONDS", description = "Kill -9 and start again, after the rename.")
    private int killAfterSeconds = -1;

    @Option(
            names = "--instances",
            paramLabel = "N",
            description = "1 or 2; of 2 with copies of each other's stores one is killed and the other goes on.")
    private int instances = 1;

    @Option(
            names = "--restart-for",
            paramLabel = "SECONDS",
            description = "Of 2: afterwards start the killed one again, and measure for so long.")
    private int restartSeconds;

    @Option(names = "--set", paramLabel = "NAME=VALUE", description = "A property of millrace.properties.")
    private Map<String, String> properties = new TreeMap<>();

    private PrintWriter out;
    private Path directory;
    private Path pipeline;
    private Path config;
    private Stack stack;
    private int port;
    private BenchProcess process;
    /** The instance that is not killed, where there are two: who is asked. */
    private BenchProcess other;

    private int otherPort;
    private int nextProbe;

    @Override
    public Integer call() throws Exception {
        out = spec.commandLine().getOut();
        directory = Files.createTempDirectory("millrace-bench");
        pipeline = BenchProcess.home().resolve("ops/bench/photos-users");
        stack = BenchStack.start(pipeline, PhotosData.DATABASE, 1, PARTITIONS, directory.resolve("stack"));
        port = Ports.free();
        config = configuration("one", port);
        try (Connection connection = stack.shards().get(0).connect()) {
            insert(stack.shards().get(0));
            process = BenchProcess.ofTopology(pipeline, config, directory.resolve("log"));
            if (instances > 1) {
                otherPort = Ports.free();
                other = BenchProcess.ofTopology(
                        pipeline, configuration("other", otherPort), directory.resolve("log-other"));
            }
            awaitNames("before", Long.MAX_VALUE);
            if (instances > 1) {
                renameWithAnother(connection);
            } else {
                report("before the rename", probe(connection, () -> false, baselineSeconds));
                rename(connection);
            }
        } finally {
            process.close();
            if (other != null) {
                other.close();
            }
            stack.close();
        }
        return 0;
    }

    private Path configuration(String name, int itsPort) throws IOException {
        Map<String, String> all = new TreeMap<>(properties);
        if (instances > 1) {
            all.put("application.server", "127.0.0.1:" + itsPort);
            all.putIfAbsent("standby.replicas", "1");
        }
        return BenchStack.configure(
                directory.resolve(name), stack, "fanout", PhotosData.DATABASE, PARTITIONS, itsPort, all);
    }

    /** Asks the instance that stays, before and while the other one is killed. */
    private void renameWithAnother(Connection connection) throws Exception {
        try (OpenLoopProbes before = probes(connection)) {
            TimeUnit.SECONDS.sleep(baselineSeconds);
            before.finish();
            reportOpenLoop("before the rename", before);
        }
        long start = System.nanoTime();
        try (Connection renaming = stack.shards().get(0).connect()) {
            renaming.createStatement().execute("UPDATE users SET username = 'after' WHERE user_id = " + CELEBRITY);
        }
        try (OpenLoopProbes during = probes(connection)) {
            if (killAfterSeconds >= 0) {
                TimeUnit.SECONDS.sleep(killAfterSeconds);
                List<Integer> lost = heldByTheFirst();
                out.printf(
                        "killed after %.1f s with %.0f changes pending; it held %d of %d photos%n",
                        seconds(start), metric("millrace_fanout_pending"), lost.size(), PROBE_USERS);
                long killed = System.nanoTime();
                process.kill();
                port = otherPort;
                process = other;
                awaitSeen(during, lost, killed);
            }
            while (!isWorkedOff()) {
                TimeUnit.SECONDS.sleep(1);
            }
            out.printf("worked off after %.1f s%n", seconds(start));
            during.finish();
            reportOpenLoop("during the rename", during);
        }
        if (restartSeconds > 0) {
            try (OpenLoopProbes back = probes(connection);
                    BenchProcess again = BenchProcess.ofTopology(pipeline, config, directory.resolve("log"))) {
                TimeUnit.SECONDS.sleep(restartSeconds);
                back.finish();
                again.checkAlive();
                reportOpenLoop("while the killed one comes back", back);
            }
        }
        awaitNames("after", photos);
        out.printf(
                Locale.ROOT,
                "all %,d rows have the new name; peak memory of the process %,d MiB%n",
                photos,
                other.peakMemoryMiB());
        out.flush();
    }

    private OpenLoopProbes probes(Connection connection) throws SQLException {
        return new OpenLoopProbes(connection, otherPort, probesPerSecond, FIRST_PROBE_ID + 1, PROBE_USERS, nextProbe);
    }

    /** The photos that changes are made of which the instance answers for that is going to be killed. */
    private List<Integer> heldByTheFirst() throws IOException {
        List<Integer> held = new ArrayList<>();
        for (int photo = FIRST_PROBE_ID + 1; photo <= FIRST_PROBE_ID + PROBE_USERS; photo++) {
            HttpURLConnection asked =
                    (HttpURLConnection) URI.create("http://127.0.0.1:" + port + "/v1/views/owned_photo/" + photo)
                            .toURL()
                            .openConnection();
            // As from another instance: it answers for what it holds alone.
            asked.setRequestProperty("Millrace-Partitions", "0");
            if (asked.getResponseCode() == 200) {
                held.add(photo);
            }
            asked.disconnect();
        }
        return held;
    }

    private void awaitSeen(OpenLoopProbes probes, List<Integer> lost, long killedNanos) throws InterruptedException {
        while (true) {
            long first = probes.seen().stream()
                    .filter(probe -> lost.contains(probe.photo()) && probe.committedNanos() - killedNanos > 0)
                    .mapToLong(probe -> probe.seenNanos() - killedNanos)
                    .min()
                    .orElse(-1);
            if (first >= 0 || lost.isEmpty()) {
                out.printf(
                        Locale.ROOT, "the first change of them after the kill was visible after %.2f s%n", first / 1e9);
                return;
            }
            process.checkAlive();
            Thread.sleep(1);
        }
    }

    private void reportOpenLoop(String when, OpenLoopProbes probes) {
        nextProbe = probes.nextNumber();
        report(
                when,
                probes.seen().stream().map(OpenLoopProbes.Probe::latencyNanos).toList());
        out.printf(
                Locale.ROOT,
                "%s: longest time between two answers about the same photo %.0f ms%n",
                when,
                probes.longestGapNanos() / 1e6);
        out.flush();
    }

    private void insert(PostgresServer shard) throws SQLException {
        shard.execute("INSERT INTO users (user_id, username) SELECT i, 'before' FROM generate_series(1, "
                + (CELEBRITY + PROBE_USERS) + ") i");
        shard.execute("INSERT INTO photos (photo_id, user_id, caption) SELECT " + FIRST_PROBE_ID + " + i, " + CELEBRITY
                + " + i, '' FROM generate_series(1, " + PROBE_USERS + ") i");
        for (int done = 0; done < photos; done += INSERT_BATCH) {
            int last = Math.min(photos, done + INSERT_BATCH);
            shard.execute("INSERT INTO photos (photo_id, user_id, caption) SELECT i, " + CELEBRITY
                    + ", 'photo ' || i FROM generate_series(" + (done + 1) + ", " + last + ") i");
        }
    }

    private void rename(Connection connection) throws Exception {
        long start = System.nanoTime();
        connection.createStatement().execute("UPDATE users SET username = 'after' WHERE user_id = " + CELEBRITY);
        List<Long> latencies = new ArrayList<>();
        if (killAfterSeconds >= 0) {
            latencies.addAll(probe(connection, () -> false, killAfterSeconds));
            out.printf(
                    "killed after %.1f s with %.0f changes pending%n",
                    seconds(start), metric("millrace_fanout_pending"));
            process.kill();
            long killed = System.nanoTime();
            process = BenchProcess.ofTopology(pipeline, config, directory.resolve("log"));
            probeOnce(connection);
            out.printf(
                    "the first change after the kill was visible after %.1f s, %.1f s of processor time%n",
                    seconds(killed), process.processorSeconds());
        }
        latencies.addAll(probe(connection, this::isWorkedOff, Integer.MAX_VALUE));
        out.printf("worked off after %.1f s%n", seconds(start));
        report("during the rename", latencies);
        awaitNames("after", photos);
        out.printf(
                Locale.ROOT,
                "all %,d rows have the new name; peak memory of the process %,d MiB%n",
                photos,
                process.peakMemoryMiB());
        out.flush();
    }

    /** Whether no change is pending any more and the last photo has its new name, wherever in the order it is. */
    private boolean isWorkedOff() {
        try {
            return metric("millrace_fanout_pending") == 0
                    && name(1).equals("after")
                    && name(photos / 2).equals("after")
                    && name(photos).equals("after");
        } catch (IOException e) {
            process.checkAlive();
            return false;
        }
    }

    private String name(int photo) throws IOException {
        try (KeepAliveConnection http = new KeepAliveConnection(port)) {
            String row = text(http.get("/v1/views/owned_photo/" + photo));
            return row.contains("\"after\"") ? "after" : "before";
        }
    }

    /** Of all instances together. */
    private double metric(String name) throws IOException {
        double sum = metric(name, port);
        return other == null || port == otherPort ? sum : sum + metric(name, otherPort);
    }

    private static double metric(String name, int port) throws IOException {
        // Long enough to come in chunks, which the connection for rows does not read.
        try (InputStream metrics =
                URI.create("http://127.0.0.1:" + port + "/metrics").toURL().openStream()) {
            return new String(metrics.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .sum();
        }
    }

    private static String text(KeepAliveConnection.Answer answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    /** Waits until every photo of the user is there with that name; so many of them, or as many as there are. */
    private void awaitNames(String name, long most) throws IOException {
        long wanted = Math.min(most, photos + (name.equals("before") ? PROBE_USERS : 0));
        while (true) {
            try {
                long found = metric("millrace_view_rows") < photos ? -1 : count(name);
                if (found == wanted) {
                    return;
                }
            } catch (IOException e) {
                // Not up yet: asked again below, for as long as the process lives.
                process.checkAlive();
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
        }
    }

    private long count(String name) throws IOException {
        String wanted = "\"" + name + "\"";
        long found = 0;
        try (KeepAliveConnection http = new KeepAliveConnection(port)) {
            String from = "/v1/views/owned_photo?limit=" + PAGE_ROWS;
            String next = from;
            while (next != null) {
                String page = text(http.get(next));
                for (int at = page.indexOf(wanted); at >= 0; at = page.indexOf(wanted, at + 1)) {
                    found++;
                }
                Matcher cursor = CURSOR.matcher(page);
                next = cursor.find() ? from + "&cursor=" + cursor.group(1) : null;
            }
        }
        return found;
    }

    private interface Condition {
        boolean holds();
    }

    /** Probes until a condition holds, or for so long; how long each took, in nanoseconds. */
    private List<Long> probe(Connection connection, Condition until, int forSeconds) throws SQLException, IOException {
        List<Long> latencies = new ArrayList<>();
        long start = System.nanoTime();
        long end = start + TimeUnit.SECONDS.toNanos(forSeconds);
        for (int i = 0; System.nanoTime() < end; i++) {
            if (i % probesPerSecond == 0 && until.holds()) {
                break;
            }
            // Moments that are counted from the start fall anywhere between two commits of the topology.
            LockSupport.parkNanos(start + i * 1_000_000_000L / probesPerSecond - System.nanoTime());
            latencies.add(probeOnce(connection));
        }
        return latencies;
    }

    private long probeOnce(Connection connection) throws SQLException {
        int photo = FIRST_PROBE_ID + 1 + nextProbe % PROBE_USERS;
        String caption = "probe-" + nextProbe++ + "-";
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE photos SET caption = ? WHERE photo_id = ?")) {
            update.setString(1, caption);
            update.setInt(2, photo);
            update.executeUpdate();
        }
        long committed = System.nanoTime();
        while (true) {
            try (KeepAliveConnection http = new KeepAliveConnection(port)) {
                while (!text(http.get("/v1/views/owned_photo/" + photo)).contains(caption)) {
                    LockSupport.parkNanos(ASK_AGAIN_NANOS);
                }
                return System.nanoTime() - committed;
            } catch (IOException e) {
                process.checkAlive();
                LockSupport.parkNanos(ASK_AGAIN_NANOS);
            }
        }
    }

    private static double seconds(long sinceNanos) {
        return (System.nanoTime() - sinceNanos) / 1e9;
    }

    private void report(String when, List<Long> latencies) {
        List<Long> sorted = new ArrayList<>(latencies);
        Collections.sort(sorted);
        out.printf(
                Locale.ROOT,
                "%s: %d changes of other users, commit to visible p50 %.0f ms, p90 %.0f ms, p99 %.0f ms, most %.0f ms%n",
                when,
                sorted.size(),
                quantileMs(sorted, 0.5),
                quantileMs(sorted, 0.9),
                quantileMs(sorted, 0.99),
                quantileMs(sorted, 1));
        out.flush();
    }

    private static double quantileMs(List<Long> sortedNanos, double quantile) {
        int index = (int) Math.ceil(quantile * sortedNanos.size()) - 1;
        return sortedNanos.isEmpty() ? Double.NaN : sortedNanos.get(Math.max(0, index)) / 1e6;
    }
}
