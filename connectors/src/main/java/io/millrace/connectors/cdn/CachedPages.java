package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.http.Answer;
import io.millrace.connectors.http.Server;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.Map;

/** The pages of a site, as its cache gives them: each server of a cache of one's own, else whichever of a CDN's is the nearest. */
final class CachedPages implements Warmer.Pages {
    private final Site site;
    private final CdnPurgeSinkConfig config;
    /** Null where the cache is a CDN. */
    private final CacheServers servers;
    /** Null where the cache is one's own. */
    private final Server cdn;

    CachedPages(CdnPurgeSinkConfig config) {
        this.config = config;
        this.site = config.site();
        boolean own = config.isOwnCache();
        this.servers = own ? new CacheServers(config) : null;
        this.cdn = own ? null : config.server(URI.create(site.base()));
    }

    @Override
    public void fetch(String target) throws DeliveryFailure {
        if (Site.isPattern(target)) {
            return;
        }
        if (servers != null) {
            fetchFromEach(target);
            return;
        }
        URI page = site.address(target);
        if (!page.getRawAuthority().equals(URI.create(site.base()).getRawAuthority())) {
            throw Refusals.ofTarget("the target is a page of another site");
        }
        check(cdn.ask(HttpRequest.newBuilder(page)
                .timeout(config.duration(CdnPurgeSinkConfig.REQUEST_TIMEOUT))
                .build()));
    }

    /** One that fails does not keep the others from having it. */
    private void fetchFromEach(String target) throws DeliveryFailure {
        DeliveryFailure failure = null;
        for (int server = 0; server < servers.size(); server++) {
            try {
                check(servers.ask(server, "GET", target, Map.of()));
            } catch (DeliveryFailure e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static void check(Answer answer) throws DeliveryFailure {
        if (answer.status() >= 500) {
            throw answer.refusedForNow(answer.toString());
        }
    }
}
