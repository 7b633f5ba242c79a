package io.millrace.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.runtime.CommitPacer;
import io.millrace.scaling.policy.PolicyFile;
import io.millrace.scaling.policy.ScalingPolicy;
import io.millrace.schemas.DeadLetterHeaders;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes into the topology as records, and what comes out. */
final class ScalingTopologyTest {
    private static final Instant START = Instant.parse("2026-11-27T18:00:00Z");
    private static final List<String> STORES = List.of("states", "forecasts", "open-samples");

    @TempDir
    private Path directory;

    private TopologyTestDriver driver;
    private TestInputTopic<String, String> metrics;
    private TestOutputTopic<String, String> decisions;
    private TestOutputTopic<String, String> deadLetters;

    private final List<String> late = new ArrayList<>();

    private static ScalingPolicy policy() {
        return PolicyFile.read("""
                services:
                  web:
                    minInstances: 1
                    maxInstances: 10
                    gracePeriod: 5
                    policies: [{ policy: TargetTracking, targetMetric: CPUUtilization, targetValue: 60 }]
                """, "scaling.yaml").orThrow();
    }

    @BeforeEach
    void start() {
        ScalingPolicy policy = policy();
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, directory.toString());
        driver = new TopologyTestDriver(
                ScalingTopology.of(
                        policy,
                        "test",
                        "metrics",
                        "decisions",
                        id -> null,
                        (service, count) -> late.add(service + " " + count),
                        new CommitPacer(0, 100)),
                properties,
                START);
        metrics = driver.createInputTopic("metrics", new StringSerializer(), new StringSerializer());
        decisions = driver.createOutputTopic("decisions", new StringDeserializer(), new StringDeserializer());
        deadLetters = driver.createOutputTopic("metrics.dlq", new StringDeserializer(), new StringDeserializer());
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void aDecisionSaysWhatFromWhichNumbersAndByWhichRule() {
        metrics.pipeInput(
                "any",
                "{\"service\": \"web\", \"name\": \"CPUUtilization\", \"value\": 90, \"instance\": \"a\"}",
                START);
        metrics.pipeInput(
                null,
                "{\"service\": \"web\", \"instance\": \"b\", \"values\": {\"CPUUtilization\": 80, \"Other\": 1}, \"time\": \"2026-11-27T18:00:10Z\"}",
                START);
        metrics.pipeInput(
                "{\"service\": \"web\", \"control\": \"tick\", \"time\": \"2026-11-27T18:01:05Z\"}",
                START.plusSeconds(65));
        TestRecord<String, String> decision = decisions.readRecord();
        assertThat(decision.key()).isEqualTo("web");
        assertThat(decision.timestamp()).isEqualTo(START.plusSeconds(60).toEpochMilli());
        assertThat(decision.value())
                .isEqualTo("{\"id\":\"web-20261127T180100Z\",\"service\":\"web\","
                        + "\"time\":\"2026-11-27T18:01:00Z\",\"action\":\"scale-out\",\"from\":2,\"to\":3,"
                        + "\"rule\":\"TargetTracking CPUUtilization\",\"readings\":[{\"rule\":\"TargetTracking CPUUtilization\","
                        + "\"metric\":\"CPUUtilization\",\"statistic\":\"avg\",\"value\":85.0,\"threshold\":60.0,\"demand\":3}],"
                        + "\"overrode\":[],\"replaces\":\"\"}");
        assertThat(decisions.isEmpty()).isTrue();
        assertThat(DecisionJson.write(DecisionJson.read(decision.value().getBytes(StandardCharsets.UTF_8))))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo(decision.value());
    }

    /** An instance that takes over has the stores, and nothing else. */
    @Test
    void whatIsStoredIsEnoughToGoOn() {
        metrics.pipeInput(
                null,
                "{\"service\": \"web\", \"instance\": \"a\", \"name\": \"CPUUtilization\", \"value\": 90}",
                START);
        metrics.pipeInput(
                null,
                "{\"service\": \"web\", \"instance\": \"b\", \"name\": \"CPUUtilization\", \"value\": 90}",
                START);
        Map<String, List<KeyValue<Object, Object>>> stored = new HashMap<>();
        for (String store : STORES) {
            try (KeyValueIterator<Object, Object> all =
                    driver.getKeyValueStore(store).all()) {
                all.forEachRemaining(each ->
                        stored.computeIfAbsent(store, name -> new ArrayList<>()).add(each));
            }
        }
        assertThat(stored.get("open-samples")).hasSize(2);
        driver.close();
        start();
        stored.forEach((store, all) -> driver.getKeyValueStore(store).putAll(all));
        metrics.pipeInput(
                "{\"service\": \"web\", \"control\": \"tick\", \"time\": \"2026-11-27T18:01:05Z\"}",
                START.plusSeconds(65));
        assertThat(decisions.readRecord().value()).contains("\"from\":2,\"to\":3");
        assertThat(driver.getKeyValueStore("open-samples").approximateNumEntries())
                .isZero();
        metrics.pipeInput("{\"service\": \"web\", \"name\": \"CPUUtilization\", \"value\": 90}", START.plusSeconds(1));
        assertThat(late).containsExactly("web 1");
    }

    /** A task whose stores were found broken is begun anew with the same processor. */
    @Test
    void whatWasNeverCommittedIsForgottenWhenATaskIsRevived() {
        ScalingTopology.Decider decider =
                new ScalingTopology.Decider(policy(), ScalingTopology.Observer.NONE, new CommitPacer(0, 100));
        byte[] sample =
                "{\"service\": \"web\", \"name\": \"CPUUtilization\", \"value\": 90}".getBytes(StandardCharsets.UTF_8);
        MockProcessorContext<String, byte[]> first = task();
        decider.init(first);
        decider.process(new Record<>("web", sample, START.toEpochMilli()));
        assertThat(first.committed())
                .as("decisions wait for no pause between commits")
                .isTrue();
        MockProcessorContext<String, byte[]> revived = task();
        decider.init(revived);
        decider.process(new Record<>(
                "web",
                MetricsJson.control("web", "tick", 0, START.plusSeconds(65).toEpochMilli()),
                START.plusSeconds(65).toEpochMilli()));
        assertThat(revived.forwarded()).as("nothing was measured").isEmpty();
    }

    private static MockProcessorContext<String, byte[]> task() {
        MockProcessorContext<String, byte[]> context = new MockProcessorContext<>();
        List.of("states", "forecasts")
                .forEach(name -> add(
                        context,
                        Stores.keyValueStoreBuilder(
                                Stores.inMemoryKeyValueStore(name), Serdes.String(), Serdes.ByteArray())));
        add(
                context,
                Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore("open-samples"), Serdes.Bytes(), Serdes.ByteArray()));
        return context;
    }

    private static void add(MockProcessorContext<String, byte[]> context, StoreBuilder<?> builder) {
        StateStore store = builder.withLoggingDisabled().build();
        store.init(context.getStateStoreContext(), store);
        context.addStateStore(store);
    }

    @Test
    void whatCannotBeReadIsSetAsideAsItCame() {
        List<String> bad = List.of(
                "nonsense",
                "{\"name\": \"CPUUtilization\", \"value\": 1}",
                "{\"service\": \"web\", \"name\": \"CPUUtilization\", \"value\": \"much\"}",
                "{\"service\": \"web\", \"name\": \"CPUUtilization\", \"value\": 1, \"time\": \"2027-01-01T00:00:00Z\"}",
                "{\"service\": \"web\", \"control\": \"explode\"}");
        bad.forEach(record -> metrics.pipeInput("key", record, START));
        List<TestRecord<String, String>> letters = deadLetters.readRecordsToList();
        assertThat(letters).extracting(TestRecord::value).containsExactlyElementsOf(bad);
        assertThat(letters).extracting(TestRecord::key).containsOnly("key");
        assertThat(letters)
                .extracting(letter -> new String(
                        letter.headers().lastHeader(DeadLetterHeaders.MESSAGE).value(), StandardCharsets.UTF_8))
                .satisfiesExactly(
                        message -> assertThat(message).startsWith("is no JSON"),
                        message -> assertThat(message).isEqualTo("service is missing"),
                        message -> assertThat(message).isEqualTo("value is no number"),
                        message ->
                                assertThat(message).isEqualTo("its time is more than an hour after the record's own"),
                        message -> assertThat(message).isEqualTo("control is none of pause, resume, set and tick"));
        assertThat(decisions.isEmpty()).isTrue();
    }

    @Test
    void aServiceWithoutAPolicyIsNobodysConcern() {
        metrics.pipeInput("{\"service\": \"other\", \"name\": \"CPUUtilization\", \"value\": 90}", START);
        assertThat(deadLetters.isEmpty()).isTrue();
    }

    /** Nothing is known of a service of which only the clock has been heard. */
    @Test
    void timeAloneDecidesNothing() {
        for (int minute = 1; minute < 10; minute++) {
            String time = START.plusSeconds(60L * minute).toString();
            metrics.pipeInput(
                    "{\"service\": \"web\", \"control\": \"tick\", \"time\": \"" + time + "\"}",
                    START.plusSeconds(60L * minute));
        }
        assertThat(decisions.isEmpty()).isTrue();
    }
}
