package io.millrace.ops.pages;

import static io.millrace.ops.pages.Edge.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.millrace.ops.pages.Origin.Answer;
import io.millrace.ops.stack.Ports;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rules of ops/varnish in a real Varnish. */
@Tag("varnish")
final class VarnishTest {
    private static final String KEPT = "public, max-age=0, s-maxage=300";

    @TempDir
    private static Path directory;

    private static Origin origin;
    private static Varnish varnish;
    private static Edge edge;

    @BeforeAll
    static void start() throws Exception {
        Varnish.missing().ifPresent(why -> Assumptions.abort(why));
        origin = new Origin();
        varnish = Varnish.start(Path.of(".."), directory, Ports.free(), origin.port());
        edge = new Edge(varnish.url());
    }

    @AfterAll
    static void stop() {
        if (varnish != null) {
            varnish.close();
        }
        if (origin != null) {
            origin.close();
        }
    }

    @Test
    void aTagRemovesWhatCarriesItAndNothingElse() throws Exception {
        origin.page("/t/1", "one", "photo/1 user/1");
        origin.page("/t/2", "two", "photo/2 user/1");
        origin.page("/t/3", "three", "photo/3 user/11");
        for (int i = 1; i <= 3; i++) {
            assertThat(header(edge.get("/t/" + i), "X-Cache")).isEqualTo("MISS");
            assertThat(header(edge.get("/t/" + i), "X-Cache")).isEqualTo("HIT");
        }
        origin.page("/t/1", "changed", "photo/1 user/1");
        assertThat(edge.purge("/", "xkey-purge", "user/1")).isEqualTo(2);
        assertThat(edge.read("/t/1")).isEqualTo("200 changed");
        assertThat(header(edge.get("/t/3"), "X-Cache")).isEqualTo("HIT");
        edge.get("/t/2");
        assertThat(edge.purge("/", "xkey-purge", "photo/2 photo/3 photo/4")).isEqualTo(2);
        assertThat(origin.asked("/t/2")).isEqualTo(2);
    }

    @Test
    void hitsAreCountedWhileAReaderKeepsAsking() throws Exception {
        origin.page("/h/1", "one", "hits/1");
        edge.get("/h/1");
        Varnish.Hits before = varnish.hits();
        AtomicBoolean over = new AtomicBoolean();
        // As one who reads a page every few milliseconds over one connection.
        CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
            while (!over.get()) {
                try {
                    edge.get("/h/1");
                    Thread.sleep(5);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        try {
            Awaitility.await("hits")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> varnish.hits().since(before).hits() > 20);
            assertThat(varnish.hits().since(before).ratio()).isGreaterThan(0.9);
        } finally {
            over.set(true);
        }
        reader.join();
    }

    @Test
    void thatSomethingIsMissingIsKeptUntilItComes() throws Exception {
        origin.answer("/m/7", any -> new Answer(404, "none", "Cache-Control", KEPT, "Surrogate-Key", "photo/m7"));
        assertThat(edge.read("/m/7")).isEqualTo("404 none");
        origin.page("/m/7", "here", "photo/m7");
        assertThat(edge.read("/m/7")).isEqualTo("404 none");
        assertThat(edge.purge("/", "xkey-purge", "photo/m7")).isEqualTo(1);
        assertThat(edge.read("/m/7")).isEqualTo("200 here");
    }

    @Test
    void aSoftPurgeShowsWhatWasThereOnceMoreWhileItIsFetched() throws Exception {
        origin.page("/s/1", "old", "soft/1");
        edge.get("/s/1");
        origin.page("/s/1", "new", "soft/1");
        assertThat(edge.purge("/", "xkey-softpurge", "soft/1")).isEqualTo(1);
        assertThat(edge.read("/s/1")).isEqualTo("200 old");
        Awaitility.await("the new page").atMost(Duration.ofSeconds(5)).untilAsserted(() -> assertThat(edge.read("/s/1"))
                .isEqualTo("200 new"));
    }

    @Test
    void aUrlIsPurgedWhateverTheOrderOfItsParameters() throws Exception {
        origin.page("/u", "old", "url/1");
        edge.get("/u?a=1&b=2");
        origin.page("/u", "new", "url/1");
        assertThat(edge.read("/u?b=2&a=1")).isEqualTo("200 old");
        assertThat(edge.purge("/u?b=2&a=1")).isEqualTo(1);
        assertThat(edge.read("/u?a=1&b=2")).isEqualTo("200 new");
        assertThat(edge.purge("/never-seen")).isZero();
        assertThat(edge.purge("/u?a=1&b=2", "soft-purge", "1")).isEqualTo(1);
    }

    @Test
    void aBanRemovesWhatItsPatternMatches() throws Exception {
        origin.page("/ban/1", "old", "b1");
        origin.page("/ban/2", "old", "b2");
        edge.get("/ban/1");
        edge.get("/ban/2");
        origin.page("/ban/1", "new", "b1");
        assertThat(edge.send("BAN", "/", "ban-url", "^/ban/1$").statusCode()).isEqualTo(200);
        assertThat(edge.read("/ban/1")).isEqualTo("200 new");
        assertThat(header(edge.get("/ban/2"), "X-Cache")).isEqualTo("HIT");
        assertThat(edge.send("BAN", "/").statusCode()).isEqualTo(400);
        assertThat(edge.send("BAN", "/", "ban-url", "(").statusCode()).isEqualTo(400);
    }

    @Test
    void aPurgeOvertakesASlowReadAndASecondOneMendsIt() throws Exception {
        origin.page("/slow", "old", "slow/1");
        CountDownLatch held = origin.hold("/slow");
        CompletableFuture<String> reader = CompletableFuture.supplyAsync(() -> read("/slow"));
        Awaitility.await("the origin has the answer").until(() -> origin.asked("/slow") == 1);
        origin.page("/slow", "new", "slow/1");
        // The page is not there yet, and so it is not purged.
        assertThat(edge.purge("/", "xkey-purge", "slow/1")).isZero();
        held.countDown();
        assertThat(reader.join()).isEqualTo("200 old");
        assertThat(edge.read("/slow")).as("kept after its purge").isEqualTo("200 old");
        assertThat(edge.purge("/", "xkey-purge", "slow/1")).isEqualTo(1);
        assertThat(edge.read("/slow")).isEqualTo("200 new");
    }

    private static String read(String path) {
        try {
            return edge.read(path);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aPurgeOfAUrlDoesNotWaitForItsFetch() throws Exception {
        origin.page("/busy", "old", "busy/1");
        CountDownLatch held = origin.hold("/busy");
        CompletableFuture<String> reader = CompletableFuture.supplyAsync(() -> read("/busy"));
        Awaitility.await("the origin has the answer").until(() -> origin.asked("/busy") == 1);
        assertThat(edge.purge("/busy")).isZero();
        held.countDown();
        assertThat(reader.join()).isEqualTo("200 old");
        assertThat(edge.purge("/busy")).isEqualTo(1);
    }

    @Test
    void fragmentsAreKeptByThemselves() throws Exception {
        origin.answer(
                "/e/1",
                exchange -> new Answer(
                        200,
                        "<p>page <esi:include src=\"/e/1/counts\"/> end</p>",
                        "Content-Type",
                        "text/html",
                        "Cache-Control",
                        KEPT,
                        "Surrogate-Key",
                        "photo/e1",
                        "Surrogate-Control",
                        "content=\"" + sent(exchange, "Surrogate-Capability").replaceFirst(".*=", "") + "\""));
        origin.page("/e/1/counts", "1 like", "counts/e1");
        assertThat(edge.read("/e/1")).isEqualTo("200 <p>page 1 like end</p>");
        origin.page("/e/1/counts", "2 likes", "counts/e1");
        assertThat(edge.purge("/", "xkey-purge", "counts/e1")).isEqualTo(1);
        assertThat(edge.read("/e/1")).isEqualTo("200 <p>page 2 likes end</p>");
        assertThat(origin.asked("/e/1")).isEqualTo(1);
        assertThat(header(edge.get("/e/1"), "Surrogate-Control")).isNull();
    }

    private static String sent(HttpExchange exchange, String name) {
        return String.valueOf(exchange.getRequestHeaders().getFirst(name));
    }

    @Test
    void whoHasAGoodTokenIsKnownToTheOriginWhichIsAskedOnceAToken() throws Exception {
        EdgeTokens tokens =
                new EdgeTokens("secret".getBytes(java.nio.charset.StandardCharsets.UTF_8), java.time.Clock.systemUTC());
        origin.answer("/edge/token", exchange -> tokens.check(
                        sent(exchange, "Authorization").replace("Bearer ", ""))
                .map(holder -> new Answer(200, "", "Cache-Control", "s-maxage=60", "Edge-User", holder.user()))
                .orElse(new Answer(401, "")));
        origin.answer(
                "/me",
                exchange -> new Answer(
                        200,
                        "user " + sent(exchange, "Edge-User") + " " + sent(exchange, "Authorization"),
                        "Cache-Control",
                        "no-store"));
        String bearer = "Bearer " + tokens.issue("42", 60);
        for (int i = 0; i < 3; i++) {
            assertThat(edge.read("/me", "Authorization", bearer)).isEqualTo("200 user 42 null");
        }
        assertThat(origin.asked("/edge/token")).isEqualTo(1);
        assertThat(edge.read("/me?x=1", "Authorization", "Bearer " + tokens.issue("7", 60)))
                .startsWith("200 user 7");
        String forged = bearer.substring(0, bearer.length() - 2) + (bearer.endsWith("AA") ? "BB" : "AA");
        for (int i = 0; i < 3; i++) {
            assertThat(edge.read("/me", "Authorization", forged)).startsWith("401");
        }
        assertThat(origin.asked("/edge/token")).isEqualTo(3);
        long reached = origin.asked("/me");
        assertThat(edge.read("/me")).startsWith("401");
        assertThat(edge.read("/me", "Edge-User", "42")).startsWith("401");
        assertThat(edge.read("/me", "Edge-User", "42", "Authorization", "Bearer x"))
                .startsWith("401");
        assertThat(edge.read("/edge/token", "Authorization", bearer)).startsWith("404");
        assertThat(origin.asked("/me")).isEqualTo(reached);
        assertThat(origin.asked("/edge/token")).isEqualTo(3);
    }

    @Test
    void aReaderSeesOneOfTwoVariantsAndTheSameAgain() throws Exception {
        origin.answer(
                "/ab",
                exchange -> new Answer(
                        200,
                        sent(exchange, "Edge-Bucket"),
                        "Cache-Control",
                        KEPT,
                        "Vary",
                        "Edge-Bucket",
                        "Surrogate-Key",
                        "ab"));
        Set<String> seen = new TreeSet<>();
        for (int i = 0; i < 40; i++) {
            HttpResponse<String> first = edge.get("/ab");
            seen.add(first.body());
            assertThat(header(first, "Vary")).isEqualTo("Cookie");
            String cookie = header(first, "Set-Cookie");
            assertThat(cookie).startsWith("bucket=" + first.body() + ";");
            HttpResponse<String> again = edge.get("/ab", "Cookie", "x=1; " + cookie.substring(0, cookie.indexOf(';')));
            assertThat(again.body()).isEqualTo(first.body());
            assertThat(header(again, "Set-Cookie")).isNull();
        }
        assertThat(seen).containsExactly("a", "b");
        assertThat(origin.asked("/ab")).isEqualTo(2);
        assertThat(edge.purge("/", "xkey-purge", "ab")).isEqualTo(2);
    }

    @Test
    void partsOfALargeValueComeFromTheCache() throws Exception {
        origin.page("/large", "0123456789".repeat(100_000), "large");
        edge.get("/large");
        HttpResponse<String> part = edge.get("/large", "Range", "bytes=999990-");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo("0123456789");
        assertThat(origin.asked("/large")).isEqualTo(1);
    }

    @Test
    void fieldsBetweenInstancesAreNotLetThrough() throws Exception {
        origin.answer(
                "/between",
                exchange -> new Answer(200, sent(exchange, "Millrace-Partitions") + sent(exchange, "Cookie")));
        assertThat(edge.read("/between", "Millrace-Partitions", "1", "Cookie", "a=b"))
                .isEqualTo("200 nullnull");
    }

    @Test
    void whoMayNotPurgeDoesNot() throws Exception {
        Path rules = directory.resolve("others/ops/varnish");
        Files.createDirectories(rules);
        Path ours = Path.of("../ops/varnish");
        Files.copy(ours.resolve("millrace.vcl"), rules.resolve("millrace.vcl"));
        Files.writeString(
                rules.resolve("site.vcl"),
                Files.readString(ours.resolve("site.vcl")).replace("    \"127.0.0.1\";\n", "    \"192.0.2.1\";\n"));
        try (Varnish strict =
                Varnish.start(directory.resolve("others"), directory.resolve("strict"), Ports.free(), origin.port())) {
            Edge asked = new Edge(strict.url());
            origin.page("/guarded", "page", "guarded");
            assertThat(header(asked.get("/guarded"), "Surrogate-Key")).isNull();
            for (String[] purge :
                    new String[][] {{"/guarded"}, {"/", "xkey-purge", "guarded"}, {"/", "xkey-softpurge", "guarded"}}) {
                assertThatThrownBy(() -> asked.purge(purge[0], java.util.Arrays.copyOfRange(purge, 1, purge.length)))
                        .hasMessageContaining("403");
            }
            assertThat(asked.send("BAN", "/", "ban-url", ".").statusCode()).isEqualTo(403);
            assertThat(header(asked.get("/guarded"), "X-Cache")).isEqualTo("HIT");
        }
    }

    @Test
    void whileTheOriginDoesNotAnswerReadersSeeWhatIsThere() throws Exception {
        origin.page("/kept", "kept", "kept");
        edge.get("/kept");
        assertThat(edge.purge("/", "xkey-softpurge", "kept")).isEqualTo(1);
        origin.fail(true);
        try {
            for (int i = 0; i < 5; i++) {
                assertThat(edge.read("/kept")).isEqualTo("200 kept");
            }
            assertThat(edge.get("/not-there").statusCode()).isEqualTo(503);
        } finally {
            origin.fail(false);
        }
    }
}
