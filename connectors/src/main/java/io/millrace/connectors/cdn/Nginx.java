package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.http.Answer;
import io.millrace.schemas.Invalidation.TargetKind;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * nginx's proxy cache. Stock nginx is asked for the page with a header that has it go to the origin and keep what that says, in
 * place of what it had (proxy_cache_bypass). With the module ngx_cache_purge, or nginx Plus, it is asked to PURGE.
 */
final class Nginx implements Provider {
    /** How nginx is asked. */
    enum Mode {
        REFRESH,
        PURGE
    }

    private static final int NOT_FOUND = 404;
    private static final int PRECONDITION_FAILED = 412;
    private static final String PURGE_HINT =
            "PURGE needs the module ngx_cache_purge with a location that takes it from this worker, or nginx Plus;"
                    + " docs/cdn-providers.md has the configuration";
    private static final String REFRESH_HINT =
            "proxy_cache_bypass must look at the header that refreshes, and let this worker use it; docs/cdn-providers.md"
                    + " has the configuration";

    private final CacheServers servers;
    private final Mode mode;
    private final Map<String, String> refresh;

    Nginx(CdnPurgeSinkConfig config) {
        this.servers = new CacheServers(config);
        this.mode = Mode.valueOf(config.getString(CdnPurgeSinkConfig.MODE).toUpperCase(Locale.ROOT));
        String token = config.secret(CdnPurgeSinkConfig.TOKEN);
        this.refresh = Map.of(config.getString(CdnPurgeSinkConfig.REFRESH_HEADER), token.isEmpty() ? "1" : token);
    }

    @Override
    public boolean hasTags() {
        return false;
    }

    @Override
    public Limits limits(TargetKind kind) {
        return Limits.ONE;
    }

    @Override
    public OptionalLong purge(Batch batch) throws DeliveryFailure {
        String url = batch.targets().get(0);
        return mode == Mode.PURGE ? purge(url) : refresh(url);
    }

    private OptionalLong purge(String url) throws DeliveryFailure {
        long removed = 0;
        for (Answer answer : servers.ask("PURGE", url, Map.of())) {
            boolean absent = answer.status() == NOT_FOUND || answer.status() == PRECONDITION_FAILED;
            if (!answer.isSuccess() && !absent) {
                throw Refusals.of(answer, PURGE_HINT);
            }
            removed += absent ? 0 : 1;
        }
        return OptionalLong.of(removed);
    }

    private OptionalLong refresh(String url) throws DeliveryFailure {
        if (Site.isPattern(url)) {
            throw Refusals.ofTarget("stock nginx has no patterns: " + url);
        }
        for (Answer answer : servers.ask("GET", url, refresh)) {
            String status = answer.headers().firstValue("X-Cache-Status").orElse("");
            if (status.equals("STALE") || status.equals("UPDATING")) {
                throw new DeliveryFailure(
                        FailureKind.TRANSIENT, answer + " with what it had, as its origin fails", null, Duration.ZERO);
            }
            if (List.of("HIT", "REVALIDATED").contains(status)) {
                throw Refusals.ofCache(answer, "from its cache: " + REFRESH_HINT);
            }
            // A page may be gone, or ask for a login: that is what nginx has now.
            if (answer.isForNow()) {
                throw answer.refusedForNow(answer.toString());
            }
        }
        return OptionalLong.empty();
    }
}
