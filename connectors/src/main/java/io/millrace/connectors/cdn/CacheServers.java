package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.http.Answer;
import io.millrace.connectors.http.Server;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The servers of a cache of one's own: each keeps pages for itself. They are asked as a proxy is for the site's addresses, so that
 * they see the host by which browsers ask and which is part of a page's key.
 */
final class CacheServers {
    private static final int HTTP_PORT = 80;

    private final List<One> servers = new ArrayList<>();
    private final Site site;
    private final Map<String, String> headers;
    private final Duration timeout;

    private record One(URI url, Server server) {}

    CacheServers(CdnPurgeSinkConfig config) {
        this.site = config.site();
        this.headers = config.headers();
        this.timeout = config.duration(CdnPurgeSinkConfig.REQUEST_TIMEOUT);
        for (URI url : config.urls()) {
            servers.add(new One(url, config.server(url, client(config, url))));
        }
    }

    private HttpClient client(CdnPurgeSinkConfig config, URI url) {
        Duration patience = config.duration(CdnPurgeSinkConfig.CONNECT_TIMEOUT);
        if (!url.getScheme().equals("http")) {
            return Server.client(url, patience);
        }
        int port = url.getPort() < 0 ? HTTP_PORT : url.getPort();
        return HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(patience)
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(ProxySelector.of(new InetSocketAddress(url.getHost(), port)))
                .build();
    }

    int size() {
        return servers.size();
    }

    /** Asks one for a page. */
    Answer ask(int server, String method, String target, Map<String, String> more) throws DeliveryFailure {
        return ask(server, method, target, more, timeout);
    }

    /** The same, if it is answered within a time. */
    Answer ask(int server, String method, String target, Map<String, String> more, Duration limit)
            throws DeliveryFailure {
        One one = servers.get(server);
        HttpRequest.Builder request = HttpRequest.newBuilder(address(one.url, target))
                .timeout(limit)
                .method(method, HttpRequest.BodyPublishers.noBody());
        headers.forEach(request::setHeader);
        more.forEach(request::setHeader);
        return one.server.ask(request.build());
    }

    /** A page's address at a server: with the site's host, which is asked by the way of that server. */
    private URI address(URI server, String target) throws DeliveryFailure {
        String path = Site.path(target);
        boolean direct = !server.getScheme().equals("http")
                || (target.startsWith("/") && site.base().isEmpty());
        String authority =
                direct ? server.getRawAuthority() : site.address(target).getRawAuthority();
        // Put together rather than resolved: a path that begins with two slashes would name another host.
        return URI.create(server.getScheme() + "://" + authority + path);
    }
}
