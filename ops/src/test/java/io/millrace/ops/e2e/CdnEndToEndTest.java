package io.millrace.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.cli.Millrace;
import io.millrace.connectors.cdn.CdnPurgeSinkConnector;
import io.millrace.ops.e2e.PageHistory.Place;
import io.millrace.ops.e2e.PageHistory.Seen;
import io.millrace.ops.pages.PageServer;
import io.millrace.ops.pages.Varnish;
import io.millrace.ops.stack.Ports;
import io.millrace.ops.stack.Stack;
import io.millrace.ops.stack.StackOptions;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Purge.Outcome;
import io.millrace.serve.PipelineServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pages of pipelines/pages through a real Varnish that is purged of what changes on three shards: what readers see is held against
 * all that the view ever showed.
 */
@Tag("varnish")
final class CdnEndToEndTest {
    private static final Logger LOG = LoggerFactory.getLogger(CdnEndToEndTest.class);
    private static final Path CHECKOUT = Path.of("..");
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final int SHARDS = 3;
    private static final int AGAIN_MS = 1_000;
    /**
     * How long after a change's commit its old page may be shown: the second purge is due up to 1,050 ms after the first, makes way for
     * others for 250 ms, and the machine may be slow.
     */
    private static final long BOUND_MICROS = TimeUnit.SECONDS.toMicros(5);

    private static final int USERS = 9;
    private static final int READERS = 3;
    private static final int CHANGES_PER_SECOND = 60;
    private static final long PART_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final long MASS_USER = 5_000_000;
    private static final int MASS_PHOTOS = 2_000;
    private static final long SLOW_PHOTO = 6_000_001;

    @TempDir
    private static Path directory;

    private static Stack stack;
    private static PipelineServer server;
    private static HeldViews views;
    private static PageServer pages;
    private static Varnish varnish;
    private static CdnRecords records;

    @BeforeAll
    static void start() throws Exception {
        Varnish.missing().ifPresent(why -> Assumptions.abort(why));
        views = new HeldViews();
        pages = PageServer.start(
                0, views.url(), CHECKOUT.resolve("pipelines/pages/assets"), "secret".getBytes(StandardCharsets.UTF_8));
        varnish = Varnish.start(CHECKOUT, directory.resolve("varnish"), Ports.free(), pages.port());
        Path pipeline = CHECKOUT.resolve("pipelines/pages");
        stack = Stack.start(
                new StackOptions(
                        "photos",
                        SHARDS,
                        Files.readString(pipeline.resolve("tables.sql")),
                        null,
                        directory.resolve("stack"),
                        false,
                        2,
                        0),
                progress -> {});
        Path config = directory.resolve("millrace.properties");
        Files.writeString(
                config,
                String.join(
                        "\n",
                        "application.id = pages",
                        "database = photos",
                        "kafka.bootstrap.servers = " + stack.broker().bootstrapServers(),
                        "schema.registry.url = " + stack.registry().url(),
                        "connect.url = " + stack.connectUrl(),
                        "cdn.caches = edge",
                        "cdn.cache.edge.provider = varnish",
                        "cdn.cache.edge.url = " + varnish.url(),
                        "cdn.cache.edge.again.after.ms = " + AGAIN_MS,
                        "state.dir = " + directory.resolve("state"),
                        "http.port = 0",
                        "partitions = 2"));
        PlannedPipeline planned = PlannedPipeline.read(pipeline, Optional.of(config), Map.of());
        assertThat(planned.errors()).isEmpty();
        server = PipelineServer.start(
                planned, planned.pipeline().config(), new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        views.at(URI.create(server.url()));
        server.awaitReady(PATIENCE);
        records = new CdnRecords(
                stack.broker().bootstrapServers(), stack.registry().url(), "pages.photo_card");
        for (int user = 0; user < USERS; user++) {
            execute(
                    user,
                    "INSERT INTO users (user_id, username, full_name) VALUES (" + user + ", 'u" + user + "', 'n')");
        }
        execute(0, "INSERT INTO photos (photo_id, user_id, caption) VALUES (1, 0, 'first')");
        // A sink that is new tells of what changes from when it has begun.
        Awaitility.await("the first purge").atMost(PATIENCE).until(() -> {
            execute(0, "UPDATE photos SET caption = 'first ' || random() WHERE photo_id = 1");
            records.follow();
            return !records.purges("photo/1", Outcome.PURGED).isEmpty();
        });
        // What it did not tell of from before is not to be counted; all of that has come when nothing more does.
        int[] last = {0};
        Awaitility.await("quiet")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(1_500))
                .until(() -> {
                    int before = last[0];
                    records.follow();
                    records.follow();
                    last[0] = records.told.size() + records.purges.size();
                    return last[0] == before;
                });
        records.history.expected().clear();
        records.told.clear();
        records.purges.clear();
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable part : new AutoCloseable[] {records, server, stack, varnish, pages, views}) {
            if (part != null) {
                part.close();
            }
        }
    }

    private static void execute(long user, String sql) throws SQLException {
        stack.shards().get((int) (user % SHARDS)).execute(sql);
    }

    private static void await(String what, BooleanSupplier condition) {
        Awaitility.await(what)
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    records.follow();
                    return condition.getAsBoolean();
                });
    }

    /** A user's photos change at random; some changes are of what no page shows. */
    private static final class Writers implements AutoCloseable {
        private final Random random = new Random(7);
        private final List<Connection> shards = new ArrayList<>();
        private final Map<Long, Integer> photos = new HashMap<>();
        private long next = 2;
        private int value;

        Writers() throws SQLException {
            for (var shard : stack.shards()) {
                shards.add(shard.connect());
            }
        }

        void change() throws SQLException {
            int choice = random.nextInt(100);
            value++;
            List<Long> all = new ArrayList<>(photos.keySet());
            if (all.size() < 10 || choice < 15 && all.size() < 40) {
                int user = random.nextInt(USERS);
                photos.put(next, user);
                run(
                        user,
                        "INSERT INTO photos (photo_id, user_id, caption) VALUES (" + next++ + ", " + user + ", 'c"
                                + value + "')");
                return;
            }
            long photo = all.get(random.nextInt(all.size()));
            int user = photos.get(photo);
            if (choice < 25) {
                photos.remove(photo);
                run(user, "DELETE FROM photos WHERE photo_id = " + photo);
            } else if (choice < 50) {
                run(user, "UPDATE photos SET caption = 'c" + value + "' WHERE photo_id = " + photo);
            } else if (choice < 60) {
                run(user, "UPDATE users SET full_name = 'n" + value + "' WHERE user_id = " + user);
            } else if (choice < 80) {
                int who = random.nextInt(USERS);
                run(
                        who,
                        "INSERT INTO likes (user_id, photo_id) VALUES (" + who + ", " + photo
                                + ") ON CONFLICT DO NOTHING");
            } else if (choice < 90) {
                run(user, "UPDATE users SET bio = 'b" + value + "' WHERE user_id = " + user);
            } else {
                run(user, "UPDATE photos SET caption = caption WHERE photo_id = " + photo);
            }
        }

        /** Changes for a while. */
        void change(long nanos) throws SQLException {
            long start = System.nanoTime();
            for (long count = 0; System.nanoTime() - start < nanos; count++) {
                LockSupport.parkNanos(start + count * 1_000_000_000L / CHANGES_PER_SECOND - System.nanoTime());
                change();
            }
        }

        private void run(int user, String sql) throws SQLException {
            try (var statement = shards.get(user % SHARDS).createStatement()) {
                statement.execute(sql);
            }
        }

        @Override
        public void close() throws SQLException {
            for (Connection each : shards) {
                each.close();
            }
        }
    }

    /** Readers of all pages, until they are stopped. */
    private static final class Readers implements AutoCloseable {
        private final List<Seen> seen = Collections.synchronizedList(new ArrayList<>());
        private final List<Map.Entry<String, Function<List<Long>, List<Seen>>>> lists =
                Collections.synchronizedList(new ArrayList<>());
        private final List<CompletableFuture<Void>> running = new ArrayList<>();
        private volatile boolean stopped;

        Readers() {
            for (int i = 0; i < READERS; i++) {
                Random random = new Random(i);
                running.add(CompletableFuture.runAsync(() -> read(random)));
            }
        }

        private void read(Random random) {
            PageReader reader = new PageReader(varnish.url());
            while (!stopped) {
                try {
                    if (random.nextInt(4) == 0) {
                        String user = "u" + random.nextInt(USERS);
                        lists.add(Map.entry(user, reader.user(user)));
                    } else {
                        seen.addAll(reader.photo(1 + random.nextInt(60)));
                    }
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(4));
                } catch (IOException e) {
                    // Varnish is being started again.
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }

        /** All that they saw. */
        List<Seen> seen() {
            List<Seen> all = new ArrayList<>(seen);
            lists.forEach(each -> all.addAll(each.getValue().apply(records.history.everOf(each.getKey()))));
            return all;
        }

        void stop() {
            stopped = true;
            running.forEach(CompletableFuture::join);
        }

        @Override
        public void close() {
            stop();
        }
    }

    /** A cache that has read nothing passes over what was told long before it was there, and over nothing else. */
    @Test
    void aNewCacheBeginsAtTheEnd() throws Exception {
        Map<String, Object> client = Map.of("bootstrap.servers", stack.broker().bootstrapServers());
        TopicPartition old = new TopicPartition("begin", 0);
        TopicPartition fresh = new TopicPartition("begin", 1);
        TopicPartition empty = new TopicPartition("begin", 2);
        long now = System.currentTimeMillis();
        long hourAgo = now - Duration.ofHours(1).toMillis();
        try (Admin admin = Admin.create(client);
                KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer())) {
            admin.createTopics(List.of(new NewTopic("begin", 3, (short) 1)))
                    .all()
                    .get();
            for (int i = 0; i < 3; i++) {
                producer.send(new ProducerRecord<>("begin", 0, hourAgo, null, new byte[1]))
                        .get();
                producer.send(new ProducerRecord<>("begin", 1, i == 0 ? hourAgo : now - 1_000, null, new byte[1]))
                        .get();
            }
            Map<String, String> cache = new HashMap<>(Map.of(
                    "name", "begin.cdn.edge",
                    "topics", "begin.missing,begin,begin.replay",
                    "replay.topic", "begin.replay",
                    "cdn.provider", "varnish",
                    "cdn.url", varnish.url(),
                    "cdn.purges.bootstrap.servers", stack.broker().bootstrapServers()));
            start(cache, "cdn.begin", "beginning");
            assertThat(begun(admin)).isEmpty();
            start(cache, "cdn.begin", "end");
            assertThat(begun(admin)).isEqualTo(Map.of(old, 3L, fresh, 1L, empty, 0L));
            producer.send(new ProducerRecord<>("begin", 0, now, null, new byte[1]))
                    .get();
            start(cache, "cdn.begin", "end");
            assertThat(begun(admin)).as("once").isEqualTo(Map.of(old, 3L, fresh, 1L, empty, 0L));
            admin.deleteConsumerGroups(List.of("connect-begin.cdn.edge")).all().get();
            start(
                    cache,
                    "cdn.begin",
                    Instant.ofEpochMilli(hourAgo - 1_000)
                            .truncatedTo(ChronoUnit.SECONDS)
                            .toString());
            assertThat(begun(admin)).as("since a time").isEqualTo(Map.of(old, 0L, fresh, 0L, empty, 0L));
            admin.deleteTopics(List.of("begin")).all().get();
        }
    }

    private static void start(Map<String, String> cache, String property, String value) {
        cache.put(property, value);
        new CdnPurgeSinkConnector().start(cache);
    }

    private static Map<TopicPartition, Long> begun(Admin admin) throws Exception {
        Map<TopicPartition, Long> begun = new HashMap<>();
        admin.listConsumerGroupOffsets("connect-begin.cdn.edge")
                .partitionsToOffsetAndMetadata()
                .get()
                .forEach((partition, offset) -> begun.put(partition, offset.offset()));
        return begun;
    }

    @Test
    void noPageIsOlderThanItMayBeAndNoneIsPurgedWithoutNeed() throws Exception {
        List<Seen> seen;
        try (Writers writers = new Writers();
                Readers readers = new Readers()) {
            writers.change(PART_NANOS);
            outage(() -> {
                stack.connect().stop("pages.cdn.edge");
                writers.change(PART_NANOS / 3);
                Awaitility.await("the cache's lag").atMost(PATIENCE).until(() -> lag() > 0);
                Awaitility.await("the lag that the pipeline saw")
                        .atMost(PATIENCE)
                        .until(() -> lagAsThePipelineSawIt() > 0);
                stack.connect().resume("pages.cdn.edge");
                awaitPurges(writers);
            });
            outage(() -> {
                varnish.kill();
                writers.change(PART_NANOS / 10);
                varnish.startAgain();
                awaitPurges(writers);
            });
            outage(() -> {
                stack.broker().restart();
                awaitPurges(writers);
            });
            writers.change(PART_NANOS);
            settle();
            // What is shown long after the last change.
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
            readers.stop();
            records.follow();
            seen = readers.seen();
        }
        List<String> mistakes = seen.stream()
                .flatMap(each -> records.history.mistake(each, BOUND_MICROS).stream())
                .toList();
        assertThat(mistakes).isEmpty();
        assertThat(seen.stream().filter(each -> each.position() != null)).hasSizeGreaterThan(200);
        assertThat(seen.stream().map(Seen::place)).contains(Place.PAGE, Place.COUNTS, Place.LIST);
        nothingIsToldWithoutNeed();
        Varnish.Hits hits = varnish.hits();
        LOG.info(
                "{} sightings, none too old; Varnish since its restart: {} hits, {} misses",
                seen.size(),
                hits.hits(),
                hits.misses());
        assertThat(hits.ratio()).isGreaterThan(0.3);
        everyPageIsAsItIsAtTheOrigin();
    }

    /** How many invalidations {@code millrace lag} says that the cache has not confirmed. */
    private static int lag() throws IOException {
        return lag(directory.resolve("millrace.properties"));
    }

    /** The same where properties do not tell of the cache, but the running pipeline does. */
    private static int lagAsThePipelineSawIt() throws IOException {
        Path others = directory.resolve("others.properties");
        Files.write(
                others,
                Files.readAllLines(directory.resolve("millrace.properties")).stream()
                        .filter(line -> !line.startsWith("cdn."))
                        .toList());
        return lag(others, "--server", server.url());
    }

    private static int lag(Path properties, String... more) throws IOException {
        StringWriter out = new StringWriter();
        int code = Millrace.commandLine()
                .setOut(new PrintWriter(out))
                .execute(Stream.concat(
                                Stream.of(
                                        "lag",
                                        "cdn.edge",
                                        "--json",
                                        "--config",
                                        properties.toString(),
                                        "--pipeline",
                                        CHECKOUT.resolve("pipelines/pages").toString()),
                                Stream.of(more))
                        .toArray(String[]::new));
        assertThat(code).isZero();
        return new ObjectMapper()
                .readTree(out.toString())
                .path("sinks")
                .path(0)
                .path("lagRecords")
                .asInt(-1);
    }

    /** What is to be done while something does not work. */
    private interface Doing {
        void run() throws Exception;
    }

    private static void outage(Doing doing) throws Exception {
        long from = PageReader.nowMicros();
        doing.run();
        records.history.outage(from, PageReader.nowMicros());
    }

    /** Waits until what changes now is purged. */
    private static void awaitPurges(Writers writers) throws SQLException {
        long from = PageReader.nowMicros();
        writers.change();
        await("a purge", () -> {
            try {
                writers.change();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
            return records.purges.stream()
                    .anyMatch(
                            purge -> purge.firstCommittedAtMicros() != null && purge.firstCommittedAtMicros() >= from);
        });
    }

    /** Waits until all that has changed is told and purged twice. */
    private static void settle() {
        await("the views", () -> server.nothingLeft());
        await("what is told", () -> records.history.expected().equals(toldByTag()));
        for (Outcome outcome : List.of(Outcome.PURGED, Outcome.PURGED_AGAIN)) {
            Awaitility.await("the purges").atMost(PATIENCE).untilAsserted(() -> {
                records.follow();
                assertThat(records.notPurged(outcome)).isEmpty();
            });
        }
    }

    private static Map<String, Long> toldByTag() {
        Map<String, Long> told = new HashMap<>();
        records.told.stream()
                .map(CdnRecords.Told::what)
                .filter(what -> what.kind() == Invalidation.TargetKind.TAG)
                .forEach(what -> told.merge(what.target(), what.changes(), Long::sum));
        return told;
    }

    /** Each change that alters a page is told once, with those that came at the same time, and nothing else is. */
    private static void nothingIsToldWithoutNeed() {
        assertThat(toldByTag()).isEqualTo(records.history.expected());
        assertThat(records.told).allMatch(each -> each.what().changes() > 0);
        long told = records.told.stream()
                .filter(each -> each.what().kind() == Invalidation.TargetKind.TAG)
                .count();
        long purged = records.purges.stream()
                .filter(each -> each.outcome() == Outcome.PURGED)
                .map(each -> each.partition() + "-" + each.offset())
                .distinct()
                .count();
        LOG.info(
                "{} changes of pages, {} invalidations, {} purges",
                toldByTag().values().stream().mapToLong(each -> each).sum(),
                told,
                purged);
        assertThat(purged).isLessThanOrEqualTo(told);
        assertThat(records.purges).noneMatch(each -> each.outcome() == Outcome.REFUSED);
    }

    private static void everyPageIsAsItIsAtTheOrigin() throws Exception {
        PageReader through = new PageReader(varnish.url());
        for (Map.Entry<Long, Map<String, String>> each : records.history.rows().entrySet()) {
            if (each.getKey() >= MASS_USER) {
                continue;
            }
            Map<Place, String> shown = new HashMap<>();
            for (Seen seen : through.photo(each.getKey())) {
                shown.put(seen.place(), seen.text());
                assertThat(seen.text()).isEqualTo(seen.text(each.getValue()));
            }
            assertThat(shown).hasSize(2);
        }
    }

    @Test
    void aPurgeThatOvertakesASlowReadIsMadeASecondTime() throws Exception {
        execute(0, "INSERT INTO photos (photo_id, user_id, caption) VALUES (" + SLOW_PHOTO + ", 0, 'slow')");
        String tag = "photo/" + SLOW_PHOTO;
        await("the photo", () -> !records.purges(tag, Outcome.PURGED_AGAIN).isEmpty());
        PageReader reader = new PageReader(varnish.url());
        HeldViews.Hold hold = views.hold("/v1/views/photo_card/" + SLOW_PHOTO);
        CompletableFuture<String> slow = CompletableFuture.supplyAsync(() -> caption(reader));
        assertThat(hold.answered().await(10, TimeUnit.SECONDS)).isTrue();
        execute(0, "UPDATE photos SET caption = 'changed' WHERE photo_id = " + SLOW_PHOTO);
        await("the purge", () -> records.purges(tag, Outcome.PURGED).size() == 2);
        hold.released().countDown();
        assertThat(slow.join()).isEqualTo("slow");
        assertThat(caption(reader)).as("kept after its purge").isEqualTo("slow");
        await(
                "the second purge",
                () -> records.purges(tag, Outcome.PURGED_AGAIN).size() == 2);
        assertThat(caption(reader)).isEqualTo("changed");
    }

    private static String caption(PageReader reader) {
        try {
            HttpResponse<String> answer = reader.get("/p/" + SLOW_PHOTO);
            return answer.body().replaceFirst("(?s).*<h1>(.*)</h1>.*", "$1");
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aUserOfManyPhotosIsOnePurgeWhenRenamed() throws Exception {
        execute(
                MASS_USER,
                "INSERT INTO users (user_id, username, full_name) VALUES (" + MASS_USER
                        + ", 'mass', 'before'); INSERT INTO photos"
                        + " (photo_id, user_id, caption) SELECT 7000000 + n, " + MASS_USER
                        + ", 'm' || n FROM generate_series(1, "
                        + MASS_PHOTOS + ") n");
        String tag = "user/" + MASS_USER;
        await("the photos", () -> records.history.everOf("mass").size() == MASS_PHOTOS);
        settle();
        int before = records.told.size();
        long changes =
                records.told(tag).stream().mapToLong(Invalidation::changes).sum();
        int tagged = records.told(tag).size();
        PageReader reader = new PageReader(varnish.url());
        reader.photo(7_000_001);
        reader.photo(7_000_002);
        execute(MASS_USER, "UPDATE users SET full_name = 'after' WHERE user_id = " + MASS_USER);
        await(
                "the change",
                () -> records.told(tag).stream()
                                .mapToLong(Invalidation::changes)
                                .sum()
                        == changes + MASS_PHOTOS);
        await("the purge", () -> records.allPurged(Outcome.PURGED));
        // Though the connector's offsets wait for the second one.
        assertThat(lag()).isZero();
        List<CdnRecords.Told> told = records.told.subList(before, records.told.size()).stream()
                .filter(each -> each.what().kind() == Invalidation.TargetKind.TAG)
                .toList();
        LOG.info("{} photos of a renamed user are {} invalidations", MASS_PHOTOS, told.size());
        assertThat(told).allMatch(each -> each.what().target().equals(tag));
        assertThat(records.told(tag).size() - tagged).isEqualTo(1);
        long again = records.purges(tag, Outcome.PURGED).size();
        await(
                "the second purge",
                () -> records.purges(tag, Outcome.PURGED_AGAIN).size() == again);
        assertThat(reader.photo(7_000_001).get(0).text()).endsWith("|after");
        assertThat(reader.photo(7_000_002).get(0).text()).endsWith("|after");
    }
}
