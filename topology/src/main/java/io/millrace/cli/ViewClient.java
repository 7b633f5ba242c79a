package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.catalog.UserError;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Asks a running Millrace for its views. */
final class ViewClient {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int PAGE = 10_000;

    private final String server;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    private final ObjectMapper json = new ObjectMapper();

    ViewClient(String server) {
        this.server = server.endsWith("/") ? server.substring(0, server.length() - 1) : server;
    }

    /** The client of a named server, of MILLRACE_SERVER, or of the running development stack. */
    static ViewClient of(String named) {
        String server = named != null ? named : System.getenv("MILLRACE_SERVER");
        return new ViewClient(server != null ? server : RunningStack.orThrow().http());
    }

    /** All views, as the server describes them. */
    List<JsonNode> views() {
        List<JsonNode> views = new ArrayList<>();
        get("/v1/views").path("views").forEach(views::add);
        return views;
    }

    /** The description of one view. */
    JsonNode view(String name) {
        List<JsonNode> views = views();
        return views.stream()
                .filter(view -> view.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow(() -> Names.unknown(
                        "view",
                        name,
                        views.stream().map(view -> view.path("name").asText()).toList()));
    }

    /** The rows of a key: one for a full key, those that begin with it for a part; at most so many. */
    List<JsonNode> rows(String view, List<String> key, int limit) {
        StringBuilder path = new StringBuilder("/v1/views/").append(encode(view));
        key.forEach(part -> path.append('/').append(encode(part)));
        List<JsonNode> rows = new ArrayList<>();
        String cursor = null;
        do {
            String page = path + "?limit=" + Math.min(PAGE, limit - rows.size())
                    + (cursor == null ? "" : "&cursor=" + cursor);
            JsonNode answer = get(page);
            if (!answer.has("rows")) {
                return List.of(answer);
            }
            answer.path("rows").forEach(rows::add);
            cursor = answer.path("cursor").asText(null);
        } while (cursor != null && rows.size() < limit);
        return rows;
    }

    private JsonNode get(String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server + path))
                .timeout(PATIENCE)
                .build();
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            JsonNode body = json.readTree(response.body());
            if (response.statusCode() / 100 != 2) {
                UserError.Category category =
                        switch (response.statusCode()) {
                            case 404 -> UserError.Category.NOT_FOUND;
                            case 503 -> UserError.Category.UNREACHABLE;
                            default -> UserError.Category.USAGE;
                        };
                throw UserError.of(
                        category,
                        body.path("title").asText("the server answered " + response.statusCode()),
                        body.path("detail").asText(null));
            }
            return body;
        } catch (IOException e) {
            throw UserError.of(
                    UserError.Category.UNREACHABLE,
                    "the server " + server + " does not answer: " + e,
                    "is it running? ./millrace status says what is");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static String encode(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
