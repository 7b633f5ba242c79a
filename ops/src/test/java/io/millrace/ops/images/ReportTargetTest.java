package io.millrace.ops.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.ops.images.ImageFailure.Reason;
import io.millrace.ops.stack.PostgresServer;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker reports, in a database. */
final class ReportTargetTest {
    private static final String TOPIC = "images.uploads";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);

    @TempDir
    private static Path directory;

    private static PostgresServer shard;
    private static ImageStore store;

    private final List<String> told = new ArrayList<>();
    private final Progress progress = new Progress();
    private long offset;

    @BeforeAll
    static void start() throws Exception {
        shard = PostgresServer.start("shard1", directory.resolve("shard1"), false);
        shard.execute(Files.readString(Path.of("..", "pipelines", "images", "tables.sql")));
        store = new ImageStore(directory.resolve("store"));
    }

    @AfterAll
    static void stop() throws Exception {
        shard.close();
    }

    @BeforeEach
    void empty() throws SQLException {
        shard.execute("DELETE FROM uploads");
    }

    private ReportTarget target(String jdbcUrl) {
        return target(new ThumbnailStep(store), jdbcUrl);
    }

    private ReportTarget target(Step step, String jdbcUrl) {
        return new ReportTarget(
                step,
                store,
                new TimeLimit(Duration.ofSeconds(30), "test"),
                new Shards(Map.of("shard1", jdbcUrl)),
                progress,
                3,
                told::add);
    }

    private Job job(long id, String object) {
        SinkRecord record = new SinkRecord(TOPIC, 0, null, null, null, null, offset++, 0L, TimestampType.CREATE_TIME);
        return new Job(record, Optional.of(new Upload(id, object, "shard1")), null);
    }

    private static String upload(long id, byte[] picture) throws Exception {
        String object = store.put(ImageStore.Kind.ORIGINAL, picture);
        shard.execute("INSERT INTO uploads VALUES (" + id + ", 1, 'a', '" + object + "')");
        return object;
    }

    private static List<String> rows(String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Connection connection = shard.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                rows.add(row.getString(1));
            }
        }
        return rows;
    }

    /** As a worker that was killed before it had committed its offset does: not even the rows' versions change. */
    @Test
    void whatIsReportedTwiceIsWrittenOnce() throws Exception {
        String object = upload(1, GeneratedPicture.good(1));
        try (ReportTarget target = target(shard.jdbcUrl())) {
            target.write(List.of(job(1, object)));
            String versions = "SELECT t.xmin || ' ' || t::text FROM thumbnails t ORDER BY size";
            List<String> once = rows(versions);
            assertThat(once).hasSize(3);
            target.write(List.of(job(1, object)));
            assertThat(rows(versions)).isEqualTo(once);
        }
        assertThat(told).hasSize(2).first().asString().startsWith("thumbnails: upload 1: 3 thumbnails, ");
    }

    @Test
    void aWorkerThatComesLateChangesNothing() throws Exception {
        String old = upload(1, GeneratedPicture.good(1));
        String current = store.put(ImageStore.Kind.ORIGINAL, GeneratedPicture.good(2));
        shard.execute("UPDATE uploads SET object = '" + current + "'");
        try (ReportTarget target = target(shard.jdbcUrl())) {
            target.write(List.of(job(1, current)));
            target.write(List.of(job(1, old)));
            assertThat(rows("SELECT DISTINCT object FROM thumbnails")).containsExactly(current);
            shard.execute("DELETE FROM uploads");
            target.write(List.of(job(1, current)));
            assertThat(rows("SELECT size FROM thumbnails")).isEmpty();
        }
    }

    @Test
    void aFailureIsReportedAndGoesWhenTheStepSucceeds() throws Exception {
        String object = upload(1, GeneratedPicture.corrupt(1));
        try (ReportTarget target = target(shard.jdbcUrl())) {
            Job job = job(1, object);
            assertThatThrownBy(() -> target.write(List.of(job))).satisfies(failed(FailureKind.RECORD));
            target.skip(job);
            target.skip(job);
            assertThat(rows("SELECT step || '|' || reason || '|' || message FROM failures"))
                    .containsExactly("thumbnails|unreadable|it is no picture in a format that is known here");
            String mended = store.put(ImageStore.Kind.ORIGINAL, GeneratedPicture.good(3));
            shard.execute("UPDATE uploads SET object = '" + mended + "'");
            target.write(List.of(job(1, mended)));
            assertThat(rows("SELECT reason FROM failures")).isEmpty();
        }
    }

    @Test
    void aPictureThatIsMissingIsLookedForSeveralTimes() throws Exception {
        shard.execute("INSERT INTO uploads VALUES (1, 1, 'a', repeat('0', 64))");
        try (ReportTarget target = target(shard.jdbcUrl())) {
            Job job = job(1, "0".repeat(64));
            for (int attempt = 1; attempt <= 3; attempt++) {
                progress.begin(PARTITION, 0);
                assertThatThrownBy(() -> target.write(List.of(job)))
                        .satisfies(failed(attempt < 3 ? FailureKind.TRANSIENT : FailureKind.RECORD));
            }
            target.skip(job);
            assertThat(rows("SELECT reason || '|' || message FROM failures"))
                    .containsExactly("missing|the store does not have it, 3 times");
        }
    }

    @Test
    void aDatabaseThatIsAwayIsNoFaultOfThePicture() throws Exception {
        String object = store.put(ImageStore.Kind.ORIGINAL, GeneratedPicture.good(1));
        try (ReportTarget target = target("jdbc:postgresql://127.0.0.1:1/postgres?user=postgres")) {
            Job job = job(1, object);
            for (int attempt = 1; attempt <= 5; attempt++) {
                progress.begin(PARTITION, 0);
                assertThatThrownBy(() -> target.write(List.of(job)))
                        .satisfies(failed(FailureKind.TRANSIENT))
                        .satisfies(
                                e -> assertThat(((DeliveryFailure) e).reason()).isNotInstanceOf(ImageFailure.class));
            }
        }
    }

    @Test
    void aPictureThatIsReplacedWhileItIsWorkedOnIsNotReported() throws Exception {
        String object = upload(1, GeneratedPicture.good(1));
        ContentCheck replaces = new ContentCheck() {
            @Override
            public String name() {
                return "replaces";
            }

            @Override
            public Optional<String> find(BufferedImage picture) throws SQLException {
                shard.execute("UPDATE uploads SET object = 'another'");
                return Optional.empty();
            }
        };
        try (ReportTarget target = target(new ScanStep(replaces), shard.jdbcUrl())) {
            target.write(List.of(job(1, object)));
            assertThat(rows("SELECT verdict FROM scans")).isEmpty();
        }
    }

    @Test
    void whatIsInTheDeadLettersIsNotBegunAgainWhenOnlyItsReportFailed() throws Exception {
        String object = upload(1, GeneratedPicture.corrupt(1));
        Job job = job(1, object);
        try (ReportTarget target = target(shard.jdbcUrl())) {
            assertThatThrownBy(() -> target.write(List.of(job))).satisfies(failed(FailureKind.RECORD));
            assertThat(target.rejection(job)).isNull();
            shard.execute("ALTER TABLE failures RENAME TO elsewhere");
            assertThatThrownBy(() -> target.skip(job)).satisfies(failed(FailureKind.TARGET));
            shard.execute("ALTER TABLE elsewhere RENAME TO failures");
            assertThat(target.rejection(job)).isInstanceOfSatisfying(ImageFailure.class, e -> assertThat(e.reason())
                    .isEqualTo(Reason.UNREADABLE));
            target.write(List.of(job));
            assertThat(rows("SELECT reason FROM failures")).containsExactly("unreadable");
        }
    }

    @Test
    void aFailureThatSaysNothingIsSaidByItsCategory() throws Exception {
        String object = upload(1, GeneratedPicture.good(1));
        Job job = job(1, object);
        Job silent = new Job(job.record(), job.upload(), new ImageFailure(Reason.UNREADABLE, null));
        try (ReportTarget target = target(shard.jdbcUrl())) {
            target.write(List.of(silent));
            assertThat(rows("SELECT message FROM failures")).containsExactly("unreadable");
        }
    }

    @Test
    void aShardWithoutAnAddressIsSaidToBeSo() throws Exception {
        String object = store.put(ImageStore.Kind.ORIGINAL, GeneratedPicture.good(1));
        SinkRecord record = job(1, object).record();
        try (ReportTarget target = target(shard.jdbcUrl())) {
            Job job = new Job(record, Optional.of(new Upload(1, object, "shard9")), null);
            assertThatThrownBy(() -> target.write(List.of(job)))
                    .satisfies(failed(FailureKind.TARGET))
                    .hasMessageContaining("give it with --shard shard9=jdbc:postgresql://");
        }
    }

    private static java.util.function.Consumer<Throwable> failed(FailureKind kind) {
        return failure -> assertThat(failure).isInstanceOfSatisfying(DeliveryFailure.class, e -> assertThat(e.kind())
                .isEqualTo(kind));
    }
}
