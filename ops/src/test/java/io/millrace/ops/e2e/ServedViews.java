package io.millrace.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.plan.PlanNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads a deployed pipeline over HTTP. */
final class ServedViews {
    private final String url;
    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .configure(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES, false);

    ServedViews(String url) {
        this.url = url;
    }

    /** The body of an answer, if it is one of success. */
    Optional<String> get(String path) throws InterruptedException {
        try {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(url + path)).build(), HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200 ? Optional.of(answer.body()) : Optional.empty();
        } catch (IOException e) {
            // It is being killed or started.
            return Optional.empty();
        }
    }

    /**
     * A view's rows, sorted; a row of a multiset view as often as it has copies. None while the view cannot be read. Fails
     * when two rows have one key.
     */
    Optional<List<String>> rows(PlanNode.View view) throws InterruptedException {
        return get("/v1/views/" + view.name() + "?limit=10000").map(body -> rows(view, parsed(body)));
    }

    private List<String> rows(PlanNode.View view, JsonNode page) {
        assertThat(page.path("cursor").isNull())
                .as("one page holds %s", view.name())
                .isTrue();
        List<String> rows = new ArrayList<>();
        Set<List<JsonNode>> keys = new HashSet<>();
        for (JsonNode each : page.path("rows")) {
            ObjectNode row = (ObjectNode) each;
            List<JsonNode> key = view.key().stream()
                    .map(column -> row.path(view.fields().get(column).name()))
                    .toList();
            assertThat(keys.add(key))
                    .as("a page of %s shows the key %s once: %s", view.name(), key, page)
                    .isTrue();
            JsonNode copies = row.remove("__multiplicity");
            for (long copy = copies == null ? 1 : copies.asLong(); copy > 0; copy--) {
                rows.add(row.toString());
            }
        }
        rows.sort(null);
        return rows;
    }

    /** PostgreSQL's JSON of rows as this class writes it, sorted. */
    List<String> asServed(List<String> rows) {
        return rows.stream().map(row -> parsed(row).toString()).sorted().toList();
    }

    private JsonNode parsed(String text) {
        try {
            return json.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
