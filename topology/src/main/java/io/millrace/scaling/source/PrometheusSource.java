package io.millrace.scaling.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.scaling.Sample;
import io.millrace.scaling.policy.MetricSource;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A query of Prometheus' HTTP API. Values that are no numbers are left out, as a rate is before there are two samples. */
final class PrometheusSource implements Source {
    private final MetricSource.Prometheus source;
    private final JsonServer server;

    PrometheusSource(MetricSource.Prometheus source, JsonServer server) {
        this.source = source;
        this.server = server;
    }

    @Override
    public List<Sample> read(long timeMs) throws IOException, InterruptedException {
        JsonNode data = server.get(URI.create(source.url() + "/api/v1/query?query="
                        + URLEncoder.encode(source.query(), StandardCharsets.UTF_8)))
                .path("data");
        List<Sample> samples = new ArrayList<>();
        switch (data.path("resultType").asText()) {
            case "scalar" -> add(samples, "", data.path("result"), timeMs);
            case "vector" -> {
                for (JsonNode series : data.path("result")) {
                    String instance =
                            series.path("metric").path(source.instanceLabel()).asText();
                    if (instance.isEmpty() && data.path("result").size() > 1) {
                        throw new IOException("of several series one has no label " + source.instanceLabel()
                                + ": sum them, or name the label as instanceLabel");
                    }
                    add(samples, instance, series.path("value"), timeMs);
                }
            }
            default ->
                throw new IOException("the query gives a "
                        + data.path("resultType").asText() + ", not a number or one for each instance");
        }
        return samples;
    }

    private void add(List<Sample> samples, String instance, JsonNode value, long timeMs) {
        double number = number(value.path(1).asText());
        if (Double.isFinite(number)) {
            samples.add(new Sample(source.service(), instance, source.name(), number, timeMs));
        }
    }

    /** Prometheus writes NaN and +Inf as well. */
    private static double number(String text) {
        try {
            return Double.parseDouble(text.replace("Inf", "Infinity"));
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }
}
