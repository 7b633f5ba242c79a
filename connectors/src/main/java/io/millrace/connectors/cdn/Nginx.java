package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.http.Answer;
import io.millrace.connectors.http.RefusedForNow;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * nginx's proxy cache. Stock nginx is asked for the page with a header that has it go to the origin and keep what that says, in
 * place of what it had (proxy_cache_bypass). What the origin does not let it keep takes no place: the old page would stay. So it is
 * asked once more as readers ask; if it shows something else than the origin has just said, twice, it is asked with another header,
 * by which it keeps whatever the origin says for a second. With the module ngx_cache_purge, or nginx Plus, it is asked to PURGE.
 */
final class Nginx implements Provider {
    static final String STATUS = "X-Cache-Status";

    /** Has whatever the origin answers kept, for a moment. */
    static final String EXPIRE = "X-Cache-Expire";

    /** How nginx is asked. */
    enum Mode {
        REFRESH,
        PURGE
    }

    private static final int NOT_FOUND = 404;
    private static final int PRECONDITION_FAILED = 412;

    /** What nginx says of pages that it shows as it had them. */
    private static final Set<String> KEPT = Set.of("HIT", "REVALIDATED", "STALE", "UPDATING");

    /** What it says where it has asked the origin, which did not answer as it should. */
    private static final Set<String> ORIGIN_FAILS = Set.of("STALE", "UPDATING");

    private static final String DOCS = "; docs/cdn-providers.md has the configuration";
    private static final String PURGE_HINT =
            "PURGE needs the module ngx_cache_purge with a location that takes it from this worker, or nginx Plus"
                    + DOCS;
    private static final String REFRESH_HINT =
            "proxy_cache_bypass must look at the header that refreshes, in every location that has a cache, and let this"
                    + " worker use it" + DOCS;
    private static final String STATUS_HINT =
            "every location that has a cache needs add_header " + STATUS + " $upstream_cache_status always" + DOCS;
    private static final String OLD_HINT =
            "goes on showing an old page, since the new one may not be kept: have its location take " + EXPIRE + DOCS;

    private final CacheServers servers;
    private final Mode mode;
    private final Map<String, String> refresh;
    private final Map<String, String> expire;
    private final List<Map<String, String>> variants;
    private final Duration timeout;

    Nginx(CdnPurgeSinkConfig config) {
        this.servers = new CacheServers(config);
        this.mode = Mode.valueOf(config.getString(CdnPurgeSinkConfig.MODE).toUpperCase(Locale.ROOT));
        String token = config.secret(CdnPurgeSinkConfig.TOKEN);
        String said = token.isEmpty() ? "1" : token;
        String header = config.getString(CdnPurgeSinkConfig.REFRESH_HEADER);
        this.refresh = Map.of(header, said);
        this.expire = Map.of(header, said, EXPIRE, said);
        this.variants = config.refreshVariants();
        this.timeout = config.duration(CdnPurgeSinkConfig.REQUEST_TIMEOUT);
    }

    /** It has no tags; patterns only with the module. */
    @Override
    public boolean takes(Way way) {
        return way == Way.URL || (way == Way.PATTERN && mode == Mode.PURGE);
    }

    @Override
    public Limits limits(Way way) {
        return Limits.ONE;
    }

    @Override
    public int servers(Way way) {
        return servers.size();
    }

    @Override
    public OptionalLong purge(Batch batch, int server) throws DeliveryFailure {
        String url = batch.targets().get(0);
        if (mode == Mode.PURGE) {
            return purge(server, url);
        }
        long untilNanos = System.nanoTime() + timeout.toNanos();
        for (Map<String, String> variant : variants) {
            new Page(server, url, variant, untilNanos).refresh();
        }
        return OptionalLong.empty();
    }

    private OptionalLong purge(int server, String url) throws DeliveryFailure {
        Answer answer = servers.ask(server, "PURGE", url, Map.of());
        boolean absent = answer.status() == NOT_FOUND || answer.status() == PRECONDITION_FAILED;
        if (!answer.isSuccess() && !absent) {
            throw Refusals.of(answer, PURGE_HINT);
        }
        return OptionalLong.of(absent ? 0 : 1);
    }

    /** A page at a server, as readers who send some headers see it. */
    private final class Page {
        private final int server;
        private final String url;
        private final Map<String, String> variant;
        private final long untilNanos;

        Page(int server, String url, Map<String, String> variant, long untilNanos) {
            this.server = server;
            this.url = url;
            this.variant = variant;
            this.untilNanos = untilNanos;
        }

        void refresh() throws DeliveryFailure {
            Answer first = fetched(refresh);
            if (shows(first, true)) {
                return;
            }
            Answer second = fetched(refresh);
            if (shows(second, true)) {
                return;
            }
            // A body that is never the same, as where nginx puts parts into it, does not tell an old page from a new
            // one.
            if (!shows(fetched(expire), second.showsTheSameAs(first))) {
                throw new RefusedForNow("nginx " + OLD_HINT, null, Duration.ZERO);
            }
        }

        /** What the origin says now. */
        private Answer fetched(Map<String, String> more) throws DeliveryFailure {
            Answer answer = answered(more);
            String status = status(answer);
            if (ORIGIN_FAILS.contains(status)) {
                throw new RefusedForNow(answer + " with what it had, as its origin fails", null, Duration.ZERO);
            }
            if (KEPT.contains(status)) {
                throw Refusals.doubtful(answer, "from its cache: " + REFRESH_HINT);
            }
            // A page may be gone, or ask for a login: that is what nginx has now.
            return answer;
        }

        /**
         * Whether readers see that, or have the origin asked.
         *
         * @param byBody whether by its body, and not only by its status
         */
        private boolean shows(Answer fresh, boolean byBody) throws DeliveryFailure {
            Answer shown = answered(Map.of());
            return !KEPT.contains(status(shown))
                    || (byBody ? shown.showsTheSameAs(fresh) : shown.status() == fresh.status());
        }

        private String status(Answer answer) throws DeliveryFailure {
            return answer.headers()
                    .firstValue(STATUS)
                    .orElseThrow(() -> Refusals.doubtful(answer, "without " + STATUS + ": " + STATUS_HINT));
        }

        private Answer answered(Map<String, String> more) throws DeliveryFailure {
            Map<String, String> headers = new HashMap<>(variant);
            headers.putAll(more);
            Duration left = Duration.ofNanos(Math.max(1_000_000, untilNanos - System.nanoTime()));
            Answer answer = servers.ask(server, "GET", url, headers, left);
            if (answer.isForNow()) {
                // That the origin asks to be left alone is not for the server.
                boolean ofOrigin = answer.headers().firstValue(STATUS).isPresent();
                throw ofOrigin ? new RefusedForNow(answer.toString(), null, Duration.ZERO) : Refusals.forNow(answer);
            }
            return answer;
        }
    }
}
