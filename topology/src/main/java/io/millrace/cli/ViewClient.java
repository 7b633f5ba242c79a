package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.catalog.UserError;
import io.millrace.serve.RowParameters;
import io.millrace.serve.ViewPath;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Asks a running Millrace for its views. */
final class ViewClient {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int PAGE = 10_000;

    private final String server;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    private final ObjectMapper json = ExactJson.mapper();

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

    /** The views of which a new version is being built. */
    List<JsonNode> building() {
        List<JsonNode> building = new ArrayList<>();
        get("/v1/views").path("building").forEach(building::add);
        return building;
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

    /** The rows of a key or index: one for a full key, those that begin with it for a part; at most so many. */
    List<JsonNode> rows(String view, List<String> key, RowParameters parameters, int limit) {
        String path = ViewPath.rows(view, key).encoded();
        List<JsonNode> rows = new ArrayList<>();
        String cursor = null;
        do {
            String page = path + parameters.encoded(Math.min(PAGE, limit - rows.size()), cursor);
            JsonNode answer = get(page);
            if (!answer.has("rows")) {
                return List.of(answer);
            }
            answer.path("rows").forEach(rows::add);
            cursor = answer.path("cursor").asText(null);
        } while (cursor != null && rows.size() < limit);
        return rows;
    }

    /**
     * Reads all rows of a view, a page at a time.
     *
     * @param reader is given each page's text, and returns the cursor that it names, or null
     */
    void pages(String view, UnaryOperator<String> reader) {
        String path = ViewPath.rows(view, List.of()).encoded();
        String cursor = null;
        do {
            cursor = reader.apply(text(path + RowParameters.NONE.encoded(PAGE, cursor)));
        } while (cursor != null);
    }

    /**
     * The changes of a view from now on, or after an event.
     *
     * @param key only those whose key begins with it
     * @param lastEventId the event's id; null for now
     * @throws UserError of category UNREACHABLE when it may help to try again
     */
    EventStream changes(String view, List<String> key, String lastEventId) {
        String query = key.stream()
                .map(part -> "key=" + URLEncoder.encode(part, StandardCharsets.UTF_8))
                .collect(Collectors.joining("&", "?", ""));
        HttpRequest.Builder request = request(ViewPath.changes(view).encoded() + query);
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        HttpResponse<InputStream> response = send(request, HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() == 200) {
            return new EventStream(response.body());
        }
        try (InputStream body = response.body()) {
            throw failure(response.statusCode(), json.readTree(body));
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    /** The sinks, as the server last saw them. */
    List<JsonNode> sinks() {
        List<JsonNode> sinks = new ArrayList<>();
        get("/v1/sinks").path("sinks").forEach(sinks::add);
        return sinks;
    }

    private JsonNode get(String path) {
        try {
            return json.readTree(text(path));
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    private String text(String path) {
        HttpResponse<String> response = send(request(path), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        if (response.statusCode() / 100 == 2) {
            return response.body();
        }
        try {
            throw failure(response.statusCode(), json.readTree(response.body()));
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server + path)).timeout(PATIENCE);
    }

    private <T> HttpResponse<T> send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> body) {
        try {
            return http.send(request.build(), body);
        } catch (IOException e) {
            throw unreachable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static UserError failure(int status, JsonNode problem) {
        UserError.Category category =
                switch (status) {
                    case 404 -> UserError.Category.NOT_FOUND;
                    case 503 -> UserError.Category.UNREACHABLE;
                    default -> UserError.Category.USAGE;
                };
        return UserError.of(
                category,
                problem.path("detail").asText("the server answered " + status),
                problem.path("hint").asText(null));
    }

    private UserError unreachable(IOException failure) {
        return UserError.of(
                UserError.Category.UNREACHABLE,
                "the server " + server + " does not answer: " + failure,
                "is it running? ./millrace status says what is");
    }
}
