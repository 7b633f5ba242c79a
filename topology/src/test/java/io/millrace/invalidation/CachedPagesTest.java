package io.millrace.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.catalog.Catalog;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.cdn.CdnSink;
import io.millrace.cdn.TargetChange;
import io.millrace.cdn.TargetCodec;
import io.millrace.cdn.TargetId;
import io.millrace.cdn.ViewTemplates;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.runtime.CommitPacer;
import io.millrace.runtime.EndedTransactions;
import io.millrace.runtime.source.RecordedSchemas;
import io.millrace.runtime.topic.ViewRecordEncoder;
import io.millrace.runtime.topic.ViewSchemas;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import io.millrace.sql.Sink;
import io.millrace.sql.SinkDefinition;
import io.millrace.sql.ViewDefinition;
import io.millrace.sql.ViewsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A cache keeps pages of a view, which are fetched at random moments while its rows change at random, and forgets what it is told to. Once
 * all is told, no page is in it that the view would show otherwise.
 */
final class CachedPagesTest {
    private static final String TABLES = """
            CREATE TABLE users (user_id bigint PRIMARY KEY, username text);
            CREATE TABLE photos (photo_id bigint PRIMARY KEY, user_id bigint NOT NULL, caption text, likes int);
            """;
    private static final String VIEWS = """
            CREATE VIEW photo_card AS SELECT p.photo_id, p.user_id, u.username, p.caption, p.likes
            FROM photos p JOIN users u ON u.user_id = p.user_id;
            CREATE INDEX by_user ON photo_card (user_id, likes DESC);
            CREATE SINK pages FROM photo_card WITH (type = 'cdn', urls = '/p/{photo_id}, /u/{username}',
                tags = 'photo/{photo_id}, user/{user_id}, photos', hot_changes = 30, hot_interval_ms = 2000);
            """;
    private static final int PHOTOS = 30;
    private static final int USERS = 6;
    private static final int BEST = 3;

    /** {@code -Dmillrace.histories} has more run. */
    private static final int ROUNDS = Integer.getInteger("millrace.histories", 5);

    private static final Duration PAST_ALL = Duration.ofMillis(2_500);

    @TempDir
    private Path directory;

    private final RecordedSchemas schemas = new RecordedSchemas();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CommitPacer pacer = new CommitPacer(5, 20);
    private CdnTopics topics = topics("");
    private final Map<Long, Row> rows = new TreeMap<>();
    private final Map<Long, String> names = new HashMap<>();
    private long position;

    private ViewDefinition view;
    private CdnSink sink;
    private FollowedView.Version version;
    private ViewRecordEncoder encoder;
    private TopologyTestDriver driver;
    private TestInputTopic<byte[], byte[]> changes;
    private TestOutputTopic<byte[], byte[]> invalidations;

    private static CdnTopics topics(String caches) {
        return new CdnTopics(
                PipelineConfig.read("application.id=app\n" + caches, "millrace.properties", "app", Map.of())
                        .config());
    }

    @BeforeEach
    void open() {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(TABLES, "tables.sql", "app", errors);
        ViewsFile.Reading reading = ViewsFile.readAll(VIEWS, "views.sql", catalog, errors);
        assertThat(errors.stream().map(UserError::render)).isEmpty();
        view = reading.views().get(0);
        Sink written =
                reading.sinks().stream().map(SinkDefinition::sink).findFirst().orElseThrow();
        sink = CdnSink.of(written);
        version = FollowedView.Version.of(view, List.of());
        String topic = topics.view("photo_card");
        ViewSchemas forms = ViewSchemas.of(topic, version.columns(), version.key());
        encoder = new ViewRecordEncoder(
                topic,
                version.columns(),
                version.key(),
                schemas.register(forms.key()),
                schemas.register(forms.value()));
        start(new FollowedView("photo_card", List.of(version), List.of(sink)));
    }

    private void start(FollowedView followed) {
        open(List.of(followed));
        changes = driver.createInputTopic(
                topics.view("photo_card"), new ByteArraySerializer(), new ByteArraySerializer());
    }

    private void open(List<FollowedView> followed) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, topics.application());
        properties.put(StreamsConfig.STATE_DIR_CONFIG, directory.toString());
        driver = new TopologyTestDriver(
                CdnTopology.build(followed, topics, schemas, new CdnMeters(registry), pacer, this::serializer),
                properties,
                Instant.ofEpochSecond(1_000_000));
        invalidations = driver.createOutputTopic(
                topics.invalidations(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private Serializer<GenericRecord> serializer() {
        return (topic, record) -> schemas.encode(record);
    }

    @AfterEach
    void close() {
        driver.close();
    }

    /** How a cache finds what it is to forget. */
    private enum By {
        /** And by URLs what no tag finds. */
        TAGS,
        URLS
    }

    /** Pages by URL, with their tags. */
    private record Cached(String text, Set<String> tags) {}

    private final Map<String, Cached> cache = new HashMap<>();

    @ParameterizedTest
    @CsvSource({"TAGS,1", "TAGS,2", "TAGS,3", "URLS,4"})
    void noPageStaysStale(By by, long seed) {
        Random random = new Random(seed);
        for (long user = 0; user < USERS; user++) {
            names.put(user, "u" + user);
        }
        for (int round = 0; round < ROUNDS; round++) {
            for (int step = 0; step < 60; step++) {
                change(random);
                for (int i = random.nextInt(6); i > 0; i--) {
                    fetch(randomPage(by, random));
                }
                pass(Duration.ofMillis(random.nextInt(30)));
                forget(by);
            }
            pass(PAST_ALL);
            forget(by);
            cache.forEach((url, page) -> assertThat(page.text).as(url).isEqualTo(render(url)));
        }
    }

    private void pass(Duration time) {
        Duration left = time;
        while (!left.isZero()) {
            Duration tick = left.compareTo(PendingTargets.TICK) < 0 ? left : PendingTargets.TICK;
            driver.advanceWallClockTime(tick);
            left = left.minus(tick);
        }
    }

    private void change(Random random) {
        long photo = random.nextInt(PHOTOS);
        Row row = rows.get(photo);
        position++;
        if (row == null) {
            long user = random.nextInt(USERS);
            put(Row.of(photo, user, names.get(user), "c" + random.nextInt(3), random.nextInt(10)));
            return;
        }
        switch (random.nextInt(6)) {
            case 0 -> remove(photo);
            case 1 -> {
                // Its rows come one after the other, as those of a join do.
                long user = random.nextInt(USERS);
                names.put(user, "n" + random.nextInt(8));
                for (Row each : List.copyOf(rows.values())) {
                    if (each.get(1).equals(user)) {
                        put(with(each, 2, names.get(user)));
                        pass(Duration.ofMillis(random.nextInt(3)));
                    }
                }
            }
            case 2 -> {
                long user = random.nextInt(USERS);
                put(with(with(row, 1, user), 2, names.get(user)));
            }
            case 3 -> put(with(row, 4, random.nextInt(10)));
            default -> put(with(row, 3, random.nextInt(4) == 0 ? null : "c" + random.nextInt(3)));
        }
    }

    private static Row with(Row row, int column, Object value) {
        Object[] values = row.toArray();
        values[column] = value;
        return Row.of(values);
    }

    private void put(Row after) {
        Row before = rows.put((Long) after.get(0), after);
        if (!after.equals(before)) {
            send(before, after);
        }
    }

    private void remove(long photo) {
        send(rows.remove(photo), null);
    }

    private void send(Row before, Row after) {
        Origin origin = new Origin("s1", position, 1_000_000_000_000L + position);
        byte[] key = encoder.key(after == null ? before : after);
        changes.pipeInput(key, encoder.value(before, after, origin, 0));
        if (after == null) {
            changes.pipeInput(key, (byte[]) null);
        }
    }

    private static String randomPage(By by, Random random) {
        // Lists have no URL of a template, so only tags keep them in step.
        return switch (random.nextInt(by == By.TAGS ? 5 : 3)) {
            case 0, 1 -> "/p/" + random.nextInt(PHOTOS);
            case 2 -> "/u/" + (random.nextInt(3) == 0 ? "u" + random.nextInt(USERS) : "n" + random.nextInt(8));
            case 3 -> "/best-of/" + random.nextInt(USERS);
            default -> "/all";
        };
    }

    /** What a server does: the page of the rows that are there now, marked as the templates say. */
    private void fetch(String url) {
        cache.computeIfAbsent(url, any -> {
            ViewTemplates templates = ViewTemplates.of(sink, version.columns());
            Set<String> tags = new LinkedHashSet<>();
            shown(url).forEach(row -> tags.addAll(templates.tags(row)));
            tags.addAll(templates.listTags(known(url)));
            return new Cached(render(url), tags);
        });
    }

    private static Row known(String url) {
        String name = url.substring(url.lastIndexOf('/') + 1);
        Object[] values = new Object[5];
        if (url.startsWith("/p/")) {
            values[0] = Long.valueOf(name);
        } else if (url.startsWith("/best-of/")) {
            values[1] = Long.valueOf(name);
        } else if (url.startsWith("/u/")) {
            values[2] = name;
        }
        return Row.of(values);
    }

    private List<Row> shown(String url) {
        if (url.equals("/all")) {
            return List.copyOf(rows.values());
        }
        if (url.startsWith("/u/")) {
            return rows.values().stream()
                    .filter(row -> url.equals("/u/" + row.get(2)))
                    .toList();
        }
        long number = Long.parseLong(url.substring(url.lastIndexOf('/') + 1));
        if (url.startsWith("/p/")) {
            return Optional.ofNullable(rows.get(number)).stream().toList();
        }
        return rows.values().stream()
                .filter(row -> row.get(1).equals(number))
                .sorted((one, other) -> Integer.compare((Integer) other.get(4), (Integer) one.get(4)))
                .limit(BEST)
                .toList();
    }

    private String render(String url) {
        return shown(url).toString();
    }

    private void forget(By by) {
        for (Invalidation each : told()) {
            if (each.kind() == TargetKind.TAG && by == By.TAGS) {
                cache.values().removeIf(page -> page.tags.contains(each.target()));
            } else if (each.kind() == TargetKind.URL && (by == By.URLS || !each.tagged())) {
                cache.remove(each.target());
            }
        }
    }

    private List<Invalidation> told() {
        List<Invalidation> told = new ArrayList<>();
        for (TestRecord<byte[], byte[]> record : invalidations.readRecordsToList()) {
            try {
                Invalidation each = Invalidation.of(schemas.decode(record.value()));
                assertThat(new String(record.key(), StandardCharsets.UTF_8)).isEqualTo(each.key());
                told.add(each);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return told;
    }

    @Test
    void aMassChangeIsToldOnceAndACaptionByItsPage() {
        names.put(1L, "ann");
        position = 1;
        for (long photo = 0; photo < 5_000; photo++) {
            put(Row.of(photo, 1L, "ann", "", 0));
        }
        pass(PAST_ALL);
        told();
        TestOutputTopic<byte[], byte[]> exchange =
                driver.createOutputTopic(topics.exchange(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        exchange.readRecordsToList();
        position = 2;
        for (Row row : List.copyOf(rows.values())) {
            put(with(row, 2, "bob"));
            if ((Long) row.get(0) % 100 == 0) {
                pass(PendingTargets.TICK);
            }
        }
        pass(PAST_ALL);
        // A record for what comes between two ticks, not one for each row.
        assertThat(exchange.readRecordsToList().stream()
                        .filter(record -> new String(record.key(), StandardCharsets.UTF_8).equals("tag:user/1")))
                .hasSizeLessThan(16 + 5_000 / 100 + 5);
        List<Invalidation> renamed = told();
        assertThat(renamed)
                .filteredOn(each -> each.kind() == TargetKind.TAG)
                .singleElement()
                .satisfies(tag -> {
                    assertThat(tag.target()).isEqualTo("user/1");
                    assertThat(tag.changes()).isEqualTo(5_000);
                    assertThat(tag.shard()).isEqualTo("s1");
                    assertThat(tag.position()).isEqualTo(2);
                    assertThat(tag.firstCommittedAtMicros()).isEqualTo(1_000_000_000_002L);
                    assertThat(tag.reason()).isEqualTo("update of username");
                });
        position = 3;
        put(with(rows.get(7L), 3, "sea"));
        // The user's page waits a whole window where its changes meet, since the one before had several rows.
        pass(Duration.ofMillis(2L * sink.windowMs()));
        assertThat(told().stream().map(Invalidation::key))
                .containsExactlyInAnyOrder("tag:photo/7", "url:/p/7", "url:/u/bob");
        assertThat(registry.get("millrace.cdn.invalidations")
                        .tag("kind", "tag")
                        .counter()
                        .count())
                .isGreaterThan(2);
        assertThat(registry.get("millrace.cdn.changes").counter().count()).isEqualTo(10_001);
    }

    @ParameterizedTest
    @CsvSource({"varnish,none,auto,false", "varnish,all,auto,true", "varnish,none,urls,true", "nginx,none,auto,true"})
    void urlsOfWhatIsForgottenByATagAreWrittenOnlyIfACacheNeedsThem(
            String provider, String warm, String byOfAllSinks, boolean written) {
        driver.close();
        topics = topics("cdn.caches=edge\ncdn.cache.edge.provider=" + provider
                + "\ncdn.cache.edge.url=http://edge:6081\ncdn.cache.edge.warm=" + warm + "\nsinks.cdn.by="
                + byOfAllSinks);
        start(new FollowedView("photo_card", List.of(version), List.of(sink)));
        Row row = Row.of(7L, 1L, "ann", "", 0);
        put(row);
        pass(PAST_ALL);
        // Nobody's page may be there, which carries none of the row's tags.
        assertThat(told().stream().map(Invalidation::key)).contains("tag:photo/7", "url:/u/ann");
        put(with(row, 3, "sea"));
        pass(PAST_ALL);
        assertThat(told().stream().map(Invalidation::key).filter(key -> key.startsWith("url:")))
                .hasSize(written ? 2 : 0);
    }

    /** What is held back until the next tick is gone then; so each transaction has to have a record of it. */
    @Test
    void aCrashAfterAnyCommitOfAMassChangeLosesNoTarget() {
        names.put(1L, "ann");
        for (long photo = 0; photo < 2_000; photo++) {
            put(Row.of(photo, 1L, "ann", "", 0));
        }
        pass(PAST_ALL);
        TestOutputTopic<byte[], byte[]> exchange =
                driver.createOutputTopic(topics.exchange(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        exchange.readRecordsToList();
        EndedTransactions.end(pacer);
        position = 2;
        TargetCodec codec = new TargetCodec();
        for (long transaction = 0; transaction < 10; transaction++) {
            for (long photo = 0; photo < 200; photo++) {
                put(with(rows.get(transaction * 200 + photo), 2, "bob"));
            }
            // The commit comes before a tick, and after it the crash.
            assertThat(exchange.readRecordsToList().stream()
                            .map(record -> codec.change(record.value()))
                            .filter(change -> change.origin().position() == 2)
                            .map(change -> change.id().key()))
                    .as("transaction %d", transaction)
                    .contains("tag:user/1");
            EndedTransactions.end(pacer);
        }
    }

    @Test
    void whatIsOnItsWayIsToldWhenTheLastSinkIsGone() {
        driver.close();
        open(List.of());
        TestInputTopic<byte[], byte[]> exchange =
                driver.createInputTopic(topics.exchange(), new ByteArraySerializer(), new ByteArraySerializer());
        TargetId id = new TargetId("pages", TargetKind.TAG, "photo/7");
        TargetChange change = new TargetChange(id, false, "insert", new Origin("s1", 7, 1), 1);
        exchange.pipeInput(id.key().getBytes(StandardCharsets.UTF_8), new TargetCodec().change(change));
        pass(PAST_ALL);
        assertThat(told().stream().map(Invalidation::key)).containsExactly("tag:photo/7");
        assertThat(registry.get("millrace.cdn.pending.targets").gauge().value()).isZero();
    }

    @Test
    void whatCannotBeReadIsSetAsideAndCanBeReadAgain() {
        byte[] key = {1};
        changes.pipeInput(key, new byte[] {9, 9});
        TestOutputTopic<byte[], byte[]> letters = driver.createOutputTopic(
                topics.deadLetters("pages"), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        TestRecord<byte[], byte[]> letter = letters.readRecord();
        assertThat(letter.key()).isEqualTo(key);
        assertThat(header(letter.headers(), "__millrace.errors.reason")).isEqualTo("malformed");
        assertThat(header(letter.headers(), "__millrace.replay.source")).isEqualTo("app.photo_card-0@0");
        Row row = Row.of(1L, 1L, "ann", "", 0);
        TestInputTopic<byte[], byte[]> replays =
                driver.createInputTopic(topics.replays("pages"), new ByteArraySerializer(), new ByteArraySerializer());
        replays.pipeInput(encoder.key(row), encoder.value(null, row, Origin.NONE, 0));
        pass(PAST_ALL);
        assertThat(told()).hasSize(5).allMatch(each -> each.shard() == null && each.position() == null);
    }

    @Test
    void whileANewVersionIsBuiltTheOldOnesRecordsInvalidateWhatTheOldSinkSays() {
        driver.close();
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(TABLES, "tables.sql", "app", errors);
        String changed = """
                CREATE VIEW photo_card AS SELECT photo_id, user_id, caption FROM photos;
                CREATE SINK pages FROM photo_card WITH (type = 'cdn', tags = 'picture/{photo_id}');
                """;
        ViewsFile.Reading reading = ViewsFile.readAll(changed, "views.sql", catalog, errors);
        assertThat(errors.stream().map(UserError::render)).isEmpty();
        start(new FollowedView(
                "photo_card",
                List.of(
                        FollowedView.Version.of(reading.views().get(0), List.of()),
                        FollowedView.Version.of(view, List.of(sink))),
                List.of(CdnSink.of(reading.sinks().get(0).sink()))));
        put(Row.of(7L, 1L, "ann", "", 0));
        pass(PAST_ALL);
        assertThat(told().stream().map(Invalidation::key))
                .containsExactlyInAnyOrder(
                        "tag:picture/7", "tag:photo/7", "tag:user/1", "tag:photos", "url:/p/7", "url:/u/ann");
        put(Row.of(7L, 1L, "bob", "", 0));
        pass(PAST_ALL);
        assertThat(told().stream().map(Invalidation::key)).contains("tag:user/1", "url:/u/ann", "url:/u/bob");
    }

    private static String header(Headers headers, String name) {
        return new String(headers.lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
