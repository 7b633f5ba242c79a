package io.millrace.ops.pages;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** What is asked of a cache. */
final class Edge {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final URI url;
    private final HttpClient client = HttpClient.newHttpClient();

    Edge(String url) {
        this.url = URI.create(url);
    }

    HttpResponse<String> send(String method, String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url.resolve(path))
                .timeout(PATIENCE)
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        return send("GET", path, headers);
    }

    /** The status and body of a page. */
    String read(String path, String... headers) throws IOException, InterruptedException {
        HttpResponse<String> answer = get(path, headers);
        return answer.statusCode() + " " + answer.body().strip();
    }

    /** How many objects a purge removed. */
    int purge(String path, String... headers) throws IOException, InterruptedException {
        HttpResponse<String> answer = send("PURGE", path, headers);
        if (answer.statusCode() != 200) {
            throw new IOException("PURGE was answered " + answer.statusCode() + " " + answer.body());
        }
        return Integer.parseInt(answer.headers().firstValue("n-gone").orElseThrow());
    }

    static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse(null);
    }
}
