package io.millrace.connectors.cdn;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.connectors.cdn.Limits.Together;
import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.http.Answer;
import io.millrace.connectors.http.Server;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * Fastly's purge API: surrogate keys of one service, 256 a request, or single URLs of whatever service. A purge by tags is
 * confirmed for the keys of a request together.
 */
final class Fastly implements Provider {
    static final String API = "https://api.fastly.com";

    private static final int KEYS = 256;

    /** 100,000 purges an hour and customer, each key and each URL being one. */
    private static final Rate RATE = new Rate(100_000 / 3_600.0, 1_000);

    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int TOO_MANY = 429;
    private static final String HINT =
            "set cdn.token to a token with the scope purge_select, and cdn.service to the service's id";

    private final URI api;
    private final Server server;
    private final Site site;
    private final String service;
    private final String token;
    private final boolean soft;
    private final Duration timeout;
    private final Duration longestPause;
    private final ObjectMapper json = new ObjectMapper();

    Fastly(CdnPurgeSinkConfig config) {
        this.api = config.api(API);
        this.timeout = config.duration(CdnPurgeSinkConfig.REQUEST_TIMEOUT);
        this.longestPause = config.duration(CdnPurgeSinkConfig.RETRY_AFTER_MAX);
        this.server = config.server(api);
        this.site = config.site();
        this.service = config.getString(CdnPurgeSinkConfig.SERVICE);
        this.token = config.secret(CdnPurgeSinkConfig.TOKEN);
        this.soft = config.getBoolean(CdnPurgeSinkConfig.SOFT);
    }

    /** It has no patterns of URLs. */
    @Override
    public boolean takes(Way way) {
        return way != Way.PATTERN;
    }

    @Override
    public Limits limits(Way way) {
        return way == Way.TAG ? new Limits(KEYS, Integer.MAX_VALUE, Together.ALL) : Limits.ONE;
    }

    @Override
    public Rate targetRate(Way way) {
        return RATE;
    }

    @Override
    public OptionalLong purge(Batch batch, int unused) throws DeliveryFailure {
        boolean tags = batch.way() == Way.TAG;
        Answer answer = server.ask(tags ? byTags(batch) : byUrl(batch.targets().get(0)));
        if (!answer.isSuccess()) {
            throw refusal(answer, tags);
        }
        return OptionalLong.empty();
    }

    /** By keys it is asked of one service; by a URL of whichever has that host, which may be another's or none's. */
    private DeliveryFailure refusal(Answer answer, boolean tags) {
        return switch (answer.status()) {
            case TOO_MANY -> tooMany(answer);
            case FORBIDDEN -> tags ? Refusals.ofCache(answer, HINT) : Refusals.doubtful(answer, HINT);
            case NOT_FOUND -> tags ? Refusals.ofCache(answer, HINT) : Refusals.ofTarget(answer);
            default -> Refusals.of(answer, HINT);
        };
    }

    private HttpRequest byTags(Batch batch) {
        var body = json.createObjectNode();
        batch.targets().forEach(body.putArray("surrogate_keys")::add);
        return request("/service/" + service + "/purge")
                .setHeader("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
    }

    private HttpRequest byUrl(String url) throws DeliveryFailure {
        URI page = site.address(url);
        return request("/purge/" + page.getRawAuthority() + Site.path(url))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(api + path))
                .timeout(timeout)
                .setHeader("Fastly-Key", token)
                .setHeader("Accept", "application/json");
        return soft ? request.setHeader("Fastly-Soft-Purge", "1") : request;
    }

    /** It says in a header of its own when its window ends, in seconds since the epoch. */
    private DeliveryFailure tooMany(Answer answer) {
        Duration untilReset = answer.headers().firstValueAsLong("Fastly-RateLimit-Reset").stream()
                .mapToObj(reset -> Duration.between(Instant.now(), Instant.ofEpochSecond(reset)))
                .findFirst()
                .orElse(Duration.ZERO);
        Duration pause = untilReset.compareTo(answer.retryAfter()) > 0 ? untilReset : answer.retryAfter();
        return new DeliveryFailure(
                FailureKind.TRANSIENT,
                answer.toString(),
                null,
                pause.compareTo(longestPause) > 0 ? longestPause : pause);
    }
}
