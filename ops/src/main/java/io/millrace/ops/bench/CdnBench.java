package io.millrace.ops.bench;

import io.millrace.ops.pages.PageReaders;
import io.millrace.ops.pages.PageServer;
import io.millrace.ops.pages.PurgeWatch;
import io.millrace.ops.pages.Varnish;
import io.millrace.ops.stack.Ports;
import io.millrace.ops.stack.Stack;
import io.millrace.schemas.GenericAvroSerializer;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import io.millrace.schemas.RegistryClient;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * From a commit in PostgreSQL to the page purged from Varnish, with pipelines/pages on two shards and readers of its pages; beside it, in
 * the same run, where the time goes, the first part of which is Debezium's, without which nothing can be purged. Then how many purges a second
 * one Varnish takes by the connector, and a user of many photos who is renamed.
 */
@Command(name = "cdn", description = "From a commit in PostgreSQL to the page purged from Varnish.")
final class CdnBench implements Callable<Integer> {
    private static final String DATABASE = "photos";
    private static final int SHARDS = 2;
    private static final int PARTITIONS = 2;
    private static final int PHOTOS = 1_000;
    private static final long MASS_USER = 1_000_000;
    private static final int READS_PER_SECOND = 200;
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final String APPLICATION = "pages";

    @Spec
    private CommandSpec spec;

    @Option(names = "--rate", paramLabel = "N", description = "Changes a second; default ${DEFAULT-VALUE}.")
    private int rate = 200;

    @Option(names = "--warm-up", paramLabel = "SECONDS", description = "Not measured; default ${DEFAULT-VALUE}.")
    private int warmUpSeconds = 60;

    @Option(names = "--seconds", paramLabel = "N", description = "Measured; default ${DEFAULT-VALUE}.")
    private int seconds = 60;

    @Option(
            names = "--purges",
            paramLabel = "N",
            description = "Purges of different tags at once; default ${DEFAULT-VALUE}.")
    private int purges = 50_000;

    @Option(
            names = "--mass",
            paramLabel = "ROWS",
            description = "Photos of the user who is renamed; default ${DEFAULT-VALUE}.")
    private int mass = 100_000;

    private Stack stack;
    private PurgeWatch watch;

    @Override
    public Integer call() throws Exception {
        Path directory = Files.createTempDirectory("millrace-bench");
        Path pipeline = BenchProcess.home().resolve("pipelines/pages");
        int port = Ports.free();
        URI views = URI.create("http://127.0.0.1:" + port);
        byte[] secret = "bench".getBytes(StandardCharsets.UTF_8);
        try (PageServer pages = PageServer.start(0, views, pipeline.resolve("assets"), secret);
                Varnish varnish =
                        Varnish.start(BenchProcess.home(), directory.resolve("varnish"), Ports.free(), pages.port())) {
            stack = BenchStack.start(pipeline, DATABASE, SHARDS, PARTITIONS, directory.resolve("stack"));
            Path config = BenchStack.configure(
                    directory,
                    stack,
                    APPLICATION,
                    DATABASE,
                    PARTITIONS,
                    port,
                    Map.of(
                            "connect.url",
                            stack.connectUrl(),
                            "cdn.caches",
                            "edge",
                            "cdn.cache.edge.provider",
                            "varnish",
                            "cdn.cache.edge.url",
                            varnish.url()));
            try (BenchProcess process = BenchProcess.ofTopology(pipeline, config, directory.resolve("log"))) {
                insert();
                watch = PurgeWatch.start(
                        stack.broker().bootstrapServers(), stack.registry().url(), Integer.MAX_VALUE);
                awaitPurges(process);
                measure(varnish);
                purgeMany();
                rename();
            } finally {
                if (watch != null) {
                    watch.close();
                }
                stack.close();
            }
        }
        return 0;
    }

    private void insert() throws SQLException {
        for (int shard = 0; shard < SHARDS; shard++) {
            stack.shards()
                    .get(shard)
                    .execute(
                            "INSERT INTO users (user_id, username, full_name) SELECT n, 'user' || n, 'User' FROM generate_series(1, "
                                    + PHOTOS / 10 + ") n WHERE n % " + SHARDS + " = " + shard
                                    + "; INSERT INTO photos (photo_id, user_id, caption) SELECT n, 1 + n % "
                                    + PHOTOS / 10
                                    + ", 'caption' FROM generate_series(1, " + PHOTOS + ") n WHERE (1 + n % "
                                    + PHOTOS / 10 + ") % "
                                    + SHARDS + " = " + shard);
        }
        stack.shards()
                .get(0)
                .execute("INSERT INTO users (user_id, username, full_name) VALUES (" + MASS_USER
                        + ", 'mass', 'before'); INSERT INTO photos (photo_id, user_id, caption) SELECT 1000000 + n, "
                        + MASS_USER
                        + ", 'caption' FROM generate_series(1, " + mass + ") n");
    }

    /** Waits until what changes is purged, and nothing of what was there before is still to be. */
    private void awaitPurges(BenchProcess process) throws SQLException {
        long start = System.nanoTime();
        while (watch.figures().purges() == 0) {
            process.checkAlive();
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                throw new IllegalStateException("nothing is purged");
            }
            stack.shards().get(0).execute("UPDATE photos SET caption = 'begun ' || random() WHERE photo_id = 1000001");
            LockSupport.parkNanos(NANOS_PER_SECOND);
        }
        long told;
        do {
            told = watch.figures().told();
            LockSupport.parkNanos(QUIET_NANOS);
        } while (watch.figures().told() != told);
    }

    @SuppressWarnings("try") // The readers read by being there.
    private void measure(Varnish varnish) throws Exception {
        List<String> paths =
                LongStream.rangeClosed(1, PHOTOS).mapToObj(id -> "/p/" + id).toList();
        try (PageReaders readers = PageReaders.start(URI.create(varnish.url()), () -> paths, READS_PER_SECOND, 1);
                CdnHops hops = CdnHops.start(
                        stack.broker().bootstrapServers(),
                        stack.registry().url(),
                        "photos.photos",
                        APPLICATION + ".photo_card")) {
            change(warmUpSeconds);
            watch.forgetLatencies();
            hops.forget();
            Varnish.Hits before = varnish.hits();
            PurgeWatch.Figures start = watch.figures();
            double changed = change(seconds);
            await(() -> watch.figures().oldestPendingMs().isPresent() ? 0 : 1, 1);
            PurgeWatch.Figures end = watch.figures();
            say(
                    "%.0f changes/s, %d purges: commit to purged p50 %.0f ms, p90 %.0f ms, p99 %.0f ms, most %.0f ms; readers' hits %.0f %%",
                    changed,
                    end.purges() - start.purges(),
                    end.latencyMs(0.5),
                    end.latencyMs(0.9),
                    end.latencyMs(0.99),
                    end.latencyMs(1),
                    100 * varnish.hits().since(before).ratio());
            hops.report().forEach(line -> say("%s", line));
        }
    }

    /** Changes captions at the rate for so long; returns how many a second there were. */
    private double change(int forSeconds) throws SQLException {
        Random random = new Random(1);
        List<Connection> connections = new ArrayList<>();
        List<PreparedStatement> updates = new ArrayList<>();
        try {
            for (var shard : stack.shards()) {
                Connection connection = shard.connect();
                connections.add(connection);
                updates.add(connection.prepareStatement("UPDATE photos SET caption = ? WHERE photo_id = ?"));
            }
            long start = System.nanoTime();
            long count = 0;
            for (; count < (long) forSeconds * rate; count++) {
                LockSupport.parkNanos(start + count * NANOS_PER_SECOND / rate - System.nanoTime());
                long photo = 1L + random.nextInt(PHOTOS);
                PreparedStatement update = updates.get((int) ((1 + photo % (PHOTOS / 10)) % SHARDS));
                update.setString(1, "caption " + forSeconds + " " + count);
                update.setLong(2, photo);
                update.executeUpdate();
            }
            return count / ((System.nanoTime() - start) / (double) NANOS_PER_SECOND);
        } finally {
            for (Connection connection : connections) {
                connection.close();
            }
        }
    }

    /** Has the connector purge many tags that it is told of at once. */
    private void purgeMany() {
        GenericAvroSerializer<GenericRecord> avro = new GenericAvroSerializer<>();
        avro.configure(Map.of(RegistryClient.URL, stack.registry().url()), false);
        long before = watch.figures().purges();
        long start = System.nanoTime();
        try (KafkaProducer<String, GenericRecord> producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        stack.broker().bootstrapServers(),
                        ProducerConfig.LINGER_MS_CONFIG,
                        5),
                new StringSerializer(),
                avro)) {
            for (int i = 0; i < purges; i++) {
                Invalidation told = new Invalidation(
                        APPLICATION,
                        "",
                        TargetKind.TAG,
                        "bench/" + i,
                        false,
                        "asked for",
                        1,
                        null,
                        null,
                        null,
                        null,
                        System.currentTimeMillis() * 1_000,
                        null);
                var unused = producer.send(new ProducerRecord<>(Invalidation.TOPIC, told.key(), told.toAvro()));
            }
        }
        await(() -> watch.figures().purges() - before, purges);
        double took = (System.nanoTime() - start) / (double) NANOS_PER_SECOND;
        say("%d purges of tags by one connector and one Varnish: %.0f/s", purges, purges / took);
    }

    private void rename() throws SQLException {
        PurgeWatch.Figures before = watch.figures();
        long start = System.nanoTime();
        stack.shards().get(0).execute("UPDATE users SET full_name = 'after' WHERE user_id = " + MASS_USER);
        await(() -> watch.figures().purges() - before.purges(), 1);
        double first = (System.nanoTime() - start) / (double) NANOS_PER_SECOND;
        await(() -> watch.figures().changes() - before.changes(), mass);
        await(() -> watch.figures().oldestPendingMs().isPresent() ? 0 : 1, 1);
        PurgeWatch.Figures after = watch.figures();
        say(
                "a user of %d photos is renamed: %d invalidations, %d purges, the first after %.1f s, the last after %.1f s",
                mass,
                after.told() - before.told(),
                after.purges() - before.purges(),
                first,
                (System.nanoTime() - start) / (double) NANOS_PER_SECOND);
    }

    private static void await(LongSupplier reached, long goal) {
        long start = System.nanoTime();
        while (reached.getAsLong() < goal) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                throw new IllegalStateException("only " + reached.getAsLong() + " of " + goal);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private void say(String text, Object... arguments) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, text + "%n", arguments);
        out.flush();
    }
}
