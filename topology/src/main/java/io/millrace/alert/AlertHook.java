package io.millrace.alert;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.connectors.SecretReference;
import io.millrace.connectors.http.BodySignature;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigTransformer;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;

/** The server that alerts are posted to. */
final class AlertHook {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final URI url;
    /** What messages call the server: the rest of the address may be secret. */
    private final String server;

    private final Optional<BodySignature> signature;
    private final HttpClient client;

    private final Duration patience;

    private AlertHook(URI url, Optional<BodySignature> signature, Duration patience) {
        this.patience = patience;
        this.url = url;
        this.server = url.getScheme() + "://" + url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
        this.signature = signature;
        this.client = HttpClient.newBuilder()
                .connectTimeout(patience)
                .followRedirects(HttpClient.Redirect.NEVER)
                .version(url.getScheme().equals("https") ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
                .build();
    }

    /** The server that a pipeline's properties name; empty where they name none. @throws UserError if a reference leads nowhere */
    static Optional<AlertHook> of(PipelineConfig config) {
        return of(config, PATIENCE);
    }

    /** The same, which has so long to answer. */
    static Optional<AlertHook> of(PipelineConfig config, Duration patience) {
        Optional<String> written = config.get(PipelineConfig.ALERTS_WEBHOOK_URL);
        if (written.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new AlertHook(address(written.get()), signature(config), patience));
    }

    private static URI address(String written) {
        String name = PipelineConfig.ALERTS_WEBHOOK_URL.name();
        String found = lookedUp(name, written);
        try {
            URI url = URI.create(found);
            if (url.getHost() == null || !("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
                throw new IllegalArgumentException("no address");
            }
            return url;
        } catch (IllegalArgumentException e) {
            // Without the cause, whose message shows the address.
            throw mistaken(name, "it must begin with https://host or http://host");
        }
    }

    private static Optional<BodySignature> signature(PipelineConfig config) {
        String name = PipelineConfig.ALERTS_WEBHOOK_SECRET.name();
        Optional<String> secret =
                config.get(PipelineConfig.ALERTS_WEBHOOK_SECRET).map(written -> lookedUp(name, written));
        if (secret.isPresent() && secret.get().isEmpty()) {
            throw UserError.of(
                    UserError.Category.INVALID_PIPELINE,
                    name + " is empty, and nothing can be signed by that",
                    "write the secret there, or take the property out: then alerts have no signature");
        }
        return secret.map(BodySignature::new);
    }

    /** The value of a reference, in the way that Kafka Connect's workers look them up. */
    private static String lookedUp(String name, String written) {
        if (!SecretReference.isIn(written)) {
            return written;
        }
        try (ConfigProvider variables = new EnvVarConfigProvider();
                ConfigProvider files = new FileConfigProvider()) {
            variables.configure(Map.of());
            files.configure(Map.of());
            Map<String, String> values = new HashMap<>(new ConfigTransformer(Map.of("env", variables, "file", files))
                    .transform(Map.of(name, written))
                    .data());
            String value = values.get(name);
            if (value == null || SecretReference.isIn(value)) {
                throw mistaken(name, "nothing is there");
            }
            return value;
        } catch (IOException | ConfigException e) {
            throw mistaken(name, e.getMessage());
        }
    }

    private static UserError mistaken(String name, String why) {
        return UserError.of(
                UserError.Category.INVALID_PIPELINE,
                name + " cannot be looked up: " + why,
                "references are ${env:NAME} and ${file:PATH:KEY}, of this process's variables and of files that it can read");
    }

    /** Posts a message; says why that failed, empty where it is taken. */
    Optional<String> post(String body, String idempotencyKey) throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .timeout(patience)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", idempotencyKey)
                .POST(HttpRequest.BodyPublishers.ofString(body));
        signature.ifPresent(each -> request.header(BodySignature.HEADER, each.of(body)));
        CompletableFuture<HttpResponse<Void>> answer =
                client.sendAsync(request.build(), HttpResponse.BodyHandlers.discarding());
        try {
            // The client's own limit ends with the headers of the answer.
            int status = answer.get(patience.toMillis(), TimeUnit.MILLISECONDS).statusCode();
            return status / 100 == 2 ? Optional.empty() : Optional.of(server + " answers " + status);
        } catch (TimeoutException e) {
            return Optional.of(server + " does not answer within " + patience.toMillis() + " ms");
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            return Optional.of(server + " cannot be reached: "
                    + (cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage()));
        } finally {
            answer.cancel(true);
        }
    }
}
