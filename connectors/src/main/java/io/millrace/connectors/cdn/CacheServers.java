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
 * The servers of a cache of one's own: each keeps pages for itself, so that all are asked and all must answer. They are asked
 * as a proxy is for the site's addresses, so that they see the host by which browsers ask and which is part of a page's key.
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

    /** Asks each for a page; the answers are in the servers' order. */
    List<Answer> ask(String method, String target, Map<String, String> more) throws DeliveryFailure {
        List<HttpRequest> requests = new ArrayList<>();
        for (One one : servers) {
            HttpRequest.Builder request = HttpRequest.newBuilder(address(one.url, target))
                    .timeout(timeout)
                    .method(method, HttpRequest.BodyPublishers.noBody());
            headers.forEach(request::setHeader);
            more.forEach(request::setHeader);
            requests.add(request.build());
        }
        return Server.askAll(servers.stream().map(One::server).toList(), requests);
    }

    /** A page's address at a server: with the site's host, which is asked by the way of that server. */
    private URI address(URI server, String target) throws DeliveryFailure {
        String path = Site.path(target);
        if (!server.getScheme().equals("http")) {
            return server.resolve(path);
        }
        URI page = target.startsWith("/") && site.base().isEmpty() ? server.resolve(path) : site.address(target);
        return URI.create("http://" + page.getRawAuthority() + path);
    }
}
