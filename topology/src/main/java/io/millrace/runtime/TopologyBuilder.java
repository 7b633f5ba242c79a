package io.millrace.runtime;

import io.millrace.catalog.Table;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.plan.Partitioning;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Makes the Kafka Streams topology of a plan: for each stage one processor, a source for each topic it reads, a sink for
 * each it writes, and its stores. Streams' DSL is not used: a stage may read the very exchange that it writes, which the
 * DSL cannot say.
 */
final class TopologyBuilder {
    /** Events without a time of their own count as old as time itself; nothing here goes by a record's time. */
    private static final TimestampExtractor TIMESTAMPS = (record, partitionTimeMs) -> Math.max(0, record.timestamp());

    private final StageResources resources;
    private final boolean storesInMemory;
    private final Topology topology = new Topology();

    private TopologyBuilder(StageResources resources, boolean storesInMemory) {
        this.resources = resources;
        this.storesInMemory = storesInMemory;
    }

    /** The topology of the resources' plan. */
    static Topology build(StageResources resources, boolean storesInMemory) {
        TopologyBuilder builder = new TopologyBuilder(resources, storesInMemory);
        List<Stage> stages = Stage.of(resources.plan());
        checkOneTableATopic(stages);
        stages.forEach(builder::add);
        return builder.topology;
    }

    private void add(Stage stage) {
        Plan plan = resources.plan();
        List<String> sources = new ArrayList<>();
        for (PlanNode.Scan scan : stage.scans()) {
            sources.add(addSource(scan.table().source().topic()));
        }
        for (PlanNode.Exchange exchange : stage.sources()) {
            sources.add(addSource(resources.topics().exchange(plan, exchange)));
        }
        if (stage.readsNothing()) {
            sources.add(addSource(resources.topics().nothing(plan, stage)));
        }
        String processor = processor(stage);
        topology.addProcessor(processor, () -> new StageProcessor(resources, stage), sources.toArray(String[]::new));
        for (PlanNode node : stage.nodes()) {
            resources.stores(node).forEach(store -> topology.addStateStore(store(node, store), processor));
        }
        for (PlanNode.Exchange exchange : stage.sinks()) {
            addSink(exchangeSink(plan, exchange), resources.topics().exchange(plan, exchange), processor);
        }
        for (PlanNode.View view : stage.views()) {
            addSink(viewSink(view), resources.topics().view(view.name()), processor);
        }
        topology.addSink(
                deadLetterSink(stage),
                (Routed routed, byte[] value, org.apache.kafka.streams.processor.RecordContext context) ->
                        routed.topic(),
                Routed.SERIALIZER,
                new ByteArraySerializer(),
                Routed.partitioner(),
                processor);
    }

    private String addSource(String topic) {
        String name = "read-" + topic;
        topology.addSource(
                AutoOffsetReset.earliest(),
                name,
                TIMESTAMPS,
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer(),
                topic);
        return name;
    }

    private void addSink(String name, String topic, String processor) {
        topology.addSink(name, topic, Routed.SERIALIZER, new ByteArraySerializer(), Routed.partitioner(), processor);
    }

    /** What is pending in joins is little and is on the heap anyhow. */
    private StoreBuilder<KeyValueStore<Bytes, byte[]>> store(PlanNode node, String name) {
        boolean inMemory = storesInMemory || node instanceof PlanNode.Join;
        return Stores.keyValueStoreBuilder(
                        inMemory
                                ? Stores.inMemoryKeyValueStore(name)
                                : resources.stores().supplier(name),
                        Serdes.Bytes(),
                        Serdes.ByteArray())
                .withLoggingEnabled(Map.of(
                        TopicConfig.DELETE_RETENTION_MS_CONFIG, Long.toString(LocalState.TOMBSTONES_KEPT.toMillis())))
                .withCachingDisabled();
    }

    static String processor(Stage stage) {
        return "stage-" + stage.number();
    }

    static String exchangeSink(Plan plan, PlanNode.Exchange exchange) {
        return "write-" + plan.name(exchange);
    }

    static String viewSink(PlanNode.View view) {
        return "write-view-" + view.name();
    }

    static String deadLetterSink(Stage stage) {
        return "write-dead-letters-" + stage.number();
    }

    /** The partitions of a table's rows by the primary key, where the plan relies on them; else null. */
    static RowPartitions keyPartitions(Table table, int partitions) {
        if (!Partitioning.byPrimaryKey(table)) {
            return null;
        }
        List<Integer> key = table.primaryKey();
        return new RowPartitions(
                partitions,
                key.stream().map(column -> table.columns().get(column).type()).toList(),
                IntStream.range(0, key.size()).boxed().toList());
    }

    private static void checkOneTableATopic(List<Stage> stages) {
        Map<String, Table> tables = new HashMap<>();
        stages.stream()
                .flatMap(stage -> stage.scans().stream())
                .map(PlanNode.Scan::table)
                .forEach(table -> {
                    Table other = tables.putIfAbsent(table.source().topic(), table);
                    if (other != null) {
                        throw new UserError(
                                Category.UNSUPPORTED,
                                table.place(),
                                "tables " + other.name() + " and " + table.name() + " have the same topic "
                                        + table.source().topic(),
                                "declare the topic once, with all columns, and use that table in every view");
                    }
                });
    }
}
