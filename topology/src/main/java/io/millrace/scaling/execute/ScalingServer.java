package io.millrace.scaling.execute;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.util.JavalinBindException;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.scaling.Decision;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Tells autoscalers that ask what is decided: KEDA's metrics-api scaler by {@code /v1/scaling/SERVICE}, adapters of Prometheus by
 * {@code /metrics}. While not all decisions are read yet it answers 503, since an old number would be carried out.
 */
public final class ScalingServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int NOT_FOUND = 404;
    private static final int UNAVAILABLE = 503;

    private final DecisionFeed feed;
    private final Health health;
    private final PrometheusMeterRegistry registry;
    private final MultiGauge wanted;
    private final String host;
    private final Javalin server;

    private ScalingServer(DecisionFeed feed, Health health, PrometheusMeterRegistry registry, String host) {
        this.feed = feed;
        this.health = health;
        this.registry = registry;
        this.host = host;
        this.wanted = MultiGauge.builder("millrace.scaling.wanted.instances")
                .description("Instances that a service is to have, by the decision that stands")
                .register(registry);
        this.server = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
            config.routes.before(context -> context.header("Cache-Control", "no-store"));
            config.routes.get("/v1/scaling", this::all);
            config.routes.get("/v1/scaling/{service}", this::one);
            config.routes.get("/health", this::health);
            config.routes.get("/metrics", this::metrics);
        });
    }

    /** Starts it where the properties say. @throws UserError if it cannot listen there */
    static ScalingServer start(
            DecisionFeed feed, Health health, PipelineConfig config, PrometheusMeterRegistry registry) {
        String host = config.get(PipelineConfig.SCALING_HTTP_HOST);
        int port = config.get(PipelineConfig.SCALING_HTTP_PORT);
        ScalingServer server = new ScalingServer(feed, health, registry, host);
        try {
            server.server.start(host, port);
        } catch (JavalinBindException e) {
            throw UserError.of(
                    UserError.Category.UNREACHABLE,
                    "decisions cannot be served at " + host + ":" + port + ": " + e.getMessage(),
                    "stop what listens there, or set " + PipelineConfig.SCALING_HTTP_PORT.name()
                            + " to another port; 0 takes a free one");
        }
        return server;
    }

    /** Where it is. */
    public String url() {
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + server.port();
    }

    private void health(Context context) {
        List<String> ended = health.ended();
        if (!ended.isEmpty()) {
            problem(context, UNAVAILABLE, "it has ended: " + String.join(", ", ended));
            return;
        }
        context.contentType("application/json").result("{\"status\":\"up\"}");
    }

    private void all(Context context) {
        if (isEarly(context)) {
            return;
        }
        ArrayNode services = JSON.createArrayNode();
        feed.standing().values().forEach(decision -> services.add(json(decision)));
        context.contentType("application/json").result(services.toString());
    }

    private void one(Context context) {
        if (isEarly(context)) {
            return;
        }
        String service = context.pathParam("service");
        Optional<Decision> decision = feed.standing(service);
        if (decision.isEmpty()) {
            problem(context, NOT_FOUND, "nothing was decided on " + service + " yet");
            return;
        }
        context.contentType("application/json").result(json(decision.get()).toString());
    }

    private boolean isEarly(Context context) {
        if (!feed.isCaughtUp()) {
            problem(context, UNAVAILABLE, "decisions are being read");
        }
        return !feed.isCaughtUp();
    }

    private static void problem(Context context, int status, String title) {
        context.status(status)
                .contentType("application/problem+json")
                .result(JSON.createObjectNode()
                        .put("title", title)
                        .put("status", status)
                        .toString());
    }

    private static ObjectNode json(Decision decision) {
        return JSON.createObjectNode()
                .put("service", decision.service())
                .put("instances", decision.to())
                .put("decision", decision.id())
                .put("since", Instant.ofEpochMilli(decision.timeMs()).toString())
                .put("rule", decision.rule());
    }

    private void metrics(Context context) {
        if (isEarly(context)) {
            return;
        }
        wanted.register(
                feed.standing().values().stream()
                        .map(decision -> Row.of(Tags.of("service", decision.service()), decision.to()))
                        .collect(Collectors.toList()),
                true);
        context.contentType("text/plain; version=0.0.4").result(registry.scrape());
    }

    @Override
    public void close() {
        server.stop();
    }
}
