package io.millrace.alert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Posting to servers that do not answer as they should, and properties that are not as they should be. */
final class SignedHookTest {
    private static PipelineConfig config(String... properties) {
        return PipelineConfig.read(String.join("\n", properties), "millrace.properties", "app", Map.of())
                .config();
    }

    @Test
    void aServerThatNeverEndsItsAnswerIsNotWaitedFor() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            // The body is begun and never ended.
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write('a');
            exchange.getResponseBody().flush();
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort();
            SignedHook hook = SignedHook.of(config("alerts.webhook.url = " + url), Duration.ofMillis(300))
                    .orElseThrow();
            assertThat(hook.post("{}", "one")).contains(url + " does not answer within 300 ms");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void anEmptySecretIsToldToBeOne(@TempDir Path folder) throws Exception {
        Path secrets = Files.writeString(folder.resolve("secrets.properties"), "hook=\n");
        PipelineConfig config = config(
                "alerts.webhook.url = http://127.0.0.1:9",
                "alerts.webhook.signature.secret = ${file:" + secrets + ":hook}");
        assertThatThrownBy(() -> SignedHook.of(config))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("alerts.webhook.signature.secret is empty");
    }
}
