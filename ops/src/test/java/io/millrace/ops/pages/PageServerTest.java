package io.millrace.ops.pages;

import static io.millrace.ops.pages.Edge.header;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ops.pages.Origin.Answer;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages made of views' answers. */
final class PageServerTest {
    private static final String CARD =
            "{\"photo_id\":7,\"caption\":\"<b>&\",\"location\":null,\"posted_at\":\"2026-01-01\",\"user_id\":42,"
                    + "\"username\":\"a b\",\"full_name\":\"Ann\",\"verified\":true,\"likes\":3,\"comments\":1}";
    private static final byte[] SECRET = "secret".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path files;

    private Origin views;
    private PageServer server;
    private Edge pages;

    @BeforeEach
    void start() throws Exception {
        Files.writeString(files.resolve("style.css"), "body {}");
        Files.writeString(files.resolve("photo.svg"), "<svg/>");
        views = new Origin();
        server = PageServer.start(0, URI.create("http://127.0.0.1:" + views.port()), files, SECRET);
        pages = new Edge("http://127.0.0.1:" + server.port());
        views.answer(
                "/v1/views/photo_card/7",
                CARD,
                "Surrogate-Key",
                "photo/7 user/42 name/a%20b counts/7",
                "Millrace-Keep",
                "300",
                "Millrace-Position",
                "shard1 99");
    }

    @AfterEach
    void stop() {
        server.close();
        views.close();
    }

    @Test
    void aPageCarriesTheTagsOfWhatItShows() throws Exception {
        HttpResponse<String> whole = pages.get("/p/7");
        assertThat(whole.body()).contains("&lt;b&gt;&amp;", "href=\"/u/a%20b\"", "3 likes, 1 comments");
        assertThat(header(whole, "Surrogate-Key")).isEqualTo("photo/7 user/42 name/a%20b counts/7");
        assertThat(header(whole, "Cache-Control"))
                .isEqualTo("public, max-age=0, s-maxage=300, stale-while-revalidate=10");
        assertThat(header(whole, "Millrace-Position")).isEqualTo("shard1 99");
        HttpResponse<String> parted = pages.get("/p/7", "Surrogate-Capability", "edge=ESI/1.0");
        assertThat(parted.body()).contains("<esi:include src=\"/p/7/counts\"/>").doesNotContain("likes");
        assertThat(header(parted, "Surrogate-Key")).isEqualTo("photo/7 user/42 name/a%20b");
        assertThat(header(parted, "Surrogate-Control")).isEqualTo("content=\"ESI/1.0\"");
        assertThat(pages.get("/p/7", "Surrogate-Capability", "edge=SSI/1.0").body())
                .contains("<!--# include virtual=\"/p/7/counts\" -->");
        HttpResponse<String> counts = pages.get("/p/7/counts");
        assertThat(counts.body()).isEqualTo("<p class=\"counts\">3 likes, 1 comments</p>");
        assertThat(header(counts, "Surrogate-Key")).isEqualTo("counts/7");
    }

    @Test
    void aPageIsKeptForAsLongAsTheViewsSay() throws Exception {
        views.answer("/v1/views/photo_card/7", CARD, "Surrogate-Key", "photo/7 counts/7", "Millrace-Keep", "7200");
        for (String path : List.of("/p/7", "/p/7/counts")) {
            assertThat(header(pages.get(path), "Cache-Control"))
                    .isEqualTo("public, max-age=0, s-maxage=7200, stale-while-revalidate=10");
        }
        views.answer("/v1/views/photo_card/7", CARD, "Surrogate-Key", "photo/7 counts/7");
        assertThat(header(pages.get("/p/7"), "Cache-Control")).contains("s-maxage=300");
    }

    @Test
    void aPageThatTheReaderHasIsNotSentAgain() throws Exception {
        HttpResponse<String> page = pages.get("/p/7");
        HttpResponse<String> again = pages.get("/p/7", "If-None-Match", header(page, "ETag"));
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(header(again, "Surrogate-Key")).isEqualTo(header(page, "Surrogate-Key"));
    }

    @Test
    void aPhotoThatIsMissingIsAPageToo() throws Exception {
        views.answer(
                "/v1/views/photo_card/8",
                any -> new Answer(
                        404,
                        "{}",
                        "Cache-Control",
                        "public",
                        "Surrogate-Key",
                        "photo/8 counts/8",
                        "Millrace-Keep",
                        "300"));
        assertThat(header(pages.get("/p/8"), "Surrogate-Key")).isEqualTo("photo/8");
        assertThat(header(pages.get("/p/8/counts"), "Surrogate-Key")).isEqualTo("counts/8");
        assertThat(header(pages.get("/p/8"), "Cache-Control")).contains("s-maxage");
        assertThat(pages.get("/p/8").statusCode()).isEqualTo(404);
        views.answer("/v1/views/photo_card/9", any -> new Answer(503, "{}"));
        assertThat(pages.get("/p/9").statusCode()).isEqualTo(503);
        assertThat(header(pages.get("/p/9"), "Cache-Control")).isEqualTo("no-store");
        assertThat(header(pages.get("/nothing"), "Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void aUsersPageShowsAllPhotos() throws Exception {
        views.answer(
                "/v1/views/photo_card/a b",
                "{\"rows\":[" + CARD + "],\"cursor\":null}",
                "Surrogate-Key",
                "name/a%20b photo/7 user/42 counts/7");
        HttpResponse<String> page = pages.get("/u/a%20b");
        assertThat(page.body()).contains("<a href=\"/p/7\">", "Ann");
        assertThat(header(page, "Surrogate-Key")).isEqualTo("name/a%20b photo/7 user/42");
    }

    @Test
    void aFileHasAnAddressOfItsContentForGood() throws Exception {
        Matcher style = Pattern.compile("href=\"(/assets/\\w+/style.css)\"")
                .matcher(pages.get("/p/7").body());
        assertThat(style.find()).isTrue();
        HttpResponse<String> file = pages.get(style.group(1));
        assertThat(file.body()).isEqualTo("body {}");
        assertThat(header(file, "Cache-Control")).isEqualTo("public, max-age=31536000, immutable");
        assertThat(pages.get("/assets/0123456789abcdef/style.css").statusCode()).isEqualTo(404);
        Files.writeString(files.resolve("style.css"), "body { color: red }");
        assertThat(Assets.read(files).path("style.css")).isNotEqualTo(style.group(1));
    }

    @Test
    void aTokenIsGoodForItsUserUntilItsTime() throws Exception {
        String token = server.token("42", 1_000);
        HttpResponse<String> good = pages.get("/edge/token", "Authorization", "Bearer " + token);
        assertThat(header(good, "Edge-User")).isEqualTo("42");
        assertThat(header(good, "Cache-Control")).isEqualTo("public, max-age=0, s-maxage=60");
        assertThat(header(
                        pages.get("/edge/token", "Authorization", "Bearer " + server.token("42", 9)), "Cache-Control"))
                .matches("public, max-age=0, s-maxage=[89]");
        Instant now = Instant.now();
        EdgeTokens later = new EdgeTokens(SECRET, Clock.fixed(now.plus(Duration.ofSeconds(1_001)), ZoneOffset.UTC));
        EdgeTokens others = new EdgeTokens("other".getBytes(StandardCharsets.UTF_8), Clock.systemUTC());
        EdgeTokens ours = new EdgeTokens(SECRET, Clock.systemUTC());
        assertThat(ours.check(token)).isPresent();
        assertThat(later.check(token)).isEmpty();
        assertThat(ours.check(others.issue("42", 60))).isEmpty();
        for (String bad :
                new String[] {"", ".", "..", "a.b", "a.b.c", token + "!", token.replaceFirst("\\.[^.]*$", ".")}) {
            assertThat(ours.check(bad)).as(bad).isEmpty();
            assertThat(pages.get("/edge/token", "Authorization", "Bearer " + bad)
                            .statusCode())
                    .isEqualTo(401);
        }
    }
}
