package io.millrace.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.millrace.row.Origin;
import io.millrace.sql.Sink;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What caches are told of answers, and parts of answers. */
final class CachingTest {
    private static final String KEPT = "public, max-age=0, s-maxage=300, stale-while-revalidate=10";

    private ServedViews views;

    @BeforeEach
    void start() {
        views = new ServedViews();
    }

    @AfterEach
    void stop() {
        views.close();
    }

    private static Sink sink(String view, String... options) {
        Map<String, String> all = IntStream.range(0, options.length / 2)
                .boxed()
                .collect(Collectors.toMap(i -> options[2 * i], i -> options[2 * i + 1]));
        return new Sink(view + "_pages", "cdn", view, Optional.empty(), all);
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse(null);
    }

    /** Cache-Control and Surrogate-Key. */
    private String told(String path) throws Exception {
        HttpResponse<String> response = views.get(path);
        String tags = header(response, "Surrogate-Key");
        assertThat(header(response, "Cache-Tag")).isEqualTo(tags == null ? null : tags.replace(' ', ','));
        String control = header(response, "Cache-Control");
        return response.statusCode() + " " + (KEPT.equals(control) ? "kept" : control)
                + (tags == null ? "" : " " + tags);
    }

    private void putThings() {
        views.put("thing", "1", "sea", "1.50", "0.5", null, null, null);
        views.put("thing", "2", "sea", null, "2", null, null, null);
        views.put("thing", "3", "a b,c", "1.5", null, null, null, null);
        views.put("thing", "4", null, "1.5", null, null, null, null);
    }

    @Test
    void cachesMustAskWhereNobodyTellsThemOfChanges() throws Exception {
        putThings();
        assertThat(told("/v1/views/thing/1")).isEqualTo("200 no-cache");
        assertThat(told("/v1/views/thing")).isEqualTo("200 no-cache");
        assertThat(told("/v1/views/thing/9")).isEqualTo("404 no-store");
        views.deploy(sink("label", "tags", "label/{label}"));
        assertThat(told("/v1/views/thing/1")).isEqualTo("200 no-cache");
    }

    @Test
    void aRowCarriesItsTags() throws Exception {
        putThings();
        views.deploy(sink("thing", "tags", "thing/{id}, label/{label}", "ttl_seconds", "300, 900"));
        assertThat(told("/v1/views/thing/1")).isEqualTo("200 kept thing/1 label/sea");
        assertThat(told("/v1/views/thing/3")).isEqualTo("200 kept thing/3 label/a%20b%2Cc");
        views.deploy(sink("thing", "tags", "thing/{id}", "item_tags", "only/{id}", "ttl_seconds", "60"));
        assertThat(header(views.get("/v1/views/thing/1"), "Cache-Control"))
                .isEqualTo("public, max-age=0, s-maxage=60, stale-while-revalidate=10");
        assertThat(header(views.get("/v1/views/thing/1"), "Surrogate-Key")).isEqualTo("thing/1 only/1");
    }

    @Test
    void whatIsHotIsKeptLonger() throws Exception {
        putThings();
        views.deploy(sink("thing", "tags", "thing/{id}, label/{label}"));
        views.hot((sink, tags) -> List.of(tags.split(" ", -1)).contains("label/sea") ? 3_600 : 0);
        assertThat(header(views.get("/v1/views/thing/1"), "Cache-Control"))
                .isEqualTo("public, max-age=0, s-maxage=3600, stale-while-revalidate=10");
        assertThat(header(views.get("/v1/views/thing/1"), "Millrace-Keep")).isEqualTo("3600");
        assertThat(told("/v1/views/thing/3")).isEqualTo("200 kept thing/3 label/a%20b%2Cc");
        assertThat(header(views.get("/v1/views/thing/3"), "Millrace-Keep")).isEqualTo("300");
        // The same is told to who makes a page of it, though caches have to ask for the answer itself.
        views.deploy(sink("thing", "tags", "thing/{id}, label/{label}", "columns", "label"));
        assertThat(told("/v1/views/thing/1")).isEqualTo("200 no-cache thing/1 label/sea");
        assertThat(header(views.get("/v1/views/thing/1"), "Millrace-Keep")).isEqualTo("3600");
        views.hot((sink, tags) -> 0);
        assertThat(header(views.get("/v1/views/thing/1"), "Millrace-Keep")).isEqualTo("300");
        views.deploy();
        assertThat(header(views.get("/v1/views/thing/1"), "Millrace-Keep")).isNull();
    }

    @Test
    void whatIsHotBySomeSinkIsKeptNoLongerThanTheOthersSay() throws Exception {
        putThings();
        views.deploy(
                new Sink(
                        "things",
                        "cdn",
                        "thing",
                        Optional.empty(),
                        Map.of("tags", "thing/{id}", "ttl_seconds", "60, 90")),
                new Sink("labels", "cdn", "thing", Optional.empty(), Map.of("tags", "label/{label}")));
        views.hot((sink, tags) -> sink.equals("labels") && tags.contains("label/sea") ? 7_200 : 0);
        assertThat(header(views.get("/v1/views/thing/1"), "Millrace-Keep")).isEqualTo("60");
        views.hot((sink, tags) -> sink.equals("labels") ? 7_200 : 90);
        assertThat(header(views.get("/v1/views/thing/1"), "Millrace-Keep")).isEqualTo("90");
    }

    @Test
    void whatASinkDoesNotTellOfEveryChangeOfIsNotKept() throws Exception {
        putThings();
        views.deploy(sink("thing", "tags", "thing/{id}", "columns", "label"));
        assertThat(told("/v1/views/thing/1")).isEqualTo("200 no-cache thing/1");
        assertThat(told("/v1/views/thing/9")).isEqualTo("404 kept thing/9");
        views.deploy(sink("thing", "urls", "/t/{id}"));
        assertThat(told("/v1/views/thing/1")).isEqualTo("200 no-cache");
    }

    @Test
    void aRowThatLacksATagIsNotKept() throws Exception {
        putThings();
        views.deploy(sink("thing", "tags", "thing/{id}, label/{label}"));
        assertThat(told("/v1/views/thing/4")).isEqualTo("200 no-cache");
        assertThat(told("/v1/views/thing?limit=2&from=3")).isEqualTo("200 no-cache");
    }

    @Test
    void severalSinksTellOfOneView() throws Exception {
        putThings();
        views.deploy(
                sink("thing", "tags", "label/{label}", "columns", "label"),
                sink("thing", "tags", "thing/{id}", "ttl_seconds", "300"),
                sink("thing", "tags", "all-things", "ttl_seconds", "3600"));
        assertThat(told("/v1/views/thing/1")).isEqualTo("200 kept label/sea thing/1 all-things");
    }

    @Test
    void thatARowIsMissingIsKeptWhereItsComingIsTold() throws Exception {
        putThings();
        views.deploy(sink("thing", "tags", "thing/{id}, label/{label}", "item_tags", "item/{id}"));
        assertThat(told("/v1/views/thing/9")).isEqualTo("404 kept thing/9");
        views.deploy(sink("thing", "tags", "label/{label}"));
        assertThat(told("/v1/views/thing/9")).isEqualTo("404 no-store");
        views.deploy(sink("label", "tags", "label/{label}"));
        assertThat(told("/v1/views/label/$null")).isEqualTo("404 no-store");
        assertThat(told("/v1/views/label/%24null")).isEqualTo("404 kept label/$null");
    }

    @Test
    void aListIsKeptWhereItsRowsComingAndGoingIsTold() throws Exception {
        putThings();
        views.deploy(sink("thing", "tags", "thing/{id}, label/{label}"));
        assertThat(told("/v1/views/thing/sea?by=label")).isEqualTo("200 kept label/sea thing/2 thing/1");
        assertThat(told("/v1/views/thing/lake?by=label")).isEqualTo("200 kept label/lake");
        assertThat(told("/v1/views/thing/sea?by=label&limit=2")).isEqualTo("200 kept label/sea thing/2 thing/1");
        assertThat(told("/v1/views/thing/sea?by=label&limit=1")).isEqualTo("200 kept label/sea thing/2");
        assertThat(told("/v1/views/thing/sea?by=label&from=1")).isEqualTo("200 kept label/sea thing/1");
        assertThat(told("/v1/views/thing/0.5?by=ratio")).startsWith("200 no-cache");
        assertThat(told("/v1/views/thing/$null?by=label")).startsWith("200 no-cache");
        assertThat(told("/v1/views/thing?from=1&to=3")).startsWith("200 no-cache");
        views.deploy(sink("thing", "tags", "thing/{id}, label/{label}", "columns", "label"));
        assertThat(told("/v1/views/thing/sea?by=label")).isEqualTo("200 no-cache label/sea thing/2 thing/1");
        assertThat(told("/v1/views/thing/sea?by=label&limit=1")).isEqualTo("200 no-cache label/sea thing/2");
        views.deploy(sink("thing", "tags", "thing/{id}, all-things"));
        assertThat(told("/v1/views/thing?from=1&to=3")).isEqualTo("200 kept all-things thing/1 thing/2");
        views.deploy(sink("thing", "tags", "ratio/{ratio}"));
        assertThat(told("/v1/views/thing/0.5?by=ratio"))
                .as("0.5 may be written 0.50")
                .isEqualTo("200 no-cache");
    }

    @Test
    void aPartOfAListInTheOrderOfTheKeyIsKept() throws Exception {
        for (int i = 1; i < 5; i++) {
            views.put("liked", "7", Integer.toString(i));
        }
        views.deploy(sink("liked", "tags", "likes-of/{user_id}"));
        assertThat(told("/v1/views/liked/7?limit=2")).isEqualTo("200 kept likes-of/7");
        assertThat(told("/v1/views/liked/7?from=2&to=4")).isEqualTo("200 kept likes-of/7");
        assertThat(told("/v1/views/liked?limit=2")).startsWith("200 no-cache");
    }

    @Test
    void rowsWithoutAKeyAreNotKept() throws Exception {
        views.store.put(views.view("names"), 3, MemoryViewStore.row(views.view("names"), "sea"));
        views.deploy(sink("names", "tags", "name/{label}"));
        assertThat(told("/v1/views/names/sea")).isEqualTo("200 no-cache");
        assertThat(told("/v1/views/names")).isEqualTo("200 no-cache");
    }

    @Test
    void moreTagsThanCachesTakeAreNotTold() throws Exception {
        IntStream.range(0, 1_000).forEach(i -> views.put("liked", "7", Integer.toString(i)));
        views.deploy(sink("liked", "tags", "likes-of/{user_id}, like/{user_id}/{photo_id}"));
        assertThat(told("/v1/views/liked/7?limit=500")).startsWith("200 kept likes-of/7 like/7/0 ");
        assertThat(told("/v1/views/liked/7?limit=1000")).isEqualTo("200 no-cache");
    }

    @Test
    void whatIsNotModifiedIsSaidWithTheSameFields() throws Exception {
        putThings();
        views.deploy(sink("thing", "tags", "thing/{id}, label/{label}"));
        for (String path : List.of("/v1/views/thing/1", "/v1/views/thing/sea?by=label")) {
            HttpResponse<String> whole = views.get(path);
            HttpResponse<String> again = views.get(path, "If-None-Match", header(whole, "ETag"));
            assertThat(again.statusCode()).isEqualTo(304);
            assertThat(again.body()).isEmpty();
            for (String field : List.of("ETag", "Cache-Control", "Surrogate-Key", "Vary")) {
                assertThat(header(again, field)).as(field).isNotNull().isEqualTo(header(whole, field));
            }
        }
    }

    @Test
    void aRowSaysOfWhichChangeItIs() throws Exception {
        views.put("liked", "1", "2");
        assertThat(header(views.get("/v1/views/liked/1/2"), "Millrace-Position"))
                .isNull();
        views.store.origins.put(
                MemoryViewStore.row(views.view("liked"), "1", "2"), new Origin("shard1", 26_843_544, 1));
        assertThat(header(views.get("/v1/views/liked/1/2"), "Millrace-Position"))
                .isEqualTo("shard1 26843544");
    }

    @Test
    void anotherInstancesAnswersSayTheSame() throws Exception {
        try (ServedViews other = new ServedViews()) {
            Sink sink = sink("liked", "tags", "likes-of/{user_id}, like/{user_id}/{photo_id}");
            views.deploy(sink);
            other.deploy(sink);
            IntStream.range(0, MemoryViewStore.PARTITIONS).forEach(i -> (i % 2 == 0 ? views : other)
                    .store.elsewhere.put(i, (i % 2 == 0 ? other : views).address()));
            for (int i = 0; i < 9; i++) {
                views.put("liked", "7", Integer.toString(i));
                other.put("liked", "7", Integer.toString(i));
            }
            String list = "200 kept likes-of/7 "
                    + IntStream.range(0, 9).mapToObj(i -> "like/7/" + i).collect(Collectors.joining(" "));
            assertThat(told("/v1/views/liked/7")).isEqualTo(list);
            for (int i = 0; i < 9; i++) {
                assertThat(told("/v1/views/liked/7/" + i)).isEqualTo("200 kept likes-of/7 like/7/" + i);
                assertThat(told("/v1/views/liked/8/" + i)).isEqualTo("404 kept likes-of/8 like/8/" + i);
                assertThat(views.get("/v1/views/liked/7/" + i, "Range", "bytes=1-9")
                                .body())
                        .isEqualTo("\"user_id\"");
            }
        }
    }

    @Test
    void forHowLongIsNotSaidWhereTheHolderDoesNotSayIt() throws Exception {
        views.deploy(sink("liked", "tags", "likes-of/{user_id}"));
        HttpServer older = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        older.createContext("/", exchange -> {
            exchange.getResponseHeaders().add("Surrogate-Key", "likes-of/7");
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("{}".getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        older.start();
        try {
            IntStream.range(0, MemoryViewStore.PARTITIONS)
                    .forEach(i -> views.store.elsewhere.put(
                            i, "127.0.0.1:" + older.getAddress().getPort()));
            HttpResponse<String> answer = views.get("/v1/views/liked/7/1");
            assertThat(header(answer, "Surrogate-Key")).isEqualTo("likes-of/7");
            assertThat(header(answer, "Millrace-Keep")).isNull();
        } finally {
            older.stop(0);
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            delimiter = '|',
            value = {
                // {"label":"sea","n":1}
                "bytes=0-0    | 206 | {         | bytes 0-0/21",
                "bytes=2-6    | 206 | label     | bytes 2-6/21",
                "bytes=16-    | 206 | 'n\":1}'  | bytes 16-20/21",
                "bytes=-4     | 206 | '\":1}'   | bytes 17-20/21",
                "bytes=-99    | 206 | -         | bytes 0-20/21",
                "bytes=17-999 | 206 | '\":1}'   | bytes 17-20/21",
                "bytes=21-    | 416 | ''        | bytes */21",
                "bytes=-0     | 416 | ''        | bytes */21",
                "bytes=6-2    | 200 | -         | -",
                "bytes=0-1,4-5| 200 | -         | -",
                "bytes=x-     | 200 | -         | -",
                "bytes=-      | 200 | -         | -",
                "rows=0-1     | 200 | -         | -"
            })
    void aPartIsSentAsItIsAskedFor(String range, int status, String body, String contentRange) throws Exception {
        views.put("label", "sea", "1");
        String whole = views.get("/v1/views/label/sea").body();
        HttpResponse<String> part = views.get("/v1/views/label/sea", "Range", range);
        assertThat(part.statusCode()).isEqualTo(status);
        assertThat(part.body()).isEqualTo(body == null ? whole : body);
        assertThat(header(part, "Content-Range")).isEqualTo(contentRange);
        assertThat(header(part, "Content-Length"))
                .isEqualTo(Integer.toString(part.body().length()));
    }

    @Test
    void aPartOfAnotherVersionIsNotJoinedToThisOne() throws Exception {
        views.put("label", "sea", "1");
        String tag = header(views.get("/v1/views/label/sea"), "ETag");
        assertThat(views.get("/v1/views/label/sea", "Range", "bytes=2-6", "If-Range", tag)
                        .statusCode())
                .isEqualTo(206);
        views.put("label", "sea", "2");
        HttpResponse<String> changed = views.get("/v1/views/label/sea", "Range", "bytes=2-6", "If-Range", tag);
        assertThat(changed.statusCode()).isEqualTo(200);
        assertThat(changed.body()).isEqualTo("{\"label\":\"sea\",\"n\":2}");
    }

    @Test
    void headSaysWhatGetWould() throws Exception {
        putThings();
        views.deploy(sink("thing", "tags", "thing/{id}, label/{label}"));
        HttpResponse<String> got = views.get("/v1/views/thing/1");
        HttpResponse<String> head = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(views.uri("/v1/views/thing/1"))
                                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                                .header("Range", "bytes=0-1")
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        for (String field : List.of("ETag", "Cache-Control", "Surrogate-Key", "Content-Length", "Accept-Ranges")) {
            assertThat(header(head, field)).as(field).isNotNull().isEqualTo(header(got, field));
        }
    }

    @Test
    void errorsAndWhatIsOfTheMomentAreNotKept() throws Exception {
        views.store.moving.addAll(List.of(0, 1, 2, 3));
        for (String path : List.of(
                "/v1/views/liked/1/2",
                "/v1/views/no",
                "/v1/views/liked/x/y",
                "/v1/views",
                "/health",
                "/metrics",
                "/no")) {
            assertThat(header(views.get(path), "Cache-Control")).as(path).isEqualTo("no-store");
        }
    }
}
