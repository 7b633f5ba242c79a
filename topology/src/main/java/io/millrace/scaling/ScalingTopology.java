package io.millrace.scaling;

import io.millrace.runtime.CommitPacer;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.scaling.policy.ScalingPolicy;
import io.millrace.scaling.policy.ServicePolicy;
import io.millrace.schemas.DeadLetterHeaders;
import io.millrace.schemas.TopicNames;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * Decisions from a topic of metrics, as a topology: the samples of a service meet in one partition, by an exchange, since their
 * producers need not key them; there an engine decides, and decisions leave by a topic whose key is the service. Records that
 * cannot be read go to the metrics' dead letters.
 */
public final class ScalingTopology {
    private static final String STATES = "states";
    private static final String FORECASTS = "forecasts";
    private static final String OPEN_SAMPLES = "open-samples";
    /** A sample that claims to be so much newer than its record would let its service's time run away. */
    private static final long MOST_AHEAD_MS = TimeUnit.HOURS.toMillis(1);

    private ScalingTopology() {}

    /** Is told what there is to know of samples that no decision says. */
    public interface Observer {
        /** Nobody is told. */
        Observer NONE = (service, count) -> {};

        /** So many samples of a service came too late to be counted. */
        void late(String service, int count);
    }

    /** A record on its way to its service, or to the dead letters. */
    private record Routed(byte[] key, byte[] value, String service) {}

    /**
     * The topology.
     *
     * @param application whose dead letters they are
     */
    public static Topology of(ScalingPolicy policy, String application, String metricsTopic, String decisionsTopic) {
        return of(
                policy, application, metricsTopic, decisionsTopic, id -> null, Observer.NONE, new CommitPacer(0, 100));
    }

    /**
     * The same.
     *
     * @param schemas of metrics in Avro
     * @param observer is told of samples, from several threads
     * @param pacer is told of each record
     */
    static Topology of(
            ScalingPolicy policy,
            String application,
            String metricsTopic,
            String decisionsTopic,
            SchemaLookup schemas,
            Observer observer,
            CommitPacer pacer) {
        StreamsBuilder builder = new StreamsBuilder();
        for (String store : List.of(STATES, FORECASTS)) {
            builder.addStateStore(Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore(store), Serdes.String(), Serdes.ByteArray()));
        }
        builder.addStateStore(Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(OPEN_SAMPLES), Serdes.Bytes(), Serdes.ByteArray()));
        KStream<byte[], Routed> routed = builder.stream(
                        metricsTopic, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .process(() -> new Router(application, schemas, pacer), Named.as("route"));
        routed.filter((key, value) -> value.service() == null)
                .map((key, value) -> KeyValue.pair(value.key(), value.value()))
                .to(TopicNames.ofDeadLetters(metricsTopic), Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
        Set<String> services =
                policy.services().stream().map(ServicePolicy::name).collect(Collectors.toSet());
        routed.filter((key, value) -> value.service() != null && services.contains(value.service()))
                .map((key, value) -> KeyValue.pair(value.service(), value.value()))
                .repartition(
                        Repartitioned.with(Serdes.String(), Serdes.ByteArray()).withName("samples"))
                .process(
                        () -> new Decider(policy, observer, pacer), Named.as("decide"), STATES, FORECASTS, OPEN_SAMPLES)
                .to(decisionsTopic, Produced.with(Serdes.String(), Serdes.ByteArray()));
        return builder.build();
    }

    /** Finds whose a record is, and whether it can be read. */
    private static final class Router implements Processor<byte[], byte[], byte[], Routed> {
        private final String application;
        private final MetricsAvro avro;
        private final CommitPacer pacer;
        private ProcessorContext<byte[], Routed> context;

        Router(String application, SchemaLookup schemas, CommitPacer pacer) {
            this.application = application;
            this.avro = new MetricsAvro(schemas);
            this.pacer = pacer;
        }

        @Override
        public void init(ProcessorContext<byte[], Routed> given) {
            context = given;
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            pacer.changed(context);
            String reason = "unreadable";
            String message;
            try {
                byte[] json = MetricsAvro.matches(record.value()) ? avro.toJson(record.value()) : record.value();
                List<Sample> samples = MetricsJson.read(json, record.timestamp());
                reason = "in_the_future";
                message = samples.stream().anyMatch(each -> each.timeMs() > record.timestamp() + MOST_AHEAD_MS)
                        ? "its time is more than an hour after the record's own"
                        : null;
                if (message == null) {
                    context.forward(record.withValue(
                            new Routed(record.key(), json, samples.get(0).service())));
                    return;
                }
            } catch (MetricsJson.Unreadable e) {
                message = e.getMessage();
            }
            Headers headers = new RecordHeaders(record.headers());
            RecordMetadata from = context.recordMetadata().orElseThrow();
            DeadLetterHeaders.setPlace(headers, from.topic(), from.partition(), from.offset());
            DeadLetterHeaders.setFailure(headers, reason, message, context.currentSystemTimeMs(), application);
            context.forward(record.withHeaders(headers).withValue(new Routed(record.key(), record.value(), null)));
        }
    }

    /**
     * Decides on the services of a partition. A record costs what it brings: its samples are stored one by one until their step is
     * sealed, and only then the state is.
     */
    static final class Decider implements Processor<String, byte[], String, byte[]> {
        private final Map<String, DecisionEngine> engines = new HashMap<>();
        /** The states as objects, so that they are read once. */
        private final Map<String, ServiceState> known = new HashMap<>();

        private final Observer observer;
        private final CommitPacer pacer;
        private ProcessorContext<String, byte[]> context;
        private KeyValueStore<String, byte[]> states;
        private KeyValueStore<String, byte[]> forecasts;
        private OpenSamples samples;

        Decider(ScalingPolicy policy, Observer observer, CommitPacer pacer) {
            this.observer = observer;
            this.pacer = pacer;
            for (ServicePolicy service : policy.services()) {
                engines.put(service.name(), new DecisionEngine(service));
            }
        }

        @Override
        public void init(ProcessorContext<String, byte[]> given) {
            context = given;
            states = given.getStateStore(STATES);
            forecasts = given.getStateStore(FORECASTS);
            samples = new OpenSamples(given.getStateStore(OPEN_SAMPLES));
            // A task that is revived begins anew from its stores; what was known may never have been committed.
            known.clear();
        }

        @Override
        public void process(Record<String, byte[]> record) {
            pacer.changed(context);
            String service = record.key();
            DecisionEngine engine = engines.get(service);
            ServiceState state = known.computeIfAbsent(service, name -> stored(engine, name));
            long sealedToMs = state.sealedToMs();
            try {
                for (Sample sample : MetricsJson.read(record.value(), record.timestamp())) {
                    for (Decision decision : engine.apply(state, sample, record.timestamp())) {
                        context.forward(new Record<>(service, DecisionJson.write(decision), decision.timeMs()));
                    }
                }
            } catch (MetricsJson.Unreadable e) {
                throw new IllegalStateException("a record that was read before is unreadable: " + e.getMessage(), e);
            }
            if (state.sealedToMs() != sealedToMs || sealedToMs == ServiceState.NEVER) {
                states.put(service, state.encodeSealed());
            }
            if (state.forecast() != null && state.forecast().changed()) {
                forecasts.put(service, state.forecast().encode());
            }
            int late = state.takeLate();
            if (late > 0) {
                observer.late(service, late);
            }
        }

        private ServiceState stored(DecisionEngine engine, String service) {
            byte[] bytes = states.get(service);
            ServiceState state = bytes == null ? engine.start() : engine.decode(bytes, forecasts.get(service));
            samples.restore(service, state);
            state.journal(samples.of(service));
            return state;
        }
    }
}
