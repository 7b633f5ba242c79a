package io.millrace.connectors.cdn;

import io.millrace.connectors.cdn.Limits.Together;
import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.http.Answer;
import io.millrace.connectors.http.Server;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * CloudFront's CreateInvalidation of 2020-05-31: paths of one distribution; no tags, and no soft purges. What it confirms is
 * that an invalidation is under way, which takes it some seconds more.
 */
final class CloudFront implements Provider {
    static final String API = "https://cloudfront.amazonaws.com";

    /** As many may be in progress at a time, in one request or in several. */
    private static final int PATHS = 3_000;

    /** Of patterns, with an asterisk, so many. */
    private static final int PATTERNS = 15;

    private static final int FORBIDDEN = 403;
    private static final String NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/";
    private static final Pattern CODE = Pattern.compile("<Code>\\s*(\\w+)\\s*</Code>");

    /** Earlier ones are still in progress, or the API's own rate is exceeded. */
    private static final Set<String> FOR_NOW = Set.of(
            "TooManyInvalidationsInProgress",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "ServiceUnavailable",
            "InternalError",
            "InternalFailure");

    /** The clock is wrong, or the keys are, or the distribution is another's. */
    private static final Set<String> OF_THE_ACCOUNT = Set.of(
            "AccessDenied",
            "NoSuchDistribution",
            "InvalidClientTokenId",
            "SignatureDoesNotMatch",
            "MissingAuthenticationToken",
            "IncompleteSignature",
            "ExpiredToken",
            "RequestExpired");

    /** An invalidation takes some ten seconds: to ask at once again is of no use. */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private static final String HINT = "set cdn.access.key and cdn.secret.key to keys that may"
            + " cloudfront:CreateInvalidation, and cdn.distribution to the distribution's id";

    private final URI api;
    private final Server server;
    private final String distribution;
    private final SignatureV4 signature;
    private final Duration timeout;

    CloudFront(CdnPurgeSinkConfig config) {
        this.api = config.api(API);
        this.server = config.server(api);
        this.distribution = config.getString(CdnPurgeSinkConfig.DISTRIBUTION);
        this.signature = new SignatureV4(
                config.secret(CdnPurgeSinkConfig.ACCESS_KEY),
                config.secret(CdnPurgeSinkConfig.SECRET_KEY),
                config.secret(CdnPurgeSinkConfig.SESSION_TOKEN),
                "us-east-1",
                "cloudfront",
                Clock.systemUTC());
        this.timeout = config.duration(CdnPurgeSinkConfig.REQUEST_TIMEOUT);
    }

    @Override
    public boolean takes(Way way) {
        return way != Way.TAG;
    }

    /** Each path alone, as long as they are not many: then a request that is made again is known, whatever else is read beside it. */
    @Override
    public Limits limits(Way way) {
        return new Limits(way == Way.PATTERN ? PATTERNS : PATHS, Integer.MAX_VALUE, Together.NEIGHBOURS);
    }

    @Override
    public OptionalLong purge(Batch batch, int unused) throws DeliveryFailure {
        Set<String> paths = new TreeSet<>();
        for (String url : batch.targets()) {
            paths.add(Site.path(url));
        }
        StringBuilder items = new StringBuilder();
        paths.forEach(path -> items.append("<Path>").append(escaped(path)).append("</Path>"));
        String body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><InvalidationBatch xmlns=\"" + NAMESPACE + "\">"
                + "<CallerReference>" + escaped(batch.reference()) + "</CallerReference><Paths><Items>" + items
                + "</Items><Quantity>" + paths.size() + "</Quantity></Paths></InvalidationBatch>";
        URI url = URI.create(api + "/2020-05-31/distribution/" + distribution + "/invalidation");
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .timeout(timeout)
                .setHeader("Content-Type", "application/xml")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        signature.headers("POST", url, body, List.of()).forEach(request::setHeader);
        confirm(server.ask(request.build()));
        return OptionalLong.empty();
    }

    private static void confirm(Answer answer) throws DeliveryFailure {
        if (answer.isSuccess()) {
            return;
        }
        Matcher told = CODE.matcher(answer.text());
        String code = told.find() ? told.group(1) : "";
        if (FOR_NOW.contains(code)) {
            Duration asked = answer.retryAfter();
            throw new DeliveryFailure(
                    FailureKind.TRANSIENT, answer + " " + code, null, asked.compareTo(PAUSE) > 0 ? asked : PAUSE);
        }
        if (OF_THE_ACCOUNT.contains(code)) {
            throw Refusals.ofCache(answer, code + ", " + HINT);
        }
        throw answer.status() == FORBIDDEN ? Refusals.ofCache(answer, HINT) : Refusals.of(answer, HINT);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
