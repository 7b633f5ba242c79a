package io.millrace.connectors.cdn;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Signs requests to AWS: Signature Version 4, as the user guide of AWS Identity and Access Management has it ("Create a signed AWS API
 * request"). Thread-safe.
 */
final class SignatureV4 {
    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final int DATE_LENGTH = 8;

    private final String accessKey;
    private final String secretKey;
    private final String sessionToken;
    private final String region;
    private final String service;
    private final Clock clock;

    /** A signer with keys; the token of a session is empty where they are no session's. */
    SignatureV4(String accessKey, String secretKey, String sessionToken, String region, String service, Clock clock) {
        this.accessKey = accessKey;
        this.secretKey = secretKey;
        this.sessionToken = sessionToken;
        this.region = region;
        this.service = service;
        this.clock = clock;
    }

    /**
     * The headers that sign a request.
     *
     * @param url with a path that is encoded as it is sent
     * @param more other headers of the request that are to be signed, by their names
     */
    Map<String, String> headers(String method, URI url, String body, List<Map.Entry<String, String>> more) {
        String time = TIME.format(clock.instant());
        TreeMap<String, String> signed = new TreeMap<>();
        more.forEach(header -> signed.put(header.getKey().toLowerCase(java.util.Locale.ROOT), header.getValue()));
        signed.put("host", url.getRawAuthority());
        signed.put("x-amz-date", time);
        if (!sessionToken.isEmpty()) {
            signed.put("x-amz-security-token", sessionToken);
        }
        String names = String.join(";", signed.keySet());
        String canonical = String.join(
                "\n",
                method,
                url.getRawPath().isEmpty() ? "/" : url.getRawPath(),
                query(url.getRawQuery()),
                signed.entrySet().stream()
                        .map(header -> header.getKey() + ":"
                                + header.getValue().strip().replaceAll(" +", " ") + "\n")
                        .collect(Collectors.joining()),
                names,
                hash(body));
        String scope = time.substring(0, DATE_LENGTH) + "/" + region + "/" + service + "/aws4_request";
        String signature = HexFormat.of()
                .formatHex(hmac(
                        key(time.substring(0, DATE_LENGTH)),
                        String.join("\n", ALGORITHM, time, scope, hash(canonical))));
        Map<String, String> headers = new TreeMap<>(Map.of(
                "x-amz-date",
                time,
                "Authorization",
                ALGORITHM + " Credential=" + accessKey + "/" + scope + ", SignedHeaders=" + names + ", Signature="
                        + signature));
        if (!sessionToken.isEmpty()) {
            headers.put("x-amz-security-token", sessionToken);
        }
        return headers;
    }

    private static String query(String raw) {
        if (raw == null) {
            return "";
        }
        return Arrays.stream(raw.split("&", -1))
                .map(each -> each.contains("=") ? each : each + "=")
                .sorted()
                .collect(Collectors.joining("&"));
    }

    private byte[] key(String date) {
        byte[] key = ("AWS4" + secretKey).getBytes(StandardCharsets.UTF_8);
        for (String part : List.of(date, region, service, "aws4_request")) {
            key = hmac(key, part);
        }
        return key;
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new ConnectException("this JVM does not sign", e);
        }
    }

    private static String hash(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new ConnectException("this JVM does not hash", e);
        }
    }
}
