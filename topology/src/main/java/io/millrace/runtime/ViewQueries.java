package io.millrace.runtime;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.operator.ServedRows;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.SortColumn;
import io.millrace.plan.Stage;
import io.millrace.row.KeyRange;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsMetadata;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.HostInfo;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * Reads the stores of views and indexes: by key, by the first columns of a key or an index, by bounds of the next one, or
 * all, in the order of the key or index. Only what this instance holds; of the rest it says who has it. Thread-safe.
 */
public final class ViewQueries {
    private final KafkaStreams streams;
    private final Plan plan;
    private final String self;
    private final int partitions;
    private final ViewProgress progress;
    private final Positions positions;
    private final Map<String, Reader> views = new LinkedHashMap<>();
    private final IdentityHashMap<PlanNode.Served, Reader> readers = new IdentityHashMap<>();

    ViewQueries(
            KafkaStreams streams,
            Plan plan,
            PipelineConfig config,
            PipelineTopics topics,
            ViewProgress progress,
            Positions positions) {
        this.streams = streams;
        this.plan = plan;
        this.self = config.get(PipelineConfig.APPLICATION_SERVER).orElse(null);
        this.partitions = config.get(PipelineConfig.PARTITIONS);
        this.progress = progress;
        this.positions = positions;
        for (Stage stage : Stage.of(plan)) {
            Set<String> sources = Topics.sources(plan, topics, stage);
            stage.served().forEach(served -> readers.put(served, new Reader(plan, served, sources)));
        }
        plan.views().forEach(view -> views.put(view.name(), readers.get(view)));
    }

    /**
     * A row of a view.
     *
     * @param key the bytes of its key, which order the rows; a cursor
     * @param row its columns
     * @param multiplicity how many copies there are; 1 in a view with a unique key
     */
    public record Entry(byte[] key, Row row, long multiplicity) {}

    /**
     * Some rows of a view.
     *
     * @param entries in the order of the key
     * @param more whether there are more; then the last entry's key is the cursor to go on from
     * @param elsewhere by {@code host:port} the partitions of what was asked for that other instances hold
     */
    public record Page(List<Entry> entries, boolean more, Map<String, Set<Integer>> elsewhere) {}

    /** The views in declared order. */
    public List<PlanNode.View> views() {
        return plan.views();
    }

    /** The view of that name. */
    public PlanNode.View view(String name) {
        return reader(name).view;
    }

    /**
     * The row at a key.
     *
     * @param key the values of all the key's columns
     */
    public Optional<Entry> get(String view, Object... key) throws NotReady {
        return reader(view).get(key);
    }

    /**
     * The rows of a range.
     *
     * @param after the key of the row to go on after, or null to begin at the first
     * @param limit how many rows at most
     * @param partitions where to look; empty for every partition that may hold such rows
     */
    public Page scan(RowRange range, byte[] after, int limit, Set<Integer> partitions) throws NotReady {
        Reader reader = readers.get(range.served());
        if (reader == null) {
            throw NotReady.moving(switched(range.served().view()));
        }
        return reader.scan(range, after, limit, partitions);
    }

    /** Whether that version of a view is read here. */
    boolean has(PlanNode.View view) {
        return readers.containsKey(view);
    }

    /** What to say of a view of another plan than is served now. */
    static String switched(PlanNode.View view) {
        return "view " + view.name() + " has just been switched to another version";
    }

    /** How many rows the view has in the partitions that this instance has counted, copies counted; exact. */
    public long rows(String view) {
        return progress.rows(reader(view).view.name());
    }

    /** How many of the view's partitions this instance holds and has counted. */
    public int heldPartitions(String view) {
        return progress.partitions(reader(view).view.name());
    }

    /** How many partitions each view has. */
    public int partitions() {
        return partitions;
    }

    /** {@code host:port} of every other instance that says where it is. */
    public List<String> others() {
        try {
            return streams.metadataForAllStreamsClients().stream()
                    .map(StreamsMetadata::hostInfo)
                    .filter(host -> !host.equals(HostInfo.unavailable()))
                    .map(ViewQueries::address)
                    .filter(address -> !address.equals(self))
                    .distinct()
                    .toList();
        } catch (IllegalStateException | InvalidStateStoreException e) {
            return List.of();
        }
    }

    private static String address(HostInfo host) {
        return host.host() + ":" + host.port();
    }

    /** How many records are left to read, in all instances, before the view reflects them; -1 while not known. */
    public long lag(String view) {
        return positions.lag(reader(view).view.name());
    }

    /** The latest commit in the source that the view reflects here, microseconds since the epoch; 0 if none. */
    public long committedAtMicros(String view) {
        return progress.committedAtMicros(reader(view).view.name());
    }

    /** The change in the source that a row is of, where that is known. */
    public Optional<Origin> origin(PlanNode.View view, Row row) {
        return progress.origin(view.name(), row);
    }

    private Reader reader(String view) {
        Reader reader = views.get(view);
        if (reader == null) {
            throw UserError.of(
                    Category.NOT_FOUND, "there is no view " + view, "there are: " + String.join(", ", views.keySet()));
        }
        return reader;
    }

    /** The stores of one view or index. */
    private final class Reader {
        private final PlanNode.View view;
        private final Set<String> sources;
        private final String store;
        private final ServedRows rows;
        /** The positions in the order of the columns that decide on the partition. */
        private final List<Integer> deciding;

        private final ThreadLocal<RowPartitions> keyPartitions;
        /** By partition what was opened; asking Kafka Streams for it costs more than reading from it. */
        private final AtomicReferenceArray<ReadOnlyKeyValueStore<Bytes, byte[]>> opened =
                new AtomicReferenceArray<>(partitions);

        Reader(Plan plan, PlanNode.Served served, Set<String> sources) {
            this.view = served.view();
            this.sources = sources;
            this.store = plan.name(served);
            this.rows = ServedRows.of(served);
            List<Integer> order =
                    served.order().stream().map(SortColumn::column).toList();
            this.deciding = served.partitionKey().stream().map(order::indexOf).toList();
            this.keyPartitions = ThreadLocal.withInitial(() -> new RowPartitions(
                    partitions,
                    served.partitionKey().stream().map(served.types()::get).toList(),
                    deciding));
        }

        Optional<Entry> get(Object... key) throws NotReady {
            if (key.length != view.key().size()) {
                throw new IllegalArgumentException(
                        "the key of " + view.name() + " has " + view.key().size() + " columns, not " + key.length);
            }
            byte[] encoded = rows.prefix(key);
            int partition = keyPartitions.get().of(Row.of(key));
            return Optional.ofNullable(entry(encoded, read(partition, store -> store.get(Bytes.wrap(encoded)))));
        }

        Page scan(RowRange wantedRows, byte[] after, int limit, Set<Integer> wanted) throws NotReady {
            KeyRange all = wantedRows.keys(rows);
            KeyRange keys = after == null ? all : all.after(after);
            List<Merged> ranges = new ArrayList<>();
            Map<String, Set<Integer>> elsewhere = new TreeMap<>();
            if (keys.isEmpty()) {
                return new Page(List.of(), false, elsewhere);
            }
            try {
                for (int partition : wanted.isEmpty() ? partitionsOf(wantedRows.prefix()) : wanted) {
                    try {
                        ranges.add(new Merged(read(partition, store -> range(store, keys)), keys));
                    } catch (NotReady e) {
                        elsewhere
                                .computeIfAbsent(e.owner().orElseThrow(() -> e), any -> new TreeSet<>())
                                .add(partition);
                    }
                }
                return merge(ranges, limit, elsewhere);
            } catch (IllegalStateException | InvalidStateStoreException e) {
                throw NotReady.moving(moving());
            } finally {
                ranges.forEach(Merged::close);
            }
        }

        private Page merge(List<Merged> ranges, int limit, Map<String, Set<Integer>> elsewhere) {
            PriorityQueue<Merged> next = new PriorityQueue<>();
            ranges.stream().filter(Merged::advance).forEach(next::add);
            List<Entry> entries = new ArrayList<>();
            while (!next.isEmpty()) {
                Merged least = next.poll();
                Entry entry = entry(least.key, least.value);
                if (entry != null) {
                    if (entries.size() == limit) {
                        return new Page(entries, true, elsewhere);
                    }
                    entries.add(entry);
                }
                if (least.advance()) {
                    next.add(least);
                }
            }
            return new Page(entries, false, elsewhere);
        }

        private Entry entry(byte[] key, byte[] zset) {
            WeightedRow shown = rows.shown(zset);
            return shown == null ? null : new Entry(key, shown.row(), shown.weight());
        }

        private List<Integer> partitionsOf(Object[] prefix) {
            boolean decided = deciding.stream().allMatch(position -> position < prefix.length);
            return decided
                    ? List.of(keyPartitions.get().of(Row.of(prefix)))
                    : IntStream.range(0, partitions).boxed().toList();
        }

        /** Reads from a partition's store; one that was opened before may have gone since. */
        private <T> T read(int partition, Function<ReadOnlyKeyValueStore<Bytes, byte[]>, T> reading) throws NotReady {
            if (partition < 0 || partition >= partitions) {
                throw NotReady.moving("view " + view.name() + " has no partition " + partition);
            }
            ReadOnlyKeyValueStore<Bytes, byte[]> known = opened.get(partition);
            try {
                if (known != null) {
                    return reading.apply(known);
                }
            } catch (InvalidStateStoreException e) {
                opened.set(partition, null);
            }
            try {
                ReadOnlyKeyValueStore<Bytes, byte[]> store = streams.store(StoreQueryParameters.fromNameAndType(
                                this.store, QueryableStoreTypes.<Bytes, byte[]>keyValueStore())
                        .withPartition(partition));
                T result = reading.apply(store);
                opened.set(partition, store);
                return result;
            } catch (IllegalStateException | InvalidStateStoreException e) {
                // The former when the application is being stopped.
                throw notReady(partition, e);
            }
        }

        private KeyValueIterator<Bytes, byte[]> range(ReadOnlyKeyValueStore<Bytes, byte[]> partition, KeyRange keys) {
            return partition.range(
                    keys.from().length == 0 ? null : Bytes.wrap(keys.from()),
                    keys.to() == null ? null : Bytes.wrap(keys.to()));
        }

        private NotReady notReady(int partition, RuntimeException cause) {
            boolean unnamed = false;
            for (StreamsMetadata instance : instances()) {
                boolean has = instance.topicPartitions().stream()
                        .anyMatch(each -> each.partition() == partition && sources.contains(each.topic()));
                String host = address(instance.hostInfo());
                if (has && instance.hostInfo().equals(HostInfo.unavailable())) {
                    unnamed = streams.state() == KafkaStreams.State.RUNNING;
                } else if (has && !host.equals(self)) {
                    String message = "partition " + partition + " of view " + view.name() + " is on " + host;
                    return NotReady.elsewhere(message, partition, host);
                }
            }
            return NotReady.moving(
                    unnamed
                            ? "partition " + partition + " of view " + view.name() + " is on an instance that does not"
                                    + " say its address; set application.server on every instance"
                            : moving() + " (" + cause.getMessage() + ")");
        }

        private List<StreamsMetadata> instances() {
            try {
                return List.copyOf(streams.streamsMetadataForStore(store));
            } catch (IllegalStateException | InvalidStateStoreException e) {
                return List.of();
            }
        }

        private String moving() {
            return "view " + view.name() + " is being moved or restored: the application is "
                    + streams.state().name().toLowerCase(Locale.ROOT);
        }
    }

    /** One partition's entries, compared by the key that comes next. */
    private static final class Merged implements Comparable<Merged> {
        private final KeyValueIterator<Bytes, byte[]> entries;
        private final KeyRange keys;
        private byte[] key;
        private byte[] value;

        Merged(KeyValueIterator<Bytes, byte[]> entries, KeyRange keys) {
            this.entries = entries;
            this.keys = keys;
        }

        boolean advance() {
            if (!entries.hasNext()) {
                return false;
            }
            KeyValue<Bytes, byte[]> next = entries.next();
            key = next.key.get();
            value = next.value;
            // The store's range has its end, too.
            return keys.contains(key);
        }

        void close() {
            entries.close();
        }

        @Override
        public int compareTo(Merged other) {
            return Arrays.compareUnsigned(key, other.key);
        }
    }
}
