package io.millrace.connectors.replica;

import static io.millrace.connectors.replica.TopicRecords.INTEGER;
import static io.millrace.connectors.replica.TopicRecords.TEXT;
import static io.millrace.connectors.replica.TopicRecords.columns;
import static io.millrace.connectors.replica.TopicRecords.typed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.replica.TopicRecords.At;
import io.millrace.schemas.ChangeEvents;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** What holds of the task in whatever database; the tests of each run it. Every test has a sink, a topic and a table of its own. */
abstract class ReplicaConformance {
    final List<SinkHarness> started = new ArrayList<>();
    String name;
    String topic;
    TopicPartition partition;
    TopicRecords users;

    /** The database, without a user's other sinks in it. */
    abstract SqlDatabase target();

    @BeforeEach
    final void nameAfterTheTest(TestInfo test) {
        name = test.getTestMethod().orElseThrow().getName().toLowerCase(Locale.ROOT);
        name = name.substring(0, Math.min(50, name.length()));
        topic = "app." + name;
        partition = new TopicPartition(topic, 0);
        users = TopicRecords.ofTable(topic, columns("id", INTEGER, "name", TEXT, "note", TEXT));
    }

    @AfterEach
    final void stopTasks() {
        started.forEach(SinkHarness::close);
    }

    /** A started task that has the topic's first partition, with further properties: names and values in turn. */
    final SinkHarness sink(String... more) {
        SinkHarness sink = new SinkHarness(target(), name, more);
        started.add(sink);
        return sink.open(partition);
    }

    final List<String> rows() throws SQLException {
        return target().rows("SELECT id, name, note FROM " + name + " ORDER BY 1");
    }

    /** New rows at the offsets of their numbers. */
    final List<SinkRecord> inserts(int from, int to) {
        List<SinkRecord> records = new ArrayList<>();
        for (int i = from; i < to; i++) {
            records.add(users.upsert(At.of(i), "c", i, "n", i % 2 == 0 ? null : "x"));
        }
        return records;
    }

    private long count() throws SQLException {
        return Long.parseLong(target().rows("SELECT count(*) FROM " + name).get(0));
    }

    private String ofOffsets(String expression) throws SQLException {
        return target().rows("SELECT " + expression + " FROM millrace_offsets WHERE sink = '" + name + "'")
                .get(0);
    }

    private Backup backup() throws SQLException {
        return new Backup(target(), name, name);
    }

    /** The task sees that the database has gone back, and has Connect go where that says. */
    private static void assertMoved(SinkHarness sink, SinkRecord next) {
        assertThatThrownBy(() -> sink.put(next))
                .isInstanceOf(RetriableException.class)
                .hasMessageContaining("than were written last");
        sink.put(next);
    }

    @Test
    void aTaskThatHasLostItsPartitionWritesNothing() throws Exception {
        SinkHarness zombie = sink();
        zombie.put(users.upsert(At.of(0), "c", 1, "Ada", null));
        SinkHarness owner = sink();
        assertThat(owner.sought).containsExactly(Map.entry(partition, 1L));
        assertThatThrownBy(() -> zombie.put(users.upsert(At.of(1), "u", 1, "zombie", null)))
                .isInstanceOf(RetriableException.class)
                .hasMessageContaining("another task of sink");
        assertThat(rows()).containsExactly("1|Ada|-");
        owner.put(users.upsert(At.of(1), "u", 1, "owner", null));
        // Only a rebalance gives the partition back.
        zombie.task.close(List.of(partition));
        zombie.open(partition);
        assertThat(zombie.sought).containsExactly(Map.entry(partition, 2L));
        zombie.put(users.upsert(At.of(2), "u", 1, "mine again", null));
        assertThat(rows()).containsExactly("1|mine again|-");
        assertThatThrownBy(() -> owner.put(users.upsert(At.of(2), "u", 1, "zombie", null)))
                .isInstanceOf(RetriableException.class);
    }

    @Test
    void aTaskThatHangsInATransactionKeepsItsSuccessorWaitingForAWhileOnly() throws Exception {
        SinkHarness sink = sink(ReplicaSinkConfig.STATEMENT_TIMEOUT, "1000");
        SinkRecord change = users.upsert(At.of(0), "c", 1, "Ada", null);
        ReplicaSinkConfig config = new ReplicaSinkConfig(sink.configs());
        try (Connection hanging = Dialect.of(config).open(config)) {
            Dialect.of(config).offsets(name).lock(hanging, partition);
            Awaitility.await().atMost(Duration.ofSeconds(10)).ignoreExceptions().untilAsserted(() -> {
                sink.put(change);
                assertThat(rows()).containsExactly("1|Ada|-");
            });
        }
    }

    /** A standby that lacked the last transactions was promoted, or a backup restored, while the task ran. */
    @Test
    void aDatabaseThatHasGoneBackIsGivenWhatItLacks() throws Exception {
        SinkHarness sink = sink();
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", null));
        Backup backup = backup();
        SinkRecord lost = users.upsert(At.of(1), "c", 2, "Bob", null);
        sink.put(lost);
        backup.restore();
        SinkRecord next = users.upsert(At.of(2), "c", 3, "Cy", null);
        assertMoved(sink, next);
        assertThat(sink.sought).containsExactly(Map.entry(partition, 1L));
        assertThat(rows()).as("what was read before is read again").containsExactly("1|Ada|-");
        sink.put(lost, next);
        assertThat(rows()).containsExactly("1|Ada|-", "2|Bob|-", "3|Cy|-");
    }

    /** Several transactions have the same offset to go on at, and it has gone back to one of them. */
    @Test
    void aDatabaseThatHasGoneBackIsSeenWhileATombstoneIsAwaited() throws Exception {
        SinkHarness sink = sink();
        SinkRecord deletion = users.delete(At.of(2), 1);
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", null), users.upsert(At.of(1), "c", 2, "Bob", null), deletion);
        Backup backup = backup();
        SinkRecord lost = users.upsert(At.of(3), "c", 3, "Cy", null);
        sink.put(lost);
        backup.restore();
        SinkRecord next = users.upsert(At.of(4), "c", 4, "Di", null);
        assertMoved(sink, next);
        assertThat(sink.sought).as("before the deletion").containsExactly(Map.entry(partition, 2L));
        sink.put(deletion, lost, next, users.tombstone(At.of(5), 1));
        assertThat(rows()).containsExactly("2|Bob|-", "3|Cy|-", "4|Di|-");
        assertThat(ofOffsets("next_offset, applied_offset")).isEqualTo("6|6");
    }

    /** Of which it is known only where to go on. */
    @Test
    void tablesOfAnEarlierVersionAreTakenOver() throws Exception {
        SinkHarness earlier = sink();
        SinkRecord deletion = users.delete(At.of(2), 1);
        earlier.put(users.upsert(At.of(0), "c", 1, "Ada", null), users.upsert(At.of(1), "c", 2, "Bob", null), deletion);
        earlier.task.stop();
        target().execute(
                        "ALTER TABLE millrace_offsets DROP COLUMN applied_offset",
                        "ALTER TABLE millrace_rows DROP COLUMN refused_columns, DROP COLUMN refused_values");
        SinkHarness sink = sink();
        assertThat(sink.sought).containsExactly(Map.entry(partition, 2L));
        sink.put(deletion);
        Backup backup = backup();
        SinkRecord lost = users.upsert(At.of(3), "c", 3, "Cy", null);
        sink.put(lost);
        assertThat(ofOffsets("next_offset, applied_offset")).isEqualTo("2|4");
        backup.restore();
        SinkRecord next = users.upsert(At.of(4), "c", 4, "Di", null);
        assertMoved(sink, next);
        sink.put(deletion, lost, next);
        assertThat(rows()).containsExactly("2|Bob|-", "3|Cy|-", "4|Di|-");
    }

    /** It has gone back while a batch was written ahead; of one partition it holds nothing at all. */
    @Test
    void ofPartitionsThatWereHandedAheadNoneLosesRowsWhenTheDatabaseHasGoneBack() throws Exception {
        int many = ReplicaSinkTask.LEAST_AHEAD;
        TopicPartition fresh = new TopicPartition(topic, 1);
        SinkHarness sink = sink().open(fresh);
        sink.put(inserts(0, 5));
        Backup backup = backup();
        sink.put(inserts(5, 10));
        backup.restore();
        List<SinkRecord> both = inserts(10, 10 + many);
        for (int i = 0; i < 10; i++) {
            both.add(users.upsert(new At(1, 3 + i, "s2", 100 + i, 1_000_000), "c", 100_000 + i, "n", null));
        }
        sink.putAhead(both);
        assertThatThrownBy(() -> sink.putAhead(List.of()))
                .isInstanceOf(RetriableException.class)
                .hasMessageContaining("than were written last");
        sink.putAhead(List.of());
        assertThat(sink.sought).containsOnly(Map.entry(partition, 5L), Map.entry(fresh, 3L));
        sink.put(inserts(5, 10));
        sink.put(both);
        assertThat(count()).isEqualTo(20 + many);
    }

    /** A standby that has the claim and nothing else was promoted. */
    @Test
    void aDatabaseThatHasGoneBackBehindTheFirstBatchIsGivenItAgain() throws Exception {
        int many = ReplicaSinkTask.LEAST_AHEAD;
        SinkHarness sink = sink();
        Backup backup = backup();
        sink.put(inserts(7, 10));
        backup.restore();
        sink.putAhead(inserts(10, 10 + many));
        assertThatThrownBy(() -> sink.putAhead(List.of())).isInstanceOf(RetriableException.class);
        sink.putAhead(List.of());
        assertThat(sink.sought).containsExactly(Map.entry(partition, 7L));
        sink.put(inserts(7, 10 + many));
        assertThat(count()).isEqualTo(3 + many);
        // Of what another task has written before, all is asked for.
        SinkHarness next = sink();
        next.put(inserts(10 + many, 11 + many));
        backup.restore();
        assertMoved(next, inserts(11 + many, 12 + many).get(0));
        assertThat(next.sought).containsExactly(Map.entry(partition, 0L));
    }

    /** It has failed over meanwhile, and only the other partition has more records. */
    @Test
    void aPartitionThatHasNoMoreIsGivenWhatIsLost() throws Exception {
        TopicPartition still = new TopicPartition(topic, 1);
        SinkHarness sink = sink().open(still);
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", null));
        sink.put(users.upsert(new At(1, 0, "s2", 100, 1_000_000), "c", 2, "Bob", null));
        Backup backup = backup();
        SinkRecord lost = users.upsert(new At(1, 1, "s2", 101, 1_000_000), "c", 3, "Cy", null);
        sink.put(lost);
        backup.restore();
        target().endConnectionsOf(name);
        SinkRecord next = users.upsert(At.of(1), "c", 4, "Di", null);
        assertThatThrownBy(() -> sink.put(next)).isInstanceOf(RetriableException.class);
        assertMoved(sink, next);
        assertThat(sink.sought).containsOnly(Map.entry(partition, 1L), Map.entry(still, 1L));
        sink.put(next, lost);
        assertThat(rows()).containsExactly("1|Ada|-", "2|Bob|-", "3|Cy|-", "4|Di|-");
    }

    /** Once a minute, though nothing comes at all, and though a pooler hides that the server is another one. */
    @Test
    void aDatabaseThatHasGoneBackIsSeenThoughNothingIsWritten() throws Exception {
        SinkHarness sink = sink();
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", null));
        ReplicaSinkConfig config = new ReplicaSinkConfig(sink.configs());
        String update = "UPDATE millrace_offsets SET %s WHERE sink = '" + name + "'";
        try (TargetConnection connection = new TargetConnection(config)) {
            BatchWriter writer = new BatchWriter(config, connection);
            writer.claim(partition);
            writer.prune(10);
            // An own commit that seemed to fail.
            target().execute(update.formatted("applied_offset = 2"));
            writer.prune(10);
            for (String gone : List.of("applied_offset = 0", "applied_offset = NULL", "epoch = epoch - 1")) {
                writer.claim(partition);
                target().execute(update.formatted(gone));
                assertThatThrownBy(() -> writer.prune(10)).isInstanceOf(OffsetStore.Moved.class);
            }
            writer.claim(partition);
            target().execute(update.formatted("applied_offset = 0, epoch = epoch + 1"));
            assertThatThrownBy(() -> writer.prune(10)).isInstanceOf(OffsetStore.Fenced.class);
        }
    }

    /** Connect's group may be further, by what an earlier task has told it. */
    @Test
    void aNewTaskBeginsAtTheTopicsBeginningWhereTheDatabaseHoldsNothing() throws Exception {
        TopicPartition replayed = new TopicPartition(topic + ".dlq.replay", 0);
        Backup backup = backup();
        sink().put(users.upsert(At.of(0), "c", 1, "Ada", null));
        backup.restore();
        // The second finds the claim of the first.
        for (int i = 0; i < 2; i++) {
            SinkHarness next =
                    sink(DeliveryConfig.REPLAY_TOPIC, replayed.topic()).open(replayed);
            assertThat(next.sought).containsExactly(Map.entry(partition, 0L));
        }
    }

    @Test
    void aDatabaseThatHasGoneBackBehindTheClaimIsClaimedAgain() throws Exception {
        Backup empty = backup();
        SinkRecord first = users.upsert(At.of(0), "c", 1, "Ada", null);
        sink().put(first);
        Backup backup = backup();
        SinkHarness sink = sink();
        SinkRecord lost = users.upsert(At.of(1), "c", 2, "Bob", null);
        sink.put(lost);
        long claimed = Long.parseLong(ofOffsets("epoch"));
        backup.restore();
        SinkRecord next = users.upsert(At.of(2), "c", 3, "Cy", null);
        assertMoved(sink, next);
        assertThat(sink.sought).containsExactly(Map.entry(partition, 1L));
        assertThat(Long.parseLong(ofOffsets("epoch")))
                .as("no number comes twice")
                .isGreaterThan(claimed);
        sink.put(lost, next);
        assertThat(rows()).containsExactly("1|Ada|-", "2|Bob|-", "3|Cy|-");
        // Behind the first claim, and behind the tables.
        empty.restore();
        SinkRecord last = users.upsert(At.of(3), "c", 4, "Di", null);
        assertMoved(sink, last);
        assertThat(sink.sought).containsExactly(Map.entry(partition, 0L));
        sink.put(first, lost, next, last);
        assertThat(rows()).containsExactly("1|Ada|-", "2|Bob|-", "3|Cy|-", "4|Di|-");
    }

    /** Its column would round what the one does that was there when it was looked at. */
    @Test
    void theTableOfADatabaseThatHasGoneBackIsLookedAtAnew() throws Exception {
        Schema amount = typed(SchemaBuilder.string(), "NUMERIC")
                .parameter(ColumnType.LENGTH_PARAMETER, "10")
                .parameter(ColumnType.SCALE_PARAMETER, "2")
                .optional()
                .build();
        TopicRecords records = TopicRecords.ofTable(topic, columns("id", INTEGER, "amount", amount));
        SinkHarness sink = sink();
        sink.put(records.upsert(At.of(0), "c", 1, "1.50"));
        Backup backup = backup();
        SinkRecord lost = records.upsert(At.of(1), "c", 2, "2.25");
        sink.put(lost);
        backup.restore();
        target().execute(
                        "ALTER TABLE " + name + " DROP COLUMN amount",
                        "ALTER TABLE " + name + " ADD COLUMN amount numeric(10, 1)");
        SinkRecord next = records.upsert(At.of(2), "c", 3, "3.75");
        assertMoved(sink, next);
        assertThatThrownBy(() -> sink.put(lost, next))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("column amount of table ");
    }

    @Test
    void aColumnThatIsDroppedInTheSourceMayBeDroppedHereToo() throws Exception {
        TopicRecords wider =
                TopicRecords.ofTable(topic, columns("id", INTEGER, "name", TEXT, "note", TEXT, "more", TEXT));
        SinkHarness sink = sink();
        sink.put(wider.upsert(At.of(0), "c", 1, "Ada", null, "x"));
        sink.put(users.upsert(At.of(1), "u", 1, "Ada L.", null));
        target().execute("ALTER TABLE " + name + " DROP COLUMN more");
        sink.put(users.upsert(At.of(2), "u", 1, "Ada M.", null));
        assertThat(rows()).containsExactly("1|Ada M.|-");
    }

    /** After the connection was lost, the first to come is the shard that has not got the column yet. */
    @Test
    void aColumnThatOneShardHasIsKeptAsideThoughAnotherWritesFirst() throws Exception {
        TopicRecords wider =
                TopicRecords.ofTable(topic, columns("id", INTEGER, "name", TEXT, "note", TEXT, "more", TEXT));
        SinkHarness sink = sink();
        sink.put(wider.upsert(new At(0, 0, "s1", 100, 1000), "c", 1, "s1", null, "x"));
        target().endConnectionsOf(name);
        SinkRecord moved = users.upsert(new At(0, 1, "s2", 50, 2000), "c", 1, "s2", null);
        assertThatThrownBy(() -> sink.put(moved)).isInstanceOf(RetriableException.class);
        sink.put(moved);
        String shown = "SELECT name, more FROM " + name;
        assertThat(target().rows(shown)).containsExactly("s2|-");
        sink.put(users.delete(new At(0, 2, "s2", 60, 3000), 1));
        assertThat(target().rows(shown)).containsExactly("s1|x");
    }

    @Test
    void aTableThatVanishedIsNotMadeAnewWithoutItsRows() throws Exception {
        SinkHarness sink = sink();
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", null));
        target().execute("DROP TABLE " + name);
        assertThatThrownBy(() -> sink.put(users.upsert(At.of(1), "c", 2, "Bob", null)))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("is missing, but rows of " + topic + " were written to it before");
        assertThat(new ReplicaSinkConnector().alterOffsets(sink.configs(), Collections.singletonMap(partition, null)))
                .isTrue();
        SinkHarness anew = sink();
        assertThat(anew.sought).containsExactly(Map.entry(partition, 0L));
        anew.put(users.upsert(At.of(0), "c", 1, "Ada", null), users.upsert(At.of(1), "c", 2, "Bob", null));
        assertThat(rows()).containsExactly("1|Ada|-", "2|Bob|-");
    }

    @Test
    void oldDeletionsAreForgottenANumberAtATimeUntilNoneIsLeft() throws Exception {
        SinkHarness sink = sink();
        List<SinkRecord> records = inserts(0, 3);
        for (int i = 0; i < 3; i++) {
            records.add(users.delete(At.of(3 + i), i));
        }
        sink.put(records);
        String mine = " WHERE sink = '" + name + "'";
        target().execute("UPDATE millrace_rows SET recorded_at = '2020-01-01'" + mine);
        ReplicaSinkConfig config = new ReplicaSinkConfig(sink.configs());
        try (TargetConnection connection = new TargetConnection(config)) {
            BatchWriter writer = new BatchWriter(config, connection);
            assertThat(writer.prune(2)).as("one is left").isTrue();
            assertThat(writer.prune(2)).as("none is left").isFalse();
        }
        assertThat(target().rows("SELECT count(*) FROM millrace_rows" + mine)).containsExactly("0");
    }

    /** The task that has the key writes it meanwhile: neither waits for the other, and what it writes stays. */
    @Test
    void aDeletionThatAnotherTaskRemembersAnewIsNotForgotten() throws Exception {
        SinkHarness sink = sink(ReplicaSinkConfig.STATEMENT_TIMEOUT, "5000");
        int deleted = 8;
        List<SinkRecord> records = inserts(0, deleted);
        for (int id = 0; id < deleted; id++) {
            records.add(users.delete(At.of(deleted + id), id));
        }
        sink.put(records);
        String mine = " WHERE sink = '" + name + "'";
        target().execute("UPDATE millrace_rows SET recorded_at = '2020-01-01'" + mine);
        ReplicaSinkConfig config = new ReplicaSinkConfig(sink.configs());
        try (Connection writing = Dialect.of(config).open(config);
                Statement statement = writing.createStatement();
                TargetConnection connection = new TargetConnection(config)) {
            statement.execute("UPDATE millrace_rows SET recorded_at = CURRENT_TIMESTAMP, position = position + 1" + mine
                    + " AND committed_at_micros = 1000008");
            BatchWriter writer = new BatchWriter(config, connection);
            writer.prune(10);
            writing.commit();
        }
        assertThat(target().rows("SELECT committed_at_micros FROM millrace_rows" + mine))
                .containsExactly("1000008");
    }

    /** A later change that leaves some values out needs those that were refused, however old the row's deletion is. */
    @Test
    void whatWasRefusedBehindADeletionIsNotForgottenWithIt() throws Exception {
        SinkHarness sink = sink();
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", "large"), users.delete(At.of(1), 1));
        target().execute("ALTER TABLE " + name + " ADD CONSTRAINT named CHECK (name <> 'bad')");
        sink.put(users.upsert(At.of(2), "c", 1, "bad", "larger"));
        Memory memory = Dialect.of(new ReplicaSinkConfig(sink.configs())).memory(name, topic);
        try (Connection connection = target().connect()) {
            assertThat(memory.forgetDeletions(connection, 0, 10)).isZero();
        }
        sink.put(users.upsert(At.of(3), "u", 1, "Ada L.", ChangeEvents.UNCHANGED));
        assertThat(rows()).containsExactly("1|Ada L.|larger");
        assertThat(sink.deadLetters).hasSize(1);
    }

    /** The connection is lost after a refusal, and the next one leads to a database that has gone back. */
    @Test
    void nothingIsFoundAtFaultByAnotherDatabaseThanRefusedIt() throws Exception {
        SinkHarness sink = sink();
        sink.put(users.upsert(At.of(0), "c", 1, "Ada", null));
        Backup backup = backup();
        ReplicaSinkConfig config = new ReplicaSinkConfig(sink.configs());
        try (TargetConnection connection = new TargetConnection(config)) {
            BatchWriter writer = new BatchWriter(config, connection);
            writer.claim(partition);
            writer.write(List.of(received(users.upsert(At.of(1), "c", 2, "Bob", null))));
            List<Received> batch = List.of(
                    received(users.upsert(At.of(2), "c", 3, "Cy", null)),
                    received(users.upsert(At.of(3), "c", 4, "bad", null)));
            String check = "ALTER TABLE " + name + " ADD CONSTRAINT named CHECK (name <> 'bad')";
            target().execute(check);
            assertThatThrownBy(() -> writer.write(batch)).isInstanceOf(SQLException.class);
            assertThat(writer.faults(batch))
                    .as("by the same one; what MariaDB refuses is found by halving the batch")
                    .hasSizeLessThanOrEqualTo(1);
            writer.forget();
            backup.restore();
            assertThatThrownBy(() -> writer.faults(batch)).isInstanceOf(OffsetStore.Moved.class);
        }
    }

    private static Received received(SinkRecord record) {
        SinkRecord encoded = EncodedRecords.of(record);
        return new Received(encoded, new ChangeReader().read(encoded), null);
    }
}
