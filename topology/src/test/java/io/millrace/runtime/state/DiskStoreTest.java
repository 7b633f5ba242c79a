package io.millrace.runtime.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a sorted map, through commits, rollbacks and kills at any moment. */
final class DiskStoreTest {
    private static final TopicPartition CHANGELOG =
            new TopicPartition(DiskStores.changelog(StoreTask.APPLICATION, "rows"), 0);

    /** So little that RocksDB writes files all the time. */
    private static final long LITTLE_MEMORY = 64 << 10;

    private static final Path ROWS = Path.of("rocksdb", "rows");

    private final RocksDbMemory memory = new RocksDbMemory(LITTLE_MEMORY);

    @TempDir
    Path folder;

    /** A store with what its transactions and its changelog are. */
    private final class Life implements AutoCloseable {
        private final DiskStores stores = new DiskStores(memory);
        private final DiskStores.Transaction transaction = stores.transaction();
        private final List<KeyValue<byte[], byte[]>> changelog;
        private final List<KeyValue<byte[], byte[]>> written = new ArrayList<>();
        private final StoreTask task;
        final KeyValueStore<Bytes, byte[]> store;
        int restored;

        Life(Path folder, List<KeyValue<byte[], byte[]>> changelog) {
            this.changelog = changelog;
            this.task = new StoreTask(folder);
            this.store = stores.supplier("rows").get();
            store.init(task, store);
        }

        /** Restores what the store has not. */
        void restore() {
            int from = (int) Math.max(0, offset() + 1);
            List<ConsumerRecord<byte[], byte[]>> missing = new ArrayList<>();
            for (int i = from; i < changelog.size(); i++) {
                KeyValue<byte[], byte[]> record = changelog.get(i);
                missing.add(
                        new ConsumerRecord<>(CHANGELOG.topic(), CHANGELOG.partition(), i, record.key, record.value));
            }
            task.restoring.restoreBatch(missing);
            restored += missing.size();
        }

        long offset() {
            return store.committedOffset(CHANGELOG);
        }

        void put(byte[] key, byte[] value) {
            store.put(Bytes.wrap(key), value);
            written.add(KeyValue.pair(key, value));
            long offset = changelog.size() + written.size() - 1L;
            transaction.sent(
                    new ProducerRecord<>(CHANGELOG.topic(), CHANGELOG.partition(), key, value),
                    CompletableFuture.completedFuture(new RecordMetadata(CHANGELOG, offset, 0, 0, 0, 0)));
        }

        void commit() {
            changelog.addAll(written);
            written.clear();
            transaction.committed();
        }

        @Override
        public void close() {
            transaction.aborted();
            store.close();
        }
    }

    @Property(tries = 15)
    void holdsWhatIsCommittedThroughKillsAndRollbacks(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        Path root = Files.createTempDirectory("disk-store");
        List<KeyValue<byte[], byte[]>> changelog = new ArrayList<>();
        Path at = root.resolve("0");
        Life life = new Life(at, changelog);
        try {
            for (int step = 0; step < 12; step++) {
                NavigableMap<Bytes, byte[]> model = replay(changelog, changelog.size());
                for (int i = random.nextInt(200); i > 0; i--) {
                    byte[] key = key(random);
                    byte[] value = random.nextInt(3) == 0 ? null : new byte[random.nextInt(2_000)];
                    life.put(key, value);
                    set(model, key, value);
                }
                assertHolds(life.store, model, random);
                switch (random.nextInt(4)) {
                    case 0 -> {
                        life.close();
                        life = new Life(at, changelog);
                        assertThat(Math.max(0, life.offset() + 1))
                                .as("records that need no restoring")
                                .isEqualTo(changelog.size());
                    }
                    case 1 -> {
                        Path copy = root.resolve("k" + step);
                        copy(at, copy);
                        life.close();
                        at = copy;
                        life = new Life(at, changelog);
                        assertHolds(life.store, replay(changelog, (int) Math.max(0, life.offset() + 1)), random);
                    }
                    default -> life.commit();
                }
                life.restore();
                assertHolds(life.store, replay(changelog, changelog.size()), random);
            }
        } finally {
            life.close();
            Utils.delete(root.toFile());
        }
    }

    @Test
    void whatIsCommittedIsNotRestoredAfterAKill() throws IOException {
        List<KeyValue<byte[], byte[]>> changelog = new ArrayList<>();
        Path killed = folder.resolve("killed");
        try (Life life = new Life(folder.resolve("first"), changelog)) {
            for (int i = 0; i < 2_000; i++) {
                life.put(("key" + i).getBytes(StandardCharsets.UTF_8), new byte[500]);
                if (i % 100 == 99) {
                    life.commit();
                }
            }
            copy(folder.resolve("first"), killed);
        }
        try (Life life = new Life(killed, changelog)) {
            life.restore();
            assertThat(life.restored).as("records that are restored").isLessThan(1_000);
            assertThat(life.store.get(Bytes.wrap("key0".getBytes(StandardCharsets.UTF_8))))
                    .hasSize(500);
        }
    }

    @Test
    void aReaderOfAClosedStoreIsToldSo() {
        Life life = new Life(folder, new ArrayList<>());
        for (byte i = 1; i < 4; i++) {
            life.put(new byte[] {i}, new byte[] {i});
        }
        life.commit();
        KeyValueStore<Bytes, byte[]> store = life.store;
        KeyValueIterator<Bytes, byte[]> entries = store.all();
        life.close();
        assertThatThrownBy(() -> store.get(Bytes.wrap(new byte[] {1}))).isInstanceOf(InvalidStateStoreException.class);
        assertThatThrownBy(entries::next).isInstanceOf(InvalidStateStoreException.class);
        entries.close();
    }

    @Test
    void whatIsWrittenAndNotCommittedIsNotKeptWhateverKafkaStreamsSays() {
        List<KeyValue<byte[], byte[]>> changelog = new ArrayList<>();
        try (Life life = new Life(folder, changelog)) {
            life.put(new byte[] {1}, new byte[] {1});
            life.commit();
            life.put(new byte[] {1}, new byte[] {2, 2});
            life.put(new byte[] {2}, new byte[] {2});
            life.store.commit(Map.of(CHANGELOG, 2L));
        }
        try (Life life = new Life(folder, changelog)) {
            assertThat(life.offset()).isEqualTo(0);
            assertThat(lengths(life.store.all())).containsExactly("\\x01=1");
        }
    }

    @Test
    void aTaskThatIsGivenUpIsRestoredFromTheBeginning() {
        List<KeyValue<byte[], byte[]>> changelog = new ArrayList<>();
        try (Life life = new Life(folder, changelog)) {
            life.put(new byte[] {1}, new byte[] {1});
            life.commit();
            life.store.commit(Map.of());
        }
        try (Life life = new Life(folder, changelog)) {
            assertThat(life.offset()).isNegative();
            assertThat(lengths(life.store.all())).isEmpty();
        }
    }

    @Test
    void aTransactionChangesNoStoreThatWasOpenedAnewSince() {
        List<KeyValue<byte[], byte[]>> changelog = new ArrayList<>();
        Life life = new Life(folder, changelog);
        life.put(new byte[] {1}, new byte[] {1});
        life.store.close();
        life.store.init(life.task, life.store);
        life.commit();
        assertThat(life.offset()).isNegative();
        life.restore();
        assertThat(lengths(life.store.all())).containsExactly("\\x01=1");
        life.close();
    }

    @Test
    void damagedFilesAreDeletedAndRestored() throws IOException {
        List<KeyValue<byte[], byte[]>> changelog = new ArrayList<>();
        try (Life life = new Life(folder, changelog)) {
            life.put(new byte[] {1}, new byte[] {1});
            life.commit();
        }
        for (File file : folder.resolve(ROWS).toFile().listFiles((at, name) -> name.startsWith("MANIFEST"))) {
            Files.write(file.toPath(), new byte[100]);
        }
        try (Life life = new Life(folder, changelog)) {
            assertThat(life.offset()).isNegative();
            life.restore();
            assertThat(lengths(life.store.all())).containsExactly("\\x01=1");
        }
    }

    private static byte[] key(Random random) {
        byte[] key = new byte[1 + random.nextInt(2)];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) (random.nextInt(16) - 8);
        }
        return key;
    }

    private static void set(Map<Bytes, byte[]> model, byte[] key, byte[] value) {
        if (value == null) {
            model.remove(Bytes.wrap(key));
        } else {
            model.put(Bytes.wrap(key), value);
        }
    }

    private static NavigableMap<Bytes, byte[]> replay(List<KeyValue<byte[], byte[]>> changelog, int records) {
        NavigableMap<Bytes, byte[]> model = new TreeMap<>();
        changelog.subList(0, records).forEach(record -> set(model, record.key, record.value));
        return model;
    }

    private static void assertHolds(
            KeyValueStore<Bytes, byte[]> store, NavigableMap<Bytes, byte[]> model, Random random) {
        assertThat(lengths(store.all())).containsExactlyElementsOf(lengths(model));
        assertThat(lengths(store.reverseAll())).isEqualTo(lengths(model.descendingMap()));
        for (int i = 0; i < 10; i++) {
            Bytes from = Bytes.wrap(key(random));
            Bytes to = Bytes.wrap(key(random));
            byte[] value = store.get(from);
            assertThat(value == null ? -1 : value.length)
                    .isEqualTo(model.containsKey(from) ? model.get(from).length : -1);
            if (from.compareTo(to) > 0) {
                assertThat(lengths(store.range(from, to))).isEmpty();
            } else {
                NavigableMap<Bytes, byte[]> range = model.subMap(from, true, to, true);
                assertThat(lengths(store.range(from, to))).isEqualTo(lengths(range));
                assertThat(lengths(store.reverseRange(from, to))).isEqualTo(lengths(range.descendingMap()));
                assertThat(lengths(store.range(from, null))).isEqualTo(lengths(model.tailMap(from, true)));
            }
        }
    }

    private static List<String> lengths(KeyValueIterator<Bytes, byte[]> entries) {
        List<String> lengths = new ArrayList<>();
        try (entries) {
            entries.forEachRemaining(entry -> lengths.add(entry.key + "=" + entry.value.length));
        }
        return lengths;
    }

    private static List<String> lengths(Map<Bytes, byte[]> model) {
        return model.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue().length)
                .toList();
    }

    /** What a kill leaves: files as they are at a moment. Copied again while RocksDB still writes or removes some. */
    private static void copy(Path from, Path to) throws IOException {
        Map<String, Long> before;
        do {
            Utils.delete(to.toFile());
            Files.createDirectories(to.resolve(ROWS));
            before = sizes(from.resolve(ROWS));
            for (String file : before.keySet()) {
                try {
                    Files.copy(
                            from.resolve(ROWS).resolve(file), to.resolve(ROWS).resolve(file));
                } catch (NoSuchFileException e) {
                    before = Map.of();
                    break;
                }
            }
        } while (!before.equals(sizes(from.resolve(ROWS))));
    }

    private static Map<String, Long> sizes(Path folder) {
        Map<String, Long> sizes = new TreeMap<>();
        for (File file : folder.toFile().listFiles()) {
            if (!file.getName().equals("LOCK")) {
                sizes.put(file.getName(), file.length());
            }
        }
        return sizes;
    }
}
