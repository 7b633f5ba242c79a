package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.http.Answer;
import io.millrace.connectors.http.Server;
import io.millrace.connectors.values.JsonStrings;
import io.millrace.schemas.Invalidation.TargetKind;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A cache that takes one request for each target, whose address, headers and body are templates. {@code {target}} stands for a
 * tag or a URL's whole address, {@code {path}} for a URL's path with its query. In addresses both are percent-encoded, but for a
 * path where an address ends with it; in bodies they are written as in JSON's strings.
 */
final class GenericHttp implements Provider {
    private static final String TARGET = "{target}";
    private static final String PATH = "{path}";

    private final Map<TargetKind, List<Address>> addresses = new EnumMap<>(TargetKind.class);
    private final Site site;
    private final String method;
    private final String body;
    private final Map<String, String> headers;
    private final Duration timeout;

    /** An address, as a template, and the server that it is of. */
    private record Address(String template, Server server) {}

    GenericHttp(CdnPurgeSinkConfig config) {
        for (TargetKind kind : TargetKind.values()) {
            addresses.put(
                    kind,
                    config.templates(kind).stream()
                            .map(template ->
                                    new Address(template, config.server(URI.create(address(template, "", "")))))
                            .toList());
        }
        this.site = config.site();
        this.method = config.getString(CdnPurgeSinkConfig.METHOD);
        this.body = config.getString(CdnPurgeSinkConfig.BODY);
        this.headers = config.headers();
        this.timeout = config.duration(CdnPurgeSinkConfig.REQUEST_TIMEOUT);
    }

    @Override
    public boolean takes(Way way) {
        return way != Way.TAG || !addresses.get(TargetKind.TAG).isEmpty();
    }

    @Override
    public Limits limits(Way way) {
        return Limits.ONE;
    }

    @Override
    public int servers(Way way) {
        return addresses(way).size();
    }

    @Override
    public Way serversOf(Way way) {
        return way == Way.TAG ? Way.TAG : Way.URL;
    }

    private List<Address> addresses(Way way) {
        return addresses.get(way == Way.TAG ? TargetKind.TAG : TargetKind.URL);
    }

    @Override
    public OptionalLong purge(Batch batch, int server) throws DeliveryFailure {
        boolean tag = batch.way() == Way.TAG;
        String given = batch.targets().get(0);
        String target =
                tag || site.base().isEmpty() ? given : site.address(given).toString();
        Address address = addresses(batch.way()).get(server);
        Answer answer = address.server.ask(request(address, target, tag ? "" : Site.path(given)));
        if (!answer.isSuccess()) {
            throw Refusals.of(answer, "set cdn.header.Authorization, or what else it asks for");
        }
        return OptionalLong.empty();
    }

    private HttpRequest request(Address address, String target, String path) throws DeliveryFailure {
        try {
            URI url = URI.create(address(address.template, target, path));
            HttpRequest.Builder request = HttpRequest.newBuilder(url)
                    .timeout(timeout)
                    .method(
                            method,
                            body.isEmpty()
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(
                                            body.replace(TARGET, inJson(target)).replace(PATH, inJson(path))));
            headers.forEach((name, value) ->
                    request.setHeader(name, value.replace(TARGET, target).replace(PATH, path)));
            return request.build();
        } catch (IllegalArgumentException e) {
            throw Refusals.ofTarget("the target makes no address, or no header");
        }
    }

    private static String address(String template, String target, String path) {
        String whole = template.endsWith(PATH) && !template.contains("?")
                ? template.substring(0, template.length() - PATH.length()) + path
                : template.replace(PATH, encoded(path));
        return whole.replace(TARGET, encoded(target));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String inJson(String text) {
        StringBuilder quoted = new StringBuilder();
        JsonStrings.append(quoted, text);
        return quoted.substring(1, quoted.length() - 1);
    }
}
