package io.millrace.connectors.replica;

import static io.millrace.connectors.replica.TopicRecords.INTEGER;
import static io.millrace.connectors.replica.TopicRecords.TEXT;
import static io.millrace.connectors.replica.TopicRecords.columns;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.connectors.replica.TopicRecords.At;
import io.millrace.schemas.ChangeEvents;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random changes of two shards, whose rows move between them, sent again from random points, in a random interleaving of the
 * shards and random batches, by tasks that are replaced at random, into a database that goes back at random: at the end the
 * replica has the shards' rows.
 * {@code -Dmillrace.seed=N} repeats one history, {@code -Dmillrace.histories=N} says how many there are.
 */
final class RandomHistoriesTest {
    private static final int KEYS = 6;
    private static final int CHANGES = 120;
    /** Of so many histories one has a database that goes back. */
    private static final int GOING_BACK = 8;

    private static TargetDatabase database;

    /** A change of one shard's log, to be put at an offset later. */
    private record Logged(
            String shard, long lsn, long committedAt, String operation, int key, String name, String note) {}

    @BeforeAll
    static void start() throws Exception {
        database = new TargetDatabase();
    }

    @AfterAll
    static void stop() throws Exception {
        database.close();
    }

    @Test
    void theReplicaEndsWithTheShardsRows() throws Exception {
        long seed = Long.getLong("millrace.seed", System.nanoTime());
        int histories = Long.getLong("millrace.seed") == null ? Integer.getInteger("millrace.histories", 30) : 1;
        for (int i = 0; i < histories; i++) {
            boolean plain = (seed + i) % 3 == 0;
            boolean ahead = (seed + i) % 2 == 0;
            history(
                    seed + i,
                    "h" + i,
                    name -> plain ? sink(ahead, name).withPlainRecords() : sink(ahead, name),
                    database);
        }
    }

    /** A task that writes every batch while Connect reads the next, or none. */
    private static SinkHarness sink(boolean ahead, String name, String... more) {
        return new SinkHarness(ahead ? 1 : Integer.MAX_VALUE, database.url(), "postgres", name, more);
    }

    /** As {@link RandomReplays} says. */
    @Test
    void deadLettersThatAreDeliveredAgainMendTheirRowsAndTurnNoneBack() throws Exception {
        long seed = Long.getLong("millrace.seed", System.nanoTime());
        int histories = Long.getLong("millrace.seed") == null ? Integer.getInteger("millrace.histories", 4) : 1;
        for (int i = 0; i < histories; i++) {
            for (boolean view : new boolean[] {false, true}) {
                RandomReplays.history(seed + i, (view ? "v" : "t") + i, view, new Replayed((seed + i) % 2 == 0));
            }
        }
    }

    private record Replayed(boolean ahead) implements RandomReplays.Target {
        @Override
        public SinkHarness sink(String name, String... more) {
            return RandomHistoriesTest.sink(ahead, name, more);
        }

        @Override
        public List<String> rows(String sql) throws SQLException {
            return database.rows(sql);
        }

        @Override
        public void refuse(String table, String note, boolean refuses) throws SQLException {
            database.execute("ALTER TABLE " + table + " DROP CONSTRAINT IF EXISTS refusing");
            if (refuses) {
                database.execute(
                        "ALTER TABLE " + table + " ADD CONSTRAINT refusing CHECK (note <> '" + note + "') NOT VALID");
            }
        }
    }

    /** One history, by sinks of that name into a database. */
    static void history(long seed, String name, Function<String, SinkHarness> sinks, SqlDatabase target)
            throws Exception {
        Random random = new Random(seed);
        // Not each of them, as backups take long.
        boolean goesBack = seed % GOING_BACK == 0;
        Map<Integer, String> expected = new TreeMap<>();
        List<Logged> log = interleaved(logs(random, expected), random);
        String topic = "db." + name;
        TopicRecords records = TopicRecords.ofTable(topic, columns("id", INTEGER, "name", TEXT, "note", TEXT));
        TopicPartition partition = new TopicPartition(topic, 0);
        List<SinkRecord> all = records(log, records, random);
        SinkHarness sink = sinks.apply(name).open(partition);
        Backup backup = goesBack ? new Backup(target, name, name) : null;
        int next = 0;
        while (next < all.size()) {
            switch (random.nextInt(goesBack ? 16 : 13)) {
                case 0, 1 -> {
                    sink.close();
                    sink = sinks.apply(name).open(partition);
                    next = sink.sought.getOrDefault(partition, 0L).intValue();
                }
                case 2, 3 -> {
                    // Given up, and given back, with a batch that may be under way.
                    sink.task.close(List.of(partition));
                    sink.sought.clear();
                    sink.open(partition);
                    next = sink.sought.getOrDefault(partition, 0L).intValue();
                }
                case 13, 14 -> {
                    next = put(sink, partition, List.of(), next);
                    backup = new Backup(target, name, name);
                }
                case 15 -> {
                    next = put(sink, partition, List.of(), next);
                    backup.restore();
                }
                default -> {
                    int most = goesBack && random.nextBoolean() ? 3 : 20;
                    int to = Math.min(all.size(), next + 1 + random.nextInt(most));
                    next = put(sink, partition, all.subList(next, to), to);
                }
            }
            if (next == all.size()) {
                // What came of the last shows when the task is called again.
                next = put(sink, partition, List.of(), next);
            }
        }
        List<String> reasons = sink.reasons;
        sink.close();
        assertThat(reasons).as("seed %d", seed).isEmpty();
        assertThat(target.rows("SELECT id, concat(name, coalesce(note, '-')) FROM " + name + " ORDER BY id"))
                .as("seed %d", seed)
                .isEqualTo(expected.entrySet().stream()
                        .map(row -> row.getKey() + "|" + row.getValue())
                        .toList());
    }

    /** Says where Connect goes on: behind the batch, or where the database says that has gone back. */
    private static int put(SinkHarness sink, TopicPartition partition, List<SinkRecord> batch, int behind) {
        try {
            sink.putAhead(batch);
            return behind;
        } catch (RetriableException e) {
            assertThat(e).hasMessageContaining("than were written last");
            sink.putAhead(batch);
            return sink.sought.get(partition).intValue();
        }
    }

    /** The topic's records; a deletion's tombstone comes before its shard's next change, but not always at once. */
    private static List<SinkRecord> records(List<Logged> log, TopicRecords records, Random random) {
        List<SinkRecord> all = new ArrayList<>();
        Map<String, Logged> deleted = new TreeMap<>();
        for (Logged change : log) {
            addTombstone(all, records, deleted.remove(change.shard()));
            if (change.operation().equals("d")) {
                all.add(records.delete(at(change, all), change.key()));
                deleted.put(change.shard(), change);
            } else {
                all.add(records.upsert(
                        at(change, all), change.operation(), change.key(), change.name(), change.note()));
            }
            if (random.nextBoolean()) {
                addTombstone(all, records, deleted.remove(change.shard()));
            }
        }
        deleted.values().forEach(deletion -> addTombstone(all, records, deletion));
        return all;
    }

    private static void addTombstone(List<SinkRecord> all, TopicRecords records, Logged deletion) {
        if (deletion != null) {
            all.add(records.tombstone(at(deletion, all), deletion.key()));
        }
    }

    private static At at(Logged change, List<SinkRecord> before) {
        return new At(0, before.size(), change.shard(), change.lsn(), change.committedAt());
    }

    /** Each shard's log; a key is on one shard but while it moves, and at the end. */
    private static List<List<Logged>> logs(Random random, Map<Integer, String> expected) {
        List<List<Logged>> logs = List.of(new ArrayList<>(), new ArrayList<>());
        int[] home = new int[KEYS];
        String[] names = new String[KEYS];
        String[] notes = new String[KEYS];
        long[] lsn = {1_000, 500_000};
        for (int time = 1; time <= CHANGES; time++) {
            int key = random.nextInt(KEYS);
            // A shard's clock may be wrong by more than a move takes.
            long clock = 1_000L * time + random.nextInt(5_000);
            int shard = home[key];
            if (names[key] == null) {
                shard = random.nextInt(2);
                home[key] = shard;
                names[key] = "n" + time;
                notes[key] = random.nextBoolean() ? "w" + time : null;
                logs.get(shard).add(logged(shard, lsn, clock, "c", key, names[key], notes[key], random));
            } else if (random.nextInt(4) == 0) {
                logs.get(shard).add(logged(shard, lsn, clock, "d", key, null, null, random));
                names[key] = null;
            } else if (random.nextInt(4) == 0) {
                int other = 1 - shard;
                logs.get(other).add(logged(other, lsn, clock, "c", key, names[key], notes[key], random));
                logs.get(shard).add(logged(shard, lsn, clock + 1, "d", key, null, null, random));
                home[key] = other;
            } else {
                names[key] = "n" + time;
                boolean keeps = random.nextInt(3) == 0;
                notes[key] = keeps ? notes[key] : "w" + time;
                String sent = keeps && notes[key] != null ? ChangeEvents.UNCHANGED : notes[key];
                logs.get(shard).add(logged(shard, lsn, clock, "u", key, names[key], sent, random));
            }
        }
        for (int key = 0; key < KEYS; key++) {
            if (names[key] != null) {
                expected.put(key, names[key] + (notes[key] == null ? "-" : notes[key]));
            }
        }
        return logs;
    }

    private static Logged logged(
            int shard, long[] lsn, long clock, String operation, int key, String name, String note, Random random) {
        lsn[shard] += 1 + random.nextInt(50);
        return new Logged("s" + shard, lsn[shard], clock, operation, key, name, note);
    }

    /** The shards' logs in one topic: each in its order, but now and then sent again from an earlier point. */
    private static List<Logged> interleaved(List<List<Logged>> logs, Random random) {
        List<Logged> topic = new ArrayList<>();
        int[] next = new int[2];
        int[] restarts = {2, 2};
        while (IntStream.range(0, 2)
                .anyMatch(shard -> next[shard] < logs.get(shard).size())) {
            int shard = random.nextInt(2);
            if (next[shard] < logs.get(shard).size()) {
                topic.add(logs.get(shard).get(next[shard]++));
            }
            if (restarts[shard] > 0 && random.nextInt(30) == 0) {
                restarts[shard]--;
                next[shard] = Math.max(0, next[shard] - random.nextInt(15));
            }
        }
        return topic;
    }
}
