package io.millrace.connectors.cdn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.connectors.http.HookServer;
import io.millrace.connectors.http.HookServer.Answer;
import io.millrace.schemas.Purge.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

/** The task against servers that were written from the vendors' documentation. */
final class VendorsTest {
    private static final String SITE = "https://www.example.com";

    private static List<SinkRecord> tags(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> CacheRecords.tag(i, "photo/" + i))
                .toList();
    }

    private static List<SinkRecord> urls(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> CacheRecords.url(i, "/p/" + i))
                .toList();
    }

    private static CacheTask fastly(FastlyServer server, String... more) {
        return task(
                List.of(
                        CdnPurgeSinkConfig.PROVIDER,
                        "fastly",
                        CdnPurgeSinkConfig.URL,
                        server.http.base(),
                        CdnPurgeSinkConfig.SERVICE,
                        FastlyServer.SERVICE,
                        CdnPurgeSinkConfig.TOKEN,
                        FastlyServer.TOKEN,
                        CdnPurgeSinkConfig.SITE,
                        SITE),
                more);
    }

    private static CacheTask cloudflare(CloudflareServer server, String... more) {
        return task(
                List.of(
                        CdnPurgeSinkConfig.PROVIDER,
                        "cloudflare",
                        CdnPurgeSinkConfig.URL,
                        server.http.base(),
                        CdnPurgeSinkConfig.ZONE,
                        CloudflareServer.ZONE,
                        CdnPurgeSinkConfig.TOKEN,
                        CloudflareServer.TOKEN,
                        CdnPurgeSinkConfig.SITE,
                        SITE),
                more);
    }

    private static CacheTask cloudFront(CloudFrontServer server, String... more) {
        return task(
                List.of(
                        CdnPurgeSinkConfig.PROVIDER,
                        "cloudfront",
                        CdnPurgeSinkConfig.URL,
                        server.http.base(),
                        CdnPurgeSinkConfig.DISTRIBUTION,
                        CloudFrontServer.DISTRIBUTION,
                        CdnPurgeSinkConfig.ACCESS_KEY,
                        CloudFrontServer.ACCESS_KEY,
                        CdnPurgeSinkConfig.SECRET_KEY,
                        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                more);
    }

    private static CacheTask task(List<String> properties, String... more) {
        List<String> all = new ArrayList<>(properties);
        all.addAll(List.of(more));
        return new CacheTask(all.toArray(String[]::new));
    }

    private static void assertStops(CacheTask task, SinkRecord record, String message) {
        assertStops(task, List.of(record), message);
    }

    private static void assertStops(CacheTask task, List<SinkRecord> records, String message) {
        try (task) {
            assertThatThrownBy(() -> {
                        task.task.put(records);
                        task.until(() -> false);
                    })
                    .isInstanceOf(ConnectException.class)
                    .isNotInstanceOf(RetriableException.class)
                    .hasMessageContaining(message)
                    .hasMessageNotContaining("token-");
            assertThat(task.connect.deadLetters).isEmpty();
        }
    }

    @Test
    void fastlyTakes256KeysARequest() throws Exception {
        try (FastlyServer server = new FastlyServer();
                CacheTask task = fastly(server, CdnPurgeSinkConfig.SOFT, "true", CdnPurgeSinkConfig.RATE, "10000")) {
            task.putUntilTaken(tags(600));
            assertThat(server.http.hooks).hasSize(3);
            assertThat(server.purged).hasSize(600).contains("~photo/0", "~photo/599");
            task.putUntilTaken(List.of(CacheRecords.url(600, "/p/1?size=a%20b")));
            assertThat(server.purged).contains("~www.example.com/p/1?size=a%20b");
            assertThat(task.count(Outcome.PURGED)).isEqualTo(601);
            assertThat(task.purges.get(0).removed()).isNull();
        }
    }

    @Test
    void fastlySaysWhatItDoesNotTake() throws Exception {
        try (FastlyServer server = new FastlyServer();
                CacheTask task = fastly(server)) {
            List<SinkRecord> records = new ArrayList<>(tags(20));
            records.add(CacheRecords.tag(20, "x".repeat(1_100)));
            records.add(CacheRecords.url(21, "/p/*"));
            task.putUntilTaken(records);
            task.until(() -> task.committable() == 22);
            assertThat(task.connect.deadOffsets()).containsExactlyInAnyOrder(20L, 21L);
            assertThat(server.purged).hasSize(20);
            assertStops(
                    fastly(server, CdnPurgeSinkConfig.TOKEN, "token-2"), records.get(0), "answers 401: set cdn.token");
            assertStops(
                    fastly(server, CdnPurgeSinkConfig.SERVICE, "other"), records.get(0), "answers 404: set cdn.token");
        }
    }

    @Test
    void fastlySaysWhenItsLimitIsOver() throws Exception {
        try (FastlyServer server = new FastlyServer();
                CacheTask task = fastly(server)) {
            server.left.set(0);
            task.task.put(tags(1));
            assertThat(task.connect.timeoutMs).isBetween(900L, 2_001L);
            server.left.set(100);
            task.until(() -> task.committable() == 1);
            assertThat(server.purged).containsExactly("photo/0");
        }
    }

    @Test
    void cloudflareTakes100TagsAnd30UrlsARequest() throws Exception {
        try (CloudflareServer server = new CloudflareServer();
                CacheTask task = cloudflare(server, CdnPurgeSinkConfig.PLAN, "enterprise")) {
            task.putUntilTaken(tags(250));
            assertThat(server.http.hooks).hasSize(3);
            server.http.hooks.clear();
            List<SinkRecord> urls = new ArrayList<>(IntStream.range(250, 315)
                    .mapToObj(i -> CacheRecords.url(i, "/p/" + i))
                    .toList());
            urls.add(CacheRecords.url(315, "/u/*"));
            task.putUntilTaken(urls);
            assertThat(server.http.hooks).as("the prefix is one of its own").hasSize(4);
            assertThat(server.purged)
                    .hasSize(316)
                    .contains("tags photo/0", "files https://www.example.com/p/250", "prefixes www.example.com/u/");
            assertThat(task.count(Outcome.PURGED)).isEqualTo(316);
        }
    }

    @Test
    void cloudflareSaysWhatItDoesNotTake() throws Exception {
        try (CloudflareServer server = new CloudflareServer();
                CacheTask task = cloudflare(server, CdnPurgeSinkConfig.PLAN, "enterprise")) {
            task.putUntilTaken(List.of(
                    CacheRecords.url(0, "/p/0"),
                    CacheRecords.url(1, "https://elsewhere.example.org/p/1"),
                    CacheRecords.url(2, "/p/2")));
            assertThat(task.connect.deadOffsets()).containsExactly(1L);
            assertThat(task.connect.reasons.get(0)).cause().hasMessageContaining("which is an invalid URL");
            assertThat(server.purged).hasSize(2);
            SinkRecord tag = CacheRecords.tag(0, "photo/1");
            assertStops(cloudflare(server, CdnPurgeSinkConfig.TOKEN, "token-2"), tag, "error 10000, set cdn.token");
            assertStops(cloudflare(server, CdnPurgeSinkConfig.ZONE, "other"), tag, "error 7003");
            server.tagsAllowed = false;
            assertStops(cloudflare(server), tag, "error 1107");
        }
    }

    /** A full bucket first, then at the plan's pace: a task of the free plan waits twelve seconds for its 26th request. */
    @Test
    void cloudflareIsAskedAtThePlansPace() throws Exception {
        try (CloudflareServer server = new CloudflareServer();
                CacheTask task =
                        cloudflare(server, CdnPurgeSinkConfig.PLAN, "pro", CdnPurgeSinkConfig.BATCH_MAX, "1")) {
            server.left.set(25);
            long begunNanos = System.nanoTime();
            task.putUntilTaken(tags(25));
            assertThat((System.nanoTime() - begunNanos) / 1e9).isLessThan(3);
            assertThat(task.connect.metric("retries-total")).isZero();
            task.put(CacheRecords.tag(25, "one/more"));
            assertThat(task.connect.timeoutMs).isBetween(900L, 1_001L);
            server.left.set(10);
            task.until(() -> task.committable() == 26);
            assertThat(server.purged).hasSize(26);
        }
    }

    @Test
    void cloudFrontIsAskedInSignedRequests() throws Exception {
        try (CloudFrontServer server = new CloudFrontServer();
                CacheTask task = cloudFront(server, CdnPurgeSinkConfig.SESSION_TOKEN, "session")) {
            List<SinkRecord> records = new ArrayList<>(urls(3));
            records.add(CacheRecords.tag(3, "photo/1"));
            records.add(CacheRecords.url(4, SITE + "/p/4?a=1&b=2"));
            task.putUntilTaken(records);
            assertThat(server.invalidations.values())
                    .containsExactlyInAnyOrder(
                            List.of("/p/0"), List.of("/p/1"), List.of("/p/2"), List.of("/p/4?a=1&b=2"));
            assertThat(server.http.hooks.get(0).header("X-Amz-Security-Token")).isEqualTo("session");
            assertThat(task.committable()).as("it has no tags").isEqualTo(5);
        }
    }

    /** Asked again for the same, CloudFront does not do it again, whatever is asked beside it; for a second purge it does. */
    @Test
    void cloudFrontKnowsARequestThatIsMadeAgain() throws Exception {
        try (CloudFrontServer server = new CloudFrontServer()) {
            try (CacheTask task = cloudFront(server)) {
                task.putUntilTaken(urls(3));
                task.putUntilTaken(urls(5).subList(3, 5));
            }
            try (CacheTask again = cloudFront(server, CdnPurgeSinkConfig.AGAIN_AFTER, "20")) {
                again.putUntilTaken(urls(5));
                assertThat(server.invalidations).hasSize(5);
                again.until(() -> again.count(Outcome.PURGED_AGAIN) == 5);
                assertThat(server.invalidations).hasSize(10);
                assertThat(again.committable()).isEqualTo(5);
            }
            try (CacheTask later = cloudFront(server)) {
                later.putUntilTaken(List.of(CacheRecords.url(4, "/p/4"), CacheRecords.url(5, "/p/4")));
                assertThat(server.invalidations).as("a change that came later").hasSize(11);
            }
        }
    }

    /** A mass is cut by places in the topic: what a restart reads otherwise is cut alike, but for the edges. */
    @Test
    void cloudFrontKnowsMostOfAMassThatIsMadeAgain() throws Exception {
        try (CloudFrontServer server = new CloudFrontServer()) {
            try (CacheTask task = cloudFront(server)) {
                task.putUntilTaken(urls(1_000));
            }
            assertThat(server.invalidations).hasSize(10);
            try (CacheTask again = cloudFront(server)) {
                again.putUntilTaken(urls(450));
                again.putUntilTaken(urls(1_000).subList(450, 1_000));
            }
            assertThat(server.invalidations).hasSize(12);
        }
    }

    @Test
    void cloudFrontHasOnlySoManyInProgress() throws Exception {
        try (CloudFrontServer server = new CloudFrontServer();
                CacheTask task = cloudFront(server)) {
            server.takes = Duration.ofMinutes(1);
            task.task.put(urls(4_000));
            // A call may leave some to the next one; when all of these were refused, too, an invalidation takes a
            // while.
            task.until(() -> task.connect.timeoutMs > 3_000);
            assertThat(task.connect.timeoutMs).isLessThanOrEqualTo(5_001);
            assertThat(server.invalidations).hasSize(30);
            server.takes = Duration.ZERO;
            task.until(() -> task.committable() == 4_000);
            assertThat(server.invalidations.values().stream()
                            .mapToInt(List::size)
                            .sum())
                    .isEqualTo(4_000);
            assertThat(task.connect.deadLetters).isEmpty();
            List<SinkRecord> patterns = IntStream.range(4_000, 4_040)
                    .mapToObj(i -> CacheRecords.url(i, "/p/" + i + "/*"))
                    .toList();
            task.putUntilTaken(patterns);
            assertThat(task.committable()).as("patterns are fifteen at most").isEqualTo(4_040);
        }
    }

    @Test
    void cloudFrontSaysWhatItDoesNotTake() throws Exception {
        try (CloudFrontServer server = new CloudFrontServer()) {
            SinkRecord page = CacheRecords.url(0, "/p/0");
            assertStops(cloudFront(server, CdnPurgeSinkConfig.ACCESS_KEY, "token-2"), page, "InvalidClientTokenId");
            assertStops(cloudFront(server, CdnPurgeSinkConfig.DISTRIBUTION, "other"), page, "NoSuchDistribution");
        }
    }

    @Test
    void anyServerIsAskedByTemplates() throws Exception {
        try (HookServer server = new HookServer();
                CacheTask task = task(List.of(
                        CdnPurgeSinkConfig.PROVIDER,
                        "http",
                        CdnPurgeSinkConfig.URL,
                        server.base() + "/purge?u={target}," + server.base() + "/second{path}",
                        CdnPurgeSinkConfig.TAG_URL,
                        server.base() + "/tags/{target}",
                        CdnPurgeSinkConfig.SITE,
                        SITE,
                        CdnPurgeSinkConfig.BODY,
                        "{\"what\":\"{target}\"}",
                        "cdn.header.Authorization",
                        "Bearer abc"))) {
            task.put(CacheRecords.url(0, "/p/1?a=1"));
            assertThat(server.hooks.stream().map(HookServer.Hook::target))
                    .containsExactlyInAnyOrder(
                            "/purge?u=https%3A%2F%2Fwww.example.com%2Fp%2F1%3Fa%3D1", "/second/p/1?a=1");
            assertThat(server.hooks.get(0).body()).isEqualTo("{\"what\":\"https://www.example.com/p/1?a=1\"}");
            assertThat(server.hooks.get(0).header("Authorization")).isEqualTo("Bearer abc");
            server.hooks.clear();
            task.put(CacheRecords.tag(1, "user/42"));
            assertThat(server.hooks.get(0).target()).isEqualTo("/tags/user%2F42");
            server.answers = hook -> Answer.of(422, "no such page");
            task.put(CacheRecords.url(2, "/p/2"));
            assertThat(task.connect.deadOffsets()).containsExactly(2L);
        }
    }

    /** Of whatever service has the host of a page: none, or another's. */
    @Test
    void fastlyHasNoSuchPage() throws Exception {
        try (FastlyServer server = new FastlyServer();
                CacheTask task = fastly(server, CdnPurgeSinkConfig.RATE, "10000")) {
            task.put(CacheRecords.url(0, "https://elsewhere.example.org/p/1"), CacheRecords.url(1, "/p/1"));
            assertThat(task.connect.deadOffsets()).containsExactly(0L);
            assertThat(server.purged).containsExactly("www.example.com/p/1");
        }
    }

    /** However many there are, they open no breaker: what a sink's templates say is not mended by waiting. */
    @Test
    void patternsThatACacheHasNotAreSetAside() throws Exception {
        try (FastlyServer server = new FastlyServer();
                CacheTask task = fastly(server, "breaker.records", "4")) {
            List<SinkRecord> records = new ArrayList<>(IntStream.range(0, 20)
                    .mapToObj(i -> CacheRecords.url(i, "/p/" + i + "/*"))
                    .toList());
            records.add(CacheRecords.url(20, "/p/1"));
            task.putUntilTaken(records);
            assertThat(task.connect.deadLetters).hasSize(20);
            assertThat(task.connect.reasons)
                    .allSatisfy(reason -> assertThat(reason).hasMessage("fastly has no patterns of URLs"));
            assertThat(task.connect.metric("breaker-open")).isZero();
            assertThat(task.count(Outcome.REFUSED)).isEqualTo(20);
            assertThat(server.purged).containsExactly("www.example.com/p/1");
        }
    }

    /** Prefixes are counted as requests, with tags, not as URLs are. */
    @Test
    void cloudflarePacesPrefixesAsTags() throws Exception {
        try (CloudflareServer server = new CloudflareServer();
                CacheTask task =
                        cloudflare(server, CdnPurgeSinkConfig.PLAN, "free", CdnPurgeSinkConfig.BATCH_MAX, "1")) {
            List<SinkRecord> records = new ArrayList<>();
            for (int i = 0; i < 28; i++) {
                records.add(i % 2 == 0 ? CacheRecords.url(i, "/p/" + i + "/*") : CacheRecords.tag(i, "photo/" + i));
            }
            records.add(CacheRecords.url(28, "/p/28"));
            long begunNanos = System.nanoTime();
            Thread put = new Thread(() -> task.task.put(records));
            put.start();
            while (server.purged.size() < 26) {
                Thread.sleep(10);
            }
            assertThat((System.nanoTime() - begunNanos) / 1e9).isLessThan(5);
            Thread.sleep(200);
            assertThat(server.purged).as("25 requests and a URL").hasSize(26);
            put.interrupt();
            put.join();
        }
    }

    /** nginx itself wants to be left alone, or the origin does about one page. */
    @Test
    void nginxIsLeftAloneWhereItAsksForThat() throws Exception {
        try (HookServer server = new HookServer()) {
            List<String> nginx = List.of(CdnPurgeSinkConfig.PROVIDER, "nginx", CdnPurgeSinkConfig.URL, server.base());
            server.answers = hook -> Answer.of(429).with("Retry-After", "1");
            try (CacheTask task = task(nginx, CdnPurgeSinkConfig.IN_FLIGHT, "1")) {
                task.put(CacheRecords.url(0, "/p/0"), CacheRecords.url(1, "/p/1"));
                assertThat(server.hooks).hasSize(1);
                assertThat(task.connect.timeoutMs).isBetween(900L, 1_001L);
            }
            server.hooks.clear();
            server.answers = hook -> Answer.of(429).with("Retry-After", "1").with("X-Cache-Status", "BYPASS");
            try (CacheTask task = task(nginx, CdnPurgeSinkConfig.IN_FLIGHT, "1")) {
                task.put(CacheRecords.url(0, "/p/0"), CacheRecords.url(1, "/p/1"));
                assertThat(server.hooks).hasSize(2);
            }
        }
    }

    @Test
    void nginxIsAskedToRefreshOrToPurge() throws Exception {
        try (HookServer server = new HookServer()) {
            server.answers = hook -> Answer.of(200, "page").with("X-Cache-Status", "BYPASS");
            List<String> nginx = List.of(CdnPurgeSinkConfig.PROVIDER, "nginx", CdnPurgeSinkConfig.URL, server.base());
            try (CacheTask task = task(nginx, CdnPurgeSinkConfig.SITE, SITE, CdnPurgeSinkConfig.TOKEN, "s3cret")) {
                task.put(CacheRecords.url(0, "/p/1"), CacheRecords.tag(1, "photo/1"));
                assertThat(server.hooks).hasSize(2).allSatisfy(hook -> {
                    assertThat(hook.method()).isEqualTo("GET");
                    assertThat(hook.target()).isEqualTo("http://www.example.com/p/1");
                });
                assertThat(server.hooks)
                        .as("then as readers ask")
                        .extracting(hook -> hook.header("X-Cache-Refresh"))
                        .containsExactly("s3cret", null);
                for (Answer answer : List.of(
                        Answer.of(200, "old page").with("X-Cache-Status", "STALE"),
                        Answer.of(502),
                        Answer.of(404, "gone, but who says so?"))) {
                    server.answers = hook -> answer;
                    task.put(CacheRecords.url(2, "/p/2"));
                    assertThat(task.committable()).isEqualTo(2);
                }
                server.answers = hook -> Answer.of(404, "gone").with("X-Cache-Status", "BYPASS");
                task.until(() -> task.count(Outcome.PURGED) == 2);
            }
            server.answers = hook -> Answer.of(200, "old page").with("X-Cache-Status", "HIT");
            assertStops(task(nginx), urls(5), "proxy_cache_bypass must look");
            server.answers = hook -> Answer.of(200, "a page");
            assertStops(task(nginx), urls(5), "needs add_header X-Cache-Status");
            server.answers = hook -> Answer.of(hook.path().equals("/p/1") ? 200 : 412);
            try (CacheTask task = task(nginx, CdnPurgeSinkConfig.MODE, "purge")) {
                task.put(CacheRecords.url(0, "/p/1"), CacheRecords.url(1, "/p/2"));
                assertThat(task.purges)
                        .extracting(purge -> purge.target() + " " + purge.removed())
                        .containsExactlyInAnyOrder("/p/1 1", "/p/2 0");
            }
            server.answers = hook -> Answer.of(405);
            assertStops(task(nginx, CdnPurgeSinkConfig.MODE, "purge"), urls(5), "needs the module");
        }
    }
}
