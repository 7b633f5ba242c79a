package io.millrace.connectors.cdn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.connectors.http.HookServer;
import io.millrace.connectors.http.HookServer.Answer;
import io.millrace.schemas.Purge.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The task against Varnish with the VCL of ops/varnish, and against nginx, as Debian has them. */
final class RealCachesTest {
    private static final Path MODULE = Path.of("/usr/lib/nginx/modules/ngx_http_cache_purge_module.so");

    @TempDir
    private static Path shared;

    /** One for all tests, which have pages of their own: its start takes longer than they do. */
    private static RunningCache varnish;

    private static HookServer origin;

    @TempDir
    private Path folder;

    /** How often each page was asked for. */
    private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();

    @BeforeAll
    static void start() throws Exception {
        origin = new HookServer();
    }

    @BeforeEach
    void answer() {
        origin.answers = hook -> page(hook.path());
    }

    @AfterAll
    static void stop() {
        origin.close();
        if (varnish != null) {
            varnish.close();
        }
    }

    private Answer page(String path) {
        int number = Integer.parseInt(path.substring(path.lastIndexOf('/') + 1));
        int version = asked.computeIfAbsent(path, unused -> new AtomicInteger()).incrementAndGet();
        return Answer.of(200, path + " " + version)
                .with("Surrogate-Key", "photo/" + number + " user/" + number / 10)
                .with("Cache-Control", "s-maxage=3600");
    }

    private static RunningCache varnish() throws Exception {
        if (varnish == null) {
            varnish = RunningCache.varnish(
                    shared, """
                    vcl 4.1;
                    backend default { .host = "127.0.0.1"; .port = "%s"; }
                    acl purgers { "127.0.0.1"; }
                    sub site_recv { }
                    include "millrace.vcl";
                    """.formatted(origin.base().substring(origin.base().lastIndexOf(':') + 1)));
        }
        return varnish;
    }

    private static CacheTask task(String provider, RunningCache cache, String... more) {
        List<String> all =
                new ArrayList<>(List.of(CdnPurgeSinkConfig.PROVIDER, provider, CdnPurgeSinkConfig.URL, cache.url));
        all.addAll(List.of(more));
        return new CacheTask(all.toArray(String[]::new));
    }

    @Test
    void varnishForgetsTagsUrlsAndPatterns() throws Exception {
        RunningCache varnish = varnish();
        try (CacheTask task = task("varnish", varnish, CdnPurgeSinkConfig.SITE, "https://www.example.com")) {
            for (String path : List.of("/p/1", "/p/2", "/q/1", "/p/1")) {
                assertThat(varnish.page(path)).isEqualTo(path + " 1");
            }
            task.putUntilTaken(List.of(CacheRecords.tag(0, "photo/1")));
            assertThat(task.purges.get(0).removed()).isEqualTo(2);
            assertThat(varnish.page("/p/1")).isEqualTo("/p/1 2");
            assertThat(varnish.page("/q/1")).isEqualTo("/q/1 2");
            assertThat(varnish.page("/p/2")).isEqualTo("/p/2 1");
            task.putUntilTaken(List.of(CacheRecords.url(1, "/p/2"), CacheRecords.url(2, "/p/3")));
            assertThat(task.purges)
                    .extracting(purge -> purge.target() + " " + purge.removed())
                    .contains("/p/2 1", "/p/3 0");
            assertThat(varnish.page("/p/2")).isEqualTo("/p/2 2");
            task.putUntilTaken(List.of(CacheRecords.url(3, "/p/*")));
            assertThat(varnish.page("/p/1")).isEqualTo("/p/1 3");
            assertThat(varnish.page("/p/2")).isEqualTo("/p/2 3");
            assertThat(varnish.page("/q/1")).isEqualTo("/q/1 2");
            task.putUntilTaken(List.of(CacheRecords.tag(4, "user/0"), CacheRecords.tag(5, "user/9")));
            assertThat(task.purges)
                    .extracting(purge -> purge.target() + " " + purge.removed())
                    .contains("user/0 3", "user/9 0");
            assertThat(task.connect.deadLetters).isEmpty();
        }
    }

    /** What was marked is shown once more while it is fetched anew. */
    @Test
    void varnishForgetsSoftly() throws Exception {
        RunningCache varnish = varnish();
        try (CacheTask task = task("varnish", varnish, CdnPurgeSinkConfig.SOFT, "true")) {
            varnish.page("/s/11");
            varnish.page("/s/12");
            task.putUntilTaken(List.of(CacheRecords.tag(0, "photo/11"), CacheRecords.url(1, "/s/12")));
            assertThat(task.purges).extracting(purge -> purge.removed()).containsOnly(1L);
            for (String path : List.of("/s/11", "/s/12")) {
                assertThat(varnish.page(path)).isEqualTo(path + " 1");
                while (!varnish.page(path).equals(path + " 2")) {
                    Thread.sleep(10);
                }
            }
        }
    }

    /** The purge overtakes an answer that the origin has begun before the change: the second one removes it. */
    @Test
    void theSecondPurgeRemovesWhatASlowOriginHasBroughtBack() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch changed = new CountDownLatch(1);
        RunningCache varnish = varnish();
        try (CacheTask task = task("varnish", varnish, CdnPurgeSinkConfig.AGAIN_AFTER, "500")) {
            origin.answers = hook -> {
                Answer answer = page(hook.path());
                if (answer.body().endsWith(" 1")) {
                    begun.countDown();
                    await(changed);
                }
                return answer;
            };
            Thread reader = new Thread(() -> {
                try {
                    varnish.page("/r/21");
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            reader.start();
            begun.await();
            task.putUntilTaken(List.of(CacheRecords.tag(0, "photo/21")));
            assertThat(task.count(Outcome.PURGED)).isEqualTo(1);
            changed.countDown();
            reader.join();
            assertThat(varnish.page("/r/21")).as("the old page is back").isEqualTo("/r/21 1");
            task.until(() -> task.count(Outcome.PURGED_AGAIN) == 1);
            assertThat(varnish.page("/r/21")).isEqualTo("/r/21 2");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void stockNginxReplacesPages() throws Exception {
        String server = """
                location / {
                    proxy_pass %s;
                    proxy_cache pages;
                    proxy_cache_key $host$request_uri;
                    proxy_cache_bypass $http_x_cache_refresh;
                    add_header X-Cache-Status $upstream_cache_status always;
                }
                """;
        origin.answers = hook -> page(hook.path()).with("Cache-Control", "max-age=3600");
        try (RunningCache nginx = RunningCache.nginx(folder, "", server.formatted(origin.base()));
                CacheTask task = task("nginx", nginx)) {
            for (String path : List.of("/p/1", "/p/2", "/p/1")) {
                assertThat(nginx.page(path)).isEqualTo(path + " 1");
            }
            task.putUntilTaken(List.of(CacheRecords.url(0, "/p/1"), CacheRecords.tag(1, "photo/2")));
            assertThat(asked.get("/p/1")).as("the origin was asked").hasValue(2);
            assertThat(nginx.page("/p/1")).isEqualTo("/p/1 2");
            assertThat(nginx.page("/p/2")).isEqualTo("/p/2 1");
            assertThat(asked.get("/p/1")).as("and its answer kept").hasValue(2);
            assertThat(task.committable()).isEqualTo(2);
        }
    }

    /** A page that nginx may not keep any more takes the old one's place all the same, if for a second. */
    @Test
    void stockNginxShowsNoOldPageWhereTheNewOneMayNotBeKept() throws Exception {
        String server = """
                location / {
                    error_page 418 = @expire;
                    if ($http_x_cache_expire) { return 418; }
                    proxy_pass %1$s;
                    proxy_cache pages;
                    proxy_cache_key $host$request_uri;
                    proxy_cache_bypass $http_x_cache_refresh;
                    add_header X-Cache-Status $upstream_cache_status always;
                }
                location @expire {
                    proxy_pass http://unix:%2$s/expire.sock;
                    proxy_cache pages;
                    proxy_cache_key $host$request_uri;
                    proxy_cache_bypass 1;
                    proxy_cache_valid any 1s;
                    proxy_ignore_headers X-Accel-Expires Expires Cache-Control Set-Cookie Vary;
                    add_header X-Cache-Status $upstream_cache_status always;
                }
                }
                server {
                    listen unix:%2$s/expire.sock;
                    location / {
                        proxy_pass %1$s;
                        proxy_set_header Host $host;
                        proxy_hide_header Set-Cookie;
                    }
                """.formatted(origin.base(), folder);
        Answer secret =
                Answer.of(403, "secret now").with("Cache-Control", "no-store").with("Set-Cookie", "a=b");
        for (boolean knowsHow : List.of(true, false)) {
            Path own = Files.createDirectory(folder.resolve("expires-" + knowsHow));
            asked.clear();
            origin.answers = hook -> page(hook.path()).with("Cache-Control", "max-age=3600");
            String site = knowsHow ? server : server.replace("if ($http_x_cache_expire) { return 418; }", "");
            try (RunningCache nginx = RunningCache.nginx(own, "", site);
                    CacheTask task = task("nginx", nginx, CdnPurgeSinkConfig.TARGET_PATIENCE, "0")) {
                nginx.page("/p/1");
                origin.answers = hook ->
                        hook.path().equals("/p/1") ? secret : page(hook.path()).with("Cache-Control", "max-age=3600");
                task.put(CacheRecords.url(0, "/p/1"));
                int offset = 1;
                while (!knowsHow && task.connect.deadLetters.isEmpty()) {
                    task.put(CacheRecords.url(offset, "/p/2"));
                    offset++;
                    Thread.sleep(10);
                }
                assertThat(task.committable()).isEqualTo(offset);
                if (knowsHow) {
                    assertThat(nginx.page("/p/1")).isEqualTo("secret now");
                    assertThat(nginx.cookies("/p/1")).as("of who was asked").isEmpty();
                    Thread.sleep(2_100);
                    origin.answers = hook -> page(hook.path()).with("Cache-Control", "max-age=3600");
                    assertThat(nginx.page("/p/1"))
                            .as("it was not kept for long")
                            .isEqualTo("/p/1 2");
                    assertThat(task.connect.deadLetters).isEmpty();
                } else {
                    assertThat(task.connect.deadOffsets()).containsExactly(0L);
                    assertThat(task.connect.reasons.get(0)).hasMessageContaining("goes on showing an old page");
                }
            }
        }
    }

    /** What nginx puts into a page is new each time: that does not make it an old one. */
    @Test
    void stockNginxReplacesPagesWithPartsThatChange() throws Exception {
        String server = """
                ssi on;
                proxy_set_header X-Cache-Refresh "";
                location / {
                    proxy_pass %1$s;
                    proxy_cache pages;
                    proxy_cache_key $host$request_uri;
                    proxy_cache_bypass $http_x_cache_refresh;
                    add_header X-Cache-Status $upstream_cache_status always;
                }
                location /part/ {
                    proxy_pass %1$s;
                }
                """.formatted(origin.base());
        origin.hooks.clear();
        origin.answers = hook -> hook.path().equals("/part/9")
                ? page("/part/9")
                : Answer.of(200, page(hook.path()).body() + "<!--# include virtual=\"/part/9\" -->")
                        .with("Content-Type", "text/html")
                        .with("Cache-Control", "max-age=3600");
        try (RunningCache nginx = RunningCache.nginx(folder, "", server);
                CacheTask task = task("nginx", nginx, CdnPurgeSinkConfig.TARGET_PATIENCE, "0")) {
            assertThat(nginx.page("/p/1")).isEqualTo("/p/1 1/part/9 1");
            task.put(CacheRecords.url(0, "/p/1"));
            task.put(CacheRecords.url(1, "/p/2"));
            assertThat(task.committable()).isEqualTo(2);
            assertThat(nginx.page("/p/1")).startsWith("/p/1 ").doesNotStartWith("/p/1 1/");
            assertThat(task.connect.deadLetters).isEmpty();
            assertThat(origin.hooks)
                    .as("the secret is nginx's")
                    .noneMatch(hook -> hook.header("X-Cache-Refresh") != null);
        }
    }

    /** A page in variants that nginx's key tells apart is fetched in each. */
    @Test
    void stockNginxReplacesEveryVariant() throws Exception {
        String server = """
                location / {
                    proxy_pass %s;
                    proxy_cache pages;
                    proxy_cache_key $request_uri|$cookie_bucket;
                    proxy_cache_bypass $http_x_cache_refresh;
                    add_header X-Cache-Status $upstream_cache_status always;
                }
                """.formatted(origin.base());
        origin.answers = hook -> page(hook.path()).with("Cache-Control", "max-age=3600");
        try (RunningCache nginx = RunningCache.nginx(folder, "", server);
                CacheTask task = task(
                        "nginx", nginx, CdnPurgeSinkConfig.REFRESH_VARIANTS, "Cookie: bucket=a, Cookie: bucket=b")) {
            assertThat(nginx.page("/p/1", "Cookie", "bucket=a")).isEqualTo("/p/1 1");
            assertThat(nginx.page("/p/1", "Cookie", "bucket=b")).isEqualTo("/p/1 2");
            task.put(CacheRecords.url(0, "/p/1"));
            assertThat(nginx.page("/p/1", "Cookie", "bucket=a")).isEqualTo("/p/1 3");
            assertThat(nginx.page("/p/1", "Cookie", "bucket=b")).isEqualTo("/p/1 4");
            assertThat(task.committable()).isEqualTo(1);
        }
    }

    @Test
    void nginxWithTheModuleForgetsPages() throws Exception {
        assumeTrue(Files.exists(MODULE), "the module is not installed: apt-get install libnginx-mod-http-cache-purge");
        String server = """
                location / {
                    if ($request_method = PURGE) { return 481; }
                    error_page 481 = @purge;
                    proxy_pass %s;
                    proxy_cache pages;
                    proxy_cache_key $request_uri;
                }
                location @purge {
                    allow 127.0.0.1;
                    deny all;
                    proxy_cache_purge pages $request_uri;
                }
                """;
        origin.answers = hook -> page(hook.path()).with("Cache-Control", "max-age=3600");
        try (RunningCache nginx =
                        RunningCache.nginx(folder, "load_module " + MODULE + ";\n", server.formatted(origin.base()));
                CacheTask task = task(
                        "nginx",
                        nginx,
                        CdnPurgeSinkConfig.MODE,
                        "purge",
                        CdnPurgeSinkConfig.SITE,
                        "https://www.example.com")) {
            assertThat(nginx.page("/p/1")).isEqualTo("/p/1 1");
            assertThat(nginx.page("/p/1")).isEqualTo("/p/1 1");
            task.putUntilTaken(List.of(CacheRecords.url(0, "/p/1"), CacheRecords.url(1, "/p/2")));
            assertThat(task.purges)
                    .extracting(purge -> purge.target() + " " + purge.removed())
                    .containsExactlyInAnyOrder("/p/1 1", "/p/2 0");
            assertThat(nginx.page("/p/1")).isEqualTo("/p/1 2");
        }
    }
}
