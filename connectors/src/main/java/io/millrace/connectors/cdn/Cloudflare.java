package io.millrace.connectors.cdn;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.connectors.cdn.Limits.Together;
import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.http.Answer;
import io.millrace.connectors.http.Server;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;

/** Cloudflare's purge API: tags, URLs, and patterns as prefixes, of one zone. Its purges are hard. */
final class Cloudflare implements Provider {
    static final String API = "https://api.cloudflare.com/client/v4";

    /** What an account may do by its plan. */
    enum Plan {
        FREE(5 / 60.0, 25, 800),
        PRO(5, 25, 1_500),
        BUSINESS(10, 50, 1_500),
        ENTERPRISE(50, 500, 3_000);

        private final Rate requests;
        private final Rate urls;

        Plan(double requestsPerSecond, int bucket, int urlsPerSecond) {
            this.requests = new Rate(requestsPerSecond, bucket);
            this.urls = new Rate(urlsPerSecond, urlsPerSecond);
        }
    }

    /** Of tags and of prefixes. */
    private static final int KEYS = 100;

    private static final int FORBIDDEN = 403;

    /** The documentation says 100 of all kinds; of URLs more than 30 are refused to most plans. */
    private static final int URLS = 30;

    /** Errors that every purge would meet: no or another token, another zone, a plan without tags. */
    private static final Set<Integer> OF_THE_ACCOUNT =
            Set.of(1107, 6003, 6103, 6111, 7000, 7003, 9103, 9106, 9109, 10000);

    private static final String HINT =
            "set cdn.token to an API token with the permission Zone / Cache Purge, and cdn.zone to the zone's id";

    private final URI api;
    private final Server server;
    private final Site site;
    private final String zone;
    private final String token;
    private final Plan plan;
    private final Duration timeout;
    private final ObjectMapper json = new ObjectMapper();

    Cloudflare(CdnPurgeSinkConfig config) {
        this.api = config.api(API);
        this.server = config.server(api);
        this.site = config.site();
        this.zone = config.getString(CdnPurgeSinkConfig.ZONE);
        this.token = config.secret(CdnPurgeSinkConfig.TOKEN);
        this.plan = Plan.valueOf(config.getString(CdnPurgeSinkConfig.PLAN).toUpperCase(Locale.ROOT));
        this.timeout = config.duration(CdnPurgeSinkConfig.REQUEST_TIMEOUT);
    }

    @Override
    public boolean takes(Way way) {
        return true;
    }

    @Override
    public Limits limits(Way way) {
        return new Limits(way == Way.URL ? URLS : KEYS, Integer.MAX_VALUE, Together.ALL);
    }

    /** Its limit of requests is that of tags and prefixes together; single files have one of their own, of URLs. */
    @Override
    public Rate requestRate(Way way) {
        return way == Way.URL ? Rate.UNLIMITED : plan.requests;
    }

    @Override
    public Rate targetRate(Way way) {
        return way == Way.URL ? plan.urls : Rate.UNLIMITED;
    }

    @Override
    public OptionalLong purge(Batch batch, int unused) throws DeliveryFailure {
        List<String> targets = new ArrayList<>();
        for (String target : batch.targets()) {
            targets.add(
                    switch (batch.way()) {
                        case TAG -> target;
                        case URL -> site.address(target).toString();
                        case PATTERN ->
                            site.address(Site.prefix(target)).getRawAuthority() + Site.path(Site.prefix(target));
                    });
        }
        ask(
                switch (batch.way()) {
                    case TAG -> "tags";
                    case URL -> "files";
                    case PATTERN -> "prefixes";
                },
                targets);
        return OptionalLong.empty();
    }

    private void ask(String what, List<String> targets) throws DeliveryFailure {
        var body = json.createObjectNode();
        targets.forEach(body.putArray(what)::add);
        Answer answer = server.ask(HttpRequest.newBuilder(URI.create(api + "/zones/" + zone + "/purge_cache"))
                .timeout(timeout)
                .setHeader("Authorization", "Bearer " + token)
                .setHeader("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build());
        if (answer.isForNow()) {
            throw Refusals.forNow(answer);
        }
        JsonNode said = said(answer);
        if (answer.isSuccess() && said.path("success").asBoolean()) {
            return;
        }
        for (JsonNode error : said.path("errors")) {
            if (OF_THE_ACCOUNT.contains(error.path("code").asInt())) {
                throw Refusals.ofCache(answer, "error " + error.path("code").asInt() + ", " + HINT);
            }
        }
        throw answer.isSuccess()
                ? Refusals.ofTarget(answer)
                : answer.status() == FORBIDDEN ? Refusals.ofCache(answer, HINT) : Refusals.of(answer, HINT);
    }

    private JsonNode said(Answer answer) {
        try {
            return json.readTree(answer.text());
        } catch (JsonProcessingException e) {
            // Not the API's words: a proxy's, or too long. What the status says holds.
            return json.createObjectNode();
        }
    }
}
