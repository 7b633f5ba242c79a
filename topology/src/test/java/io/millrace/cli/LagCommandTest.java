package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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

/** What {@code millrace lag} shows of what only the running pipeline knows, as its properties are not the folder's. */
final class LagCommandTest {
    private static final String SINKS = """
            {"sinks": [
              {"name": "cdn.edge", "connector": "shop.cdn.edge", "source": "cdn-invalidations", "lagRecords": 3,
                "lagRecordsAtLeast": false, "lagSeconds": 2.5},
              {"name": "cdn.slow", "connector": "shop.cdn.slow", "source": "cdn-invalidations", "lagRecords": 10000,
                "lagRecordsAtLeast": true, "lagSeconds": 9.0},
              {"name": "cdn.new", "connector": "shop.cdn.new", "source": "cdn-invalidations", "lagRecords": null,
                "lagSeconds": null},
              {"name": "pages", "connector": "shop-cdn", "source": "names", "lagRecords": 0, "lagSeconds": 0}
            ]}""";

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        Files.writeString(folder.resolve("tables.sql"), "CREATE TABLE users (user_id bigint PRIMARY KEY, name text);");
        Files.writeString(folder.resolve("views.sql"), "CREATE VIEW names AS SELECT user_id, name FROM users;");
        Files.writeString(folder.resolve("millrace.properties"), "application.id = shop\n");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/sinks", exchange -> {
            byte[] body = SINKS.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private int lag(String url, String... more) {
        List<String> arguments = new ArrayList<>(List.of("lag", "--server", url));
        arguments.addAll(List.of("--pipeline", folder.toString()));
        // So that no stack is looked for that may run here.
        arguments.addAll(
                List.of("--config", folder.resolve("millrace.properties").toString()));
        arguments.addAll(List.of(more));
        return Millrace.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments.toArray(String[]::new));
    }

    private String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Test
    void aCacheThatOnlyTheRunningPipelineHasIsShownAsThatSawIt() {
        assertThat(lag(url())).as(err.toString()).isEqualTo(Millrace.OK);
        assertThat(out.toString().lines().skip(2).map(line -> line.replaceAll("[ |]+", " ")
                        .strip()))
                .containsExactly(
                        "cdn.edge cdn-invalidations 3 2.5 unknown",
                        "cdn.slow cdn-invalidations 10000+ 9.0 unknown",
                        "cdn.new cdn-invalidations unknown unknown unknown",
                        "pages names 0 0.0 unknown");
    }

    @Test
    void whatAnotherPipelineHasIsNotShown() throws IOException {
        Files.writeString(folder.resolve("millrace.properties"), "application.id = shopping\n");
        assertThat(lag(url())).as(err.toString()).isEqualTo(Millrace.OK);
        assertThat(out.toString()).doesNotContain("cdn.", "pages");
    }

    @Test
    void itCanBeAskedForByName() throws IOException {
        assertThat(lag(url(), "cdn.edge", "--json")).as(err.toString()).isEqualTo(Millrace.OK);
        JsonNode sinks = new ObjectMapper().readTree(out.toString()).path("sinks");
        assertThat(sinks).hasSize(1);
        assertThat(sinks.path(0).path("name").asText()).isEqualTo("cdn.edge");
        assertThat(sinks.path(0).path("lagRecords").asInt()).isEqualTo(3);
        assertThat(sinks.path(0).path("lagSeconds").asDouble()).isEqualTo(2.5);
        assertThat(lag(url(), "cdn.egde")).isEqualTo(Millrace.FAILURE);
        assertThat(err.toString()).contains("there is no sink cdn.egde", "did you mean cdn.edge?");
    }

    @Test
    void withoutAPipelineThatRunsThereIsWhatTheFolderHas() {
        server.stop(0);
        assertThat(lag(url())).as(err.toString()).isEqualTo(Millrace.OK);
        assertThat(out.toString()).doesNotContain("cdn.edge");
    }
}
