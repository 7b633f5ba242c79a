package io.millrace.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.cli.Millrace;
import io.millrace.connectors.replica.MariaDb;
import io.millrace.ops.serve.Presences;
import io.millrace.ops.stack.PostgresServer;
import io.millrace.ops.stack.Stack;
import io.millrace.ops.stack.StackOptions;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.serve.PipelineServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pipeline with sinks, deployed and deployed again with others, over shards, Kafka Connect and a target with real parts. */
final class SinksEndToEndTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String TABLES = """
            CREATE TABLE users (user_id bigint PRIMARY KEY, name text NOT NULL, city text);
            CREATE TABLE orders (order_id bigint PRIMARY KEY, user_id bigint NOT NULL, total numeric(10,2), placed_at timestamptz);
            CREATE TABLE kinds (id bigint PRIMARY KEY, small smallint, price numeric(12,4), single real, wide double precision,
                flag boolean, note text, code char(4), raw bytea, day date, clock time, at timestamp, moment timestamptz, span interval,
                uid uuid, doc jsonb, numbers integer[], prices numeric(6,2)[], words text[], moments timestamptz[]);
            """;
    private static final String SPENT = """
            CREATE VIEW spent AS SELECT u.user_id, u.name, count(*) AS orders, sum(o.total) AS total
            FROM users u JOIN orders o ON o.user_id = u.user_id GROUP BY u.user_id, u.name;
            """;
    private static final String SPENT_MORE = """
            CREATE VIEW spent AS SELECT u.user_id, u.name, count(*) AS orders, sum(o.total) AS total, max(o.placed_at) AS latest
            FROM users u JOIN orders o ON o.user_id = u.user_id WHERE u.user_id % 5 > 0 GROUP BY u.user_id, u.name;
            """;
    private static final String USERS_SINK =
            "CREATE SINK users_replica FROM users WITH (type = 'postgres', url = '${env:REPLICA_URL}');\n";
    private static final String SPENT_SINK =
            "CREATE SINK spent_replica FROM spent WITH (type = 'postgres', url = '${env:REPLICA_URL}', table = 'spent_copy');\n";
    private static final String HOOK_SINK =
            "CREATE SINK users_hook FROM users WITH (type = 'http', url = 'http://127.0.0.1:%d/', \"http.header.X-Source\" = 'shop',"
                    + " retry_topic_delay_ms = 500, retry_first_pause_ms = 20, retry_max_pause_ms = 50);\n";
    private static final String PAGES_SINK =
            "CREATE SINK spent_pages FROM spent WITH (type = 'cdn', urls = '/spent/{user_id}', tags = 'spent/{user_id}', window_ms = 1000);\n";
    /** What it tells of is pending until it is removed. */
    private static final String SLOW_SINK =
            "CREATE SINK spent_slow FROM spent WITH (type = 'cdn', tags = 'slow/{user_id}', window_ms = 99999, hot_interval_ms = 999999);\n";

    private static final String ORDERS_SINK =
            "CREATE SINK orders_replica FROM orders WITH (type = 'postgres', url = '${env:REPLICA_URL}', tasks = 2);\n";

    @TempDir
    private static Path directory;

    private static Stack stack;
    private static PipelineServer server;
    private static RefusingHook hook;
    private final ObjectMapper json = new ObjectMapper();
    private final Random random = new Random(11);

    @BeforeAll
    static void start() throws Exception {
        hook = new RefusingHook();
        stack = Stack.start(
                new StackOptions("shop", 2, TABLES, null, directory.resolve("stack"), false, 2, 0), progress -> {});
        Files.writeString(directory.resolve("stack/secrets/bad.properties"), "url=jdbc:nosuch://nowhere/none\n");
    }

    @AfterAll
    static void stop() throws Exception {
        if (server != null) {
            server.close();
        }
        if (stack != null) {
            stack.close();
        }
        hook.close();
    }

    @Test
    void sinksAreWhatTheLastDeployedFolderSays() throws Exception {
        insert(1, 200);
        deploy("shop", SPENT + USERS_SINK + SPENT_SINK + HOOK_SINK.formatted(hook.port()) + PAGES_SINK + SLOW_SINK);
        awaitConnectors("shop.spent_replica", "shop.users_hook", "shop.users_hook.retry", "shop.users_replica");
        awaitStates(
                "users_replica RUNNING",
                "spent_replica RUNNING",
                "users_hook RUNNING",
                "spent_pages RUNNING",
                "spent_slow RUNNING");
        shardsAreCapturedByTheCommandAsTheStackDoes();
        cachesAreTold();
        change(80);
        awaitEqual("users_replica");
        awaitEqual("spent_replica");
        assertThat(rows("SELECT count(*) FROM spent_copy")).isEqualTo(rows(shard(0), "SELECT 100"));
        differencesAreFound();
        lagIsSeen();
        deadLettersAreReplayed();
        whatTheServerPutsOffWaitsInTheRetryTopic();

        String changed = SPENT_MORE + SPENT_SINK + ORDERS_SINK
                + "CREATE SINK broken FROM orders WITH (type = 'postgres', url = '${file:"
                + directory.resolve("stack/secrets/bad.properties") + ":url}');\n";
        write("shop", changed);
        assertThat(run("plan", "--pipeline", folder("shop").toString()))
                .containsPattern("spent_replica +\\| goes on")
                .containsPattern("orders_replica +\\| its connector is created")
                .containsPattern("users_replica +\\| its connector is removed, what it wrote stays");
        deploy("shop", changed);
        awaitConnectors("shop.orders_replica", "shop.spent_replica");
        awaitStates("spent_replica RUNNING", "orders_replica RUNNING", "broken REFUSED");
        Awaitility.await("what was pending of the last sink of type cdn")
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(lines("log", "--tag", "slow/8")).isNotEmpty());
        Awaitility.await("the application that told it")
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(Presences.of(server.url())).doesNotContain("shop-cdn|"));
        Awaitility.await("where it had read views to, forgotten")
                .atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(topicsReadByWhatTellsCaches()).containsOnly("shop-cdn-targets-repartition"));
        assertThat(sinks().get(2).path("message").asText()).contains("must begin with jdbc:postgresql:");
        change(50);
        Awaitility.await("the changed view is served")
                .atMost(PATIENCE)
                .until(() -> server.settled()
                        && server.served("spent").orElseThrow().fields().size() == 5);
        awaitEqual("spent_replica");
        awaitEqual("orders_replica");
        assertThat(rows("SELECT count(*) FROM spent_copy WHERE user_id % 5 = 0 OR latest IS NULL"))
                .as("rows of the old version, and what the new version has beside it")
                .containsExactly("0");
        assertThat(rows("SELECT count(*) > 0 FROM users"))
                .as("what a removed sink wrote")
                .containsExactly("t");
        assertThat(metrics())
                .contains(
                        "millrace_sink_running{sink=\"orders_replica\"} 1.0",
                        "millrace_sink_lag_records{sink=\"orders_replica\"}",
                        "millrace_sink_lag_seconds{sink=\"orders_replica\"}",
                        "millrace_sink_breaker_open{sink=\"orders_replica\"} 0.0");

        deploy("shop", SPENT_MORE);
        awaitConnectors();
    }

    private void shardsAreCapturedByTheCommandAsTheStackDoes() {
        assertThat(capture("heartbeat.interval.ms=1000"))
                .containsExactly(
                        "millrace-shop-shard1: stays as it is",
                        "millrace-shop-shard2: stays as it is",
                        "millrace-shop-shard1: running",
                        "millrace-shop-shard2: running");
        assertThat(capture("heartbeat.interval.ms=1000", "poll.interval.ms=20"))
                .startsWith(
                        "millrace-shop-shard1: changed: poll.interval.ms",
                        "millrace-shop-shard2: changed: poll.interval.ms");
    }

    private static List<String> capture(String... overrides) {
        List<String> arguments = new ArrayList<>(List.of(
                "capture",
                "--config",
                folder("shop").resolve("millrace.properties").toString(),
                "--pipeline"));
        arguments.add(folder("shop").toString());
        for (String override : overrides) {
            arguments.addAll(List.of("--set", override));
        }
        stack.connectors().forEach(connector -> {
            arguments.add("--shard=" + connector.shard() + "=jdbc:postgresql://127.0.0.1:" + connector.port()
                    + "/postgres?user=" + connector.user());
        });
        arguments.addAll(List.of("--password", stack.connectors().get(0).passwordReference()));
        return run(arguments.toArray(String[]::new)).lines().toList();
    }

    private Set<String> topicsReadByWhatTellsCaches() throws Exception {
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", stack.broker().bootstrapServers()))) {
            return admin.listConsumerGroupOffsets("shop-cdn").partitionsToOffsetAndMetadata().get().keySet().stream()
                    .map(TopicPartition::topic)
                    .collect(Collectors.toSet());
        }
    }

    /** What a page shows that changes is told once, and a person may see it, ask why, and purge by hand. */
    private void cachesAreTold() throws Exception {
        assertThat(lines("log")).as("what came before the sink").isEmpty();
        shard(7 % 2).execute("UPDATE users SET city = 'elsewhere' WHERE user_id = 7");
        shard(8 % 2).execute("UPDATE users SET name = 'renamed' WHERE user_id = 8");
        Awaitility.await("the tag and the page of the user whose name is shown")
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(lines("log"))
                        .extracting(line -> json.readTree(line).path("target").asText())
                        .containsExactlyInAnyOrder("spent/8", "/spent/8"));
        JsonNode told = json.readTree(lines("log", "--tag", "spent/8").get(0));
        assertThat(told.path("reason").asText()).startsWith("update of ");
        assertThat(told.path("sink").asText()).isEqualTo("spent_pages");
        assertThat(run(purge("--tag", "spent/9", "--dry-run", "--server", server.url())))
                .contains("tag spent/9 is of sink spent_pages by spent/{user_id}: user_id = 9")
                .contains("1 row of view spent, with the pages /spent/9")
                .contains("would be written to cdn-invalidations: tag:spent/9");
        run(purge("--tag", "spent/9"));
        assertThat(run(purge("log"))).contains("tag spent/9", "(by hand)", "no answer yet");
        assertThat(run(purge("stats"))).contains("spent_pages").contains("(by hand)");
        assertThat(run(purge("explain", "http://shop.example/spent/8", "--server", server.url())))
                .contains("is a page of sink spent_pages by /spent/{user_id}: user_id = 8")
                .contains("\"name\":\"renamed\"", "tags: spent/8", "update of ");
        assertThat(outcome(purge("explain", "/elsewhere", "--server", server.url()))
                        .err())
                .contains("no sink has a template that makes /elsewhere", "their templates are /spent/{user_id}");
        assertThat(metrics())
                .contains(
                        "millrace_cdn_invalidations_total{kind=\"tag\",sink=\"spent_pages\"} 1.0",
                        "millrace_sink_running{sink=\"spent_pages\"} 1.0",
                        "millrace_cdn_pending_targets 1.0");
        // There are no caches to be behind.
        Awaitility.await("the lag").atMost(PATIENCE).untilAsserted(() -> assertThat(
                        lag("spent_pages").path("lagRecords").asInt(-1))
                .isZero());
        assertThat(Presences.of(server.url())).containsPattern("shop-cdn\\|[^| ]+\\|shop-cdn-");
    }

    private static List<String> lines(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--json");
        return run(purge(all.toArray(String[]::new))).lines().toList();
    }

    private static String[] purge(String... arguments) {
        List<String> all = new ArrayList<>(List.of("purge"));
        all.addAll(List.of(arguments));
        all.addAll(List.of(
                "--config",
                folder("shop").resolve("millrace.properties").toString(),
                "--pipeline",
                folder("shop").toString()));
        return all.toArray(String[]::new);
    }

    /** What somebody changes in the target is found, and mended by the next change of the row. */
    private void differencesAreFound() throws Exception {
        String user = rows(shard(0), "SELECT user_id FROM users ORDER BY 1").get(0);
        stack.replica()
                .execute(
                        "UPDATE users SET city = 'elsewhere' WHERE user_id = " + user
                                + "; INSERT INTO users VALUES (-1, 'nobody'); UPDATE spent_copy SET total = -1 WHERE user_id = 7");
        Outcome outcome = outcome(verify("users_replica", "--json"));
        assertThat(outcome.code()).isEqualTo(1);
        JsonNode found = json.readTree(outcome.out());
        assertThat(found.path("differing").asInt()).isEqualTo(2);
        assertThat(found.path("differences").findValuesAsText("city")).contains("elsewhere");
        assertThat(found.path("differences")).hasSize(2);
        assertThat(outcome(verify("spent_replica", "--limit", "1")).out())
                .contains("1 of ", " rows differs (- the source's, + the target's)", "\"total\":\"-1\"");
        stack.replica().execute("DELETE FROM users WHERE user_id = -1");
        for (PostgresServer shard : stack.shards()) {
            shard.execute("UPDATE users SET name = name || '!' WHERE user_id IN (7, " + user + ")");
        }
        awaitEqual("users_replica");
        awaitEqual("spent_replica");
    }

    /**
     * A fifth of the rows is refused, one of them twice, one that changes again, one that is deleted; what is refused is let in, and
     * the dead letters replayed: source and target are equal.
     */
    private void deadLettersAreReplayed() throws Exception {
        stack.replica()
                .execute("ALTER TABLE users ADD CONSTRAINT refusing CHECK (city <> 'bad') NOT VALID;"
                        + " ALTER TABLE spent_copy ADD CONSTRAINT refusing CHECK (name NOT LIKE '%bad') NOT VALID");
        hook.refuse("\"bad\"");
        shard(0).execute("INSERT INTO users VALUES (10, 'ten', NULL), (20, 'twenty', NULL), (30, 'thirty', NULL)"
                + " ON CONFLICT DO NOTHING");
        for (PostgresServer shard : stack.shards()) {
            shard.execute("UPDATE users SET city = 'bad', name = name || ' bad' WHERE user_id % 5 = 0");
        }
        awaitNothingWaits();
        shard(0).execute("UPDATE users SET name = 'again bad' WHERE user_id = 10");
        shard(0).execute("UPDATE users SET name = 'ten', city = 'good' WHERE user_id = 20");
        shard(0).execute("DELETE FROM users WHERE user_id = 30");
        awaitNothingWaits();
        assertThat(outcome(verify("users_replica")).code()).isEqualTo(1);
        assertThat(outcome(verify("spent_replica")).code()).isEqualTo(1);
        assertThat(dlq("replay", "--topic", "users_replica", "--dry-run")).contains(" would be replayed");
        stack.replica()
                .execute("ALTER TABLE users DROP CONSTRAINT refusing; ALTER TABLE spent_copy DROP CONSTRAINT refusing");
        hook.refuse(null);
        List<String> outcomes = new ArrayList<>();
        for (String line :
                dlq("replay", "--topic", "users_replica", "--json").lines().toList()) {
            outcomes.add(json.readTree(line).path("outcome").asText());
        }
        assertThat(outcomes).containsOnly("replayed", "superseded");
        assertThat(outcomes.stream().filter("superseded"::equals)).hasSize(3);
        assertThat(dlq("replay", "--all")).contains(" replayed");
        assertThat(dlq("replay", "--all")).contains("no dead letter is meant");
        awaitEqual("users_replica");
        awaitEqual("spent_replica");
        assertThat(rows("SELECT count(*) FROM millrace_rows WHERE incomplete")).containsExactly("0");
        Awaitility.await("what the server had refused")
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(hook.refused()).isNotEmpty().allMatch(hook.taken()::contains));
        assertThat(dlq("list", "--topic", "users_replica", "--state", "open")).contains("(0 dead letters)");
    }

    private void whatTheServerPutsOffWaitsInTheRetryTopic() throws Exception {
        hook.putOff("\"parked\"");
        shard(0).execute("UPDATE users SET city = 'parked' WHERE user_id = 10");
        shard(0).execute("UPDATE users SET city = 'straight' WHERE user_id = 20");
        Awaitility.await("another key").atMost(PATIENCE).until(() -> hook.takenWith("\"straight\"") == 1);
        shard(0).execute("UPDATE users SET city = 'behind' WHERE user_id = 10");
        assertThat(hook.takenWith("\"parked\"")).isZero();
        hook.putOff(null);
        Awaitility.await("the rest").atMost(PATIENCE).until(() -> hook.takenWith("\"behind\"") == 1);
        assertThat(hook.takenWith("\"parked\"")).isEqualTo(1);
        assertThat(hook.source()).isEqualTo("shop");
    }

    private void awaitNothingWaits() {
        for (String sink : List.of("users_replica", "spent_replica", "users_hook")) {
            Awaitility.await("all is applied or set aside").atMost(PATIENCE).untilAsserted(() -> assertThat(
                            lag(sink).path("lagRecords").asLong())
                    .isZero());
        }
    }

    private static String dlq(String... arguments) {
        List<String> all = new ArrayList<>(List.of("dlq"));
        all.addAll(List.of(arguments));
        all.addAll(List.of(
                "--config",
                folder("shop").resolve("millrace.properties").toString(),
                "--pipeline",
                folder("shop").toString()));
        return run(all.toArray(String[]::new));
    }

    private void lagIsSeen() throws Exception {
        stack.connect().stop("shop.users_replica");
        awaitStates(
                "users_replica STOPPED",
                "spent_replica RUNNING",
                "users_hook RUNNING",
                "spent_pages RUNNING",
                "spent_slow RUNNING");
        shard(0).execute("INSERT INTO users SELECT n, 'late', NULL FROM generate_series(90001, 90007) n");
        Awaitility.await("what waits").atMost(PATIENCE).untilAsserted(() -> assertThat(
                        lag("users_replica").path("lagRecords").asLong())
                .isEqualTo(7));
        JsonNode behind = lag("users_replica");
        assertThat(behind.path("lagSeconds").asDouble()).isBetween(0.001, 60.0);
        assertThat(behind.path("lagBytes").path("shard1").asLong()).isPositive();
        stack.connect().resume("shop.users_replica");
        awaitEqual("users_replica");
        Awaitility.await("nothing waits").atMost(PATIENCE).untilAsserted(() -> {
            for (String sink : List.of("users_replica", "spent_replica")) {
                assertThat(lag(sink).path("lagRecords").asLong()).isZero();
                assertThat(lag(sink).path("lagSeconds").asDouble()).isZero();
                assertThat(lag(sink).path("lagBytes").has("shard1")).isTrue();
            }
        });
    }

    @Test
    void aPipelineMayHaveSinksAlone() throws Exception {
        shard(1).execute("INSERT INTO users VALUES (70001, 'copied', NULL)");
        PlannedPipeline planned = planned(write("copies", USERS_SINK.replace(")", ", table = 'people')")));
        try (PipelineServer copies = started(planned)) {
            copies.awaitReady(PATIENCE);
            Awaitility.await("the rows").atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> assertThat(
                            rows("SELECT count(*) FROM people"))
                    .isEqualTo(List.of(Long.toString(count("users")))));
        }
    }

    private static final String KINDS = """
            INSERT INTO kinds VALUES
            (%1$d, -1, 1.5, 0.1, 1e300, true, E'it''s ü😀\\n', 'ab', '\\xdead', '2024-02-29', '23:59:59.5', '2024-02-29 12:00:00.12',
                '2024-02-29 12:00:00.123456+02', '1 year 2 mons 3 days 04:05:06.5', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
                '{"a": [1.0, null]}', '{{1,NULL},{3,4}}', '{1.10,NaN}', '{a,NULL,"x y"}', '{2024-01-01 00:00:00.5+00}'),
            (%1$d + 2, 0, -0.0001, '-0', '-0', false, ' ', '', '', '1000-01-01', '24:00', '1000-01-01', '9999-12-31 23:59:59.999999+00',
                '-1 month -00:00:00.000001', NULL, 'null', '{}', '{}', '{}', '{infinity}'),
            (%1$d + 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            (%1$d + 6, 1, 12, 16777216, 5e-324, NULL, 'x', 'x', '\\x00', '9999-12-31', '12:00', '2020-01-01', '2020-01-01', '100:00:00', NULL,
                '"a"', NULL, NULL, NULL, NULL)""";

    /** Rows of every kind of type, of the snapshot and later ones. */
    @Test
    void replicasInMariaDbAreVerified() throws Exception {
        assumeTrue(MariaDb.isInstalled(), "mariadbd is not on this machine: apt-get install mariadb-server");
        for (int shard = 0; shard < 2; shard++) {
            shard(shard).execute(KINDS.formatted(10 + shard));
        }
        try (MariaDb maria = new MariaDb()) {
            String address = maria.url() + "?user=root";
            String sink = "CREATE SINK kinds_copy FROM kinds WITH (type = 'mysql', url = '" + address + "');";
            try (PipelineServer pipeline = started(planned(write("maria", sink)))) {
                pipeline.awaitReady(PATIENCE);
                shard(0).execute(KINDS.formatted(20));
                shard(1).execute(
                                "UPDATE kinds SET wide = 0.1, span = '-3 days 00:00:01', clock = '01:02:03' WHERE id = 11");
                awaitVerified("maria", pipeline, "kinds_copy", address, 0, "12 rows, all equal to the source's");
                maria.execute("UPDATE kinds SET single = 0.2 WHERE id = 10", "DELETE FROM kinds WHERE id = 11");
                awaitVerified("maria", pipeline, "kinds_copy", address, 1, "2 of 12 rows differ (");
            }
        }
    }

    private static void awaitVerified(
            String of, PipelineServer pipeline, String sink, String target, int code, String text) {
        Awaitility.await(sink).atMost(PATIENCE).untilAsserted(() -> {
            Outcome outcome = outcome(verify(of, pipeline, sink, target));
            assertThat(outcome.out() + outcome.err()).contains(text);
            assertThat(outcome.code()).isEqualTo(code);
        });
    }

    @Test
    void sinksWithoutAnAddressOfConnectAreAMistake() throws Exception {
        Path folder = write("nowhere", SPENT + USERS_SINK);
        Path properties = folder.resolve("millrace.properties");
        String text = Files.readString(properties);
        Files.writeString(properties, text.replace("connect.url", "# connect.url"));
        assertThatThrownBy(() -> started(planned(folder)))
                .hasMessageContaining("the pipeline has sinks (users_replica), but connect.url is not set");
    }

    private static Path folder(String pipeline) {
        return directory.resolve(pipeline);
    }

    private static Path write(String pipeline, String views) throws IOException {
        Path folder = Files.createDirectories(folder(pipeline));
        Files.writeString(folder.resolve("tables.sql"), TABLES);
        Files.writeString(folder.resolve("views.sql"), views);
        Files.writeString(
                folder.resolve("millrace.properties"),
                String.join(
                        "\n",
                        "application.id = " + pipeline,
                        "database = shop",
                        "kafka.bootstrap.servers = " + stack.broker().bootstrapServers(),
                        "schema.registry.url = " + stack.registry().url(),
                        "connect.url = " + stack.connectUrl(),
                        "sinks.consumer.override.session.timeout.ms = 6000",
                        "sinks.consumer.override.metadata.max.age.ms = 1000",
                        "partitions = 2",
                        "threads = 1",
                        "http.port = 0",
                        "state.dir = " + directory.resolve("state-" + pipeline)));
        return folder;
    }

    private static PlannedPipeline planned(Path folder) {
        PlannedPipeline planned = PlannedPipeline.read(folder, Optional.empty(), Map.of());
        assertThat(planned.errors()).isEmpty();
        return planned;
    }

    private static PipelineServer started(PlannedPipeline planned) {
        return PipelineServer.start(
                planned, planned.pipeline().config(), new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    }

    private static void deploy(String pipeline, String views) throws IOException {
        if (server != null) {
            server.close();
        }
        server = started(planned(write(pipeline, views)));
        server.awaitReady(PATIENCE);
    }

    private static PostgresServer shard(int index) {
        return stack.shards().get(index);
    }

    private void insert(int from, int to) throws SQLException {
        for (int shard = 0; shard < 2; shard++) {
            String numbers = " FROM generate_series(" + from + ", " + to + ") n WHERE n % 2 = " + shard;
            shard(shard)
                    .execute("INSERT INTO users SELECT n, 'u' || n, 'c' || n % 9" + numbers
                            + "; INSERT INTO orders SELECT n, 1 + n % 100, n / 3.0, timestamptz '2024-01-01' + n * interval '1 hour'"
                            + numbers);
        }
    }

    private void change(int count) throws SQLException {
        for (int i = 0; i < count; i++) {
            int id = 1 + random.nextInt(200);
            PostgresServer shard = shard(id % 2);
            switch (random.nextInt(3)) {
                case 0 -> shard.execute("UPDATE users SET city = 'x" + i + "' WHERE user_id = " + id);
                case 1 -> shard.execute("UPDATE orders SET total = " + i + ".5 WHERE order_id = " + id);
                default ->
                    shard.execute("DELETE FROM users WHERE user_id = " + (100 + id) + "; INSERT INTO users VALUES ("
                            + (1_000 + i * 2 + id % 2) + ", 'new', NULL) ON CONFLICT DO NOTHING");
            }
        }
    }

    private void awaitConnectors(String... names) {
        Awaitility.await("connectors")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> assertThat(connectors()).containsExactly(names));
    }

    /** The names of the pipeline's connectors, in order. */
    private Set<String> connectors() {
        Set<String> names = new TreeSet<>();
        for (JsonNode name : get(stack.connectUrl() + "/connectors")) {
            if (name.asText().startsWith("shop.")) {
                names.add(name.asText());
            }
        }
        return names;
    }

    private void awaitStates(String... states) {
        Awaitility.await("states")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> {
                    List<String> found = new ArrayList<>();
                    sinks().forEach(sink -> found.add(sink.path("name").asText() + " "
                            + sink.path("state").asText()));
                    assertThat(found).containsExactly(states);
                });
    }

    private JsonNode sinks() {
        return get(server.url() + "/v1/sinks").path("sinks");
    }

    private JsonNode get(String url) {
        try {
            return json.readTree(body(url));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String metrics() {
        return body(server.url() + "/metrics");
    }

    private static String body(String url) {
        try {
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void awaitEqual(String sink) {
        Awaitility.await(sink)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(300))
                .untilAsserted(() -> {
                    Outcome outcome = outcome(verify(sink));
                    assertThat(outcome.out() + outcome.err()).contains(" rows, all equal to the source's");
                    assertThat(outcome.code()).isZero();
                });
    }

    private JsonNode lag(String sink) throws IOException {
        return json.readTree(run(
                        "lag",
                        sink,
                        "--json",
                        "--config",
                        folder("shop").resolve("millrace.properties").toString(),
                        "--pipeline",
                        folder("shop").toString(),
                        "--server",
                        server.url(),
                        "--shard",
                        "shard1=" + shard(0).jdbcUrl(),
                        "--shard",
                        "shard2=" + shard(1).jdbcUrl()))
                .path("sinks")
                .path(0);
    }

    private static String[] verify(String sink, String... more) {
        return verify("shop", server, sink, stack.replica().jdbcUrl(), more);
    }

    private static String[] verify(String of, PipelineServer pipeline, String sink, String target, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "verify",
                "--sink",
                sink,
                "--config",
                folder(of).resolve("millrace.properties").toString(),
                "--pipeline",
                folder(of).toString(),
                "--server",
                pipeline.url(),
                "--shard",
                shard(0).jdbcUrl(),
                "--shard",
                shard(1).jdbcUrl(),
                "--target",
                target));
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }

    private record Outcome(int code, String out, String err) {}

    private static Outcome outcome(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Millrace.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new Outcome(code, out.toString(), err.toString());
    }

    private static String run(String... arguments) {
        Outcome outcome = outcome(arguments);
        assertThat(outcome.code()).as(outcome.toString()).isZero();
        return outcome.out();
    }

    private static long count(String table) throws SQLException {
        return Long.parseLong(rows(shard(0), "SELECT count(*) FROM " + table).get(0))
                + Long.parseLong(rows(shard(1), "SELECT count(*) FROM " + table).get(0));
    }

    private static List<String> rows(String query) throws SQLException {
        return rows(stack.replica(), query);
    }

    private static List<String> rows(PostgresServer database, String query) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }
}
