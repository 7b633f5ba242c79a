package io.millrace.ops.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the page's server says when something is wrong: a status and a sentence, whatever failed. */
final class PageServerTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private HttpResponse<String> answer(String path, HttpRequest.Builder request) throws Exception {
        ImageStore store = new ImageStore(directory);
        URI nobody = URI.create("http://127.0.0.1:1/");
        try (PageServer server = PageServer.start(
                0,
                directory,
                store,
                nobody,
                () -> new UploadWriter(store, Map.of("shard1", "jdbc:postgresql://127.0.0.1:1/")))) {
            HttpRequest whole = request.uri(URI.create(server.url() + path))
                    .timeout(Duration.ofSeconds(30))
                    .build();
            return HTTP.send(whole, BodyHandlers.ofString());
        }
    }

    private static HttpRequest.Builder upload() {
        return HttpRequest.newBuilder()
                .header("Content-Type", "application/octet-stream")
                .POST(BodyPublishers.ofByteArray(new byte[] {1}));
    }

    private static void assertSays(HttpResponse<String> answer, int status, String sentence) throws IOException {
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).contains(sentence);
    }

    @Test
    void aFailureIsSaid() throws Exception {
        assertSays(answer("", HttpRequest.newBuilder()), 500, "this failed here, and may succeed");
        assertSays(answer("uploads?name=a", upload()), 500, "this failed here, and may succeed");
        assertSays(answer("v1/views/image_status", HttpRequest.newBuilder()), 502, "the views do not answer");
    }

    @Test
    void aMistakeIsSaid() throws Exception {
        assertSays(answer("uploads?name=%00", upload()), 400, "a name has no character NUL");
        assertSays(answer("uploads", HttpRequest.newBuilder()), 405, "this takes POST");
    }
}
