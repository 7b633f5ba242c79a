package io.millrace.runtime;

import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.operator.KeyRange;
import io.millrace.operator.ViewRows;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Stage;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import io.millrace.row.ZSetCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;
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
 * Reads the views' stores: by key, by the first columns of the key, or all, in the order of the key. Only what this
 * instance holds; of the rest it says who has it. Thread-safe.
 */
public final class ViewQueries {
    private final KafkaStreams streams;
    private final Plan plan;
    private final String self;
    private final int partitions;
    private final ViewProgress progress;
    private final Positions positions;
    private final Map<String, Reader> readers = new LinkedHashMap<>();

    ViewQueries(KafkaStreams streams, Plan plan, RuntimeSettings settings, ViewProgress progress, Positions positions) {
        this.streams = streams;
        this.plan = plan;
        this.self = settings.applicationServer().orElse(null);
        this.partitions = settings.partitions();
        this.progress = progress;
        this.positions = positions;
        PipelineTopics topics = PipelineTopics.of(settings);
        for (Stage stage : Stage.of(plan)) {
            Set<String> sources = Topics.sources(plan, topics, stage);
            stage.views().forEach(view -> readers.put(view.name(), new Reader(plan, view, sources)));
        }
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
     * @param others {@code host:port} of the other instances that hold partitions of what was asked for
     */
    public record Page(List<Entry> entries, boolean more, List<String> others) {}

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
     * The rows whose keys begin with some values.
     *
     * @param prefix the values of the key's first columns; none: all rows
     * @param after the key of the row to go on after, or null to begin at the first
     * @param limit how many rows at most
     */
    public Page scan(String view, Object[] prefix, byte[] after, int limit) throws NotReady {
        return reader(view).scan(prefix, after, limit);
    }

    /** How many rows the view has on this instance, copies counted; exact. */
    public long rows(String view) {
        return progress.rows(reader(view).view.name());
    }

    /** How many records are left to read, in all instances, before the view reflects them; -1 while not known. */
    public long lag(String view) {
        return positions.lag(reader(view).view.name());
    }

    /** The latest commit in the source that the view reflects here, microseconds since the epoch; 0 if none. */
    public long committedAtMicros(String view) {
        return progress.committedAtMicros(reader(view).view.name());
    }

    private Reader reader(String view) {
        Reader reader = readers.get(view);
        if (reader == null) {
            throw UserError.of(
                    Category.NOT_FOUND,
                    "there is no view " + view,
                    "there are: " + String.join(", ", readers.keySet()));
        }
        return reader;
    }

    /** One view's stores. */
    private final class Reader {
        private final PlanNode.View view;
        private final Set<String> sources;
        private final String store;
        private final KeyCodec keys;
        private final ZSetCodec zsets;
        /** By key column its position in the key, for the columns that decide on the partition. */
        private final List<Integer> deciding;

        private final ThreadLocal<RowPartitions> keyPartitions;

        Reader(Plan plan, PlanNode.View view, Set<String> sources) {
            this.view = view;
            this.sources = sources;
            this.store = plan.name(view);
            this.keys = KeyCodec.of(view.key().stream().map(view.types()::get).toList());
            this.zsets = ZSetCodec.of(view.types());
            this.deciding =
                    view.partitionKey().stream().map(view.key()::indexOf).toList();
            this.keyPartitions = ThreadLocal.withInitial(() -> new RowPartitions(
                    partitions,
                    view.partitionKey().stream().map(view.types()::get).toList(),
                    deciding));
        }

        Optional<Entry> get(Object... key) throws NotReady {
            if (key.length != view.key().size()) {
                throw new IllegalArgumentException(
                        "the key of " + view.name() + " has " + view.key().size() + " columns, not " + key.length);
            }
            byte[] encoded = keys.encode(key);
            int partition = keyPartitions.get().of(Row.of(key));
            try {
                return Optional.ofNullable(entry(encoded, open(partition).get(Bytes.wrap(encoded))));
            } catch (InvalidStateStoreException e) {
                throw notReady(partition, e);
            }
        }

        Page scan(Object[] prefixValues, byte[] after, int limit) throws NotReady {
            byte[] prefix = keys.encodePrefix(prefixValues);
            List<Merged> opened = new ArrayList<>();
            TreeSet<String> others = new TreeSet<>();
            try {
                for (int partition : partitionsOf(prefixValues)) {
                    try {
                        opened.add(new Merged(range(open(partition), prefix, after), prefix));
                    } catch (InvalidStateStoreException e) {
                        NotReady notReady = notReady(partition, e);
                        others.add(notReady.owner().orElseThrow(() -> notReady));
                    }
                }
                return merge(opened, limit, List.copyOf(others));
            } catch (InvalidStateStoreException e) {
                throw new NotReady(moving(), null);
            } finally {
                opened.forEach(Merged::close);
            }
        }

        private Page merge(List<Merged> opened, int limit, List<String> others) {
            PriorityQueue<Merged> next = new PriorityQueue<>();
            opened.stream().filter(Merged::advance).forEach(next::add);
            List<Entry> entries = new ArrayList<>();
            while (!next.isEmpty()) {
                Merged least = next.poll();
                Entry entry = entry(least.key, least.value);
                if (entry != null) {
                    if (entries.size() == limit) {
                        return new Page(entries, true, others);
                    }
                    entries.add(entry);
                }
                if (least.advance()) {
                    next.add(least);
                }
            }
            return new Page(entries, false, others);
        }

        private Entry entry(byte[] key, byte[] zset) {
            WeightedRow shown = ViewRows.shown(zsets.decode(zset));
            return shown == null ? null : new Entry(key, shown.row(), view.multiset() ? shown.weight() : 1);
        }

        private List<Integer> partitionsOf(Object[] prefix) {
            boolean decided = deciding.stream().allMatch(position -> position < prefix.length);
            return decided
                    ? List.of(keyPartitions.get().of(Row.of(prefix)))
                    : IntStream.range(0, partitions).boxed().toList();
        }

        private ReadOnlyKeyValueStore<Bytes, byte[]> open(int partition) {
            return streams.store(
                    StoreQueryParameters.fromNameAndType(store, QueryableStoreTypes.<Bytes, byte[]>keyValueStore())
                            .withPartition(partition));
        }

        private KeyValueIterator<Bytes, byte[]> range(
                ReadOnlyKeyValueStore<Bytes, byte[]> partition, byte[] prefix, byte[] after) {
            // The least key above a key is that key and a zero byte.
            byte[] from = after == null || Arrays.compareUnsigned(after, prefix) < 0
                    ? prefix
                    : Arrays.copyOf(after, after.length + 1);
            byte[] to = KeyRange.afterPrefix(prefix);
            return partition.range(from.length == 0 ? null : Bytes.wrap(from), to == null ? null : Bytes.wrap(to));
        }

        private NotReady notReady(int partition, RuntimeException cause) {
            for (StreamsMetadata instance : instances()) {
                String host =
                        instance.hostInfo().host() + ":" + instance.hostInfo().port();
                boolean has = instance.topicPartitions().stream()
                        .anyMatch(each -> each.partition() == partition && sources.contains(each.topic()));
                if (has && !instance.hostInfo().equals(HostInfo.unavailable()) && !host.equals(self)) {
                    return new NotReady("partition " + partition + " of " + view.name() + " is on " + host, host);
                }
            }
            return new NotReady(moving() + " (" + cause.getMessage() + ")", null);
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
        private final byte[] prefix;
        private byte[] key;
        private byte[] value;

        Merged(KeyValueIterator<Bytes, byte[]> entries, byte[] prefix) {
            this.entries = entries;
            this.prefix = prefix;
        }

        boolean advance() {
            if (!entries.hasNext()) {
                return false;
            }
            KeyValue<Bytes, byte[]> next = entries.next();
            key = next.key.get();
            value = next.value;
            return KeyRange.startsWith(key, prefix);
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
