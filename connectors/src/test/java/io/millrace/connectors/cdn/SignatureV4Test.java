package io.millrace.connectors.cdn;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** AWS's own test vectors: its Signature Version 4 test suite, and the example of its user guide. */
final class SignatureV4Test {
    private static final URI ROOT = URI.create("https://example.amazonaws.com/");

    private static String signature(SignatureV4 signer, String method, URI url, String body, Map<String, String> more) {
        String authorization =
                signer.headers(method, url, body, List.copyOf(more.entrySet())).get("Authorization");
        return authorization.substring(authorization.indexOf("Signature=") + "Signature=".length());
    }

    private static SignatureV4 signer(String region, String service) {
        return new SignatureV4(
                "AKIDEXAMPLE",
                "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                "",
                region,
                service,
                Clock.fixed(Instant.parse("2015-08-30T12:36:00Z"), ZoneOffset.UTC));
    }

    @Test
    void theTestSuitesRequestsAreSignedAsItSays() {
        SignatureV4 signer = signer("us-east-1", "service");
        assertThat(signer.headers("GET", ROOT, "", List.of()))
                .containsEntry("x-amz-date", "20150830T123600Z")
                .containsEntry(
                        "Authorization",
                        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"
                                + " SignedHeaders=host;x-amz-date,"
                                + " Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
        assertThat(signature(signer, "POST", ROOT, "", Map.of()))
                .as("post-vanilla")
                .isEqualTo("5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
        assertThat(signature(
                        signer,
                        "POST",
                        ROOT,
                        "Param1=value1",
                        Map.of("Content-Type", "application/x-www-form-urlencoded")))
                .as("post-x-www-form-urlencoded")
                .isEqualTo("ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
        assertThat(signature(
                        signer,
                        "GET",
                        URI.create("https://example.amazonaws.com/?Param2=value2&Param1=value1"),
                        "",
                        Map.of()))
                .as("get-vanilla-query-order-key-case")
                .isEqualTo("b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
    }

    @Test
    void theUserGuidesExampleIsSignedAsItSays() {
        assertThat(signature(
                        signer("us-east-1", "iam"),
                        "GET",
                        URI.create("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08"),
                        "",
                        Map.of("content-type", "application/x-www-form-urlencoded; charset=utf-8")))
                .isEqualTo("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    }
}
