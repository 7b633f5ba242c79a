package io.millrace.invalidation;

import io.millrace.cdn.CdnSink;
import io.millrace.runtime.CommitPacer;
import io.millrace.runtime.source.SchemaLookup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.UsePartitionTimeOnInvalidTimestamp;
import org.apache.kafka.streams.state.Stores;

/**
 * What Kafka Streams runs for sinks of type cdn: views' changes become targets ({@link ChangedRows}), and meet by target, where it is
 * decided when caches are told ({@link PendingTargets}). Without views what is pending is told, and nothing more comes.
 */
final class CdnTopology {
    static final String TO_EXCHANGE = "write-targets";
    static final String PENDING = "pending-targets";
    private static final String ROWS = "changed-rows";
    private static final String TARGETS = "pending";

    /** What is pending comes and goes all the time; so little of that is left to be read when it is restored. */
    private static final String CHANGELOG_SEGMENT_BYTES = Integer.toString(8 << 20);

    private final Topology topology = new Topology();
    private final CdnTopics topics;

    private CdnTopology(CdnTopics topics) {
        this.topics = topics;
    }

    /**
     * The topology.
     *
     * @param avro makes what writes invalidations, for one task each
     */
    static Topology build(
            List<FollowedView> views,
            CdnTopics topics,
            SchemaLookup schemas,
            CdnMeters meters,
            CommitPacer pacer,
            Supplier<Serializer<GenericRecord>> avro) {
        CdnTopology building = new CdnTopology(topics);
        if (!views.isEmpty()) {
            building.addRows(views, schemas, meters, pacer);
        }
        building.addTargets(views, meters, pacer, avro);
        return building.topology;
    }

    static String toDeadLetters(String sink) {
        return "write-dead-letters-" + sink;
    }

    private void addRows(List<FollowedView> views, SchemaLookup schemas, CdnMeters meters, CommitPacer pacer) {
        List<String> sources = new ArrayList<>();
        for (FollowedView view : views) {
            sources.add(addSource(topics.view(view.name())));
            view.sinks().forEach(sink -> sources.add(addSource(topics.replays(sink.name()))));
        }
        topology.addProcessor(
                ROWS, () -> new ChangedRows(views, topics, schemas, meters, pacer), sources.toArray(String[]::new));
        addSink(TO_EXCHANGE, topics.exchange(), ROWS);
        for (FollowedView view : views) {
            view.sinks().forEach(sink -> addSink(toDeadLetters(sink.name()), topics.deadLetters(sink.name()), ROWS));
        }
    }

    private void addTargets(
            List<FollowedView> views, CdnMeters meters, CommitPacer pacer, Supplier<Serializer<GenericRecord>> avro) {
        Map<String, CdnSink> sinks = new HashMap<>();
        views.forEach(view -> view.sinks().forEach(sink -> sinks.put(sink.name(), sink)));
        topology.addProcessor(
                TARGETS,
                () -> new PendingTargets(sinks, topics, meters, pacer, avro.get()),
                addSource(topics.exchange()));
        topology.addStateStore(
                Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(PENDING), Serdes.Bytes(), Serdes.ByteArray())
                        .withLoggingEnabled(Map.of(TopicConfig.SEGMENT_BYTES_CONFIG, CHANGELOG_SEGMENT_BYTES))
                        .withCachingDisabled(),
                TARGETS);
        addSink("write-invalidations", topics.invalidations(), TARGETS);
    }

    private String addSource(String topic) {
        String name = "read-" + topic;
        topology.addSource(
                AutoOffsetReset.earliest(),
                name,
                new UsePartitionTimeOnInvalidTimestamp(),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer(),
                topic);
        return name;
    }

    /** By the partitioner of Kafka's producers: of all that have one key the order is kept, whoever writes it. */
    private void addSink(String name, String topic, String from) {
        topology.addSink(name, topic, new ByteArraySerializer(), new ByteArraySerializer(), from);
    }
}
