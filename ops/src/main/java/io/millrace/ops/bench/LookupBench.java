package io.millrace.ops.bench;

import io.millrace.ops.stack.Ports;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Look-ups by key a second over a number of connections: of a view over HTTP, and of the table under it by PostgreSQL's
 * primary key through JDBC, in turns. Each connection asks, waits for the whole row, and asks again for another.
 */
@Command(
        name = "lookups",
        description = "Look-ups by key over HTTP beside PostgreSQL's primary-key select through JDBC.")
final class LookupBench implements Callable<Integer> {
    private static final String SELECT = "SELECT photo_id, user_id, caption, location FROM photos WHERE photo_id = ?";

    @Spec
    private CommandSpec spec;

    @Option(names = "--users", paramLabel = "N", description = "Users; default ${DEFAULT-VALUE}.")
    private int users = 20_000;

    @Option(names = "--photos", paramLabel = "N", description = "Photos; default ${DEFAULT-VALUE}.")
    private int photos = 200_000;

    @Option(names = "--connections", paramLabel = "N", description = "Connections; default ${DEFAULT-VALUE}.")
    private int connections = 16;

    @Option(names = "--seconds", paramLabel = "N", description = "How long each turn takes; default ${DEFAULT-VALUE}.")
    private int seconds = 8;

    @Option(names = "--rounds", paramLabel = "N", description = "Turns of both; default ${DEFAULT-VALUE}.")
    private int rounds = 3;

    private PhotosData data;
    private int port;

    /** One connection's way to look up a row. */
    private interface Lookup extends AutoCloseable {
        void lookUp(long photoId) throws IOException, SQLException;

        @Override
        void close() throws IOException, SQLException;
    }

    /** Opens a connection. */
    private interface Opening {
        Lookup open() throws IOException, SQLException;
    }

    @Override
    public Integer call() throws Exception {
        Path directory = Files.createTempDirectory("millrace-bench");
        PrintWriter out = spec.commandLine().getOut();
        try (PhotosData started =
                PhotosData.start(directory.resolve("stack"), MaintainBench.pipeline(), users, photos)) {
            data = started;
            data.stopCapture();
            Path own = Files.createDirectories(directory.resolve("millrace"));
            port = Ports.free();
            Path config = MillraceConfig.write(
                    own, data.stack(), "bench-millrace", Map.of("http.port", Integer.toString(port)));
            try (BenchProcess process = BenchProcess.ofTopology(MaintainBench.pipeline(), config, own.resolve("log"))) {
                GroupProgress progress = new GroupProgress(data.admin(), "bench-millrace", process);
                progress.await(PhotosData.PHOTOS, photos);
                progress.awaitAllRead();
                measureBoth(out);
            }
        }
        return 0;
    }

    private void measureBoth(PrintWriter out) throws Exception {
        // Both sides warm first: the JVM by compiling, PostgreSQL by reading its pages.
        perSecond(HttpLookup::new);
        perSecond(JdbcLookup::new);
        double[] http = new double[rounds];
        double[] jdbc = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            http[round] = perSecond(HttpLookup::new);
            jdbc[round] = perSecond(JdbcLookup::new);
            out.printf(
                    Locale.ROOT,
                    "round %d  HTTP %,9.0f look-ups/s   JDBC %,9.0f look-ups/s%n",
                    round + 1,
                    http[round],
                    jdbc[round]);
            out.flush();
        }
        java.util.Arrays.sort(http);
        java.util.Arrays.sort(jdbc);
        out.printf(
                Locale.ROOT,
                "median   HTTP %,9.0f look-ups/s   JDBC %,9.0f look-ups/s   ratio %.2f  (%d connections)%n",
                http[rounds / 2],
                jdbc[rounds / 2],
                http[rounds / 2] / jdbc[rounds / 2],
                connections);
        out.flush();
    }

    private double perSecond(Opening opening) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(connections);
        try {
            long start = System.nanoTime();
            long end = start + seconds * 1_000_000_000L;
            List<Future<Long>> counts = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                counts.add(threads.submit(() -> lookUpUntil(end, opening)));
            }
            long total = 0;
            for (Future<Long> count : counts) {
                total += count.get();
            }
            return total / ((System.nanoTime() - start) / 1e9);
        } finally {
            threads.shutdownNow();
        }
    }

    private long lookUpUntil(long endNanos, Opening opening) throws IOException, SQLException {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long count = 0;
        try (Lookup lookup = opening.open()) {
            while (System.nanoTime() - endNanos < 0) {
                lookup.lookUp(1 + random.nextInt(photos));
                count++;
            }
        }
        return count;
    }

    private final class HttpLookup implements Lookup {
        private final KeepAliveConnection connection = new KeepAliveConnection(port);

        HttpLookup() throws IOException {}

        @Override
        public void lookUp(long photoId) throws IOException {
            KeepAliveConnection.Answer answer = connection.get("/v1/views/owned_photo/" + photoId);
            if (answer.status() != 200 || answer.body().length == 0) {
                throw new IOException("photo " + photoId + ": HTTP " + answer.status());
            }
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }

    private final class JdbcLookup implements Lookup {
        private final Connection connection;
        private final PreparedStatement select;

        JdbcLookup() throws SQLException {
            connection = data.stack().shards().get(0).connect();
            select = connection.prepareStatement(SELECT);
        }

        @Override
        public void lookUp(long photoId) throws IOException, SQLException {
            select.setLong(1, photoId);
            try (ResultSet row = select.executeQuery()) {
                if (!row.next() || row.getLong(1) != photoId || row.getString(3) == null) {
                    throw new IOException("photo " + photoId + " was not found");
                }
            }
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }
}
