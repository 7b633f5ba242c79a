package io.millrace.ops.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.cli.Millrace;
import io.millrace.serve.PipelineServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two instances on one broker: whichever is asked answers for both, and the one that is left answers for all. */
final class InstancesOnABrokerTest {
    private static final long SEED = Long.getLong("millrace.seed", System.nanoTime());
    private static final List<String> SHOPS = List.of("north", "so/uth", "Zürich", "");
    private static final int ARTICLES = 25;

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private final Random random = new Random(SEED);
    /** By shop and article what was sold. */
    private final Map<String, Integer> sold = new TreeMap<>();

    @Test
    void whicheverInstanceIsAskedTheAnswerIsTheWhole() throws Exception {
        try (InstancePair pair = new InstancePair(directory)) {
            sell(pair, 1_000);
            awaitAllRows(pair.first);
            assertBothAnswerForAll(pair);
            assertFollowersSeeEveryChangeOnce(pair);
            assertOneThatOnlySeemsDeadKeepsWhatItHas(pair);
            assertWhatAKilledOneHeldIsAnsweredSoon(pair);
            pair.second.close();
            awaitAnswersThatAreWhole(pair.first);
            sell(pair, 200);
            awaitAllRows(pair.first);
            assertEveryKeyIsRightAt(pair.first);
            awaitIndexIsRightAt(pair.first);
        }
    }

    private void assertOneThatOnlySeemsDeadKeepsWhatItHas(InstancePair pair) throws Exception {
        sell(pair, 100);
        pair.haveTheSecondSeemDead();
        assertThat(pair.takeovers()).isZero();
        sell(pair, 100);
        pair.awaitBothHoldPartitions();
        awaitAllRows(pair.first);
        awaitAllRows(pair.second);
        assertEveryKeyIsRightAt(pair.first);
        assertEveryKeyIsRightAt(pair.second);
    }

    /** In well under the session's timeout, after which the brokers would have missed it; both others see its death and clear it away. */
    private void assertWhatAKilledOneHeldIsAnsweredSoon(InstancePair pair) throws Exception {
        try (InstanceProcess third = pair.startProcess()) {
            sell(pair, 200);
            awaitAllRows(pair.first);
            long before = pair.takeovers();
            Set<String> members = third.membersOfSink();
            assertThat(pair.membersOfSink()).containsAll(members);
            sell(pair, 200);
            long killedNanos = System.nanoTime();
            long killedMs = System.currentTimeMillis();
            third.kill();
            sell(pair, 200);
            awaitAllRows(pair.first);
            assertThat(Duration.ofNanos(System.nanoTime() - killedNanos)).isLessThan(Duration.ofSeconds(6));
            // So with what it told caches of: its members are gone before the brokers would have missed them.
            Awaitility.await("the group that tells caches without it")
                    .atMost(InstancePair.PATIENCE)
                    .until(() -> Collections.disjoint(pair.membersOfSink(), members));
            assertThat(Duration.ofNanos(System.nanoTime() - killedNanos)).isLessThan(Duration.ofSeconds(8));
            // And 200 sales are of all articles.
            Awaitility.await("what caches are told")
                    .atMost(InstancePair.PATIENCE)
                    .until(() -> pair.toldSince(killedMs).size() == ARTICLES);
            assertThat(Duration.ofNanos(System.nanoTime() - killedNanos)).isLessThan(Duration.ofSeconds(8));
            Awaitility.await().atMost(InstancePair.PATIENCE).until(() -> pair.takeovers() > before);
            assertEveryKeyIsRightAt(pair.first);
            awaitIndexIsRightAt(pair.first);
        }
    }

    private void sell(InstancePair pair, int sales) throws Exception {
        for (int i = 0; i < sales; i++) {
            String shop = SHOPS.get(random.nextInt(SHOPS.size()));
            int article = random.nextInt(ARTICLES);
            pair.sell(shop, article, 1);
            sold.merge(row(shop, article), 1, Integer::sum);
        }
        pair.flush();
    }

    private static String row(String shop, int article) {
        return "{\"shop\":\"" + shop + "\",\"article\":" + article;
    }

    private List<String> expected() {
        return sold.entrySet().stream()
                .map(entry -> entry.getKey() + ",\"pieces\":" + entry.getValue() + "}")
                .toList();
    }

    /** Waits until all sales have come to the view. */
    private void awaitAllRows(PipelineServer server) {
        Awaitility.await("seed " + SEED).atMost(InstancePair.PATIENCE).until(() -> {
            HttpResponse<String> page = get(server, "/v1/views/sold?limit=1000");
            return page.statusCode() == 200 && rows(json.readTree(page.body())).containsAll(expected());
        });
    }

    /** Waits until a server answers while nothing is sold: until it does it says so, and then the first page is whole. */
    private void awaitAnswersThatAreWhole(PipelineServer server) {
        Awaitility.await("seed " + SEED).atMost(InstancePair.PATIENCE).until(() -> {
            HttpResponse<String> page = get(server, "/v1/views/sold?limit=1000");
            if (page.statusCode() == 503) {
                assertThat(page.headers().firstValue("Retry-After")).isPresent();
                return false;
            }
            assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
            assertThat(rows(json.readTree(page.body()))).containsExactlyInAnyOrderElementsOf(expected());
            return true;
        });
    }

    private void assertBothAnswerForAll(InstancePair pair) throws Exception {
        for (int limit : new int[] {1, 7, 1_000}) {
            assertThat(pages(pair.first, "/v1/views/sold", "?limit=" + limit))
                    .as("seed " + SEED)
                    .containsExactlyInAnyOrderElementsOf(expected())
                    .isEqualTo(pages(pair.second, "/v1/views/sold", "?limit=" + limit));
        }
        assertEveryKeyIsRightAt(pair.first);
        assertEveryKeyIsRightAt(pair.second);
        awaitIndexIsRightAt(pair.first);
        awaitIndexIsRightAt(pair.second);
        for (PipelineServer server : List.of(pair.first, pair.second)) {
            JsonNode view =
                    json.readTree(get(server, "/v1/views").body()).path("views").get(0);
            assertThat(view.path("rows").asInt()).isEqualTo(sold.size());
            assertThat(get(server, "/v1/views/sold/north/999").statusCode()).isEqualTo(404);
        }
    }

    private void assertEveryKeyIsRightAt(PipelineServer server) throws Exception {
        for (String row : expected()) {
            JsonNode key = json.readTree(row);
            String shop = key.path("shop").asText().replace("/", "%2F").replace("ü", "%C3%BC");
            String path = "/v1/views/sold/" + shop + "/" + key.path("article").asInt();
            assertThat(get(server, path).body()).as("seed " + SEED).isEqualTo(row);
        }
    }

    /** Waits until the index, which may lag behind its view, has the view's rows in its order: of each article, and of some. */
    private void awaitIndexIsRightAt(PipelineServer server) {
        Awaitility.await("seed " + SEED).atMost(InstancePair.PATIENCE).untilAsserted(() -> {
            for (int article = 0; article < ARTICLES; article++) {
                assertThat(pages(server, "/v1/views/sold/" + article, "?by=article&limit=3"))
                        .isEqualTo(indexed(article, article + 1));
            }
            assertThat(pages(server, "/v1/views/sold", "?by=article&from=5&to=17&limit=10"))
                    .isEqualTo(indexed(5, 17));
        });
    }

    /** The rows of some articles in the order of the index. */
    private List<String> indexed(int from, int to) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String row : expected()) {
            JsonNode read = json.readTree(row);
            if (read.path("article").asInt() >= from && read.path("article").asInt() < to) {
                rows.add(read);
            }
        }
        rows.sort(Comparator.comparingInt((JsonNode row) -> row.path("article").asInt())
                .thenComparingInt(row -> -row.path("pieces").asInt())
                .thenComparing(row -> row.path("shop").asText()));
        return rows.stream().map(JsonNode::toString).toList();
    }

    /** A follower at each instance has, by its lines alone, the rows that there are; and no line says what was said. */
    private void assertFollowersSeeEveryChangeOnce(InstancePair pair) throws Exception {
        List<StringWriter> outputs = new ArrayList<>();
        for (PipelineServer server : List.of(pair.first, pair.second)) {
            // Sales go on while the rows are read, so that some are both in the rows and in the changes.
            StringWriter out = new StringWriter();
            outputs.add(out);
            Thread follower = new Thread(
                    () -> Millrace.commandLine()
                            .setOut(new PrintWriter(out, true))
                            .execute("query", "sold", "--follow", "--output", "json", "--server", server.url()),
                    "follower of " + server.url());
            follower.setDaemon(true);
            follower.start();
            for (int i = 0; i < 20; i++) {
                sell(pair, 20);
            }
        }
        for (StringWriter out : outputs) {
            Awaitility.await("seed " + SEED).atMost(InstancePair.PATIENCE).untilAsserted(() -> assertThat(last(out))
                    .containsExactlyInAnyOrderElementsOf(expected()));
            Map<String, Integer> pieces = new TreeMap<>();
            for (String line : lines(out)) {
                JsonNode row = json.readTree(line);
                Integer before = pieces.put(
                        row.path("shop") + "/" + row.path("article"),
                        row.path("pieces").asInt());
                assertThat(before == null || before < row.path("pieces").asInt())
                        .as("seed %d: %s after %s", SEED, line, before)
                        .isTrue();
            }
        }
    }

    private static List<String> lines(StringWriter out) {
        String text = out.toString();
        return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    }

    private List<String> last(StringWriter out) throws IOException {
        Map<String, String> rows = new TreeMap<>();
        for (String line : lines(out)) {
            JsonNode row = json.readTree(line);
            ((ObjectNode) row).remove("__change");
            rows.put(row.path("shop") + "/" + row.path("article"), row.toString());
        }
        return List.copyOf(rows.values());
    }

    private List<String> pages(PipelineServer server, String path, String query) {
        List<String> all = new ArrayList<>();
        String cursor = null;
        do {
            String page = path + query + (cursor == null ? "" : "&cursor=" + cursor);
            HttpResponse<String> response = get(server, page);
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            try {
                JsonNode answer = json.readTree(response.body());
                all.addAll(rows(answer));
                cursor = answer.path("cursor").asText(null);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        } while (cursor != null);
        return all;
    }

    private static List<String> rows(JsonNode page) {
        List<String> rows = new ArrayList<>();
        page.path("rows").forEach(row -> rows.add(row.toString()));
        return rows;
    }

    private HttpResponse<String> get(PipelineServer server, String path) {
        try {
            return http.send(
                    HttpRequest.newBuilder(URI.create(server.url() + path)).build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
