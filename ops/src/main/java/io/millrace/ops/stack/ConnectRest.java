package io.millrace.ops.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;

/** A Connect worker's REST interface. */
public final class ConnectRest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final String url;
    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();

    /** The interface at that address, such as {@code http://127.0.0.1:8083}. */
    public ConnectRest(String url) {
        this.url = url;
    }

    public String url() {
        return url;
    }

    /**
     * What it answers. While the worker joins its group that is 409, before it is up nothing: both are waited out.
     *
     * @param body to send; null for none
     */
    public JsonNode call(String method, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body))
                .build();
        Instant deadline = Instant.now().plus(PATIENCE);
        String last = "no answer";
        while (Instant.now().isBefore(deadline)) {
            try {
                HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() / 100 == 2) {
                    return json.readTree(response.body().isEmpty() ? "{}" : response.body());
                }
                last = response.statusCode() + " " + response.body();
            } catch (IOException e) {
                last = e.toString();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for Connect", e);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
        throw new IllegalStateException(method + " " + path + " failed for " + PATIENCE.toSeconds() + " s: " + last);
    }
}
