package io.millrace.scaling.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.alert.SignedHook;
import io.millrace.catalog.PipelineConfig;
import io.millrace.connectors.http.BodySignature;
import io.millrace.scaling.DecisionJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Decisions that are posted to a server. */
final class WebhookExecutorTest {
    private final List<String> received = new ArrayList<>();
    private int status = 204;
    private HttpServer server;

    @TempDir
    private Path directory;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::receive);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void receive(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        received.add(exchange.getRequestHeaders().getFirst("Idempotency-Key") + " "
                + exchange.getRequestHeaders().getFirst(BodySignature.HEADER) + " " + body);
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    private WebhookExecutor executor() throws IOException {
        Path secret = Files.writeString(directory.resolve("secret.properties"), "hook = sesame\n");
        PipelineConfig config = PipelineConfig.read(
                        "scaling.executor.webhook.url = http://127.0.0.1:"
                                + server.getAddress().getPort()
                                + "/scale\nscaling.executor.webhook.signature.secret = ${file:" + secret + ":hook}\n",
                        "millrace.properties",
                        "shop",
                        Map.of())
                .config();
        return new WebhookExecutor(SignedHook.of(
                        config,
                        PipelineConfig.SCALING_WEBHOOK_URL,
                        PipelineConfig.SCALING_WEBHOOK_SECRET,
                        Duration.ofSeconds(5))
                .orElseThrow());
    }

    @Test
    void aDecisionIsPostedSignedWithItsIdAsTheKey() throws Exception {
        executor().carryOut(ReconcilerTest.decision("web-1", 2, 4));
        String body = new String(DecisionJson.write(ReconcilerTest.decision("web-1", 2, 4)), StandardCharsets.UTF_8);
        assertThat(received).containsExactly("web-1 " + new BodySignature("sesame").of(body) + " " + body);
    }

    @Test
    void whatMayPassIsToldFromWhatDoesNot() throws Exception {
        WebhookExecutor executor = executor();
        for (int passing : List.of(500, 503, 429, 408)) {
            status = passing;
            assertThat(failure(executor).mayPass()).as("%d", passing).isTrue();
        }
        for (int lasting : List.of(400, 401, 404, 410, 302)) {
            status = lasting;
            assertThat(failure(executor).mayPass()).as("%d", lasting).isFalse();
        }
        server.stop(0);
        assertThat(failure(executor).mayPass()).isTrue();
    }

    private static ExecutionFailure failure(WebhookExecutor executor) {
        return catchThrowableOfType(
                ExecutionFailure.class, () -> executor.carryOut(ReconcilerTest.decision("web-1", 2, 4)));
    }
}
