package io.millrace.alert;

import io.millrace.catalog.ConfigKey;
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
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigTransformer;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;

/** A server that messages are posted to, signed where there is a secret. Thread-safe. */
public final class SignedHook {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Set<Integer> PASSING_STATUSES = Set.of(408, 425, 429);
    private static final int FIRST_OF_SERVER_ERRORS = 500;

    /**
     * Why a message was not taken.
     *
     * @param message for a person; without what the address may hide
     * @param mayPass whether it may be taken when it is sent again as it is
     */
    public record Refusal(String message, boolean mayPass) {}

    private final URI url;
    /** What messages call the server: the rest of the address may be secret. */
    private final String server;

    private final Optional<BodySignature> signature;
    private final HttpClient client;

    private final Duration patience;

    private SignedHook(URI url, Optional<BodySignature> signature, Duration patience) {
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

    /** The server of a pipeline's alerts; empty where there is none. @throws UserError if a reference leads nowhere */
    static Optional<SignedHook> of(PipelineConfig config) {
        return of(config, PATIENCE);
    }

    /** The same, which has so long to answer. */
    static Optional<SignedHook> of(PipelineConfig config, Duration patience) {
        return of(config, PipelineConfig.ALERTS_WEBHOOK_URL, PipelineConfig.ALERTS_WEBHOOK_SECRET, patience);
    }

    /**
     * The server that a pipeline's properties name; empty where they name none.
     *
     * @param url the property of its address
     * @param secret the property of the secret by which messages are signed
     * @param patience so long it has to answer
     * @throws UserError if a reference leads nowhere
     */
    public static Optional<SignedHook> of(
            PipelineConfig config,
            ConfigKey<Optional<String>> url,
            ConfigKey<Optional<String>> secret,
            Duration patience) {
        return config.get(url)
                .map(written -> new SignedHook(address(url.name(), written), signature(config, secret), patience));
    }

    private static URI address(String name, String written) {
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

    private static Optional<BodySignature> signature(PipelineConfig config, ConfigKey<Optional<String>> key) {
        String name = key.name();
        Optional<String> secret = config.get(key).map(written -> lookedUp(name, written));
        if (secret.isPresent() && secret.get().isEmpty()) {
            throw UserError.of(
                    UserError.Category.INVALID_PIPELINE,
                    name + " is empty, and nothing can be signed by that",
                    "write the secret there, or take the property out: then messages have no signature");
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
        return send(body, idempotencyKey).map(Refusal::message);
    }

    /** Posts a message; says why it was not taken, empty where it was. */
    public Optional<Refusal> send(String body, String idempotencyKey) throws InterruptedException {
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
            boolean mayPass = status >= FIRST_OF_SERVER_ERRORS || PASSING_STATUSES.contains(status);
            return status / 100 == 2
                    ? Optional.empty()
                    : Optional.of(new Refusal(server + " answers " + status, mayPass));
        } catch (TimeoutException e) {
            return Optional.of(new Refusal(server + " does not answer within " + patience.toMillis() + " ms", true));
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
            return Optional.of(new Refusal(server + " cannot be reached: " + why, true));
        } finally {
            answer.cancel(true);
        }
    }
}
