package io.millrace.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.catalog.PipelineConfig;
import io.millrace.sql.Sink;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sinks and a Kafka Connect that is none: what instances do to its connectors, whatever they find. */
final class SinkDeployerTest {
    private static final Sink USERS = sink("users_copy", "users", Map.of("url", "jdbc:postgresql://r/a"));
    private static final Sink NAMES =
            new Sink("names_copy", "postgres", "names", Optional.empty(), Map.of("url", "jdbc:postgresql://r/a"));
    private static final long OLDEST_MICROS = 1_000_000;

    private final FakeConnect connect = new FakeConnect();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<SinkDeployer> instances = new ArrayList<>();

    /** Connectors in memory; what is put runs at once. */
    private static final class FakeConnect implements SinkConnectors {
        private final Map<String, Map<String, String>> connectors = new ConcurrentSkipListMap<>();
        private final List<String> done = new CopyOnWriteArrayList<>();
        private volatile boolean away;
        private volatile String refusal;
        private volatile String unable = "";
        private volatile String failure = "";

        @Override
        public Map<String, DeployedConnector> all() throws IOException {
            if (away) {
                throw new IOException("connection refused");
            }
            Map<String, DeployedConnector> all = new ConcurrentSkipListMap<>();
            connectors.forEach((name, properties) -> all.put(
                    name,
                    new DeployedConnector(
                            properties,
                            "RUNNING",
                            "",
                            List.of(new DeployedConnector.Task(
                                    0, failure.isEmpty() ? "RUNNING" : "FAILED", failure)))));
            return all;
        }

        @Override
        public void put(String name, Map<String, String> properties) throws IOException, ConnectRefusal {
            if (name.equals(unable)) {
                throw new IOException("it answered 500: Could not read properties from file /etc/none");
            }
            if (refusal != null) {
                throw new ConnectRefusal(400, refusal);
            }
            connectors.put(name, properties);
            done.add("put " + name);
        }

        @Override
        public void delete(String name) {
            connectors.remove(name);
            done.add("delete " + name);
        }
    }

    private final AtomicLong deleted = new AtomicLong();
    private final Set<String> created = new ConcurrentSkipListSet<>();

    private static Sink sink(String name, String table, Map<String, String> options) {
        return new Sink(name, "postgres", table, Optional.of("app." + table), options);
    }

    private SinkDeployer instance(String... properties) {
        PipelineConfig config = PipelineConfig.read(
                        "application.id = app\n" + String.join("\n", properties),
                        "millrace.properties",
                        "app",
                        Map.of())
                .config();
        SinkDeployer instance = new SinkDeployer(
                config,
                connect,
                (topic, like) -> created.add(topic),
                new LagSource() {
                    @Override
                    public Optional<SinkLag> lag(Sink sink) {
                        return Optional.of(new SinkLag(3, false, Optional.of(OLDEST_MICROS), Map.of(), 3_500));
                    }

                    @Override
                    public long deletedUnconfirmed(Sink sink) {
                        return sink.name().equals("cdn.edge") ? deleted.getAndSet(0) : 0;
                    }

                    @Override
                    public void close() {}
                },
                meters,
                20);
        instances.add(instance);
        return instance;
    }

    @AfterEach
    void close() {
        instances.forEach(SinkDeployer::close);
    }

    private static void await(String what, Runnable assertion) {
        Awaitility.await(what)
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(assertion::run);
    }

    private void awaitConnectors(String... names) {
        await("connectors", () -> assertThat(connect.connectors.keySet()).containsExactly(names));
    }

    @Test
    void connectorsFollowWhatIsDeployed() throws Exception {
        SinkDeployer instance = instance();
        instance.deploy(1, List.of(USERS, NAMES));
        awaitConnectors("app.names_copy", "app.users_copy");
        await(
                "both run",
                () -> assertThat(instance.states()).extracting(SinkState::state).containsExactly("RUNNING", "RUNNING"));
        assertThat(connect.connectors.get("app.names_copy"))
                .containsEntry("topics", "app.names,app.names_copy.dlq.replay")
                .containsEntry("replay.topic", "app.names_copy.dlq.replay")
                .containsEntry("table.name", "names")
                .containsEntry("connection.url", "jdbc:postgresql://r/a")
                .containsEntry("errors.deadletterqueue.topic.name", "app.names_copy.dlq")
                .containsEntry("consumer.override.max.poll.records", "5000")
                .containsEntry("millrace.deployment", "1");
        assertThat(created).containsExactly("app.names_copy.dlq.replay", "app.users_copy.dlq.replay");
        await("the lag", () -> assertThat(meters.get("millrace.sink.lag.seconds")
                        .tag("sink", "users_copy")
                        .gauge()
                        .value())
                .isEqualTo(2.5));
        Sink other = sink("users_copy", "users", Map.of("url", "jdbc:postgresql://r/a", "table", "people"));
        instance.deploy(2, List.of(other));
        awaitConnectors("app.users_copy");
        await("the change", () -> assertThat(connect.connectors.get("app.users_copy"))
                .containsEntry("table.name", "people"));
        Thread.sleep(200);
        assertThat(connect.done)
                .containsExactly(
                        "put app.users_copy", "put app.names_copy", "put app.users_copy", "delete app.names_copy");
        await(
                "the gauges",
                () -> assertThat(meters.find("millrace.sink.running").gauges()).hasSize(1));
        instance.deploy(3, List.of());
        awaitConnectors();
    }

    @Test
    void anotherDeploymentOfTheSameSinksRestartsNothing() throws Exception {
        SinkDeployer instance = instance();
        instance.deploy(1, List.of(USERS));
        awaitConnectors("app.users_copy");
        instance.deploy(2, List.of(USERS));
        Thread.sleep(200);
        assertThat(connect.done).containsExactly("put app.users_copy");
    }

    @Test
    void othersConnectorsAreLeftAlone() throws Exception {
        connect.connectors.put("debezium", Map.of("connector.class", "x"));
        connect.connectors.put("app.users_copy", Map.of("connector.class", "x", "millrace.pipeline", "other"));
        SinkDeployer instance = instance();
        instance.deploy(1, List.of(USERS, NAMES));
        awaitConnectors("app.names_copy", "app.users_copy", "debezium");
        await("the refusal", () -> assertThat(instance.states().get(0).state()).isEqualTo("REFUSED"));
        assertThat(instance.states().get(0).message().orElseThrow())
                .contains("a connector app.users_copy is there already that is not of this pipeline");
        instance.deploy(2, List.of());
        awaitConnectors("app.users_copy", "debezium");
    }

    @Test
    void anInstanceThatIsBehindDoesNotTurnBackWhatIsNewer() throws Exception {
        SinkDeployer newer = instance();
        newer.deploy(2, List.of(USERS, NAMES));
        awaitConnectors("app.names_copy", "app.users_copy");
        SinkDeployer older = instance();
        older.deploy(1, List.of(sink("users_copy", "users", Map.of("url", "jdbc:postgresql://old/a"))));
        await("it has looked", () -> assertThat(older.states().get(0).state()).isEqualTo("RUNNING"));
        Thread.sleep(200);
        assertThat(connect.done).containsExactly("put app.users_copy", "put app.names_copy");
        older.deploy(2, List.of(USERS, NAMES));
        older.deploy(3, List.of(NAMES));
        awaitConnectors("app.names_copy");
        newer.deploy(3, List.of(NAMES));
        Thread.sleep(200);
        awaitConnectors("app.names_copy");
    }

    @Test
    void instancesWithOtherPropertiesDoNotFightForAConnector() throws Exception {
        SinkDeployer one = instance();
        one.deploy(1, List.of(USERS));
        awaitConnectors("app.users_copy");
        await("it was seen", () -> assertThat(one.states().get(0).state()).isEqualTo("RUNNING"));
        instance("sinks.batch.max.rows = 7").deploy(1, List.of(USERS));
        await("the later start counts", () -> assertThat(connect.connectors.get("app.users_copy"))
                .containsEntry("batch.max.rows", "7"));
        Thread.sleep(200);
        assertThat(connect.done).containsExactly("put app.users_copy", "put app.users_copy");
    }

    @Test
    void instancesWithOtherPropertiesThatStartTogetherDoNotFight() throws Exception {
        SinkDeployer one = instance("sinks.batch.max.rows = 5");
        SinkDeployer other = instance("sinks.batch.max.rows = 7");
        one.deploy(1, List.of(USERS));
        other.deploy(1, List.of(USERS));
        awaitConnectors("app.users_copy");
        Thread.sleep(500);
        assertThat(connect.done).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void aSinkThatConnectCannotMakeHoldsUpNoOther() {
        connect.unable = "app.users_copy";
        connect.connectors.put("app.gone", Map.of("millrace.pipeline", "app", "millrace.deployment", "0"));
        SinkDeployer instance = instance();
        instance.deploy(1, List.of(USERS, NAMES));
        awaitConnectors("app.names_copy");
        await("the reason", () -> assertThat(instance.states().get(0).message().orElse(""))
                .contains("it answered 500: Could not read properties"));
        await("the other runs", () -> assertThat(instance.states().get(1).state())
                .isEqualTo("RUNNING"));
        connect.unable = "";
        awaitConnectors("app.names_copy", "app.users_copy");
    }

    @Test
    void whatANewerDeploymentHasRemovedIsNotMadeAgain() throws Exception {
        SinkDeployer instance = instance();
        instance.deploy(1, List.of(USERS));
        awaitConnectors("app.users_copy");
        instance.announce(2);
        connect.connectors.clear();
        Thread.sleep(200);
        assertThat(connect.connectors).isEmpty();
        instance.deploy(2, List.of(NAMES));
        awaitConnectors("app.names_copy");
    }

    @Test
    void aConnectorThatIsGoneComesBack() {
        instance().deploy(1, List.of(USERS));
        awaitConnectors("app.users_copy");
        connect.connectors.clear();
        awaitConnectors("app.users_copy");
    }

    @Test
    void aConnectThatIsAwayIsWaitedForAndCounted() {
        connect.away = true;
        SinkDeployer instance = instance();
        instance.deploy(1, List.of(USERS));
        await("the failure", () -> assertThat(instance.states().get(0).message().orElse(""))
                .contains("connection refused"));
        assertThat(instance.states().get(0).state()).isEqualTo("WAITING");
        assertThat(meters.get("millrace.sinks.failures").counter().count()).isPositive();
        connect.away = false;
        awaitConnectors("app.users_copy");
    }

    @Test
    void aRefusalIsToldInConnectsOwnWordsAndTriedAgain() {
        connect.refusal = "Connector configuration is invalid: Failed to find any class";
        SinkDeployer instance = instance();
        instance.deploy(1, List.of(USERS));
        await("the refusal", () -> assertThat(instance.states().get(0).message().orElse(""))
                .contains("Kafka Connect refuses it: Connector configuration is invalid: Failed to find any class"));
        assertThat(instance.states().get(0).state()).isEqualTo("REFUSED");
        connect.refusal = null;
        awaitConnectors("app.users_copy");
    }

    @Test
    void ofTwoConnectorsTheOneIsToldThatSomebodyShouldLookAt() {
        assertThat(state("PAUSED").beside(state("FAILED")).message()).contains("FAILED");
        assertThat(state("RUNNING").beside(state("PAUSED")).message()).contains("PAUSED");
        assertThat(state("FAILED").beside(state("RUNNING")).message()).contains("FAILED");
        assertThat(state("PAUSED").beside(state("RUNNING")).message()).contains("PAUSED");
        assertThat(state("REFUSED").beside(state("FAILED")).message()).contains("REFUSED");
    }

    private static SinkState state(String state) {
        return new SinkState("s", "http", "users", "app.s", state, 1, Optional.of(state), Optional.empty(), false);
    }

    @Test
    void aFailedTaskSaysWhy() {
        connect.failure = """
                org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception.
                \tat org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:629)
                Caused by: org.apache.kafka.connect.errors.ConnectException: the target database refuses: no rights
                \t... 10 more
                Caused by: org.postgresql.util.PSQLException: ERROR: no rights
                """;
        SinkDeployer instance = instance();
        instance.deploy(1, List.of(USERS));
        await("the failure", () -> assertThat(instance.states().get(0).message().orElse(""))
                .isEqualTo("task 0: the target database refuses: no rights"));
        assertThat(instance.states().get(0).state()).isEqualTo("FAILED");
        assertThat(meters.get("millrace.sink.running").gauge().value()).isZero();
    }

    @Test
    void aDeploymentSaysBeforehandWhatItDoes() throws Exception {
        PipelineConfig config =
                PipelineConfig.read("", "millrace.properties", "app", Map.of()).config();
        connect.connectors.put(
                "app.users_copy", SinkConnectorConfig.of(USERS, config).deployedBy(4));
        connect.connectors.put("app.gone", Map.of("millrace.pipeline", "app"));
        connect.connectors.put("app.taken", Map.of());
        Sink changed = sink("users_copy", "users", Map.of("url", "jdbc:postgresql://other/a", "table", "people"));
        assertThat(SinkStep.of(List.of(USERS, NAMES), config, connect.all()))
                .extracting(step -> step.name() + " " + step.kind())
                .containsExactly("users_copy UNCHANGED", "names_copy NEW", "gone REMOVED");
        assertThat(SinkStep.of(List.of(changed, sink("taken", "users", Map.of())), config, connect.all()))
                .extracting(step -> step.name() + " " + step.kind() + " " + step.properties())
                .containsExactly(
                        "users_copy CHANGED [connection.url, table.name]", "taken FOREIGN []", "gone REMOVED []");
    }

    /** Beside the sinks, and gone when the properties have it no more. */
    @Test
    void aCacheIsDeployedAsASink() {
        SinkDeployer instance = instance(
                "cdn.caches = edge", "cdn.cache.edge.provider = varnish", "cdn.cache.edge.url = http://varnish:6081");
        instance.deploy(1, List.of(USERS));
        await("both", () -> assertThat(connect.connectors.keySet()).containsExactly("app.cdn.edge", "app.users_copy"));
        await("state", () -> assertThat(instance.states())
                .extracting(state -> state.name() + " " + state.type() + " " + state.source() + " " + state.state())
                .contains("cdn.edge cache cdn-invalidations RUNNING"));
        assertThat(created).contains("app.cdn.edge.dlq.replay");
        Counter lost = meters.get("millrace.cdn.invalidations.deleted")
                .tag("sink", "cdn.edge")
                .counter();
        assertThat(lost.count()).isZero();
        deleted.set(3);
        await("what is lost is counted", () -> assertThat(lost.count()).isEqualTo(3));
        instances.forEach(SinkDeployer::close);
        Map<String, String> old = new HashMap<>(connect.connectors.get("app.cdn.edge"));
        old.put("cdn.begin", "2026-01-31T12:00:00Z");
        connect.connectors.put("app.cdn.edge", old);
        instance("cdn.caches = edge", "cdn.cache.edge.provider = varnish", "cdn.cache.edge.url = http://varnish:6082")
                .deploy(2, List.of(USERS));
        await("the change", () -> assertThat(connect.connectors.get("app.cdn.edge"))
                .containsEntry("cdn.url", "http://varnish:6082")
                .as("when it was created")
                .containsEntry("cdn.begin", "2026-01-31T12:00:00Z"));
        instances.forEach(SinkDeployer::close);
        instance().deploy(3, List.of(USERS));
        await("gone", () -> assertThat(connect.connectors.keySet()).containsExactly("app.users_copy"));
    }
}
