package io.millrace.connectors.cdn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.connectors.PropertyTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CdnPurgeSinkConfigTest {
    @Test
    void thePageHasEveryPropertyAsItIsDefined() throws IOException {
        PropertyTable.check(
                Path.of("..", "docs", "cdn-providers.md"),
                "<!-- Made from CdnPurgeSinkConfig: run CdnPurgeSinkConfigTest with -Dmillrace.rewrite=true. -->\n",
                CdnPurgeSinkConfig.DEFINITION);
    }

    @Test
    void aProviderSaysWhatItNeeds() {
        assertThat(errors("cdn.provider", "akamai")).singleElement().asString().contains("String must be one of");
        assertThat(errors("cdn.provider", "varnish")).containsExactly("varnish needs cdn.url");
        assertThat(errors("cdn.provider", "fastly", "cdn.service", "a", "cdn.token", "t"))
                .containsExactly("fastly needs cdn.site, unless cdn.by = tags");
        assertThat(errors("cdn.provider", "fastly", "cdn.service", "a", "cdn.token", "t", "cdn.by", "tags"))
                .isEmpty();
        assertThat(errors("cdn.provider", "cloudflare", "cdn.zone", "z", "cdn.site", "https://www.example.com"))
                .containsExactly("cloudflare needs cdn.token");
        assertThat(errors("cdn.provider", "cloudfront", "cdn.distribution", "E1", "cdn.access.key", "a"))
                .containsExactly("cloudfront needs cdn.secret.key");
    }

    @Test
    void whatAProviderHasNotIsTold() {
        assertThat(errors("cdn.provider", "nginx", "cdn.url", "http://a", "cdn.soft", "true"))
                .containsExactly("cdn.soft is not of nginx, only of fastly, varnish");
        assertThat(errors("cdn.provider", "nginx", "cdn.url", "http://a", "cdn.by", "tags"))
                .containsExactly("cdn.by = tags needs tags, which nginx has not");
        assertThat(errors("cdn.provider", "varnish", "cdn.url", "ftp://a"))
                .containsExactly("cdn.url must begin with https://host or http://host, and be a URL");
        assertThat(errors("cdn.provider", "varnish", "cdn.url", "http://a, http://b:81/"))
                .isEmpty();
        assertThat(errors("cdn.provider", "varnish", "cdn.url", "http://a", "cdn.site", "www.example.com"))
                .singleElement()
                .asString()
                .contains("must be https://host");
        assertThat(errors("cdn.provider", "varnish", "cdn.url", "http://a", "cdn.header.Host", "b"))
                .containsExactly("cdn.header.Host is a header that the sink sets itself");
        assertThat(errors("cdn.provider", "varnish", "cdn.url", "http://a", "cdn.purges.topic", "cdn-purges"))
                .containsExactly("cdn.purges.topic needs cdn.purges.bootstrap.servers");
        assertThat(errors("cdn.provider", "varnish", "cdn.url", "http://a", "cdn.by", "tags", "cdn.warm", "all"))
                .containsExactly("cdn.warm needs URLs, which cdn.by = tags leaves out");
    }

    /** Clients quote a header that they refuse, and a secret from a file has the file's last line's end. */
    @Test
    void aSecretIsAHeadersValue() {
        Map<String, String> given = new HashMap<>(
                Map.of("cdn.provider", "nginx", "cdn.url", "http://a", CdnPurgeSinkConfig.TOKEN, "s3cret\n"));
        assertThat(new CdnPurgeSinkConfig(given).secret(CdnPurgeSinkConfig.TOKEN))
                .isEqualTo("s3cret");
        given.put(CdnPurgeSinkConfig.TOKEN, "s3cret\nX: y");
        assertThatThrownBy(() -> new CdnPurgeSinkConfig(given).provider())
                .hasMessage("cdn.token has characters that a header may not have");
    }

    /** And not by a connector that has begun, or a purge that is made. */
    @Test
    void whatCannotWorkIsToldAtOnce() {
        for (String begin : List.of("2026-13-45T25:00:00Z", "2026-02-30T00:00:00Z", "yesterday", "")) {
            assertThat(errors(
                            "cdn.provider",
                            "varnish",
                            "cdn.url",
                            "http://a",
                            "cdn.purges.bootstrap.servers",
                            "b:1",
                            "cdn.begin",
                            begin))
                    .singleElement()
                    .asString()
                    .contains("must be beginning, end or a time");
        }
        assertThat(errors("cdn.provider", "varnish", "cdn.url", "http://a", "cdn.begin", "end"))
                .containsExactly("cdn.begin = end needs topics, by their names, and cdn.purges.bootstrap.servers");
        assertThat(errors(
                        "cdn.provider",
                        "varnish",
                        "cdn.url",
                        "http://a",
                        "cdn.purges.bootstrap.servers",
                        "b:1",
                        "cdn.begin",
                        "2026-01-31T12:00:00Z"))
                .isEmpty();
        for (String header : List.of("X Cache", "", "Host", "x-cache-expire")) {
            assertThat(errors("cdn.provider", "nginx", "cdn.url", "http://a", "cdn.refresh.header", header))
                    .anySatisfy(error -> assertThat(error).contains("must be the name of a header"));
            assertThat(errors(
                            "cdn.provider",
                            "nginx",
                            "cdn.url",
                            "http://a",
                            "cdn.refresh.variants",
                            "Cookie: a, " + header + ": a"))
                    .anySatisfy(error -> assertThat(error).contains("must be Name: value, or several"));
        }
        assertThat(errors(
                        "cdn.provider",
                        "nginx",
                        "cdn.url",
                        "http://a",
                        "cdn.refresh.header",
                        "X-Anew",
                        "cdn.refresh.variants",
                        "Cookie: bucket=a, Accept: text/html"))
                .isEmpty();
        assertThat(errors(
                        "cdn.provider",
                        "nginx",
                        "cdn.url",
                        "http://a",
                        "cdn.refresh.header",
                        "X-Anew",
                        "cdn.refresh.variants",
                        "x-anew: 1"))
                .containsExactly("cdn.refresh.variants has the header that refreshes");
        assertThat(errors("cdn.provider", "nginx", "cdn.url", "http://a", "cdn.header.x-cache-refresh", "1"))
                .containsExactly("cdn.header.x-cache-refresh is a header that the sink sets itself");
    }

    /** It is not to begin elsewhere in silence. */
    @Test
    void aConnectorThatIsToBeginLaterSaysWhatItNeeds() {
        Map<String, String> given =
                new HashMap<>(Map.of("cdn.provider", "varnish", "cdn.url", "http://a", "topics.regex", "cdn-.*"));
        new CdnPurgeSinkConnector().start(given);
        given.put("cdn.purges.bootstrap.servers", "127.0.0.1:1");
        given.put("cdn.begin", "end");
        assertThatThrownBy(() -> new CdnPurgeSinkConnector().start(given))
                .hasMessageStartingWith("cdn.begin = end needs topics, by their names");
        given.remove("cdn.purges.bootstrap.servers");
        given.put("topics", "cdn-invalidations");
        given.put("cdn.begin", "2026-01-31T12:00:00Z");
        assertThatThrownBy(() -> new CdnPurgeSinkConnector().start(given))
                .hasMessageContaining("cdn.purges.bootstrap.servers");
    }

    /** Before a purge is made that could not be told of. */
    @Test
    void aTopicOfPurgesNeedsARegistry() {
        CdnPurgeSinkConfig config = new CdnPurgeSinkConfig(Map.of(
                "cdn.provider",
                "varnish",
                "cdn.url",
                "http://a",
                CdnPurgeSinkConfig.PURGES_TOPIC,
                "cdn-purges",
                CdnPurgeSinkConfig.PURGES_SERVERS,
                "127.0.0.1:1"));
        assertThatThrownBy(() -> new PurgesTopic(config).close())
                .hasMessageStartingWith("cdn.purges.topic needs cdn.purges.client.schema.registry.url: ");
    }

    private static List<String> errors(String... properties) {
        Map<String, String> given = new HashMap<>(Map.of("name", "photos.cdn.edge", "topics", "cdn-invalidations"));
        for (int i = 0; i < properties.length; i += 2) {
            given.put(properties[i], properties[i + 1]);
        }
        return new CdnPurgeSinkConnector()
                .validate(given).configValues().stream()
                        .flatMap(value -> value.errorMessages().stream())
                        .toList();
    }
}
