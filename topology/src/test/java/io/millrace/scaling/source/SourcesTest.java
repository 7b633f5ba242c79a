package io.millrace.scaling.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.millrace.scaling.MetricsJson;
import io.millrace.scaling.Sample;
import io.millrace.scaling.policy.MetricSource;
import io.millrace.scaling.policy.PolicyFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Metrics that are asked for, at a server that answers as Prometheus and as a pipeline do. */
final class SourcesTest {
    private static final long TIME_MS = 1_732_867_200_000L;

    private final Map<String, String> answers = new HashMap<>();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String asked = exchange.getRequestURI().getRawPath() + "?"
                    + exchange.getRequestURI().getRawQuery();
            byte[] answer =
                    answers.getOrDefault(asked, "no such thing: " + asked).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answers.containsKey(asked) ? 200 : 404, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private Source prometheus(String query) {
        return new PrometheusSource(
                new MetricSource.Prometheus("web", "Requests", 1_000, url(), query, "pod"), new JsonServer());
    }

    private Source view(String view, String instance) {
        return new ViewSource(
                new MetricSource.View("web", "Orders", 1_000, url(), view, "orders", instance), new JsonServer());
    }

    private static String vector(String... series) {
        return "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" + String.join(",", series)
                + "]}}";
    }

    private static String series(String labels, String value) {
        return "{\"metric\":{" + labels + "},\"value\":[1732867199.5,\"" + value + "\"]}";
    }

    private static Sample sample(String instance, String name, double value) {
        return new Sample("web", instance, name, value, TIME_MS);
    }

    @Test
    void aQueryOfPrometheusGivesAValueForEachInstanceThatHasOne() throws Exception {
        answers.put(
                "/api/v1/query?query=rate%28requests%5B1m%5D%29",
                vector(
                        series("\"pod\":\"web-1\"", "12.5"),
                        series("\"pod\":\"web-2\"", "NaN"),
                        series("\"pod\":\"web-3\"", "7")));
        assertThat(prometheus("rate(requests[1m])").read(TIME_MS))
                .containsExactly(sample("web-1", "Requests", 12.5), sample("web-3", "Requests", 7));
    }

    @Test
    void oneForTheServiceAsAWhole() throws Exception {
        answers.put("/api/v1/query?query=sum", vector(series("", "80")));
        answers.put("/api/v1/query?query=scalar", "{\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"+Inf\"]}}");
        assertThat(prometheus("sum").read(TIME_MS)).containsExactly(sample("", "Requests", 80));
        assertThat(prometheus("scalar").read(TIME_MS)).isEmpty();
    }

    @Test
    void whatIsNoValueOfNowIsRefused() {
        answers.put("/api/v1/query?query=two", vector(series("\"job\":\"a\"", "1"), series("\"job\":\"b\"", "2")));
        answers.put("/api/v1/query?query=range", "{\"data\":{\"resultType\":\"matrix\",\"result\":[]}}");
        assertThatThrownBy(() -> prometheus("two").read(TIME_MS)).hasMessageContaining("one has no label pod");
        assertThatThrownBy(() -> prometheus("range").read(TIME_MS)).hasMessageContaining("gives a matrix");
        assertThatThrownBy(() -> prometheus("other").read(TIME_MS))
                .hasMessageContaining("it answers 404: no such thing");
    }

    @Test
    void aViewGivesARowsValueOrOneForEachInstance() throws Exception {
        answers.put("/v1/views/per_minute/eu?limit=10000", "{\"region\":\"eu\",\"orders\":120}");
        answers.put(
                "/v1/views/per_pod?limit=10000",
                "{\"rows\":[{\"pod\":\"web-1\",\"orders\":3},{\"pod\":\"web-2\",\"orders\":null}],\"cursor\":null}");
        assertThat(view("per_minute/eu", "").read(TIME_MS)).containsExactly(sample("", "Orders", 120));
        assertThat(view("per_pod", "pod").read(TIME_MS)).containsExactly(sample("web-1", "Orders", 3));
        assertThatThrownBy(() -> view("per_pod", "").read(TIME_MS)).hasMessageContaining("there are 2 rows");
    }

    @Test
    void aKeyIsWrittenAsAddressesAre() throws Exception {
        answers.put("/v1/views/per_minute/new%20york?limit=10000", "{\"orders\":1}");
        answers.put("/v1/views/per_minute/a%2Fb%25?limit=10000", "{\"orders\":2}");
        assertThat(view("per_minute/new york", "").read(TIME_MS)).containsExactly(sample("", "Orders", 1));
        assertThat(view("per_minute/new%20york", "").read(TIME_MS)).containsExactly(sample("", "Orders", 1));
        assertThat(view("per_minute/a%2Fb%", "").read(TIME_MS)).containsExactly(sample("", "Orders", 2));
    }

    @Test
    void anAnswerThatDoesNotEndIsNotWaitedFor() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        server.createContext("/stalls", exchange -> {
            exchange.sendResponseHeaders(200, 10);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            try {
                over.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        JsonServer asked = new JsonServer(Duration.ofMillis(300));
        assertThatThrownBy(() -> asked.get(URI.create(url() + "/stalls")))
                .hasMessage("no whole answer comes within 300 ms");
        over.countDown();
    }

    @Test
    void aGroupThatNeverRanHasAllBeforeIt() {
        TopicPartition a = new TopicPartition("jobs", 0);
        TopicPartition b = new TopicPartition("jobs", 1);
        Map<TopicPartition, Long> begins = Map.of(a, 10L, b, 20L);
        Map<TopicPartition, Long> ends = Map.of(a, 15L, b, 50L);
        assertThat(ConsumerLagSource.lag(Map.of(), begins, ends)).isEqualTo(35);
        assertThat(ConsumerLagSource.lag(Map.of(a, 3L, b, 49L), begins, ends)).isEqualTo(6);
        assertThat(ConsumerLagSource.present(Set.of(a, new TopicPartition("gone", 0)), Set.of("jobs")))
                .containsExactly(a);
    }

    @Test
    void theyAreWrittenAsAnyProducerWouldWriteThem() throws Exception {
        Sample sample = sample("web-1", "Requests", 12.5);
        assertThat(MetricsJson.read(MetricsJson.write(sample), 0)).containsExactly(sample);
    }

    @Test
    void aPolicySaysWhereTheyAreAskedFor() {
        PolicyFile.Reading reading = PolicyFile.read("""
                services:
                  web:
                    minInstances: 1
                    maxInstances: 2
                    policies: [{ policy: TargetTracking, targetMetric: Lag, targetType: AverageValue, targetValue: 100 }]
                    metrics:
                      - { name: Requests, source: prometheus, url: 'http://prom:9090/', query: up, interval: 10s }
                      - { name: Orders, source: view, view: per_minute/eu, value: orders }
                      - { name: Lag, source: consumer-group, group: workers, topic: jobs }
                """, "scaling.yaml");
        assertThat(reading.errors()).isEmpty();
        assertThat(reading.warnings()).isEmpty();
        assertThat(reading.policy().sources())
                .isEqualTo(List.of(
                        new MetricSource.Prometheus("web", "Requests", 10_000, "http://prom:9090", "up", "instance"),
                        new MetricSource.View(
                                "web", "Orders", 15_000, "http://localhost:8080", "per_minute/eu", "orders", ""),
                        new MetricSource.ConsumerLag("web", "Lag", 15_000, "workers", "jobs")));
    }
}
