package io.millrace.connectors.cdn;

import io.millrace.connectors.http.HookServer;
import io.millrace.connectors.http.HookServer.Answer;
import io.millrace.connectors.http.HookServer.Hook;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** CloudFront's CreateInvalidation of 2020-05-31 as its reference has it, with its errors and what is in progress. */
final class CloudFrontServer implements AutoCloseable {
    static final String DISTRIBUTION = "EDFDVBD6EXAMPLE";
    static final String ACCESS_KEY = "AKIDEXAMPLE";
    private static final String NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/";
    private static final int MOST_IN_PROGRESS = 3_000;
    private static final int MOST_PATTERNS = 15;
    private static final Pattern AUTHORIZATION = Pattern.compile("AWS4-HMAC-SHA256 Credential=" + ACCESS_KEY
            + "/\\d{8}/us-east-1/cloudfront/aws4_request, SignedHeaders=host;x-amz-date(;x-amz-security-token)?,"
            + " Signature=[0-9a-f]{64}");

    final HookServer http;
    /** The paths of each invalidation, by its reference. */
    final Map<String, List<String>> invalidations = Collections.synchronizedMap(new LinkedHashMap<>());
    /** How long an invalidation is in progress. */
    volatile Duration takes = Duration.ZERO;

    private final Map<String, Instant> begun = new ConcurrentHashMap<>();

    CloudFrontServer() throws IOException {
        http = new HookServer();
        http.answers = this::answer;
    }

    private static Answer error(int status, String code) {
        return Answer.of(
                status,
                "<?xml version=\"1.0\"?><ErrorResponse xmlns=\"" + NAMESPACE + "\"><Error><Type>Sender</Type><Code>"
                        + code
                        + "</Code><Message>It cannot be done.</Message></Error>"
                        + "<RequestId>410c2a4b-e435-49c9-8382-3770d80d7d4c</RequestId></ErrorResponse>");
    }

    private Answer answer(Hook hook) {
        String authorization = hook.header("Authorization");
        if (authorization == null) {
            return error(403, "MissingAuthenticationToken");
        }
        if (!authorization.contains("Credential=" + ACCESS_KEY + "/")) {
            return error(403, "InvalidClientTokenId");
        }
        if (!AUTHORIZATION.matcher(authorization).matches() || isLate(hook.header("X-Amz-Date"))) {
            return error(403, "SignatureDoesNotMatch");
        }
        if (!hook.path().equals("/2020-05-31/distribution/" + DISTRIBUTION + "/invalidation")) {
            return error(404, "NoSuchDistribution");
        }
        return create(hook);
    }

    private static boolean isLate(String date) {
        Instant signed = Instant.from(DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'")
                .withZone(ZoneOffset.UTC)
                .parse(date));
        return Duration.between(signed, Instant.now()).abs().toMinutes() > 5;
    }

    private synchronized Answer create(Hook hook) {
        Document batch;
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            batch = factory.newDocumentBuilder()
                    .parse(new ByteArrayInputStream(hook.body().getBytes(StandardCharsets.UTF_8)));
        } catch (Exception e) {
            return error(400, "MalformedXML");
        }
        NodeList items = batch.getElementsByTagNameNS(NAMESPACE, "Path");
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < items.getLength(); i++) {
            paths.add(items.item(i).getTextContent());
        }
        String quantity =
                batch.getElementsByTagNameNS(NAMESPACE, "Quantity").item(0).getTextContent();
        if (Integer.parseInt(quantity) != paths.size()) {
            return error(400, "InconsistentQuantities");
        }
        if (paths.stream().anyMatch(path -> !path.startsWith("/") || path.contains("#"))) {
            return error(400, "InvalidArgument");
        }
        String reference = batch.getElementsByTagNameNS(NAMESPACE, "CallerReference")
                .item(0)
                .getTextContent();
        List<String> before = invalidations.get(reference);
        if (before != null) {
            return before.equals(paths) ? created(reference) : error(400, "InvalidationBatchAlreadyExists");
        }
        if (inProgress(false)
                                + paths.stream()
                                        .filter(path -> !path.contains("*"))
                                        .count()
                        > MOST_IN_PROGRESS
                || inProgress(true)
                                + paths.stream()
                                        .filter(path -> path.contains("*"))
                                        .count()
                        > MOST_PATTERNS) {
            return error(400, "TooManyInvalidationsInProgress");
        }
        invalidations.put(reference, paths);
        begun.put(reference, Instant.now());
        return created(reference);
    }

    private long inProgress(boolean patterns) {
        return begun.entrySet().stream()
                .filter(each -> each.getValue().plus(takes).isAfter(Instant.now()))
                .flatMap(each -> invalidations.get(each.getKey()).stream())
                .filter(path -> path.contains("*") == patterns)
                .count();
    }

    private static Answer created(String reference) {
        return Answer.of(
                        201,
                        "<?xml version=\"1.0\"?><Invalidation xmlns=\"" + NAMESPACE
                                + "\"><Id>IDFDVBD632BHDS5</Id><Status>InProgress</Status></Invalidation>")
                .with("X-Reference", Integer.toString(reference.length()));
    }

    @Override
    public void close() {
        http.close();
    }
}
