package io.millrace.scaling.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks servers for JSON. */
final class JsonServer {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();

    private final Duration patience;

    JsonServer() {
        this(PATIENCE);
    }

    JsonServer(Duration patience) {
        this.patience = patience;
    }

    JsonNode get(URI address) throws IOException, InterruptedException {
        HttpResponse<String> answer = ask(HttpRequest.newBuilder(address)
                .timeout(patience)
                .header("Accept", "application/json")
                .build());
        if (answer.statusCode() != 200) {
            String said = answer.body();
            throw new IOException("it answers " + answer.statusCode() + ": "
                    + said.substring(0, Math.min(200, said.length())).strip());
        }
        return JSON.readTree(answer.body());
    }

    /** The request's own timeout ends where the body begins, and a body may never end. */
    private HttpResponse<String> ask(HttpRequest request) throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<String>> asked = client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
        try {
            return asked.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            throw new IOException("no whole answer comes within " + patience.toMillis() + " ms", e);
        } finally {
            asked.cancel(true);
        }
    }
}
