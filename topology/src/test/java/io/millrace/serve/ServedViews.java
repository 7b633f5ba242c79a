package io.millrace.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Planner;
import io.millrace.sql.Sink;
import io.millrace.sql.ViewsFile;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntBiFunction;

/** Views in memory, served. */
public final class ServedViews implements AutoCloseable {
    private static final String TABLES = """
            CREATE TABLE things (id bigint PRIMARY KEY, label text, amount numeric, ratio double precision,
              taken_at timestamptz, flag boolean, raw bytea);
            CREATE TABLE likes (user_id bigint, photo_id bigint, PRIMARY KEY (user_id, photo_id));
            """;
    private static final String VIEWS = """
            CREATE VIEW thing AS SELECT id, label, amount, ratio, taken_at, flag, raw FROM things;
            CREATE VIEW label AS SELECT label, count(*) AS n FROM things GROUP BY label;
            CREATE VIEW liked AS SELECT user_id, photo_id FROM likes;
            CREATE VIEW names AS SELECT label FROM things;
            CREATE INDEX ON thing (label, amount DESC);
            CREATE INDEX thing_by_ratio ON thing (ratio DESC NULLS LAST);
            CREATE INDEX ON liked (photo_id);
            CREATE INDEX ON names (label DESC);
            """;

    final Plan plan;
    final MemoryViewStore store;
    final ViewServer server;
    /** Readers who left are noticed by it. */
    private static final Duration HEARTBEAT = Duration.ofMillis(200);

    private volatile ToIntBiFunction<String, String> hotSeconds = (sink, tags) -> 0;
    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();

    /** No rows yet. */
    public ServedViews() {
        List<UserError> errors = new ArrayList<>();
        plan = Planner.plan(
                ViewsFile.read(VIEWS, "views.sql", TablesFile.read(TABLES, "tables.sql", "test", errors), errors));
        assertThat(errors.stream().map(UserError::render)).isEmpty();
        store = new MemoryViewStore(plan);
        ViewCaching.Policy caching = new ViewCaching.Policy(0, 10, (sink, tags) -> hotSeconds.applyAsInt(sink, tags));
        server = ViewServer.start(plan, store, caching, "127.0.0.1", 0, () -> "a_metric 1\n", HEARTBEAT);
    }

    /** Says for how long a sink lets caches keep what carries tags of which one is hot. */
    void hot(ToIntBiFunction<String, String> seconds) {
        hotSeconds = seconds;
    }

    /** Deploys sinks in the place of those that are there. */
    void deploy(Sink... sinks) {
        store.sinks = List.of(sinks);
        Map<String, Plan> plans = new LinkedHashMap<>();
        plan.views().forEach(view -> plans.put(view.name(), plan));
        server.serve(plans);
    }

    PlanNode.View view(String name) {
        return plan.views().stream()
                .filter(view -> view.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Puts a row by the texts of its columns; null for NULL. */
    public void put(String view, String... texts) {
        store.put(view(view), 1, MemoryViewStore.row(view(view), texts));
    }

    /** {@code host:port}. */
    public String address() {
        return "127.0.0.1:" + server.port();
    }

    URI uri(String path) {
        return URI.create("http://" + address() + path);
    }

    HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    JsonNode json(String path) throws IOException, InterruptedException {
        HttpResponse<String> response = get(path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return json.readTree(response.body());
    }

    /** The detail of a problem, which is held to RFC 9457 and to its status. */
    String problem(String path, int status) throws IOException, InterruptedException {
        HttpResponse<String> response = get(path);
        JsonNode problem = json.readTree(response.body());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("title").asText()).isNotEmpty();
        assertThat(problem.path("type").asText()).isEqualTo("about:blank");
        assertThat(response.headers().firstValue("Retry-After").isPresent()).isEqualTo(status == 503);
        return problem.path("detail").asText() + " | " + problem.path("hint").asText();
    }

    @Override
    public void close() {
        server.close();
    }
}
