package io.millrace.scaling.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads where a service's metrics are asked for. */
final class SourceReader {
    private static final long DEFAULT_INTERVAL_MS = 15_000;
    private static final String ADDRESS = "https?://[^\\s]+";

    private final String service;
    private final YamlMapping yaml;

    SourceReader(String service, YamlMapping yaml) {
        this.service = service;
        this.yaml = yaml;
    }

    List<MetricSource> sources() {
        List<MetricSource> sources = new ArrayList<>();
        for (YamlMapping given : yaml.mappings("metrics", "a metric that is asked for")) {
            given.require("source", "one of prometheus, view, consumer-group");
            given.text("source").flatMap(kind -> source(given, kind)).ifPresent(sources::add);
            given.warnOfUnknown();
        }
        return sources;
    }

    private Optional<MetricSource> source(YamlMapping given, String kind) {
        given.require("name", "the metric's name, as policies have it");
        String name = given.text("name").orElse("");
        long intervalMs = given.durationMs("interval", DEFAULT_INTERVAL_MS, 1000);
        switch (kind) {
            case "prometheus":
                given.require("query", "an expression in PromQL");
                return Optional.of(new MetricSource.Prometheus(
                        service,
                        name,
                        intervalMs,
                        url(given, "http://localhost:9090"),
                        given.text("query").orElse(""),
                        given.text("instanceLabel").orElse("instance")));
            case "view":
                given.require("view", "the view's name, with /KEY behind it where one row is meant");
                given.require("value", "the column that the value is in");
                return Optional.of(new MetricSource.View(
                        service,
                        name,
                        intervalMs,
                        url(given, "http://localhost:8080"),
                        given.text("view").orElse(""),
                        given.text("value").orElse(""),
                        given.text("instance").orElse("")));
            case "consumer-group":
                given.require("group", "the consumer group's name");
                return Optional.of(new MetricSource.ConsumerLag(
                        service,
                        name,
                        intervalMs,
                        given.text("group").orElse(""),
                        given.text("topic").orElse("")));
            default:
                given.error("source", "there is no source " + kind, "write prometheus, view or consumer-group");
                return Optional.empty();
        }
    }

    private static String url(YamlMapping given, String otherwise) {
        String url = given.text("url").orElse(otherwise);
        if (!url.matches(ADDRESS)) {
            given.error("url", "'" + url + "' is no address", "write http://host:port");
        }
        return url.replaceAll("/+$", "");
    }
}
