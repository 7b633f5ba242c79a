package io.millrace.ops.bench;

import io.millrace.ops.bench.ReplicaData.Load;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Rows a second into PostgreSQL: our sink, Debezium's JDBC sink on the same topics, and PostgreSQL's own logical replication, in
 * turns; then how far each is behind at a steady rate. One partition, one task, unless more are asked for. Every target must equal its source.
 */
@Command(
        name = "replica",
        description = "Replication into PostgreSQL beside Debezium's JDBC sink and PostgreSQL's own replication.")
final class ReplicaBench implements Callable<Integer> {
    private static final long LOOK_NANOS = 2_000_000L;
    private static final long LOST_NANOS = 600_000_000_000L;
    private static final int PROBES_A_SECOND = 10;

    @Spec
    private CommandSpec spec;

    @Option(names = "--copied", paramLabel = "N", description = "Rows of the initial copy; default ${DEFAULT-VALUE}.")
    private int copied = 400_000;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "Rows before what is timed of the other loads; default ${DEFAULT-VALUE}.")
    private int warmUp = 100_000;

    @Option(names = "--inserts", paramLabel = "N", description = "Rows inserted; default ${DEFAULT-VALUE}.")
    private int inserts = 400_000;

    @Option(names = "--changes", paramLabel = "N", description = "Changes of the mixed load; default ${DEFAULT-VALUE}.")
    private int changes = 400_000;

    @Option(names = "--rounds", paramLabel = "N", description = "Turns of all three; default ${DEFAULT-VALUE}.")
    private int rounds = 3;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            description = "Partitions of each topic, and tasks of each sink; default ${DEFAULT-VALUE}.")
    private int partitions = 1;

    @Option(names = "--rate", paramLabel = "N", description = "Changes a second for the lag; default ${DEFAULT-VALUE}.")
    private int rate = 1_000;

    @Option(
            names = "--lag-seconds",
            paramLabel = "N",
            description = "How long the lag is measured, 0 for not at all; default ${DEFAULT-VALUE}.")
    private int lagSeconds = 30;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "NAME",
            description = "Only these of millrace, debezium and native.")
    private List<String> only = List.of();

    @Option(
            names = "--loads",
            split = ",",
            paramLabel = "LOAD",
            description = "Of copy, inserts and mixed; default all.")
    private List<Load> loads = List.of(Load.COPY, Load.INSERTS, Load.MIXED);

    @Option(names = "--millrace", paramLabel = "NAME=VALUE", description = "A property of our sink.")
    private Map<String, String> millraceProperties = new LinkedHashMap<>();

    @Option(names = "--debezium", paramLabel = "NAME=VALUE", description = "A property of Debezium's sink.")
    private Map<String, String> debeziumProperties = new LinkedHashMap<>();

    private final Map<Load, Map<String, List<Double>>> rates = new EnumMap<>(Load.class);
    private ReplicaData data;
    private PrintWriter out;

    @Override
    public Integer call() throws Exception {
        Path directory = Files.createTempDirectory("millrace-bench");
        out = spec.commandLine().getOut();
        List<ReplicaContender> contenders = new ArrayList<>();
        try (ReplicaData started = ReplicaData.start(
                directory.resolve("stack"),
                new ReplicaData.Sizes(copied, warmUp, inserts, changes, rounds, partitions))) {
            data = started;
            data.stopCapture();
            out.printf(
                    Locale.ROOT,
                    "%d rows copied, %d inserted, %d changes after %d rows, %d partitions, in %s%n",
                    copied,
                    inserts,
                    changes,
                    warmUp,
                    partitions,
                    directory);
            contenders.addAll(contenders(directory));
            for (int round = 1; round <= rounds; round++) {
                for (Load load : loads) {
                    for (ReplicaContender contender : contenders) {
                        measure(contender, load, round);
                    }
                }
            }
            report(contenders);
            for (ReplicaContender contender : contenders) {
                if (lagSeconds > 0) {
                    lag(contender);
                }
            }
        } finally {
            contenders.forEach(ReplicaContender::close);
        }
        return 0;
    }

    private List<ReplicaContender> contenders(Path directory) throws Exception {
        List<ReplicaContender> contenders = new ArrayList<>();
        if (isMeant("native")) {
            contenders.add(new NativeReplication(data, database("native")));
        }
        if (isMeant("debezium")) {
            contenders.add(SinkContender.ofDebezium(data, database("debezium"), directory, debeziumProperties));
        }
        if (isMeant("millrace")) {
            contenders.add(SinkContender.ofMillrace(data, database("millrace"), directory, millraceProperties));
        }
        return contenders;
    }

    private boolean isMeant(String name) {
        return only.isEmpty() || only.contains(name);
    }

    private String database(String name) throws SQLException {
        data.target().execute("CREATE DATABASE " + name);
        return "jdbc:postgresql://127.0.0.1:" + data.target().port() + "/" + name + "?user=postgres";
    }

    private void measure(ReplicaContender contender, Load load, int round) throws Exception {
        double processorBefore = contender.processorSeconds();
        long begun = System.nanoTime();
        contender.begin(load, round);
        double seconds;
        long timed = data.timedChanges(load);
        if (load == Load.COPY) {
            await(contender, "SELECT 1 FROM " + load.table + " LIMIT 1");
            long there = count(contender, load);
            // One transaction shows all at once: then it counts from the beginning.
            long from = there == copied ? begun : System.nanoTime();
            timed -= there == copied ? 0 : there;
            await(contender, data.ended(load));
            seconds = (System.nanoTime() - from) / 1e9;
        } else {
            await(contender, ReplicaData.begun(load.table));
            long from = System.nanoTime();
            await(contender, data.ended(load));
            seconds = (System.nanoTime() - from) / 1e9;
        }
        double processor = contender.processorSeconds() - processorBefore;
        awaitEqual(contender, load);
        contender.end();
        double each = timed / seconds;
        rates.computeIfAbsent(load, any -> new LinkedHashMap<>())
                .computeIfAbsent(contender.name(), any -> new ArrayList<>())
                .add(each);
        out.printf(
                Locale.ROOT,
                "round %d  %-8s %-9s %,9.0f/s  (%.1f s; %.1f s of its processor, warm-up included)%n",
                round,
                load.table,
                contender.name(),
                each,
                seconds,
                processor);
        out.flush();
    }

    private static long count(ReplicaContender contender, Load load) throws SQLException {
        try (Connection connection = DriverManager.getConnection(contender.targetUrl());
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT count(*) FROM " + load.table)) {
            result.next();
            return result.getLong(1);
        }
    }

    /** Waits until a query has a row; there may be no table yet. */
    private static void await(ReplicaContender contender, String query) throws SQLException {
        long start = System.nanoTime();
        try (Connection connection = DriverManager.getConnection(contender.targetUrl());
                Statement statement = connection.createStatement()) {
            // A table without statistics would be read through at each look, which takes as much processor time as its
            // rows.
            statement.execute(
                    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET max_parallel_workers_per_gather = 0");
            for (int looks = 1; !hasRow(statement, query); looks++) {
                if (looks % 1_000 == 0 && contender instanceof SinkContender sink) {
                    sink.check();
                }
                if (System.nanoTime() - start > LOST_NANOS) {
                    throw new IllegalStateException(contender.name() + " has not come to: " + query);
                }
                LockSupport.parkNanos(LOOK_NANOS);
            }
        }
    }

    private static boolean hasRow(Statement statement, String query) throws SQLException {
        try (ResultSet result = statement.executeQuery(query)) {
            return result.next();
        } catch (SQLException e) {
            if ("42P01".equals(e.getSQLState())) {
                return false;
            }
            throw e;
        }
    }

    private void awaitEqual(ReplicaContender contender, Load load) throws SQLException {
        String expected = ReplicaData.fingerprint(data.source().jdbcUrl(), load.table);
        String found = "";
        for (int look = 0; look < 20 && !found.equals(expected); look++) {
            found = ReplicaData.fingerprint(contender.targetUrl(), load.table);
            if (!found.equals(expected)) {
                LockSupport.parkNanos(500 * LOOK_NANOS);
            }
        }
        if (!found.equals(expected)) {
            throw new IllegalStateException(
                    contender.name() + " has " + found + " in " + load.table + ", the source " + expected);
        }
    }

    private void report(List<ReplicaContender> contenders) {
        out.println();
        for (Load load : loads) {
            Map<String, List<Double>> ofLoad = rates.get(load);
            for (ReplicaContender contender : contenders) {
                out.printf(
                        Locale.ROOT,
                        "median   %-8s %-9s %,9.0f/s%s%n",
                        load.table,
                        contender.name(),
                        median(ofLoad.get(contender.name())),
                        contender.name().equals("millrace") ? ratio(ofLoad, "debezium") + ratio(ofLoad, "native") : "");
            }
        }
        out.flush();
    }

    private static String ratio(Map<String, List<Double>> ofLoad, String peer) {
        return ofLoad.containsKey(peer)
                ? String.format(
                        Locale.ROOT, ", %.2f times %s", median(ofLoad.get("millrace")) / median(ofLoad.get(peer)), peer)
                : "";
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private void lag(ReplicaContender contender) throws Exception {
        if (contender instanceof SinkContender) {
            data.resumeCapture();
        }
        contender.begin(Load.LIVE, 1);
        await(contender, "SELECT 1 FROM " + Load.LIVE.table + " WHERE id = 0");
        awaitEqual(contender, Load.LIVE);
        int warmUpSeconds = Math.max(1, lagSeconds / 3);
        List<Double> all = new ReplicaLag(data, warmUp, rate, lagSeconds + warmUpSeconds)
                .measure(contender.targetUrl(), warmUpSeconds * rate / PROBES_A_SECOND);
        awaitEqual(contender, Load.LIVE);
        contender.end();
        data.stopCapture();
        out.printf(
                Locale.ROOT,
                "lag      %-9s at %,d changes/s: p50 %.1f ms, p99 %.1f ms, most %.1f ms%n",
                contender.name(),
                rate,
                all.get(all.size() / 2),
                all.get(all.size() * 99 / 100),
                all.get(all.size() - 1));
        out.flush();
    }
}
