package io.millrace.ops.walkthrough;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * README.md's commands, as written, against the {@code ./millrace dev} that it begins with. Where port 8080 is taken on this
 * machine, another is given to dev and put into curl's address; the test prints so.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class WalkThroughIT {
    private static final List<String> VIEWS = List.of("photo_card", "user_feed", "top_users", "photo_clicks");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int INTERRUPTED = 130;
    private static final Path STATUS_FILE = Checkout.ROOT.resolve(".millrace/dev.json");

    @TempDir
    static Path directory;

    private static Readme readme;
    private static RunningDev dev;
    private static int port;

    @BeforeAll
    static void start() throws IOException {
        readme = Readme.read();
        port = RunningDev.port(8080);
        String command = readme.command("./millrace dev");
        if (port != 8080) {
            System.out.println("port 8080 is taken on this machine: dev is given --port " + port);
            command += " --port " + port;
        }
        dev = RunningDev.start(command, directory);
        System.out.println("./millrace dev was ready in " + dev.awaitReady() + " s");
    }

    @AfterAll
    static void stop() {
        if (dev != null) {
            dev.close();
        }
    }

    @Test
    @Order(1)
    void everyCommandOfTheReadmeDoesWhatItSays() throws Exception {
        assertThat(eventually(readme.command("./millrace query user_feed"), out -> !out.contains("(0 rows)")))
                .contains("follower_id | photo_id");
        assertThat(ok(readme.command("./millrace views"))).contains(VIEWS).contains("latency p50 / p99");
        assertThat(ok(readme.command("./millrace explain"))).contains("user_feed");
        JsonNode components = new ObjectMapper()
                .readTree(ok(readme.command("./millrace status --json")))
                .path("components");
        assertThat(components)
                .hasSizeGreaterThanOrEqualTo(7)
                .allSatisfy(each -> assertThat(each.path("health").asText()).isEqualTo("up"));
        assertThat(ok("./millrace status")).contains("shard1", "shard2", "replica", "kafka", "connect", "http");
        assertThat(eventually(
                        readme.command("curl").replace(":8080", ":" + port), out -> out.contains("\"photo_id\":4")))
                .contains("\"username\"");
        assertThat(firstOutputOf(readme.command("./millrace kafka console-consumer")))
                .isNotEmpty();
    }

    @Test
    @Order(2)
    void everyDemoViewEqualsPostgres() throws Exception {
        // On a busy machine a view may lag further behind the traffic than verify waits.
        Predicate<String> equal = out -> out.contains(" rows, all equal to PostgreSQL's");
        for (String view : VIEWS) {
            eventually("./millrace verify " + view, equal);
        }
        eventually(readme.command("./millrace verify user_feed"), equal);
    }

    @Test
    @Order(2)
    void everyReplicaEqualsItsShards() throws Exception {
        for (String table : List.of("users", "photos", "follows")) {
            eventually(
                    "./millrace verify --sink " + table + "_replica",
                    out -> out.contains(" rows, all equal to the source's"));
        }
        eventually(readme.command("./millrace verify --sink"), out -> !out.contains(" 0 rows"));
        assertThat(ok(readme.command("./millrace lag"))).contains("users_replica", "photos_replica", "follows_replica");
        JsonNode sinks =
                new ObjectMapper().readTree(ok("./millrace status --json")).path("sinks");
        assertThat(sinks)
                .hasSize(3)
                .allSatisfy(each -> assertThat(each.path("state").asText()).isEqualTo("RUNNING"));
    }

    @Test
    @Order(3)
    void rowsArePrintedAsATableAsJsonAndAsCsv() throws Exception {
        eventually("./millrace query photo_card 4", out -> out.contains("(1 row)"));
        assertThat(ok("./millrace query photo_card --all --limit 3 --output json")
                        .lines())
                .hasSize(3)
                .allSatisfy(line -> assertThat(new ObjectMapper().readTree(line).has("photo_id"))
                        .isTrue());
        assertThat(ok("./millrace query photo_card --all --limit 3 --output csv")
                        .lines())
                .first()
                .asString()
                .startsWith("photo_id,caption,");
        assertThat(ok("./millrace query user_feed --prefix 7 --limit 1")).contains("(1 row)");
    }

    @Test
    @Order(4)
    void eventsAreProducedFromAFileAndByKafkasOwnTool() throws Exception {
        JsonNode status = new ObjectMapper().readTree(STATUS_FILE.toFile());
        // Newer than the traffic's photos, of which a busy user has more than a page soon.
        insert(
                status.path("shards").path(0).path("jdbc").asText(),
                "INSERT INTO photos (photo_id, user_id, posted_at) VALUES (990001, 7, '2100-01-01')");
        Path events = Checkout.ROOT.resolve("events.ndjson");
        Files.writeString(events, "{\"photo_id\": 990001, \"user_id\": 7}\n{\"photo_id\": 990001}\n");
        try {
            assertThat(ok(readme.command("./millrace produce clicks"))).contains("2 events sent to clicks");
            ok("./millrace kafka console-producer --topic clicks < " + events);
        } finally {
            Files.delete(events);
        }
        assertThat(eventually(
                        "./millrace query photo_clicks 990001 --output json", out -> out.contains("\"clicks\":4")))
                .contains("990001");
        assertThat(eventually(readme.command("./millrace query photo_card"), out -> out.contains("990001")))
                .contains("photo_id", "posted_at");
    }

    @Test
    @Order(5)
    void mistakesAreAnsweredInAFewLinesAndAnExitCode() throws Exception {
        fails("./millrace", 2, "Usage: millrace");
        assertThat(ok("./millrace --help")).contains("dev", "kafka", "query", "Exit codes:");
        assertThat(ok("./millrace query --help")).contains("--limit", "--output");
        assertThat(ok("./millrace dev --help")).contains("--status-file", "--data");
        fails("./millrace qery", 2, "query");
        fails("./millrace query user_fed 7", 1, "did you mean user_feed?");
        fails("./millrace verify user_fed", 1, "did you mean user_feed?");
        fails("./millrace kafka console-consmer", 2, "did you mean console-consumer?");
        fails("./millrace dev --port 0", 2, "a stack runs already");
    }

    @Test
    @Order(6)
    void ctrlCEndsAllOfIt() throws Exception {
        List<URI> addresses = new ArrayList<>();
        JsonNode status = new ObjectMapper().readTree(STATUS_FILE.toFile());
        status.path("shards")
                .forEach(shard -> addresses.add(uri(shard.path("jdbc").asText())));
        addresses.add(uri(status.path("replica").path("jdbc").asText()));
        addresses.add(uri("tcp://" + status.path("kafka").asText()));
        addresses.add(uri(status.path("http").asText()));
        assertThat(addresses).allMatch(WalkThroughIT::answers);
        assertThat(dev.interrupt()).isEqualTo(INTERRUPTED);
        assertThat(addresses).noneMatch(WalkThroughIT::answers);
        assertThat(STATUS_FILE).doesNotExist();
        fails("./millrace views", 69, "no running stack was found");
        fails("./millrace status", 69, "start one with ./millrace dev");
    }

    @Test
    @Order(7)
    void aSecondStartGoesOnWhereTheFirstStopped() throws Exception {
        Path pipeline = Files.createDirectories(directory.resolve("shop"));
        Files.writeString(pipeline.resolve("tables.sql"), """
                CREATE TABLE customers (customer_id bigint PRIMARY KEY, name text NOT NULL);
                CREATE TABLE orders (order_id bigint PRIMARY KEY, customer_id bigint NOT NULL, total bigint);
                """);
        Files.writeString(pipeline.resolve("views.sql"), """
                CREATE VIEW spent AS SELECT c.customer_id, c.name, count(*) AS orders, sum(o.total) AS total
                FROM customers c JOIN orders o ON o.customer_id = c.customer_id GROUP BY c.customer_id, c.name;
                """);
        Path init = directory.resolve("rows.sql");
        Files.writeString(init, """
                INSERT INTO customers VALUES (1, 'Ada');
                INSERT INTO orders SELECT n, 1, 10 FROM generate_series(1, 50) n;
                """);
        Path data = directory.resolve("data");
        Path status = directory.resolve("shop.json");
        String command = "./millrace dev --pipeline " + pipeline + " --shards 1 --init " + init
                + " --no-demo --status-file " + status + " --port 0 --data " + data;
        try (RunningDev first = RunningDev.start(command, directory)) {
            Predicate<String> fifty = out -> out.contains("\"orders\":50");
            awaitStatus(first, status);
            eventually("./millrace query spent 1 --output json", fifty, status);
            assertThat(first.interrupt()).isEqualTo(INTERRUPTED);
            assertThat(status).doesNotExist();
            assertNothingUses(data);
        }
        try (RunningDev second = RunningDev.start(command, directory)) {
            awaitStatus(second, status);
            assertThat(Checkout.run("./millrace query spent 1 --output json", status)
                            .out())
                    .contains("\"orders\":50");
            String shard = new ObjectMapper()
                    .readTree(status.toFile())
                    .path("shards")
                    .path(0)
                    .path("jdbc")
                    .asText();
            insert(shard, "INSERT INTO orders VALUES (51, 1, 10)");
            eventually("./millrace query spent 1 --output json", out -> out.contains("\"orders\":51"), status);
            assertThat(Checkout.run("./millrace verify spent", status).out()).contains("all equal to PostgreSQL's");
            assertThat(second.interrupt()).isEqualTo(INTERRUPTED);
            assertNothingUses(data);
        }
    }

    /** The status file is there when, and only when, the ready line is. */
    private static void awaitStatus(RunningDev running, Path status) {
        assertThat(status).doesNotExist();
        System.out.println("a pipeline of two tables was ready in " + running.awaitReady() + " s");
        assertThat(status).exists();
    }

    private static void assertNothingUses(Path data) {
        assertThat(ProcessHandle.allProcesses()
                        .flatMap(process -> process.info().commandLine().stream())
                        .filter(line -> line.contains(data.toString())))
                .isEmpty();
    }

    private static void insert(String jdbcUrl, String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(jdbcUrl);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String ok(String command) throws Exception {
        Checkout.Outcome outcome = Checkout.run(command, STATUS_FILE);
        assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
        return outcome.out();
    }

    private static void fails(String command, int exitCode, String message) throws Exception {
        Checkout.Outcome outcome = Checkout.run(command, STATUS_FILE);
        assertThat(outcome.exitCode()).as(outcome.toString()).isEqualTo(exitCode);
        assertThat(outcome.err()).contains(message).doesNotContain("\tat ");
    }

    private static String eventually(String command, Predicate<String> condition) {
        return eventually(command, condition, STATUS_FILE);
    }

    private static String eventually(String command, Predicate<String> condition, Path status) {
        return Awaitility.await(command)
                .atMost(PATIENCE)
                .until(
                        () -> Checkout.run(command, status),
                        outcome -> outcome.exitCode() == 0 && condition.test(outcome.out()))
                .out();
    }

    /** What a command prints that ends only by Ctrl-C. */
    private static byte[] firstOutputOf(String command) throws IOException {
        Path out = Files.createTempFile(directory, "endless", ".out");
        Process process = Checkout.start(command, Optional.of(STATUS_FILE), out, out.resolveSibling("endless.err"));
        try {
            Awaitility.await(command).atMost(PATIENCE).until(() -> Files.size(out) > 0);
            return Files.readAllBytes(out);
        } finally {
            process.destroy();
        }
    }

    private static URI uri(String address) {
        return URI.create(address.replaceFirst("^jdbc:", ""));
    }

    private static boolean answers(URI address) {
        try (java.net.Socket socket = new java.net.Socket(address.getHost(), address.getPort())) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }
}
