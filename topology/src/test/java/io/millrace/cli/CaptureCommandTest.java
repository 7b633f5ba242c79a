package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code millrace capture} takes, and what it would do; SinksEndToEndTest has it done. */
final class CaptureCommandTest {
    private static final String SHARD = "--shard=s1=jdbc:postgresql://s1.internal/app?user=capture";

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private volatile String connectors = "{}";
    private HttpServer connect;

    @BeforeEach
    void start() throws IOException {
        connect = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        connect.createContext("/connectors", exchange -> {
            byte[] body = connectors.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        connect.start();
        Files.writeString(folder.resolve("tables.sql"), "CREATE TABLE users (user_id bigint PRIMARY KEY, name text);");
        Files.writeString(folder.resolve("views.sql"), "CREATE VIEW names AS SELECT user_id, name FROM users;");
        Files.writeString(
                folder.resolve("millrace.properties"),
                "database = shop\nconnect.url = http://127.0.0.1:"
                        + connect.getAddress().getPort());
    }

    @AfterEach
    void stop() {
        connect.stop(0);
    }

    private int capture(String... arguments) {
        List<String> all = new ArrayList<>(List.of("capture", "--pipeline", folder.toString(), "--config"));
        all.add(folder.resolve("millrace.properties").toString());
        all.addAll(List.of(arguments));
        return Millrace.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    @Test
    void aDryRunSaysWhichConnectorsWouldBeCreatedAndChanged() {
        connectors = """
                {"millrace-shop-s2": {"status": {}, "info": {"config": {
                  "database.hostname": "old.internal", "heartbeat.action.query": "SELECT 1"}}}}""";
        int code = capture(
                SHARD,
                "--shard=s2=jdbc:postgresql://s2.internal:6543/app?user=capture&sslmode=verify-full",
                "--password=${file:/run/secrets/capture:{shard}}",
                "--dry-run");
        assertThat(code).as(err.toString()).isZero();
        assertThat(out.toString().lines())
                .hasSize(2)
                .contains("millrace-shop-s1: would be created")
                .anyMatch(line -> line.startsWith("millrace-shop-s2: would be changed: ")
                        && line.contains("database.hostname")
                        && line.contains("database.sslmode")
                        && !line.contains("heartbeat.action.query"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            s1=jdbc:mysql://s1/app?user=u | no JDBC address of PostgreSQL
            s1=jdbc:postgresql://s1?user=u | not one host and its database
            s1=jdbc:postgresql://s1,s2/app?user=u | not one host and its database
            s1=jdbc:postgresql://u:hidden@s1/app | not one host and its database
            s1=jdbc:postgresql://s1/app | without the user that captures
            s1=jdbc:postgresql://s1/app?user=u&password=hidden | with the parameter password
            s1=jdbc:postgresql://s1/app?user=u&socketTimeout=1 | with the parameter socketTimeout
            s__1=jdbc:postgresql://s1/app?user=u | the shard name 's__1' must consist of
            """)
    void anAddressThatSaysTooMuchOrTooLittleIsRefused(String shard, String message) {
        assertThat(capture("--shard=" + shard, "--password=${env:PASSWORD}", "--dry-run"))
                .isEqualTo(Millrace.USAGE);
        assertThat(err.toString()).contains(message).doesNotContain("hidden");
    }

    @Test
    void aPasswordThatIsWrittenOutIsRefusedAndNotShown() {
        assertThat(capture(SHARD, "--password=hidden", "--dry-run")).isEqualTo(Millrace.USAGE);
        assertThat(err.toString())
                .contains("the password of shard s1 must be a reference")
                .doesNotContain("hidden");
    }

    @Test
    void aPasswordAmongTheOverridesIsRefusedAndNotShown() {
        assertThat(capture(SHARD, "--password=${env:PASSWORD}", "--set=database.sslpassword=hidden", "--dry-run"))
                .isEqualTo(Millrace.USAGE);
        assertThat(err.toString())
                .contains("database.sslpassword must be a reference")
                .doesNotContain("hidden");
    }

    @Test
    void withoutTheAddressOfKafkaConnectNothingIsDone() throws IOException {
        Files.writeString(folder.resolve("millrace.properties"), "database = shop\n");
        assertThat(capture(SHARD, "--password=${env:PASSWORD}")).isEqualTo(Millrace.USAGE);
        assertThat(err.toString()).contains("connect.url is not set", "MILLRACE_CONNECT_URL");
    }
}
