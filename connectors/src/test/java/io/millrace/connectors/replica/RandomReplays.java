package io.millrace.connectors.replica;

import static io.millrace.connectors.replica.TopicRecords.INTEGER;
import static io.millrace.connectors.replica.TopicRecords.TEXT;
import static io.millrace.connectors.replica.TopicRecords.columns;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.replica.TopicRecords.At;
import io.millrace.schemas.ChangeEvents;
import io.millrace.schemas.ReplayHeaders;
import io.millrace.schemas.ReplayHeaders.Place;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Random changes of rows, of which the target refuses some at some times, by two tasks; meanwhile dead letters are delivered again
 * at random, also old ones and several times, by a task that need not have their partition. No row goes back by it, and when what was
 * refused is let in, the last dead letter of each row mends it.
 */
final class RandomReplays {
    private static final int KEYS = 5;
    private static final int STEPS = 160;
    private static final String REFUSED = "bad";

    private final Random random;
    private final String seed;
    private final String name;
    private final Target target;
    private final TopicRecords records;
    private final boolean view;
    private final String replayTopic;
    /** By partition what its topic has; the third is the topic of replays. */
    private final List<List<SinkRecord>> logs = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());

    private final int[] delivered = new int[3];
    private final SinkHarness[] tasks = new SinkHarness[3];
    private final List<SinkRecord> letters = new ArrayList<>();
    /** By key the row as it is, a name and a note; none where it is deleted. */
    private final Map<Integer, String[]> rows = new TreeMap<>();
    /** By key the place of its last record, and whether that leaves something out. */
    private final Map<Integer, Place> last = new HashMap<>();

    private final Map<Place, Boolean> partial = new HashMap<>();
    /** By key whether the sink has seen all changes from its last whole row on. */
    private final Map<Integer, Boolean> seen = new HashMap<>();
    /** Places of what the converter cannot read. */
    private final Set<Place> unread = new HashSet<>();

    private int version;

    /** Where the rows go. */
    interface Target {
        SinkHarness sink(String name, String... more);

        List<String> rows(String sql) throws SQLException;

        /** Has a table refuse rows with that note, or no longer. */
        void refuse(String table, String note, boolean refuses) throws SQLException;
    }

    private RandomReplays(long seed, String name, boolean view, Target target) {
        this.random = new Random(seed);
        this.seed = "seed " + seed;
        this.name = name;
        this.view = view;
        this.target = target;
        this.replayTopic = "app." + name + ".dlq.replay";
        String topic = "db." + name;
        this.records = view
                ? TopicRecords.ofView(topic, List.of("id"), columns("id", INTEGER, "name", TEXT, "note", TEXT))
                : TopicRecords.ofTable(topic, columns("id", INTEGER, "name", TEXT, "note", TEXT));
    }

    /** One history, of a view's topic or of a captured table's. */
    static void history(long seed, String name, boolean view, Target target) throws Exception {
        new RandomReplays(seed, name, view, target).run();
    }

    private void run() throws Exception {
        try {
            for (int task = 0; task < tasks.length; task++) {
                open(task);
            }
            change(0);
            change(1);
            deliver(0);
            deliver(1);
            target.refuse(name, REFUSED, true);
            boolean refuses = true;
            for (int step = 0; step < STEPS; step++) {
                switch (random.nextInt(12)) {
                    case 0 -> {
                        refuses = !refuses;
                        target.refuse(name, REFUSED, refuses);
                    }
                    case 1 -> open(random.nextInt(tasks.length));
                    case 2, 3 -> replaySome();
                    case 4, 5, 6 -> deliver(random.nextInt(tasks.length));
                    default -> change(random.nextInt(KEYS));
                }
            }
            target.refuse(name, REFUSED, false);
            deliverAll();
            mend();
        } finally {
            for (SinkHarness task : tasks) {
                task.close();
            }
        }
    }

    /** What {@code millrace dlq replay} does, and then a whole row of those of which only a part is there. */
    private void mend() throws Exception {
        List<SinkRecord> newest = letters.stream()
                .filter(letter -> last.containsValue(placeOf(letter)))
                .toList();
        newest.forEach(this::replay);
        deliverAll();
        deleteUnread();
        captureSendsAllAgain();
        Map<Integer, String> expected = new TreeMap<>();
        rows.forEach((key, row) -> expected.put(key, String.join("|", row)));
        Map<Integer, String> found = found();
        for (int key = 0; key < KEYS; key++) {
            if (!Boolean.TRUE.equals(partial.get(last.get(key))) || seen.get(key)) {
                assertThat(found.get(key)).as("%s, key %d", seed, key).isEqualTo(expected.get(key));
            }
        }
        for (int key : rows.keySet()) {
            append(key, "u", rows.get(key)[0], rows.get(key)[1]);
        }
        deliverAll();
        assertThat(found()).as(seed).isEqualTo(expected);
        assertThat(target.rows("SELECT count(*) FROM millrace_rows WHERE incomplete AND sink = '" + name + "'"))
                .as(seed)
                .containsExactly("0");
    }

    /** Rows of which nothing was remembered before, each by a deletion that its partition's task does not see. */
    private void deleteUnread() {
        for (int key = KEYS; key < KEYS + 4 && !view; key++) {
            List<SinkRecord> log = logs.get(key % 2);
            log.add(records.upsert(at(key, log), "c", key, "n", "w"));
            deliverAll();
            SinkRecord deletion = records.delete(at(key, log), key);
            unread.add(placeOf(deletion));
            log.add(deletion);
            if (random.nextBoolean()) {
                log.add(records.tombstone(at(key, log), key));
            }
            deliverAll();
            replay(deletion);
        }
        deliverAll();
    }

    /** But for what cannot be read, and for tombstones, which say nothing without their deletions. */
    private void captureSendsAllAgain() {
        for (int partition = 0; partition < 2 && !view; partition++) {
            List<SinkRecord> log = logs.get(partition);
            for (SinkRecord each : List.copyOf(log)) {
                if (each.value() != null && !unread.contains(placeOf(each))) {
                    log.add(new SinkRecord(
                            each.topic(),
                            partition,
                            each.keySchema(),
                            each.key(),
                            each.valueSchema(),
                            each.value(),
                            log.size(),
                            each.timestamp(),
                            TimestampType.CREATE_TIME));
                }
            }
        }
        deliverAll();
    }

    private void open(int task) {
        if (tasks[task] != null) {
            tasks[task].close();
        }
        TopicPartition partition =
                task == 2 ? new TopicPartition(replayTopic, 0) : new TopicPartition("db." + name, task);
        tasks[task] =
                target.sink(name, DeliveryConfig.REPLAY_TOPIC, replayTopic).open(partition);
        delivered[task] = tasks[task].sought.getOrDefault(partition, 0L).intValue();
    }

    private void change(int key) {
        version++;
        String[] row = rows.get(key);
        if (row != null && random.nextInt(5) == 0) {
            rows.remove(key);
            List<SinkRecord> log = logs.get(key % 2);
            last.put(key, new Place("db." + name, key % 2, log.size()));
            mayNotBeRead(last.get(key));
            log.add(records.delete(at(key, log), key));
            SinkRecord tombstone = records.tombstone(at(key, log), key);
            if (view) {
                last.put(key, new Place("db." + name, key % 2, log.size()));
            }
            log.add(tombstone);
            return;
        }
        String note = random.nextInt(3) == 0 ? REFUSED : "w" + version;
        boolean leavesOut = !view && row != null && random.nextInt(5) == 0;
        String[] next = {"n" + version, leavesOut ? row[1] : note};
        rows.put(key, next);
        append(key, row == null ? "c" : "u", next[0], leavesOut ? ChangeEvents.UNCHANGED : next[1]);
        mayNotBeRead(last.get(key));
        seen.put(key, !unread.contains(last.get(key)) && (!leavesOut || seen.get(key)));
    }

    /** The first ones are, so that there is a table. */
    private void mayNotBeRead(Place place) {
        if (!view && version > 2 && random.nextInt(8) == 0) {
            unread.add(place);
        }
    }

    private void append(int key, String operation, String rowName, String note) {
        List<SinkRecord> log = logs.get(key % 2);
        Place place = new Place("db." + name, key % 2, log.size());
        last.put(key, place);
        partial.put(place, note.equals(ChangeEvents.UNCHANGED));
        log.add(records.upsert(at(key, log), operation, key, rowName, note));
    }

    private static At at(int key, List<SinkRecord> log) {
        return new At(key % 2, log.size(), "s" + key % 2, 100L + log.size(), 1_000_000L + log.size());
    }

    private void deliverAll() {
        for (int task = 0; task < tasks.length; task++) {
            while (delivered[task] < logs.get(task).size()) {
                deliver(task);
            }
        }
    }

    private void deliver(int task) {
        List<SinkRecord> log = logs.get(task);
        int to = Math.min(log.size(), delivered[task] + 1 + random.nextInt(12));
        SinkHarness sink = tasks[task];
        int before = sink.deadLetters.size();
        sink.put(read(log.subList(delivered[task], to), task));
        delivered[task] = to;
        letters.addAll(sink.deadLetters.subList(before, sink.deadLetters.size()));
    }

    /** Those that the converter can read; of a captured table it cannot read some, which are dead letters that no task has seen. */
    private List<SinkRecord> read(List<SinkRecord> records, int task) {
        if (view || task == 2) {
            return records;
        }
        List<SinkRecord> read = new ArrayList<>();
        for (SinkRecord each : records) {
            (unread.contains(placeOf(each)) ? letters : read).add(each);
        }
        return read;
    }

    private void replaySome() throws SQLException {
        deliver(2);
        for (int i = random.nextInt(4); i >= 0 && !letters.isEmpty(); i--) {
            replay(letters.get(random.nextInt(letters.size())));
        }
        Map<Integer, String> before = found();
        while (delivered[2] < logs.get(2).size()) {
            deliver(2);
        }
        Map<Integer, String> after = found();
        before.forEach((key, row) -> {
            if (after.containsKey(key)) {
                assertThat(versionOf(after.get(key)))
                        .as("%s, key %d", seed, key)
                        .isGreaterThanOrEqualTo(versionOf(row));
            }
        });
    }

    private static int versionOf(String row) {
        return Integer.parseInt(row.substring(1, row.indexOf('|')));
    }

    private Map<Integer, String> found() throws SQLException {
        Map<Integer, String> found = new LinkedHashMap<>();
        for (String row : target.rows("SELECT id, name, note FROM " + name + " ORDER BY 1")) {
            found.put(Integer.parseInt(row.substring(0, row.indexOf('|'))), row.substring(row.indexOf('|') + 1));
        }
        return found;
    }

    private void replay(SinkRecord letter) {
        logs.get(2)
                .add(replayOf(letter, placeOf(letter), replayTopic, logs.get(2).size()));
    }

    private Place placeOf(SinkRecord letter) {
        return letter.topic().equals(replayTopic)
                ? Place.parse(letter.headers()
                                .lastWithName(ReplayHeaders.SOURCE)
                                .value()
                                .toString())
                        .orElseThrow()
                : new Place(letter.topic(), letter.kafkaPartition(), letter.kafkaOffset());
    }

    /** A dead letter as it is delivered again. */
    static SinkRecord replayOf(SinkRecord letter, Place place, String topic, long offset) {
        SinkRecord replay = new SinkRecord(
                topic,
                0,
                letter.keySchema(),
                letter.key(),
                letter.valueSchema(),
                letter.value(),
                offset,
                letter.timestamp(),
                TimestampType.CREATE_TIME);
        replay.headers().addString(ReplayHeaders.SOURCE, place.toString());
        return replay;
    }
}
