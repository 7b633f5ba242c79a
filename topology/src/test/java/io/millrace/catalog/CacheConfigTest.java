package io.millrace.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CacheConfigTest {
    private static PipelineConfig.Reading read(String text) {
        return PipelineConfig.read(text, "millrace.properties", "photos", Map.of());
    }

    private static List<String> errors(String text) {
        return read(text).errors().stream().map(UserError::render).toList();
    }

    @Test
    void cachesHaveTheirConnectorsProperties() {
        PipelineConfig.Reading reading = read("""
                cdn.caches = edge, fastly
                cdn.cache.edge.provider = varnish
                cdn.cache.edge.url = http://varnish:6081
                cdn.cache.edge.soft = true
                cdn.cache.edge.retry.attempts = -1
                cdn.cache.edge.tasks.max = 2
                cdn.cache.edge.header.X-Purge-Key = ${env:PURGE_KEY}
                cdn.cache.fastly.provider = fastly
                cdn.cache.fastly.by = tags
                cdn.cache.fastly.service = SU1Z0isxPaozGVKXdv0eY
                cdn.cache.fastly.token = ${env:FASTLY_TOKEN}
                """);
        assertThat(reading.errors()).isEmpty();
        assertThat(reading.warnings()).isEmpty();
        assertThat(reading.config().caches())
                .containsExactly(
                        new CacheConfig(
                                "edge",
                                Map.of(
                                        "cdn.provider",
                                        "varnish",
                                        "cdn.url",
                                        "http://varnish:6081",
                                        "cdn.soft",
                                        "true",
                                        "retry.attempts",
                                        "-1",
                                        "tasks.max",
                                        "2",
                                        "cdn.header.X-Purge-Key",
                                        "${env:PURGE_KEY}")),
                        new CacheConfig(
                                "fastly",
                                Map.of(
                                        "cdn.provider",
                                        "fastly",
                                        "cdn.by",
                                        "tags",
                                        "cdn.service",
                                        "SU1Z0isxPaozGVKXdv0eY",
                                        "cdn.token",
                                        "${env:FASTLY_TOKEN}")));
        assertThat(read("").config().caches()).isEmpty();
        assertThat(reading.config().with(PipelineConfig.PARTITIONS, 2).caches()).hasSize(2);
    }

    @Test
    void whatAllSinksHaveCachesHaveAsWellUnlessTheySayOtherwise() {
        String edge = "cdn.caches = edge\ncdn.cache.edge.url = http://edge\ncdn.cache.edge.provider = varnish\n";
        CacheConfig byUrls =
                read(edge + "sinks.cdn.by = urls").config().caches().get(0);
        assertThat(byUrls.targets().haveTags()).isFalse();
        assertThat(byUrls.targets().haveTaggedUrls()).isTrue();
        assertThat(read(edge + "sinks.cdn.warm = all")
                        .config()
                        .caches()
                        .get(0)
                        .targets()
                        .haveTaggedUrls())
                .isTrue();
        CacheConfig auto = read(edge + "sinks.cdn.by = both\ncdn.cache.edge.by = auto")
                .config()
                .caches()
                .get(0);
        assertThat(auto.targets().haveTaggedUrls()).isFalse();
        assertThat(errors("sinks.cdn.by = tags\n" + edge.replace("varnish", "nginx")))
                .singleElement()
                .asString()
                .startsWith("millrace.properties:1: ")
                .contains("needs tags, which nginx has not");
    }

    @Test
    void mistakesAreToldWithTheirPlace() {
        String edge = "cdn.caches = edge\ncdn.cache.edge.url = http://varnish\ncdn.cache.edge.provider = ";
        assertThat(errors(edge + "varnsh"))
                .singleElement()
                .asString()
                .startsWith("millrace.properties:3: there is no provider varnsh")
                .contains("did you mean varnish?");
        assertThat(errors("cdn.caches = edge"))
                .singleElement()
                .asString()
                .startsWith("millrace.properties:1: cache edge does not say its provider")
                .contains("cdn.cache.edge.provider");
        assertThat(errors("cdn.caches = edge\ncdn.cache.edge.provider = varnish"))
                .singleElement()
                .asString()
                .startsWith("millrace.properties:2: varnish needs cdn.cache.edge.url");
        assertThat(errors(edge + "varnish\ncdn.cache.edge.sofft = true"))
                .singleElement()
                .asString()
                .startsWith("millrace.properties:4: unknown property cdn.cache.edge.sofft")
                .contains("did you mean cdn.cache.edge.soft?");
        assertThat(errors(edge + "varnish\ncdn.cache.edge.by = tag"))
                .singleElement()
                .asString()
                .startsWith("millrace.properties:4: ")
                .contains("cdn.cache.edge.by");
        for (String deciding : List.of("by", "warm")) {
            assertThat(errors(edge + "varnish\ncdn.cache.edge." + deciding + " = ${env:DECIDES}"))
                    .singleElement()
                    .asString()
                    .startsWith("millrace.properties:4: cdn.cache.edge." + deciding + " is a reference");
        }
        assertThat(errors(edge + "nginx\ncdn.cache.edge.soft = true"))
                .singleElement()
                .asString()
                .startsWith("millrace.properties:4: cdn.cache.edge.soft is not of nginx");
        assertThat(errors(edge + "varnish\ncdn.cache.egde.soft = true"))
                .singleElement()
                .asString()
                .startsWith("millrace.properties:4: cache egde is not in cdn.caches")
                .contains("did you mean edge?");
        assertThat(errors(edge + "varnish\ncdn.cache.edge.application = other"))
                .as("the pipeline's own")
                .singleElement()
                .asString()
                .contains("unknown property cdn.cache.edge.application");
        assertThat(errors("cdn.caches = ed ge")).isNotEmpty();
    }

    @Test
    void secretsAreReferences() {
        String fastly = """
                cdn.caches = fastly
                cdn.cache.fastly.provider = fastly
                cdn.cache.fastly.by = tags
                cdn.cache.fastly.service = a
                cdn.cache.fastly.token =\s""";
        assertThat(errors(fastly + "abcdef"))
                .anySatisfy(error -> assertThat(error)
                        .startsWith("millrace.properties:5: cdn.cache.fastly.token is written out")
                        .contains("${env:"))
                .noneMatch(error -> error.contains("abcdef"));
        assertThat(errors(fastly + "${file:/etc/millrace/secrets.properties:fastly}"))
                .isEmpty();
        assertThat(errors("""
                        cdn.caches = own
                        cdn.cache.own.provider = http
                        cdn.cache.own.url = https://cdn.example.net/purge?u={target}
                        cdn.cache.own.header.Authorization = Bearer abcdef
                        """))
                .singleElement()
                .asString()
                .startsWith("millrace.properties:4: cdn.cache.own.header.Authorization is written out");
    }
}
