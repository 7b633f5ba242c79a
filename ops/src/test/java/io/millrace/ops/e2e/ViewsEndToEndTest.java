package io.millrace.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.cli.Millrace;
import io.millrace.ops.demo.Action;
import io.millrace.ops.demo.Traffic;
import io.millrace.ops.stack.EventTopic;
import io.millrace.ops.stack.Stack;
import io.millrace.ops.stack.StackOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * The demo pipeline from commits on three shards to views over HTTP, while the topology is killed and a connector is
 * restarted in the middle: afterwards every view equals PostgreSQL's answer. {@code -Dmillrace.seed} repeats a run.
 */
final class ViewsEndToEndTest {
    private static final Path PIPELINE = Path.of("..", "pipelines", "photos");
    private static final int SHARDS = 3;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long SEED = Long.getLong("millrace.seed", System.nanoTime());

    @TempDir
    private static Path directory;

    private static final ObjectMapper JSON = new ObjectMapper();

    private static Stack stack;
    private static DeployedTopology topology;
    private static EventTopic clicks;
    private static final List<Connection> CONNECTIONS = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        stack = Stack.start(
                new StackOptions(
                        "photos",
                        SHARDS,
                        Files.readString(PIPELINE.resolve("tables.sql")),
                        null,
                        directory.resolve("stack"),
                        false,
                        2,
                        0),
                progress -> {});
        for (var shard : stack.shards()) {
            CONNECTIONS.add(shard.connect());
        }
        clicks = new EventTopic(stack.broker().bootstrapServers(), "clicks");
        topology =
                new DeployedTopology(stack, "photos", PIPELINE, Files.createDirectories(directory.resolve("topology")));
        topology.start();
        topology.awaitReady();
    }

    @AfterAll
    static void stop() throws Exception {
        if (topology != null) {
            topology.stop();
        }
        if (clicks != null) {
            clicks.close();
        }
        for (Connection connection : CONNECTIONS) {
            connection.close();
        }
        if (stack != null) {
            stack.close();
        }
    }

    @Test
    void everyViewEqualsPostgresAfterAKillAndARestartInTheMiddle() throws Exception {
        Traffic traffic = new Traffic(SEED, SHARDS, 1);
        perform(traffic, 800);
        topology.kill();
        perform(traffic, 300);
        stack.connect().restart(stack.connectors().get(0));
        topology.start();
        perform(traffic, 300);
        topology.awaitReady();
        stack.connect().awaitRunning(stack.connectors().get(0));
        perform(traffic, 200);
        for (String view : List.of("photo_card", "user_feed", "top_users", "photo_clicks")) {
            Awaitility.await("seed " + SEED + ", view " + view)
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofSeconds(1))
                    .untilAsserted(() -> assertThat(verify(view)).contains("all equal to PostgreSQL's"));
        }
        Awaitility.await("seed " + SEED)
                .atMost(PATIENCE)
                .untilAsserted(ViewsEndToEndTest::assertIndexHasTheRowsOfItsView);
    }

    /** The index of photo_card has each user's photos as the view has them, the latest first. */
    private static void assertIndexHasTheRowsOfItsView() throws IOException {
        Map<String, List<JsonNode>> byUser = new TreeMap<>();
        for (JsonNode row : query("photo_card", "--all")) {
            byUser.computeIfAbsent(row.path("user_id").asText(), any -> new ArrayList<>())
                    .add(row);
        }
        Comparator<JsonNode> latestFirst = Comparator.comparing((JsonNode row) ->
                        OffsetDateTime.parse(row.path("posted_at").asText()))
                .reversed()
                .thenComparingLong(row -> row.path("photo_id").asLong());
        for (Map.Entry<String, List<JsonNode>> user : byUser.entrySet()) {
            user.getValue().sort(latestFirst);
            assertThat(query("photo_card", "--by", "user_id", user.getKey())).isEqualTo(user.getValue());
        }
        assertThat(byUser).hasSizeGreaterThan(1);
    }

    private static List<JsonNode> query(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of("query"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--output", "json", "--limit", "1000000", "--server", topology.url()));
        List<JsonNode> rows = new ArrayList<>();
        for (String line : run(all).lines().toList()) {
            rows.add(JSON.readTree(line));
        }
        return rows;
    }

    private static String run(List<String> arguments) {
        StringWriter out = new StringWriter();
        CommandLine line = Millrace.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(out));
        line.execute(arguments.toArray(String[]::new));
        return out.toString();
    }

    private static String verify(String view) {
        List<String> arguments = new ArrayList<>(List.of(
                "verify",
                view,
                "--server",
                topology.url(),
                "--pipeline",
                PIPELINE.toString(),
                "--scratch",
                stack.replica().jdbcUrl(),
                "--bootstrap-server",
                stack.broker().bootstrapServers()));
        stack.shards().forEach(shard -> {
            arguments.add("--shard");
            arguments.add(shard.jdbcUrl());
        });
        return run(arguments);
    }

    private static void perform(Traffic traffic, int actions) throws Exception {
        for (int i = 0; i < actions; i++) {
            Action action = traffic.next();
            for (Action.ShardStatement statement : action.statements()) {
                try (PreparedStatement prepared =
                        CONNECTIONS.get(statement.shard()).prepareStatement(statement.sql())) {
                    for (int p = 0; p < statement.parameters().size(); p++) {
                        prepared.setObject(p + 1, statement.parameters().get(p));
                    }
                    prepared.executeUpdate();
                }
            }
            if (action.event() != null) {
                clicks.send(action.event());
            }
        }
        clicks.flush();
    }
}
