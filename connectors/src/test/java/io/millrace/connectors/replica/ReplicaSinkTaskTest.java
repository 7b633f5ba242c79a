package io.millrace.connectors.replica;

import static io.millrace.connectors.replica.TopicRecords.INTEGER;
import static io.millrace.connectors.replica.TopicRecords.TEXT;
import static io.millrace.connectors.replica.TopicRecords.columns;
import static io.millrace.connectors.replica.TopicRecords.typed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.replica.TopicRecords.At;
import io.millrace.schemas.ChangeEvents;
import io.millrace.schemas.ReplayHeaders;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The task against PostgreSQL, without a broker: what records come to in the target, whatever happens meanwhile. */
final class ReplicaSinkTaskTest extends ReplicaConformance {
    private static TargetDatabase database;

    @BeforeAll
    static void start() throws Exception {
        database = new TargetDatabase();
    }

    @AfterAll
    static void stop() throws Exception {
        database.close();
    }

    @Override
    SqlDatabase target() {
        return database;
    }

    @Test
    void rowsComeChangeAndGo() throws Exception {
        SinkHarness sink = sink();
        sink.put(
                users.upsert(At.of(0), "r", 1, "Ada", null),
                users.upsert(At.of(1), "c", 2, "Bob", "x"),
                users.upsert(At.of(2), "c", 3, "Cy", "y"));
        assertThat(rows()).containsExactly("1|Ada|-", "2|Bob|x", "3|Cy|y");
        sink.put(
                users.upsert(At.of(3), "u", 1, "Ada L.", "z"),
                users.delete(At.of(4), 2),
                users.tombstone(At.of(5), 2),
                users.upsert(At.of(6), "u", 3, "Cyd", null),
                users.upsert(At.of(7), "u", 3, "Cyril", null));
        assertThat(rows()).containsExactly("1|Ada L.|z", "3|Cyril|-");
        assertThat(database.rows(
                        "SELECT __shard, __position, __committed_at AT TIME ZONE 'UTC' FROM " + name + " ORDER BY id"))
                .containsExactly("s1|103|1970-01-01 00:00:01.000003", "s1|107|1970-01-01 00:00:01.000007");
        assertThat(database.rows("SELECT next_offset FROM millrace_offsets WHERE sink = '" + name + "'"))
                .containsExactly("8");
        assertThat(sink.task.preCommit(Map.of(partition, new OffsetAndMetadata(8))))
                .containsExactly(Map.entry(partition, new OffsetAndMetadata(8)));
        assertThat(sink.metric("rows-written-total")).isEqualTo(5);
        assertThat(sink.metric("rows-deleted-total")).isEqualTo(1);
        assertThat(sink.metric("rows-waiting")).isZero();
    }

    @Test
    void changesThatTheCaptureSendsAgainChangeNothing() throws Exception {
        SinkHarness sink = sink();
        SinkRecord created = users.upsert(new At(0, 0, "s1", 10, 1), "c", 1, "Ada", null);
        sink.put(
                created,
                users.upsert(new At(0, 1, "s1", 20, 2), "u", 1, "Ada L.", null),
                users.upsert(new At(0, 2, "s1", 21, 2), "c", 2, "Bob", null),
                users.delete(new At(0, 3, "s1", 30, 3), 2),
                users.tombstone(new At(0, 4, "s1", 30, 3), 2));
        sink.put(
                users.upsert(new At(0, 5, "s1", 10, 1), "c", 1, "Ada", null),
                users.upsert(new At(0, 6, "s1", 21, 2), "c", 2, "Bob", null));
        assertThat(rows()).containsExactly("1|Ada L.|-");
        assertThat(sink.metric("duplicates-total")).isEqualTo(2);
    }

    @Test
    void aRowThatWasDeletedIsNotBroughtBackByTheChangeThatMadeIt() throws Exception {
        SinkHarness sink = sink();
        sink.put(users.upsert(new At(0, 0, "s1", 10, 1), "c", 1, "Ada", null));
        sink.put(users.delete(new At(0, 1, "s1", 20, 2), 1), users.tombstone(new At(0, 2, "s1", 20, 2), 1));
        sink.put(users.upsert(new At(0, 3, "s1", 10, 1), "c", 1, "Ada", null));
        assertThat(rows()).isEmpty();
    }

    /** The tombstone of a deletion that is sent again must not delete the row that came after it. */
    @Test
    void aTombstoneThatIsSentAgainDeletesNothing() throws Exception {
        SinkHarness sink = sink();
        for (int round = 0; round < 2; round++) {
            long offset = round * 10L;
            sink.put(
                    users.upsert(new At(0, offset, "s1", 10, 1), "c", 1, "Ada", null),
                    users.delete(new At(0, offset + 1, "s1", 20, 2), 1),
                    users.tombstone(new At(0, offset + 2, "s1", 20, 2), 1),
                    users.upsert(new At(0, offset + 3, "s1", 30, 3), "c", 1, "Eve", null));
            assertThat(rows()).containsExactly("1|Eve|-");
        }
    }

    /** Its deletion was sent again with it, and another task, or another attempt, finds it alone. */
    @Test
    void aTombstoneThatIsSentAgainDeletesNothingWhereItsDeletionWasPassedBefore() throws Exception {
        SinkHarness first = sink();
        first.put(
                users.upsert(At.of(0), "c", 1, "Ada", null),
                users.delete(new At(0, 1, "s1", 110, 1_000_100), 1),
                users.tombstone(At.of(2), 1),
                users.upsert(new At(0, 3, "s1", 120, 1_000_200), "c", 1, "Ada again", null));
        SinkRecord deletion = users.delete(new At(0, 4, "s1", 110, 1_000_100), 1);
        SinkRecord tombstone = users.tombstone(At.of(5), 1);
        first.put(deletion);
        SinkHarness second = sink();
        assertThat(second.sought).as("before the deletion").containsExactly(Map.entry(partition, 4L));
        second.put(deletion);
        // The first attempt fails.
        database.endConnectionsOf(name);
        assertThatThrownBy(() -> second.put(tombstone)).isInstanceOf(RetriableException.class);
        second.put(tombstone);
        assertThat(rows()).containsExactly("1|Ada again|-");
        assertThat(sink().sought).containsExactly(Map.entry(partition, 6L));
    }

    @Test
    void deletionsAreRememberedForAsLongAsIsSaid() throws Exception {
        sink().put(users.upsert(At.of(0), "c", 1, "Ada", null), users.delete(At.of(1), 1));
        String count = "SELECT count(*) FROM millrace_rows WHERE sink = '" + name + "'";
        try (Connection connection = database.connect()) {
            assertThat(RowMemory.prune(connection, name, 60_000, 10)).isZero();
            assertThat(database.rows(count)).containsExactly("1");
            database.execute(
                    "UPDATE millrace_rows SET recorded_at = now() - interval '61 s' WHERE sink = '" + name + "'");
            assertThat(RowMemory.prune(connection, name, 60_000, 10)).isEqualTo(1);
            assertThat(database.rows(count)).containsExactly("0");
        }
    }

    /** Tables without statistics must not be read from end to end for each key. */
    @Test
    void manyRememberedDeletionsSlowNothing() throws Exception {
        SinkHarness sink = sink();
        int rows = 20_000;
        long start = System.nanoTime();
        for (int round = 0; round < 3; round++) {
            List<SinkRecord> records = new ArrayList<>();
            for (int i = 0; i < rows; i++) {
                At at = At.of((long) round * rows + i);
                records.add(round == 1 ? users.delete(at, i) : users.upsert(at, "c", i, "n" + round, null));
            }
            sink.put(records);
        }
        assertThat(database.rows("SELECT count(*) FROM " + name)).containsExactly(Integer.toString(rows));
        assertThat(database.rows("SELECT count(*) FROM millrace_rows WHERE sink = '" + name + "'"))
                .containsExactly("0");
        assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
    }

    /** Compaction may leave the tombstone alone. */
    @Test
    void aTombstoneWithoutItsDeletionDeletes() throws Exception {
        sink().put(users.upsert(At.of(0), "c", 1, "Ada", null));
        sink().put(users.tombstone(At.of(9), 1));
        assertThat(rows()).isEmpty();
        sink().put(users.upsert(At.of(10), "c", 1, "Eve", null));
        assertThat(rows()).containsExactly("1|Eve|-");
    }

    @Test
    void aStreamedChangeIsNewerThanTheSnapshotWhateverItsPosition() throws Exception {
        SinkHarness sink = sink();
        sink.put(users.upsert(new At(0, 0, "s1", 500, 1), "r", 1, "old", null));
        sink.put(users.upsert(new At(0, 1, "s1", 300, 2), "u", 1, "new", null));
        sink.put(users.upsert(new At(0, 2, "s1", 200, 1), "r", 1, "older snapshot", null));
        assertThat(rows()).containsExactly("1|new|-");
    }

    /** A row moves from s1 to s2: the copy comes, then the old row goes; the two connectors' records interleave at will. */
    @Test
    void aRowThatMovesToAnotherShardStaysInWhateverOrderItsChangesCome() throws Exception {
        int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}};
        for (int i = 0; i < orders.length; i++) {
            for (boolean together : new boolean[] {true, false}) {
                String topicOfOrder = topic + i + together;
                TopicRecords records =
                        TopicRecords.ofTable(topicOfOrder, columns("id", INTEGER, "name", TEXT, "note", TEXT));
                SinkHarness sink = new SinkHarness(database, name);
                started.add(sink);
                sink.open(new TopicPartition(topicOfOrder, 0));
                List<SinkRecord> ordered = new ArrayList<>();
                ordered.add(records.upsert(new At(0, 0, "s1", 800, 50), "c", 1, "at s1", null));
                for (int j = 0; j < 3; j++) {
                    ordered.add(at(records, orders[i][j], 1 + j));
                }
                if (together) {
                    sink.put(ordered);
                } else {
                    ordered.forEach(record -> sink.put(record));
                }
                assertThat(database.rows("SELECT id, name, note, __shard FROM \"" + topicOfOrder.substring(4) + "\""))
                        .as("order %d", i)
                        .containsExactly("1|at s2|b|s2");
            }
        }
    }

    private static SinkRecord at(TopicRecords records, int change, long offset) {
        return switch (change) {
            case 0 -> records.upsert(new At(0, offset, "s1", 900, 100), "u", 1, "late news of s1", "a");
            case 1 -> records.upsert(new At(0, offset, "s2", 50, 200), "c", 1, "at s2", "b");
            default -> records.delete(new At(0, offset, "s1", 950, 300), 1);
        };
    }

    /** The clock of s1 is ahead, so that its row is shown though s2 has the row that stays. */
    @Test
    void aRowThatWasKeptAsideIsShownWhenTheOtherShardsIsDeleted() throws Exception {
        SinkHarness sink = sink();
        sink.put(users.upsert(new At(0, 0, "s1", 900, 1000), "c", 1, "s1", null));
        sink.put(users.upsert(new At(0, 1, "s2", 50, 200), "c", 1, "s2", "{\"'\\,NULL}"));
        assertThat(rows()).containsExactly("1|s1|-");
        sink.put(users.delete(new At(0, 2, "s1", 950, 1001), 1));
        assertThat(rows()).containsExactly("1|s2|{\"'\\,NULL}");
        sink.put(users.delete(new At(0, 3, "s2", 60, 300), 1));
        assertThat(rows()).isEmpty();
    }

    @Test
    void valuesThatAnUpdateLeavesOutStayAsTheyAre() throws Exception {
        SinkHarness sink = sink();
        String unchanged = ChangeEvents.UNCHANGED;
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", "large"));
        sink.put(users.upsert(At.of(1), "u", 1, "Ada L.", unchanged));
        assertThat(rows()).containsExactly("1|Ada L.|large");
        sink.put(
                users.upsert(At.of(2), "u", 1, "Ada", "larger"),
                users.upsert(At.of(3), "u", 1, unchanged, unchanged),
                users.upsert(At.of(4), "u", 1, "Ada M.", unchanged));
        assertThat(rows()).containsExactly("1|Ada M.|larger");
        sink.put(users.upsert(At.of(5), "c", 2, "Bob", unchanged), users.upsert(At.of(6), "u", 3, "Cy", unchanged));
        assertThat(rows()).containsExactly("1|Ada M.|larger", "2|Bob|" + unchanged);
        assertThat(sink.deadLetters).extracting(SinkRecord::kafkaOffset).containsExactly(6L);
    }

    @Test
    void recordsThatTheTargetRefusesAreSetAsideAndTheRestIsApplied() throws Exception {
        database.execute(
                "CREATE TABLE " + name + " (id int PRIMARY KEY, name varchar(5), note text CHECK (note <> 'bad'))");
        TopicRecords short5 = TopicRecords.ofTable(
                topic,
                columns("id", INTEGER, "name", SchemaBuilder.string().optional().build(), "note", TEXT));
        SinkHarness sink = sink();
        List<SinkRecord> records = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            records.add(short5.upsert(At.of(i), "c", i, i == 41 ? "too long" : "n", i % 20 == 7 ? "bad" : "fine"));
        }
        sink.put(records);
        assertThat(sink.deadLetters).extracting(SinkRecord::kafkaOffset).containsExactly(7L, 27L, 41L, 47L, 67L, 87L);
        assertThat(sink.reasons.get(0)).contains("violates check constraint");
        assertThat(sink.reasons.get(2)).contains("value too long for type character varying(5)");
        assertThat(database.rows("SELECT count(*) FROM " + name)).containsExactly("94");
        assertThat(sink.metric("dead-letters-total")).isEqualTo(6);
        assertThat(database.rows("SELECT next_offset FROM millrace_offsets WHERE sink = '" + name + "'"))
                .containsExactly("100");
    }

    /** Of bytes that are written when they are needed, as of structs that are written when they come. */
    @Test
    void aValueThatCannotBeWrittenIsSetAside() throws Exception {
        Map<String, Schema> types = columns(
                "id",
                INTEGER,
                "note",
                TEXT,
                "at",
                SchemaBuilder.string()
                        .name("io.debezium.time.ZonedTimestamp")
                        .optional()
                        .build(),
                "day",
                SchemaBuilder.string().name("io.debezium.time.Date").optional().build());
        for (boolean encoded : new boolean[] {true, false}) {
            String topicOfWay = topic + encoded;
            TopicRecords records = TopicRecords.ofTable(topicOfWay, types);
            SinkHarness sink = new SinkHarness(database, name + encoded);
            started.add(encoded ? sink : sink.withPlainRecords());
            sink.open(new TopicPartition(topicOfWay, 0));
            // The first are copied, those behind an update are not.
            for (int first : new int[] {0, 11}) {
                List<SinkRecord> batch = new ArrayList<>();
                for (int i = first; i < first + 10; i++) {
                    batch.add(records.upsert(At.of(i), "c", i, "n", "-0043-03-15T12:00:00Z", null));
                }
                batch.set(3, records.upsert(At.of(first + 3), "c", first + 3, "n", "-x-03-15T12:00:00Z", null));
                batch.set(7, records.upsert(At.of(first + 7), "c", first + 7, "n", null, "tomorrow"));
                sink.put(batch);
                sink.put(records.upsert(At.of(first + 10), "u", first, "m", null, null));
            }
            assertThat(sink.deadLetters).extracting(SinkRecord::kafkaOffset).containsExactly(3L, 7L, 14L, 18L);
            assertThat(sink.reasons.toString()).doesNotContain("-x-", "tomorrow");
            assertThat(database.rows("SELECT count(*), max(at)::text FROM " + name + encoded))
                    .containsExactly("16|0044-03-15 12:00:00+00 BC");
        }
    }

    @Test
    void manyBadRecordsAmongSeveralOfOneKeyAreToldApart() throws Exception {
        SinkHarness sink = sink();
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", "n"));
        database.execute("ALTER TABLE " + name + " ADD CONSTRAINT named CHECK (name <> 'bad')");
        sink.put(
                users.upsert(At.of(1), "u", 1, "bad", "n"),
                users.upsert(At.of(2), "u", 1, "Ada L.", "n"),
                users.upsert(At.of(3), "c", 2, "Bob", "n"),
                users.upsert(At.of(4), "u", 2, "bad", "n"),
                users.upsert(At.of(5), "u", 2, "bad", "again"),
                users.upsert(At.of(6), "c", 3, "bad", "n"),
                users.upsert(At.of(7), "u", 4, "left out", ChangeEvents.UNCHANGED),
                users.upsert(At.of(8), "u", 3, "left out", ChangeEvents.UNCHANGED),
                users.upsert(At.of(9), "c", 5, "Eve", "n"),
                users.delete(At.of(10), 6));
        assertThat(rows()).containsExactly("1|Ada L.|n", "2|Bob|n", "3|left out|n", "5|Eve|n");
        assertThat(sink.deadLetters.stream().map(SinkRecord::kafkaOffset))
                .as("6 is folded with 8, which mends it")
                .containsExactlyInAnyOrder(4L, 5L, 7L);
        assertThat(sink.reasons.stream().filter(reason -> reason.contains("check constraint \"named\"")))
                .hasSize(2);
        // The rows of keys with dead letters are not whole.
        sink.put(users.upsert(At.of(11), "u", 2, "Bob L.", ChangeEvents.UNCHANGED));
        assertThat(rows()).as("what it leaves out is as a dead letter set it").contains("2|Bob L.|again");
        assertThat(sink.deadLetters).hasSize(3);
        sink.put(users.upsert(At.of(12), "u", 2, "Bob M.", "whole"));
        assertThat(rows()).contains("2|Bob M.|whole");
    }

    @Test
    void aRowWithADeadLetterIsMendedByTheNextChangeThatIsTaken() throws Exception {
        SinkHarness sink = sink();
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", "large"));
        database.execute("ALTER TABLE " + name + " ADD CHECK (name <> 'bad')");
        sink.put(users.upsert(At.of(1), "u", 1, "bad", "larger"));
        assertThat(rows()).containsExactly("1|Ada|large");
        sink.put(users.upsert(At.of(2), "u", 1, "Ada L.", ChangeEvents.UNCHANGED));
        assertThat(rows()).containsExactly("1|Ada L.|larger");
        sink.put(
                users.upsert(At.of(3), "u", 1, "bad", "largest"),
                users.upsert(At.of(4), "u", 1, "bad", ChangeEvents.UNCHANGED),
                users.upsert(At.of(5), "u", 1, "Ada M.", ChangeEvents.UNCHANGED));
        assertThat(rows()).containsExactly("1|Ada M.|largest");
        assertThat(database.rows("SELECT count(*) FROM millrace_rows WHERE sink = '" + name + "'"))
                .containsExactly("0");
    }

    @Test
    void changesThatLeaveOutWhatRefusedOnesSetEndAsInTheSource() throws Exception {
        String replays = topic + ".dlq.replay";
        SinkHarness sink = sink(DeliveryConfig.REPLAY_TOPIC, replays);
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", "large"), users.upsert(At.of(1), "c", 2, "Bob", "large"));
        database.execute("ALTER TABLE " + name + " ADD CONSTRAINT named CHECK (name NOT LIKE 'bad%')");
        sink.put(users.upsert(At.of(2), "u", 1, "bad", "larger\t\"\\"));
        sink.put(users.upsert(At.of(3), "u", 1, "bad 2", ChangeEvents.UNCHANGED));
        SinkHarness next = sink(DeliveryConfig.REPLAY_TOPIC, replays).open(new TopicPartition(replays, 0));
        SinkRecord lastOfAda = users.upsert(At.of(5), "u", 1, "bad 3", ChangeEvents.UNCHANGED);
        SinkRecord lastOfBob = users.upsert(At.of(6), "u", 2, "bad 2", ChangeEvents.UNCHANGED);
        SinkRecord lastOfCy = users.upsert(At.of(8), "u", 3, "bad 2", ChangeEvents.UNCHANGED);
        next.put(users.upsert(At.of(4), "u", 2, "bad", ChangeEvents.UNCHANGED), lastOfAda, lastOfBob);
        next.put(users.upsert(At.of(7), "c", 3, "bad", "new"), lastOfCy);
        assertThat(rows()).containsExactly("1|Ada|large", "2|Bob|large");
        assertThat(sink.deadLetters).hasSize(2);
        assertThat(next.deadLetters).hasSize(5);
        assertThat(next.reasons).allSatisfy(reason -> assertThat(reason).contains("check constraint \"named\""));
        database.execute("ALTER TABLE " + name + " DROP CONSTRAINT named");
        next.put(replay(lastOfAda, replays, 0), replay(lastOfBob, replays, 1), replay(lastOfCy, replays, 2));
        assertThat(rows()).containsExactly("1|bad 3|larger\t\"\\", "2|bad 2|large", "3|bad 2|new");
        assertThat(next.deadLetters).hasSize(5);
        assertThat(database.rows("SELECT count(*) FROM millrace_rows WHERE sink = '" + name + "'"))
                .containsExactly("0");
    }

    /** Such a row cannot be remembered by its values: a later change that leaves some out is a dead letter, too. */
    @Test
    void aRefusedRowThatTheDatabaseCannotKeepIsMendedByAWholeRow() throws Exception {
        SinkHarness sink = sink();
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", "large"));
        sink.put(
                users.upsert(At.of(1), "u", 1, "Ada L.", "zero\0byte"),
                users.upsert(At.of(2), "u", 1, "Ada M.", ChangeEvents.UNCHANGED));
        assertThat(rows()).containsExactly("1|Ada|large");
        assertThat(sink.deadLetters).hasSize(2);
        assertThat(sink.reasons.get(1)).contains("the row that has them is in the dead letters");
        sink.put(users.upsert(At.of(3), "u", 1, "Ada M.", "whole"));
        assertThat(rows()).containsExactly("1|Ada M.|whole");
    }

    /** The row is past it, so that it lacks nothing; what it leaves out afterwards is there. */
    @Test
    void aRefusedChangeThatIsSentAgainIsNotMissedByARowThatIsPastIt() throws Exception {
        sink().put(
                        users.upsert(At.of(0), "c", 1, "Ada", "large"),
                        users.upsert(At.of(1), "u", 1, "zero\0byte", "x"),
                        users.upsert(At.of(2), "u", 1, "Ada L.", "larger"));
        // A task that does not know that something was remembered of the row tries to write it.
        SinkHarness next = sink();
        next.put(users.upsert(new At(0, 3, "s1", 101, 1_000_001), "u", 1, "zero\0byte", "x"));
        assertThat(next.deadLetters).hasSize(1);
        next.put(users.upsert(At.of(4), "u", 1, "Ada M.", ChangeEvents.UNCHANGED));
        assertThat(rows()).containsExactly("1|Ada M.|larger");
        assertThat(next.deadLetters).hasSize(1);
    }

    @Test
    void aDeadLetterThatIsDeliveredAgainMendsItsRowUnlessALaterChangeHas() throws Exception {
        String replays = topic + ".dlq.replay";
        SinkHarness sink = sink(DeliveryConfig.REPLAY_TOPIC, replays);
        SinkHarness other = new SinkHarness(database, name, DeliveryConfig.REPLAY_TOPIC, replays);
        started.add(other);
        other.open(new TopicPartition(replays, 0));
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", "large"), users.upsert(At.of(1), "c", 2, "Bob", "large"));
        database.execute("ALTER TABLE " + name + " ADD CONSTRAINT named CHECK (name <> 'bad')");
        SinkRecord left = users.upsert(At.of(2), "u", 1, "bad", ChangeEvents.UNCHANGED);
        SinkRecord outdated = users.upsert(At.of(3), "u", 2, "bad", "larger");
        SinkRecord unread = users.upsert(At.of(4), "c", 3, "Eve", "n");
        sink.put(left, outdated, users.upsert(At.of(5), "u", 2, "Bob L.", "largest"));
        other.put(replay(left, replays, 0));
        assertThat(other.deadLetters).as("it is refused as before").hasSize(1);
        database.execute("ALTER TABLE " + name + " DROP CONSTRAINT named");
        other.put(replay(left, replays, 1), replay(outdated, replays, 2), replay(unread, replays, 3));
        other.put(replay(left, replays, 4));
        assertThat(rows()).containsExactly("1|bad|large", "2|Bob L.|largest", "3|Eve|n");
        assertThat(other.deadLetters).hasSize(1);
        assertThat(database.rows("SELECT count(*) FROM millrace_rows WHERE sink = '" + name + "'"))
                .containsExactly("0");
        SinkRecord untold = replay(unread, replays, 5);
        untold.headers().remove(ReplayHeaders.SOURCE);
        other.put(untold);
        assertThat(other.reasons.get(1)).contains("does not say which dead letter it is");
    }

    @Test
    void ofSeveralDeadLettersOfARowTheLastTellsHowItIs() throws Exception {
        String replays = topic + ".dlq.replay";
        SinkHarness sink = sink(DeliveryConfig.REPLAY_TOPIC, replays).open(new TopicPartition(replays, 0));
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", "none"));
        database.execute("ALTER TABLE " + name + " ADD CONSTRAINT named CHECK (name <> 'bad')");
        SinkRecord one = users.upsert(At.of(1), "u", 1, "bad", "one");
        SinkRecord two = users.upsert(At.of(2), "u", 1, "bad", "two");
        sink.put(one);
        sink.put(two);
        database.execute("ALTER TABLE " + name + " DROP CONSTRAINT named");
        sink.put(replay(one, replays, 0));
        assertThat(rows()).containsExactly("1|Ada|none");
        sink.put(replay(two, replays, 1), replay(one, replays, 2));
        assertThat(rows()).containsExactly("1|bad|two");
        assertThat(sink.deadLetters).hasSize(2);
    }

    /** What is known of its row must not change while it is decided whether it is applied. */
    @Test
    void aDeadLetterThatIsDeliveredAgainWaitsForTheTaskOfItsPartition() throws Exception {
        String replays = topic + ".dlq.replay";
        SinkHarness sink = sink();
        SinkHarness other = new SinkHarness(
                database, name, DeliveryConfig.REPLAY_TOPIC, replays, ReplicaSinkConfig.STATEMENT_TIMEOUT, "1000");
        started.add(other);
        other.open(new TopicPartition(replays, 0));
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", "n"));
        database.execute("ALTER TABLE " + name + " ADD CONSTRAINT named CHECK (name <> 'bad')");
        SinkRecord refused = users.upsert(At.of(1), "u", 1, "bad", "n");
        sink.put(refused);
        database.execute("ALTER TABLE " + name + " DROP CONSTRAINT named");
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("UPDATE millrace_offsets SET next_offset = 3 WHERE sink = '" + name + "' AND topic = '"
                    + topic + "'");
            SinkRecord replay = replay(refused, replays, 0);
            assertThatThrownBy(() -> other.put(replay))
                    .isInstanceOf(RetriableException.class)
                    .hasMessageContaining("statement timeout");
            assertThat(rows()).containsExactly("1|Ada|n");
            connection.rollback();
            other.put(replay);
        }
        assertThat(rows()).containsExactly("1|bad|n");
    }

    private static SinkRecord replay(SinkRecord letter, String replays, long offset) {
        ReplayHeaders.Place place =
                new ReplayHeaders.Place(letter.topic(), letter.kafkaPartition(), letter.kafkaOffset());
        return RandomReplays.replayOf(letter, place, replays, offset);
    }

    /** By COPY from bytes, by COPY from another converter's structs, and by INSERT. */
    @Test
    void rowsThatAreCopiedAreWhatInsertedOnesAre() throws Exception {
        Map<String, Schema> types = columns(
                "id",
                typed(SchemaBuilder.int64(), "INT8").build(),
                "name",
                TEXT,
                "small",
                typed(SchemaBuilder.int16(), "INT2").optional().build(),
                "score",
                typed(SchemaBuilder.float64(), "FLOAT8").optional().build(),
                "flag",
                typed(SchemaBuilder.bool(), "BOOL").optional().build(),
                "data",
                typed(SchemaBuilder.bytes(), "BYTEA").optional().build(),
                "amount",
                typed(SchemaBuilder.string(), "NUMERIC").optional().build(),
                "at",
                SchemaBuilder.int64()
                        .name("io.debezium.time.MicroTimestamp")
                        .optional()
                        .build());
        Object[][] rows = {
            {1L, "a\tb\\c\nd\re\u0001\u007f\b\f", (short) -1, 0.1, true, new byte[] {0, '\\', -1}, "1.50", 1L},
            {Long.MIN_VALUE, "\\N", Short.MIN_VALUE, Double.NaN, false, new byte[0], "POSITIVE_INFINITY", -1L},
            {Long.MAX_VALUE, "", Short.MAX_VALUE, -0.0, null, null, "NaN", Long.MAX_VALUE},
            {-10L, "ünï 😀 \u0080\uffff", (short) 0, Double.MIN_VALUE, null, null, "-1e-30", Long.MIN_VALUE},
            {1_000_000_000_000L, null, null, null, null, null, null, null},
            {0L, "x".repeat(200_000), (short) 100, 1e300 / 7, true, null, "0", 253402300800000000L}
        };
        for (boolean intoTexts : new boolean[] {false, true}) {
            List<List<String>> found = copiedAndInserted(types, rows, intoTexts);
            assertThat(found.get(0))
                    .hasSize(rows.length)
                    .isEqualTo(found.get(1))
                    .isEqualTo(found.get(2));
            assertThat(found.get(0).toString()).contains("a\tb\\c\nd\re\u0001");
        }
    }

    private List<List<String>> copiedAndInserted(Map<String, Schema> types, Object[][] rows, boolean intoTexts)
            throws Exception {
        List<List<String>> found = new ArrayList<>();
        for (String way : List.of("encoded", "plain", "inserted")) {
            String table = name + "_" + way + (intoTexts ? "_texts" : "");
            String topicOfWay = "app." + table;
            if (intoTexts) {
                database.execute(types.keySet().stream()
                        .map(column -> column + (column.equals("id") ? " bigint PRIMARY KEY" : " text"))
                        .collect(Collectors.joining(", ", "CREATE TABLE " + table + " (", ")")));
            }
            TopicRecords records = TopicRecords.ofTable(topicOfWay, types);
            SinkHarness sink = new SinkHarness(
                    database, table, ReplicaSinkConfig.SNAPSHOT_COPY, Boolean.toString(!way.equals("inserted")));
            started.add(way.equals("plain") ? sink.withPlainRecords() : sink);
            List<SinkRecord> all = new ArrayList<>();
            for (Object[] row : rows) {
                all.add(records.upsert(At.of(all.size()), "r", row));
            }
            sink.open(new TopicPartition(topicOfWay, 0)).put(all);
            assertThat(sink.reasons).isEmpty();
            found.add(database.rows("SELECT t.* FROM " + table + " t ORDER BY id"));
        }
        return found;
    }

    /** While a large batch is written Connect goes on; what comes of it shows the next time that the task is called. */
    @Test
    void aLargeBatchIsWrittenWhileConnectReadsTheNext() throws Exception {
        int many = 2 * ReplicaSinkTask.LEAST_AHEAD;
        SinkHarness sink = sink(ReplicaSinkConfig.BATCH_ROWS, "300");
        sink.putAhead(inserts(0, many));
        sink.putAhead(inserts(many, 2 * many));
        assertThat(sink.task
                        .preCommit(Map.of(partition, new OffsetAndMetadata(9)))
                        .get(partition)
                        .offset())
                .isEqualTo(2L * many);
        database.execute("ALTER TABLE " + name + " ADD CONSTRAINT named CHECK (name <> 'n7')");
        List<SinkRecord> third = inserts(2 * many, 3 * many);
        third.set(7, users.upsert(At.of(2 * many + 7), "c", 2 * many + 7, "n7", null));
        sink.putAhead(third);
        sink.putAhead(List.of());
        assertThat(sink.deadLetters).extracting(SinkRecord::kafkaOffset).containsExactly(2L * many + 7);
        assertThat(database.rows("SELECT count(*), sum(id) FROM " + name))
                .containsExactly((3 * many - 1) + "|" + (3L * many * (3L * many - 1) / 2 - 2L * many - 7));
    }

    @Test
    void aLargeBatchThatCouldNotBeWrittenIsWrittenBeforeTheNext() throws Exception {
        int many = ReplicaSinkTask.LEAST_AHEAD;
        SinkHarness sink = sink(ReplicaSinkConfig.STATEMENT_TIMEOUT, "1000");
        sink.put(inserts(0, 10));
        List<SinkRecord> next = inserts(10 + many, 10 + 2 * many);
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE " + name);
            sink.putAhead(inserts(10, 10 + many));
            assertThatThrownBy(() -> sink.putAhead(next)).isInstanceOf(RetriableException.class);
            assertThatThrownBy(() -> sink.putAhead(next))
                    .isInstanceOf(RetriableException.class)
                    .hasMessageContaining("statement timeout");
            connection.rollback();
        }
        sink.putAhead(next);
        assertThat(database.rows("SELECT count(*) FROM " + name)).containsExactly(Integer.toString(10 + 2 * many));
        // Of a partition that is given up nothing is written any more.
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE " + name);
            sink.putAhead(inserts(10 + 2 * many, 10 + 3 * many));
            sink.task.close(List.of(partition));
            connection.rollback();
        }
        sink.putAhead(List.of());
        assertThat(database.rows("SELECT count(*) FROM " + name)).containsExactly(Integer.toString(10 + 2 * many));
        SinkHarness other = sink();
        assertThat(other.sought).containsEntry(partition, 10L + 2L * many);
        other.put(inserts(10 + 2 * many, 10 + 3 * many));
        assertThat(database.rows("SELECT count(*) FROM " + name)).containsExactly(Integer.toString(10 + 3 * many));
    }

    @Test
    void theCommitOfWhatIsDeliveredDoesNotWaitForWhatIsHandedAhead() throws Exception {
        int many = ReplicaSinkTask.LEAST_AHEAD;
        SinkHarness sink = sink();
        sink.put(inserts(0, 10));
        Thread.sleep(1100);
        sink.putAhead(inserts(10, 10 + many));
        int commits = sink.commits;
        Thread.sleep(1100);
        Map<TopicPartition, OffsetAndMetadata> read = Map.of(partition, new OffsetAndMetadata(10 + 2L * many));
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            sink.task.preCommit(read);
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE " + name);
            sink.putAhead(inserts(10 + many, 10 + 2 * many));
            assertThat(sink.commits).isEqualTo(commits + 1);
            assertTimeoutPreemptively(Duration.ofSeconds(5), () -> assertThat(sink.task.preCommit(read))
                    .containsExactly(Map.entry(partition, new OffsetAndMetadata(10L + many))));
            connection.rollback();
        }
        assertThat(sink.task.preCommit(read))
                .as("one that was not asked for tells all")
                .containsExactly(Map.entry(partition, new OffsetAndMetadata(10 + 2L * many)));
    }

    /** By its connection the claim would be held, or a lock. */
    @Test
    void anInterruptedTaskLeavesNoConnection() throws Exception {
        SinkHarness sink = sink();
        sink.put(inserts(0, 10));
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE " + name);
            sink.putAhead(inserts(10, 10 + ReplicaSinkTask.LEAST_AHEAD));
            Thread.currentThread().interrupt();
            assertThatThrownBy(sink.task::stop).isInstanceOf(ConnectException.class);
            assertThat(Thread.interrupted()).isTrue();
            connection.rollback();
        }
        started.remove(sink);
        String connections =
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'millrace sink " + name + "'";
        Awaitility.await()
                .untilAsserted(() -> assertThat(database.rows(connections)).containsExactly("0"));
        new ReplicaSinkTask().stop();
    }

    /** What it came to when it was written says nothing of what is left. */
    @Test
    void aBatchThatFailedIsNotHeldAgainstTheTaskThatHasGivenSomeOfItsPartitionsUp() throws Exception {
        TopicPartition other = new TopicPartition(topic, 1);
        int many = ReplicaSinkTask.LEAST_AHEAD;
        SinkHarness sink = sink().open(other);
        sink.put(inserts(0, 10));
        sink.put(users.upsert(new At(1, 0, "s2", 100, 1_000_000), "c", 100_000, "n", null));
        SinkHarness successor = sink();
        List<SinkRecord> both = inserts(10, 10 + many);
        both.add(users.upsert(new At(1, 1, "s2", 101, 1_000_000), "c", 100_001, "n", null));
        sink.putAhead(both);
        // Fenced, but that is known only where the partition is given up.
        sink.task.close(List.of(partition));
        sink.putAhead(List.of());
        successor.put(inserts(10, 10 + many));
        assertThat(database.rows("SELECT count(*) FROM " + name)).containsExactly(Integer.toString(12 + many));
    }

    @Test
    void aTaskGoesOnWhereTheDatabaseSaysAndPassesOverWhatIsApplied() throws Exception {
        SinkHarness first = sink();
        first.put(users.upsert(At.of(0), "c", 1, "Ada", null), users.upsert(At.of(1), "u", 1, "Ada L.", null));
        assertThat(first.sought).containsExactly(Map.entry(partition, 0L));
        SinkHarness second = sink();
        assertThat(second.sought).containsExactly(Map.entry(partition, 2L));
        second.put(users.upsert(At.of(2), "u", 1, "Ada M.", null));
        second.put(users.upsert(At.of(2), "u", 1, "not again", null), users.upsert(At.of(3), "c", 2, "Bob", null));
        assertThat(rows()).containsExactly("1|Ada M.|-", "2|Bob|-");
    }

    @Test
    void aTaskThatHasLostAPartitionOfABatchThatIsWrittenAheadWritesNothingOfIt() throws Exception {
        int many = ReplicaSinkTask.LEAST_AHEAD;
        SinkHarness zombie = sink();
        zombie.put(inserts(0, 10));
        SinkHarness owner = sink();
        zombie.putAhead(inserts(10, 10 + many));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> zombie.putAhead(List.of()))
                    .isInstanceOf(RetriableException.class)
                    .hasMessageContaining("another task of sink");
        }
        assertThat(database.rows("SELECT count(*) FROM " + name)).containsExactly("10");
        owner.put(inserts(10, 10 + many));
        zombie.task.close(List.of(partition));
        zombie.putAhead(List.of());
        assertThat(database.rows("SELECT count(*) FROM " + name)).containsExactly(Integer.toString(10 + many));
    }

    @Test
    void whatStopsATaskStopsItWhereTheBatchWasWrittenAhead() throws Exception {
        int many = ReplicaSinkTask.LEAST_AHEAD;
        SinkHarness sink = sink();
        sink.put(inserts(0, 10));
        database.execute("ALTER TABLE " + name + " RENAME COLUMN id TO other");
        sink.putAhead(inserts(10, 10 + many));
        assertThatThrownBy(() -> sink.putAhead(List.of()))
                .isInstanceOf(ConnectException.class)
                .isNotInstanceOf(RetriableException.class)
                .hasMessageContaining("column other");
        assertThat(database.rows("SELECT count(*) FROM " + name)).containsExactly("10");
    }

    @Test
    void ofPartitionsThatAreOpenedTogetherOneMayBeClaimedLater() throws Exception {
        TopicPartition other = new TopicPartition(topic, 1);
        SinkHarness before = sink().open(other);
        before.put(users.upsert(At.of(0), "c", 1, "Ada", null));
        before.put(users.upsert(new At(1, 0, "s1", 150, 150), "c", 2, "Bob", null));
        SinkHarness sink = new SinkHarness(database, name, ReplicaSinkConfig.STATEMENT_TIMEOUT, "1000");
        started.add(sink);
        try (Connection holder = database.connect();
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("SELECT FROM millrace_offsets WHERE sink = '" + name + "' AND partition = 1 FOR UPDATE");
            sink.open(partition, other);
            holder.rollback();
        }
        assertThat(sink.sought).containsExactly(Map.entry(partition, 1L));
        // Connect has gone there before it read these.
        sink.put(users.upsert(At.of(1), "c", 3, "Cy", null));
        assertThat(rows()).containsExactly("1|Ada|-", "2|Bob|-", "3|Cy|-");
    }

    @Test
    void rowsThatAreInEachOthersWayAreApplied() throws Exception {
        SinkHarness sink = sink();
        sink.put(users.upsert(At.of(0), "c", 2, "a@x.org", null));
        database.execute("ALTER TABLE " + name + " ADD UNIQUE (name)");
        sink.put(
                users.upsert(At.of(1), "c", 1, "x@x.org", null),
                users.upsert(At.of(2), "u", 2, "c@x.org", null),
                users.upsert(At.of(3), "u", 1, "a@x.org", null));
        assertThat(sink.reasons).isEmpty();
        assertThat(rows()).containsExactly("1|a@x.org|-", "2|c@x.org|-");
    }

    @Test
    void anotherShardsRowIsNotSetAsideForOneThatIsShown() throws Exception {
        SinkHarness sink = sink();
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", null));
        database.execute("ALTER TABLE " + name + " ADD CONSTRAINT named CHECK (name <> 'bad')");
        sink.put(
                users.upsert(new At(0, 1, "s1", 900, 2_000_000), "u", 1, "bad", null),
                users.upsert(new At(0, 2, "s2", 900, 1_500_000), "c", 1, "of s2", null),
                users.upsert(At.of(3), "c", 2, "Bob", null));
        assertThat(sink.deadLetters.stream().map(SinkRecord::kafkaOffset)).containsExactly(1L);
    }

    @Test
    void aKeyMayBeCalledAsTheSinkCallsItsOwn() throws Exception {
        TopicRecords records = TopicRecords.ofTable(topic, columns("failed", INTEGER, "r", TEXT, "why", TEXT));
        SinkHarness sink = sink();
        sink.put(records.upsert(At.of(0), "c", 1, "a", null));
        database.execute("ALTER TABLE " + name + " ADD CHECK (r <> 'bad')");
        sink.put(records.upsert(At.of(1), "c", 2, "bad", null), records.upsert(At.of(2), "c", 3, "b", null));
        assertThat(sink.deadLetters.stream().map(SinkRecord::kafkaOffset)).containsExactly(1L);
        assertThat(database.rows("SELECT failed FROM " + name + " ORDER BY 1")).containsExactly("1", "3");
    }

    @Test
    void whoBeginsAnewRemembersNothing() throws Exception {
        SinkHarness sink = sink();
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", null), users.delete(At.of(1), 1));
        assertThat(database.rows("SELECT count(*) FROM millrace_rows WHERE sink = '" + name + "'"))
                .containsExactly("1");
        sink.task.stop();
        Map<TopicPartition, Long> none = new HashMap<>();
        none.put(partition, null);
        new ReplicaSinkConnector().alterOffsets(sink.configs(), none);
        assertThat(database.rows("SELECT count(*) FROM millrace_rows WHERE sink = '" + name + "'"))
                .containsExactly("0");
    }

    /** They are older than what it is to have, and would bring back what was deleted and compacted away. */
    @Test
    void whoBeginsAnewIsNotGivenOldReplaysAgain() throws Exception {
        String replays = topic + ".dlq.replay";
        TopicPartition replayed = new TopicPartition(replays, 0);
        SinkHarness sink = sink(DeliveryConfig.REPLAY_TOPIC, replays).open(replayed);
        SinkRecord letter = users.upsert(At.of(0), "c", 1, "Ada", "n");
        sink.put(letter, replay(letter, replays, 0), replay(letter, replays, 1));
        sink.task.stop();
        Map<TopicPartition, Long> none = new HashMap<>();
        none.put(partition, null);
        none.put(replayed, null);
        new ReplicaSinkConnector().alterOffsets(sink.configs(), none);
        SinkHarness next = sink(DeliveryConfig.REPLAY_TOPIC, replays).open(replayed);
        assertThat(next.sought).containsOnly(Map.entry(partition, 0L), Map.entry(replayed, 2L));
        next.task.stop();
        new ReplicaSinkConnector().alterOffsets(sink.configs(), Map.of(replayed, 0L));
        assertThat(sink(DeliveryConfig.REPLAY_TOPIC, replays).open(replayed).sought)
                .containsOnly(Map.entry(partition, 0L), Map.entry(replayed, 0L));
    }

    /** Where a snapshot is taken while a change is under way, the change has the smaller position. */
    @Test
    void aSnapshotsRowThatIsDeliveredAgainReplacesNoLaterChange() throws Exception {
        String replays = topic + ".dlq.replay";
        SinkHarness sink = sink(DeliveryConfig.REPLAY_TOPIC, replays).open(new TopicPartition(replays, 0));
        SinkRecord unread = users.upsert(new At(0, 0, "s1", 100, 1), "r", 1, "Ada", "n");
        SinkRecord refused = users.upsert(new At(0, 2, "s1", 100, 1), "r", 2, "bad", "n");
        sink.put(users.upsert(new At(0, 1, "s1", 90, 2), "u", 1, "Ada L.", "n"));
        database.execute("ALTER TABLE " + name + " ADD CONSTRAINT named CHECK (name <> 'bad') NOT VALID");
        sink.put(refused);
        assertThat(sink.deadLetters).hasSize(1);
        database.execute("ALTER TABLE " + name + " DROP CONSTRAINT named");
        sink.put(replay(unread, replays, 0), replay(refused, replays, 1));
        assertThat(rows()).containsExactly("1|Ada L.|n", "2|bad|n");
    }

    /** It need not have seen the deletion itself, nor the task to which that is delivered know the key. */
    @Test
    void aDeletionThatAnotherTaskHasAppliedIsRemembered() throws Exception {
        String replays = topic + ".dlq.replay";
        SinkHarness sink = sink(DeliveryConfig.REPLAY_TOPIC, replays);
        SinkHarness other = new SinkHarness(database, name, DeliveryConfig.REPLAY_TOPIC, replays);
        started.add(other);
        other.open(new TopicPartition(replays, 0));
        // A second change of a row ends the copying.
        sink.put(
                users.upsert(At.of(0), "c", 1, "Ada", "n"),
                users.upsert(new At(0, 1, "s1", 101, 1), "c", 2, "Bob", "n"),
                users.upsert(new At(0, 2, "s1", 101, 1), "c", 2, "Bob", "n"));
        other.put(replay(users.delete(At.of(2), 1), replays, 0));
        assertThat(rows()).containsExactly("2|Bob|n");
        sink.put(users.upsert(new At(0, 3, "s1", 100, 1), "c", 1, "Ada", "n"));
        sink.put(users.upsert(At.of(4), "u", 2, "Bob L.", "n"), users.upsert(At.of(5), "u", 2, "Bob", "n"));
        other.put(replay(users.delete(At.of(6), 2), replays, 1));
        sink.put(users.upsert(At.of(7), "c", 2, "Bob", "n"));
        other.put(replay(users.delete(At.of(8), 2), replays, 2));
        assertThat(rows()).isEmpty();
        sink.put(users.upsert(new At(0, 9, "s1", 101, 1), "c", 2, "Bob", "n"));
        assertThat(rows()).isEmpty();
    }

    @Test
    void aDeletionThatAnotherTaskHasAppliedIsNotCopiedInAgain() throws Exception {
        String replays = topic + ".dlq.replay";
        SinkHarness sink = sink(DeliveryConfig.REPLAY_TOPIC, replays);
        SinkHarness other = new SinkHarness(database, name, DeliveryConfig.REPLAY_TOPIC, replays);
        started.add(other);
        other.open(new TopicPartition(replays, 0));
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", "n"), users.upsert(At.of(1), "c", 2, "Bob", "n"));
        other.put(replay(users.delete(At.of(2), 1), replays, 0));
        sink.put(users.upsert(new At(0, 3, "s1", 100, 1), "c", 1, "Ada", "n"));
        assertThat(rows()).containsExactly("2|Bob|n");
    }

    @Test
    void aTopicThatWasMadeAnewIsNotTakenForTheOldOne() throws Exception {
        sink().put(users.upsert(At.of(5), "c", 1, "Ada", null));
        SinkHarness next = sink();
        assertThatThrownBy(() -> next.put(users.upsert(At.of(0), "c", 1, "Ada", null)))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("was applied up to offset 6, but its records begin again at 0");
    }

    @Test
    void connectCommitsForTheGroupSoonAfterTheDatabaseHasTheRows() throws Exception {
        SinkHarness sink = sink();
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", null));
        // On a slow machine the pause is over by now.
        assertThat(sink.commits == 1 || (sink.timeoutMs > 0 && sink.timeoutMs <= 1_000))
                .as("it is asked now, or after a pause in which nothing need come")
                .isTrue();
        Awaitility.await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            sink.put();
            assertThat(sink.commits).isEqualTo(1);
        });
        Thread.sleep(1_100);
        sink.put();
        assertThat(sink.commits).as("nothing more was applied").isEqualTo(1);
    }

    @Test
    void whatMayPassIsTriedAgain() throws Exception {
        SinkHarness sink = sink(ReplicaSinkConfig.STATEMENT_TIMEOUT, "1000", DeliveryConfig.RETRY_ATTEMPTS, "2");
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", null));
        SinkRecord update = users.upsert(At.of(1), "u", 1, "Ada L.", null);
        database.endConnectionsOf(name);
        assertThatThrownBy(() -> sink.put(update)).isInstanceOf(RetriableException.class);
        assertThat(sink.timeoutMs).isBetween(8L, 10L);
        sink.put(update);
        assertThat(rows()).containsExactly("1|Ada L.|-");
        SinkRecord next = users.upsert(At.of(2), "u", 1, "Ada M.", null);
        try (Connection other = database.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE " + name);
            assertThatThrownBy(() -> sink.put(next))
                    .isInstanceOf(RetriableException.class)
                    .hasMessageContaining("statement timeout");
            assertThatThrownBy(() -> sink.put(next)).isInstanceOf(RetriableException.class);
            assertThatThrownBy(() -> sink.put(next))
                    .isInstanceOf(ConnectException.class)
                    .hasMessageContaining("given up after 3 attempts");
            other.rollback();
        }
        sink.put(next);
        assertThat(rows()).containsExactly("1|Ada M.|-");
        assertThat(sink.metric("retries-total")).isEqualTo(3);
    }

    /** The partition is claimed when the database is back, and what Connect had read before is read again. */
    @Test
    void aDatabaseThatIsAwayAtTheStartIsWaitedFor() throws Exception {
        sink().put(users.upsert(At.of(0), "c", 1, "Ada", null), users.upsert(At.of(1), "u", 1, "Ada L.", null));
        database.execute(
                "CREATE ROLE " + name + " LOGIN PASSWORD 'x' CONNECTION LIMIT 0",
                "GRANT ALL ON ALL TABLES IN SCHEMA public TO " + name);
        SinkHarness sink = sink(ReplicaSinkConfig.USER, name);
        SinkRecord stale = users.upsert(At.of(0), "c", 1, "stale", null);
        assertThatThrownBy(() -> sink.put(stale)).isInstanceOf(RetriableException.class);
        database.execute("ALTER ROLE " + name + " CONNECTION LIMIT -1", "ALTER TABLE " + name + " OWNER TO " + name);
        sink.put(stale);
        assertThat(sink.sought).containsExactly(Map.entry(partition, 2L));
        sink.put(users.upsert(At.of(2), "u", 1, "Ada M.", null));
        assertThat(rows()).containsExactly("1|Ada M.|-");
    }

    @Test
    void columnsThatTheTableLacksAreAddedWithTheirDefault() throws Exception {
        sink().put(users.upsert(At.of(0), "c", 1, "Ada", null));
        Schema seven =
                typed(SchemaBuilder.int32(), "INT4").optional().defaultValue(7).build();
        TopicRecords wider =
                TopicRecords.ofTable(topic, columns("id", INTEGER, "name", TEXT, "note", TEXT, "level", seven));
        SinkHarness sink = sink();
        // Another shard still writes the old version.
        sink.put(
                wider.upsert(At.of(1), "c", 2, "Bob", null, null),
                users.upsert(At.of(2), "c", 3, "Cy", null),
                wider.upsert(At.of(3), "c", 4, "Di", null, 8));
        assertThat(database.rows("SELECT id, level FROM " + name + " ORDER BY id"))
                .containsExactly("1|7", "2|-", "3|7", "4|8");
        SinkHarness strict = sink(ReplicaSinkConfig.COLUMNS_ADD, "false");
        TopicRecords widest = TopicRecords.ofTable(
                topic, columns("id", INTEGER, "name", TEXT, "note", TEXT, "level", seven, "more", TEXT));
        assertThatThrownBy(() -> strict.put(widest.upsert(At.of(4), "c", 5, "Ed", null, 9, null)))
                .hasMessageContaining("lacks columns of topic " + topic)
                .hasMessageContaining("ADD COLUMN IF NOT EXISTS \"more\" text");
    }

    @Test
    void aTableThatDoesNotFitIsRefusedByTheNameOfItsColumn() throws Exception {
        database.execute("CREATE TABLE " + name + " (id int PRIMARY KEY, name int, note text)");
        assertThatThrownBy(() -> sink().put(users.upsert(At.of(0), "c", 1, "Ada", null)))
                .isInstanceOf(ConnectException.class)
                .hasMessage("column name of table \"" + name + "\" is integer, but in topic " + topic
                        + " it is text: run ALTER TABLE \"" + name + "\" ALTER COLUMN \"name\" TYPE text");
        database.execute("ALTER TABLE " + name + " ALTER name TYPE text, ADD tenant int NOT NULL");
        assertThatThrownBy(() -> sink().put(users.upsert(At.of(0), "c", 1, "Ada", null)))
                .hasMessageContaining("column tenant of table \"" + name + "\" may not be NULL and has no default");
        database.execute("ALTER TABLE " + name + " DROP tenant, DROP CONSTRAINT " + name + "_pkey");
        assertThatThrownBy(() -> sink().put(users.upsert(At.of(0), "c", 1, "Ada", null)))
                .hasMessageContaining("has no unique index of column id, the key of topic " + topic);
        database.execute("DROP TABLE " + name);
        assertThatThrownBy(() ->
                        sink(ReplicaSinkConfig.TABLE_CREATE, "false").put(users.upsert(At.of(0), "c", 1, "Ada", null)))
                .hasMessageContaining("is missing: create it, or set table.create = true");
    }

    @Test
    void aViewsRowsAreFoldedByTheTopicsOrderAndItsKeyMayBeNull() throws Exception {
        TopicRecords view =
                TopicRecords.ofView(topic, List.of("city", "n"), columns("city", TEXT, "n", INTEGER, "total", TEXT));
        SinkHarness sink = sink();
        sink.put(
                view.upsert(At.of(0), "c", "Rome", 1, "a"),
                view.upsert(At.of(1), "c", null, 1, "b"),
                view.upsert(At.of(2), "c", null, 2, "c"));
        sink.put(
                view.upsert(At.of(3), "u", null, 1, "b2"),
                view.upsert(At.of(4), "u", null, 1, "b3"),
                view.delete(At.of(5), null, 2),
                view.tombstone(At.of(6), null, 2),
                view.delete(At.of(7), "Rome", 1),
                view.tombstone(At.of(8), "Rome", 1),
                view.upsert(At.of(9), "c", "Rome", 2, "d"));
        assertThat(database.rows("SELECT * FROM " + name + " ORDER BY city")).containsExactly("Rome|2|d", "-|1|b3");
    }

    @Test
    void aPlainTopicOfRowsWithoutAKeyIsRefused() {
        SinkRecord keyless = new SinkRecord(topic, 0, null, null, Schema.STRING_SCHEMA, "x", 0);
        assertThatThrownBy(() -> sink().put(keyless))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("has records without a key");
    }

    @Test
    void enumsAreMadeWithTheirTableAndGetTheirNewLabels() throws Exception {
        TopicRecords one =
                TopicRecords.ofTable(topic, columns("id", INTEGER, "mood", mood("sad,happy"), "moods", moods()));
        sink().put(one.upsert(At.of(0), "c", 1, "sad", "{sad,NULL}"));
        TopicRecords two =
                TopicRecords.ofTable(topic, columns("id", INTEGER, "mood", mood("sad,ok,happy"), "moods", moods()));
        sink().put(two.upsert(At.of(1), "c", 2, "ok", "{ok}"), two.upsert(At.of(2), "u", 1, "happy", "{}"));
        assertThat(database.rows("SELECT id, mood, moods, pg_typeof(moods) FROM " + name + " ORDER BY mood"))
                .containsExactly("2|ok|{ok}|mood_of_test[]", "1|happy|{}|mood_of_test[]");
    }

    private static Schema mood(String labels) {
        return typed(SchemaBuilder.string(), "MOOD_OF_TEST")
                .name("io.debezium.data.Enum")
                .parameter("allowed", labels)
                .optional()
                .build();
    }

    private static Schema moods() {
        return typed(SchemaBuilder.string(), "_MOOD_OF_TEST")
                .name("io.millrace.postgres.Array")
                .optional()
                .build();
    }
}
