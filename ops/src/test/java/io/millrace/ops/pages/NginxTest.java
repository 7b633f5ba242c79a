package io.millrace.ops.pages;

import static io.millrace.ops.pages.Edge.header;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import io.millrace.ops.pages.Origin.Answer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The configuration of ops/nginx in a real nginx. */
@Tag("nginx")
final class NginxTest {
    private static final String KEPT = "public, max-age=0, s-maxage=300";

    @TempDir
    private static Path directory;

    private static Origin origin;
    private static NginxProcess nginx;
    private static Edge edge;

    @BeforeAll
    static void start() throws Exception {
        NginxProcess.missing().ifPresent(why -> Assumptions.abort(why));
        origin = new Origin();
        nginx = NginxProcess.start(directory.resolve("nginx"), origin.port());
        edge = new Edge(nginx.url());
    }

    @AfterAll
    static void stop() {
        if (nginx != null) {
            nginx.close();
        }
        if (origin != null) {
            origin.close();
        }
    }

    private static String sent(HttpExchange exchange, String name) {
        return String.valueOf(exchange.getRequestHeaders().getFirst(name));
    }

    /** Asks for a page past the cache, as a purging connector does. */
    private static void refresh(String path) throws Exception {
        assertThat(header(edge.get(path, "X-Cache-Refresh", "1"), "X-Cache-Status"))
                .isEqualTo("BYPASS");
    }

    @Test
    void aPageIsKeptUntilItIsFetchedAnew() throws Exception {
        origin.page("/p/1", "old", "photo/1");
        assertThat(header(edge.get("/p/1"), "X-Cache-Status")).isEqualTo("MISS");
        origin.page("/p/1", "new", "photo/1");
        assertThat(header(edge.get("/p/1"), "X-Cache-Status")).isEqualTo("HIT");
        assertThat(edge.read("/p/1")).isEqualTo("200 old");
        refresh("/p/1");
        assertThat(edge.read("/p/1")).isEqualTo("200 new");
        origin.answer("/p/1", any -> new Answer(404, "gone", "Cache-Control", KEPT));
        refresh("/p/1");
        assertThat(edge.read("/p/1")).isEqualTo("404 gone");
        assertThat(origin.asked("/p/1")).isEqualTo(3);
    }

    /** What may not be kept replaces what was, if for a second; so does each of two variants what was of it. */
    @Test
    void noOldPageStaysWhereTheNewOneMayNotBeKept() throws Exception {
        for (String page : List.of("/gone/1", "/?gone=1")) {
            String path = page.replaceFirst("\\?.*", "");
            String[][] readers = {{"Cookie", "bucket=a"}, {"Cookie", "bucket=b"}};
            origin.answer(path, any -> new Answer(200, "old", "Cache-Control", KEPT));
            for (String[] reader : readers) {
                assertThat(edge.read(page, reader)).isEqualTo("200 old");
            }
            origin.answer(
                    path, any -> new Answer(403, "none of yours", "Cache-Control", "no-store", "Set-Cookie", "s=1"));
            for (String[] reader : readers) {
                assertThat(edge.get(page, reader[0], reader[1], "X-Cache-Refresh", "1")
                                .body())
                        .isEqualTo("none of yours");
            }
            assertThat(edge.read(page, readers[0])).isEqualTo("200 old");
            for (String[] reader : readers) {
                var expired = edge.get(page, reader[0], reader[1], "X-Cache-Refresh", "1", "X-Cache-Expire", "1");
                assertThat(header(expired, "X-Cache-Status")).isEqualTo("BYPASS");
                assertThat(edge.read(page, reader)).isEqualTo("403 none of yours");
                assertThat(edge.get(page, reader).headers().allValues("Set-Cookie"))
                        .doesNotContain("s=1");
            }
        }
    }

    @Test
    void fragmentsAreKeptByThemselves() throws Exception {
        origin.answer(
                "/e/1",
                exchange -> new Answer(
                        200,
                        sent(exchange, "Surrogate-Capability").contains("SSI/1.0")
                                ? "page <!--# include virtual=\"/e/1/counts\" --> end"
                                : "whole",
                        "Content-Type",
                        "text/html",
                        "Cache-Control",
                        KEPT));
        origin.page("/e/1/counts", "1 like", "counts/1");
        assertThat(edge.read("/e/1")).isEqualTo("200 page 1 like end");
        origin.page("/e/1/counts", "2 likes", "counts/1");
        assertThat(edge.read("/e/1")).isEqualTo("200 page 1 like end");
        refresh("/e/1/counts");
        assertThat(edge.read("/e/1")).isEqualTo("200 page 2 likes end");
        assertThat(origin.asked("/e/1")).isEqualTo(1);
    }

    @Test
    void whoHasAGoodTokenIsKnownToTheOriginWhichIsAskedOnceAToken() throws Exception {
        EdgeTokens tokens = new EdgeTokens("secret".getBytes(StandardCharsets.UTF_8), Clock.systemUTC());
        origin.answer("/edge/token", exchange -> tokens.check(
                        sent(exchange, "Authorization").replace("Bearer ", ""))
                .map(holder -> new Answer(200, "", "Cache-Control", "s-maxage=60", "Edge-User", holder.user()))
                .orElse(new Answer(401, "")));
        origin.answer(
                "/me", exchange -> new Answer(200, "user " + sent(exchange, "Edge-User"), "Cache-Control", "no-store"));
        String bearer = "Bearer " + tokens.issue("42", 60);
        for (int i = 0; i < 3; i++) {
            assertThat(edge.read("/me", "Authorization", bearer)).isEqualTo("200 user 42");
        }
        assertThat(origin.asked("/edge/token")).isEqualTo(1);
        assertThat(edge.read("/me", "Authorization", "Bearer " + tokens.issue("7", 60)))
                .isEqualTo("200 user 7");
        long reached = origin.asked("/me");
        assertThat(edge.read("/me", "Authorization", bearer + "x")).startsWith("401");
        assertThat(edge.read("/me", "Edge-User", "42")).startsWith("401");
        assertThat(edge.read("/edge/token", "Authorization", bearer)).startsWith("404");
        assertThat(origin.asked("/me")).isEqualTo(reached);
    }

    @Test
    void aReaderSeesOneOfTwoVariantsAndTheSameAgain() throws Exception {
        origin.answer(
                "/",
                exchange ->
                        new Answer(200, sent(exchange, "Edge-Bucket"), "Cache-Control", KEPT, "Vary", "Edge-Bucket"));
        Set<String> seen = new TreeSet<>();
        long before = origin.asked("/");
        for (int i = 0; i < 40; i++) {
            var first = edge.get("/", "User-Agent", "reader " + i);
            seen.add(first.body());
            assertThat(header(first, "Set-Cookie")).startsWith("bucket=" + first.body() + ";");
            assertThat(edge.read("/", "User-Agent", "other", "Cookie", "bucket=" + first.body()))
                    .isEqualTo("200 " + first.body());
        }
        assertThat(seen).containsExactly("a", "b");
        assertThat(origin.asked("/") - before).isEqualTo(2);
    }

    @Test
    void whileTheOriginDoesNotAnswerReadersSeeWhatIsThere() throws Exception {
        origin.answer("/kept", "kept", "Cache-Control", "public, s-maxage=1");
        edge.get("/kept");
        origin.fail(true);
        try {
            Thread.sleep(2_100);
            assertThat(edge.read("/kept")).isEqualTo("200 kept");
        } finally {
            origin.fail(false);
        }
    }
}
