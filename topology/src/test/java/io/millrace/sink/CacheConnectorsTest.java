package io.millrace.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.PipelineConfig;
import io.millrace.connectors.cdn.CdnPurgeSinkConnector;
import io.millrace.sql.Sink;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CacheConnectorsTest {
    private static final PipelineConfig CONFIG =
            PipelineConfig.read("""
                    application.id = photos
                    kafka.bootstrap.servers = kafka:9092
                    schema.registry.url = http://registry:8081
                    cdn.caches = edge
                    cdn.cache.edge.provider = varnish
                    cdn.cache.edge.url = http://varnish:6081
                    cdn.cache.edge.tasks.max = 3
                    """, "millrace.properties", "photos", Map.of()).config();

    @Test
    void aCacheIsAConnectorOfItsOwn() {
        Sink cache = CacheConnectors.of(CONFIG).get(0);
        List<SinkConnectorConfig> connectors = SinkConnectorConfig.all(cache, CONFIG);
        assertThat(connectors).singleElement().satisfies(connector -> {
            assertThat(connector.name()).isEqualTo("photos.cdn.edge");
            assertThat(connector.properties())
                    .containsEntry("connector.class", CdnPurgeSinkConnector.class.getName())
                    .containsEntry("topics", "cdn-invalidations,photos.cdn.edge.dlq.replay")
                    .containsEntry("replay.topic", "photos.cdn.edge.dlq.replay")
                    .containsEntry("errors.deadletterqueue.topic.name", "photos.cdn.edge.dlq")
                    .containsEntry("millrace.pipeline", "photos")
                    .containsEntry("tasks.max", "3")
                    .containsEntry("cdn.cache", "edge")
                    .doesNotContainKey("cdn.begin")
                    .containsEntry("cdn.application", "photos")
                    .containsEntry("cdn.purges.topic", "cdn-purges")
                    .containsEntry("cdn.purges.bootstrap.servers", "kafka:9092")
                    .containsEntry("cdn.purges.client.schema.registry.url", "http://registry:8081");
            assertThat(connector.ownTopics()).isEqualTo(Map.of("photos.cdn.edge.dlq.replay", Optional.empty()));
            assertThat(new CdnPurgeSinkConnector()
                            .validate(connector.deployedBy(1)).configValues().stream()
                                    .flatMap(value -> value.errorMessages().stream()))
                    .as("Connect takes it")
                    .isEmpty();
        });
        assertThat(SinkConnectorConfig.topic(CONFIG, cache)).isEqualTo("cdn-invalidations");
        assertThat(SinkConnectorConfig.retryTopic(CONFIG, cache)).isEmpty();
        assertThat(SinkConnectorConfig.keepsATable(cache)).isFalse();
    }

    /** It begins with what was told since it was created, whoever changes it later; or where its properties say. */
    @Test
    void aCacheBeginsWhenItsConnectorIsCreated() {
        Sink cache = CacheConnectors.of(CONFIG).get(0);
        SinkConnectorConfig connector = SinkConnectorConfig.all(cache, CONFIG).get(0);
        Instant begun = Instant.parse(connector.deployedBy(1).get("cdn.begin"));
        assertThat(begun)
                .isBetween(Instant.now().minusSeconds(70), Instant.now().minusSeconds(50));
        for (String known : List.of("2026-01-31T12:00:00Z", "end")) {
            DeployedConnector there = connector(connector.deployedBy(1), known);
            assertThat(there.isConfiguredAs(connector)).isTrue();
            assertThat(connector.deployedBy(2, Optional.of(there))).containsEntry("cdn.begin", known);
        }
        PipelineConfig given = PipelineConfig.read("""
                        application.id = photos
                        cdn.caches = edge
                        cdn.cache.edge.provider = varnish
                        cdn.cache.edge.url = http://varnish:6081
                        cdn.cache.edge.begin = beginning
                        """, "millrace.properties", "photos", Map.of())
                .config();
        SinkConnectorConfig told = SinkConnectorConfig.all(cache, given).get(0);
        DeployedConnector there = connector(told.deployedBy(1), "2026-01-31T12:00:00Z");
        assertThat(there.differing(told)).containsExactly("cdn.begin");
        assertThat(told.deployedBy(2, Optional.of(there))).containsEntry("cdn.begin", "beginning");
    }

    private static DeployedConnector connector(Map<String, String> properties, String begin) {
        Map<String, String> all = new HashMap<>(properties);
        all.put("cdn.begin", begin);
        return new DeployedConnector(all, "RUNNING", "", List.of());
    }

    /** One that is down holds up no other, and has a lag of its own. */
    @Test
    void eachServerOfACacheIsAConnector() {
        PipelineConfig config = PipelineConfig.read("""
                        application.id = photos
                        kafka.bootstrap.servers = kafka:9092
                        schema.registry.url = http://registry:8081
                        cdn.caches = edge, own
                        cdn.cache.edge.provider = nginx
                        cdn.cache.edge.url = http://nginx-1.example.com, https://nginx-2:6081/ , http://[::1]:80, http://nginx-1.example.com
                        cdn.cache.edge.tasks.max = 3
                        cdn.cache.own.provider = http
                        cdn.cache.own.url = https://a/{path}, https://b/{path}
                        """, "millrace.properties", "photos", Map.of())
                .config();
        List<Sink> sinks = CacheConnectors.of(config);
        assertThat(sinks)
                .extracting(Sink::name)
                .containsExactly("cdn.edge.nginx-1.example.com", "cdn.edge.nginx-2-6081", "cdn.edge.1-80", "cdn.own");
        SinkConnectorConfig second =
                SinkConnectorConfig.all(sinks.get(1), config).get(0);
        assertThat(second.name()).isEqualTo("photos.cdn.edge.nginx-2-6081");
        assertThat(second.properties())
                .containsEntry("cdn.url", "https://nginx-2:6081/")
                .containsEntry("cdn.cache", "edge.nginx-2-6081")
                .containsEntry("tasks.max", "3")
                .containsEntry("topics", "cdn-invalidations,photos.cdn.edge.nginx-2-6081.dlq.replay");
        assertThat(SinkConnectorConfig.all(sinks.get(3), config).get(0).properties())
                .as("a service that has several addresses asked")
                .containsEntry("cdn.url", "https://a/{path}, https://b/{path}");
    }

    @Test
    void aPlanTellsOfCachesAsOfSinks() {
        assertThat(SinkStep.of(List.of(), CONFIG, Map.of()))
                .containsExactly(new SinkStep("cdn.edge", SinkStep.Kind.NEW, List.of()));
        SinkConnectorConfig connector = SinkConnectorConfig.all(
                        CacheConnectors.of(CONFIG).get(0), CONFIG)
                .get(0);
        DeployedConnector there = new DeployedConnector(connector.deployedBy(1), "RUNNING", "", List.of());
        assertThat(SinkStep.of(List.of(), CONFIG, Map.of(connector.name(), there)))
                .containsExactly(new SinkStep("cdn.edge", SinkStep.Kind.UNCHANGED, List.of()));
        PipelineConfig without = PipelineConfig.read(
                        "application.id = photos", "millrace.properties", "photos", Map.of())
                .config();
        assertThat(SinkStep.of(List.of(), without, Map.of(connector.name(), there)))
                .containsExactly(new SinkStep("cdn.edge", SinkStep.Kind.REMOVED, List.of()));
    }
}
