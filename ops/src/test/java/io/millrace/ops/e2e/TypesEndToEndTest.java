package io.millrace.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.cli.Millrace;
import io.millrace.ops.stack.PostgresServer;
import io.millrace.ops.stack.Stack;
import io.millrace.ops.stack.StackOptions;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Rows of every type from a commit to HTTP: what is served is what PostgreSQL's to_jsonb makes of the same rows. */
final class TypesEndToEndTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** Neither Avro nor a replication slot may have that name as it is. */
    private static final String DATABASE = "all-kinds";

    private static final String TABLES = """
            CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
            CREATE TABLE kinds (id integer PRIMARY KEY, at timestamptz, small smallint, big bigint, price numeric(12,4),
                number numeric, single real, "double" double precision, note text, code varchar(5), padded char(4),
                flag boolean, day date, hour time, stamp timestamp(3), span interval, key uuid, raw json, document jsonb,
                bytes bytea, mood mood, numbers integer[], texts text[], documents jsonb[], moments timestamptz[]);
            """;
    private static final String VIEWS = "CREATE VIEW everything AS SELECT * FROM kinds;";
    private static final List<String> ROWS = List.of(
            "(1, '2024-02-29 12:00:00.123456+02', -32768, 9223372036854775807, 1.5, 123456789012345678901234567890.123,"
                    + " 1.5, -2.25, E'ß日本😀\\n', 'ab😀', 'x', true, '2024-02-29', '23:59:59.999999',"
                    + " '2024-02-29 12:00:00.123', '1 year -3 days 04:05:06.789', '00000000-0000-0000-0000-00000000000f',"
                    + " '{\"b\": 1, \"a\": [null, 1.0]}', '{\"b\": 1, \"a\": [null, 1.0]}', '\\xdeadbeef', 'happy',"
                    + " '{{1,NULL},{3,4}}', '{a,NULL,\"NULL\",\"\"}', '{\"{\\\"a\\\": 1}\",NULL}', '{infinity,NULL}')",
            "(2, 'infinity', 0, 0, 'NaN', 'Infinity', 'NaN', '-Infinity', '', '', '', false, '-infinity', '00:00',"
                    + " '-infinity', '-1 month', NULL, 'null', 'null', '', 'sad', '{}', '{}', '{}', '{}')",
            "(3)");

    @TempDir
    private static Path directory;

    private static Stack stack;
    private static PostgresServer shard;
    private static DeployedTopology topology;
    private static Path pipeline;

    @BeforeAll
    static void start() throws Exception {
        pipeline = Files.createDirectories(directory.resolve("pipeline"));
        Files.writeString(pipeline.resolve("tables.sql"), TABLES);
        Files.writeString(pipeline.resolve("views.sql"), VIEWS);
        stack = Stack.start(
                new StackOptions(DATABASE, 1, TABLES, null, directory.resolve("stack"), false, 2, 0), progress -> {});
        shard = stack.shards().get(0);
        topology = new DeployedTopology(stack, DATABASE, pipeline, Files.createDirectories(directory.resolve("t")));
        topology.start();
        topology.awaitReady();
    }

    @AfterAll
    static void stop() throws Exception {
        if (topology != null) {
            topology.stop();
        }
        if (stack != null) {
            stack.close();
        }
    }

    @Test
    void everyTypeIsServedAsPostgresWritesIt() throws Exception {
        for (String row : ROWS) {
            shard.execute("INSERT INTO kinds " + (row.equals("(3)") ? "(id) " : "") + "VALUES " + row);
        }
        awaitEqual();
        // A text that PostgreSQL keeps out of line and leaves out of the change of another column.
        shard.execute("UPDATE kinds SET note = (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 32768) i)"
                + " WHERE id = 1");
        shard.execute("UPDATE kinds SET small = 7 WHERE id = 1");
        awaitEqual();
        assertThat(served().get(0).path("note").asText()).hasSize(1 << 20);
        assertThat(verify()).contains("3 rows, all equal to PostgreSQL's");
    }

    private static void awaitEqual() throws Exception {
        List<JsonNode> expected = new ArrayList<>();
        ObjectMapper json = new ObjectMapper();
        try (Connection connection = shard.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET timezone = 'UTC'");
            try (ResultSet rows = statement.executeQuery("SELECT to_jsonb(kinds) FROM kinds ORDER BY id")) {
                while (rows.next()) {
                    expected.add(json.readTree(rows.getString(1)));
                }
            }
        }
        Awaitility.await("the rows as they are in PostgreSQL")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> assertThat(served()).isEqualTo(expected));
    }

    private static List<JsonNode> served() throws Exception {
        String body =
                new ServedViews(topology.url()).get("/v1/views/everything").orElse("{}");
        List<JsonNode> rows = new ArrayList<>();
        new ObjectMapper().readTree(body).path("rows").forEach(rows::add);
        return rows;
    }

    private static String verify() {
        StringWriter out = new StringWriter();
        CommandLine line = Millrace.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(out));
        line.execute(
                "verify",
                "everything",
                "--server",
                topology.url(),
                "--pipeline",
                pipeline.toString(),
                "--scratch",
                stack.replica().jdbcUrl(),
                "--bootstrap-server",
                stack.broker().bootstrapServers(),
                "--shard",
                shard.jdbcUrl());
        return out.toString();
    }
}
