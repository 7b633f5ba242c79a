package io.millrace.ops.pages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** JSON Web Tokens of one issuer, signed by HMAC with SHA-256 (RFC 7515, HS256). Thread-safe. */
final class EdgeTokens {
    private static final String ALGORITHM = "HmacSHA256";
    private static final String HEADER = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private final SecretKeySpec key;
    private final Clock clock;
    private final ObjectMapper json = new ObjectMapper();

    /**
     * Whom a token is of.
     *
     * @param user its subject
     * @param remainingSeconds how long it is good yet
     */
    record Holder(String user, long remainingSeconds) {}

    EdgeTokens(byte[] secret, Clock clock) {
        this.key = new SecretKeySpec(secret, ALGORITHM);
        this.clock = clock;
    }

    /** A token of a user that is good for so long. */
    String issue(String user, long seconds) {
        String claims = json.createObjectNode()
                .put("sub", user)
                .put("exp", clock.instant().getEpochSecond() + seconds)
                .toString();
        String signed =
                encode(HEADER.getBytes(StandardCharsets.UTF_8)) + "." + encode(claims.getBytes(StandardCharsets.UTF_8));
        return signed + "." + encode(signature(signed));
    }

    /** Whom a token is of; empty if it was not issued here, or is good no more. */
    Optional<Holder> check(String token) {
        int second = token.lastIndexOf('.');
        int first = token.indexOf('.');
        if (first < 0 || first == second) {
            return Optional.empty();
        }
        try {
            // The signature before all else; and by the one algorithm that is used here, whatever the token says of it.
            byte[] given = Base64.getUrlDecoder().decode(token.substring(second + 1));
            if (!MessageDigest.isEqual(given, signature(token.substring(0, second)))) {
                return Optional.empty();
            }
            JsonNode header = json.readTree(Base64.getUrlDecoder().decode(token.substring(0, first)));
            JsonNode claims = json.readTree(Base64.getUrlDecoder().decode(token.substring(first + 1, second)));
            long remaining = claims.path("exp").asLong() - clock.instant().getEpochSecond();
            boolean good = header.path("alg").asText().equals("HS256")
                    && claims.path("sub").isTextual()
                    && remaining > 0;
            return good ? Optional.of(new Holder(claims.path("sub").asText(), remaining)) : Optional.empty();
        } catch (IllegalArgumentException | IOException e) {
            return Optional.empty();
        }
    }

    private byte[] signature(String signed) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    private static String encode(byte[] bytes) {
        return ENCODER.encodeToString(bytes);
    }
}
