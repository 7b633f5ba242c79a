package io.millrace.serve;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.util.JavalinBindException;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.UserError;
import io.millrace.plan.Field;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlanPrinter;
import io.millrace.row.RowJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a pipeline's views as JSON. Rows are answered by {@link ViewRequests}, all else by Javalin's routes. Errors are
 * problems as RFC 9457 defines them.
 */
public final class ViewServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ViewServer.class);
    private static final int MIN_THREADS = 4;
    private static final int MAX_THREADS = 64;

    /** An answer's fields may name the tags of many rows, twice. */
    private static final int HEADER_BYTES = 4 * ViewCaching.MOST_TAGS_LENGTH;

    /** A key may hold whatever a text holds; each segment of a path is decoded by itself, so none is ambiguous. */
    private static final UriCompliance ANY_SEGMENT = UriCompliance.DEFAULT.with(
            "millrace",
            UriCompliance.Violation.AMBIGUOUS_PATH_SEGMENT,
            UriCompliance.Violation.AMBIGUOUS_EMPTY_SEGMENT,
            UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR,
            UriCompliance.Violation.AMBIGUOUS_PATH_PARAMETER,
            UriCompliance.Violation.AMBIGUOUS_PATH_ENCODING,
            UriCompliance.Violation.SUSPICIOUS_PATH_CHARACTERS,
            UriCompliance.Violation.ILLEGAL_PATH_CHARACTERS);

    private final ViewStore store;
    private final ViewCaching.Policy caching;
    private final Supplier<String> metrics;
    private final Peers peers = new Peers();
    private final ChangeFeeds feeds;
    private final Lifelines lifelines;
    private final Javalin server;
    private volatile Served served;

    /** The views that are served, with the plans by which they are. */
    private record Served(Map<String, ServedView> views, Map<String, Plan> plans) {}

    private ViewServer(
            Map<String, Plan> plans,
            ViewStore store,
            ViewCaching.Policy caching,
            Supplier<String> metrics,
            Duration heartbeat) {
        this.store = store;
        this.caching = caching;
        this.metrics = metrics;
        serve(plans);
        this.feeds = new ChangeFeeds(store, heartbeat);
        this.lifelines = new Lifelines(store.instance(), store::presence);
        this.server = Javalin.create(this::configure);
    }

    /**
     * Starts a server.
     *
     * @param host the address to listen on; 127.0.0.1 unless the user says otherwise
     * @param port 0 takes a free one
     * @param metrics gives the metrics in Prometheus' text format
     */
    public static ViewServer start(Plan plan, ViewStore store, String host, int port, Supplier<String> metrics) {
        return start(plan, store, ViewCaching.Policy.DEFAULT, host, port, metrics, ChangeFeeds.HEARTBEAT);
    }

    /** As the other, with what caches may do, and feeds of changes that say so often that they are alive. */
    static ViewServer start(
            Plan plan,
            ViewStore store,
            ViewCaching.Policy caching,
            String host,
            int port,
            Supplier<String> metrics,
            Duration heartbeat) {
        Map<String, Plan> plans = new LinkedHashMap<>();
        plan.views().forEach(view -> plans.put(view.name(), plan));
        return start(new ViewServer(plans, store, caching, metrics, heartbeat), host, port);
    }

    /** As the other; of each view the plan by which it is served, and what caches may do. */
    static ViewServer start(
            Map<String, Plan> plans,
            ViewStore store,
            ViewCaching.Policy caching,
            String host,
            int port,
            Supplier<String> metrics) {
        return start(new ViewServer(plans, store, caching, metrics, ChangeFeeds.HEARTBEAT), host, port);
    }

    private static ViewServer start(ViewServer server, String host, int port) {
        try {
            server.server.start(host, port);
        } catch (JavalinBindException e) {
            server.closeStreams();
            throw UserError.of(
                    UserError.Category.UNREACHABLE,
                    "views cannot be served at " + host + ":" + port + ": " + e.getMessage(),
                    "stop what listens there, or set " + PipelineConfig.HTTP_PORT.name()
                            + " to another port; 0 takes a free one");
        } catch (RuntimeException e) {
            server.closeStreams();
            throw e;
        }
        return server;
    }

    /** Serves these views from now on, each by its plan. */
    void serve(Map<String, Plan> plans) {
        Map<String, ServedView> views = new LinkedHashMap<>();
        plans.forEach((name, plan) -> plan.views().stream()
                .filter(view -> view.name().equals(name))
                .forEach(view -> views.put(name, new ServedView(view, plan.indexes(view), caching(view)))));
        served = new Served(views, plans);
    }

    private ViewCaching caching(PlanNode.View view) {
        return new ViewCaching(view, CachingSink.of(view, store.declaredSinks()), caching);
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.jetty.threadPool = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
        config.jetty.modifyHttpConfiguration(http -> {
            http.setUriCompliance(ANY_SEGMENT);
            http.setSendServerVersion(false);
            http.setResponseHeaderSize(HEADER_BYTES);
        });
        config.jetty.modifyServer(
                jetty -> jetty.setHandler(new ViewRequests(() -> served.views, store, peers, feeds, lifelines)));
        config.routes.before(context -> context.header("Cache-Control", Caching.NO_STORE.control()));
        config.routes.get("/v1/views", context -> json(context, listViews(context)));
        config.routes.get("/v1/plan/{view}", this::explain);
        config.routes.get("/v1/sinks", context -> json(context, SinkList.json(store.sinks())));
        config.routes.get("/health", context -> json(context, "{\"status\":\"up\"}"));
        config.routes.get("/ready", this::readiness);
        config.routes.get("/metrics", context -> context.contentType("text/plain; version=0.0.4")
                .result(metrics.get()));
        config.routes.exception(UserError.class, (error, context) -> problem(context, Problem.of(error)));
        config.routes.exception(Exception.class, (failure, context) -> {
            LOG.error("{} failed", context.path(), failure);
            problem(context, Problem.bug());
        });
        config.routes.error(404, context -> {
            if (!Problem.MEDIA_TYPE.equals(context.res().getContentType())) {
                problem(context, Problem.notFound("there is nothing at " + context.path()));
            }
        });
    }

    public int port() {
        return server.port();
    }

    /** How many instances would learn at once that this one was killed. */
    int lifelines() {
        return lifelines.count();
    }

    /** Whether another instance's connection to this one has just ended. */
    boolean isGone(String instance) {
        return lifelines.isGone(instance);
    }

    private void readiness(Context context) {
        boolean ready = store.ready();
        context.status(ready ? 200 : 503);
        if (!ready) {
            context.header("Retry-After", Problem.RETRY_AFTER_SECONDS);
        }
        json(context, "{\"ready\":" + ready + "}");
    }

    /** The views; to another instance what this one holds of them, to everybody else what all hold. */
    private String listViews(Context context) {
        boolean own = context.header(Peers.PARTITIONS) != null;
        List<JsonNode> others = own ? List.of() : others();
        Map<String, Long> building = store.building();
        StringBuilder out = new StringBuilder("{\"views\":[");
        for (ServedView view : served.views.values()) {
            out.append(out.charAt(out.length() - 1) == '[' ? "" : ",");
            describe(out, view, own, others);
        }
        out.append("],\"building\":[");
        building.forEach((name, lag) -> {
            text(out.append(out.charAt(out.length() - 1) == '[' ? "" : ",").append("{\"name\":"), name);
            out.append(",\"lagRecords\":").append(lag).append('}');
        });
        return out.append("]}").toString();
    }

    /** What the other instances say; an instance that does not answer is left out, so its partitions are missing. */
    private List<JsonNode> others() {
        List<CompletableFuture<JsonNode>> asked =
                store.others().stream().map(peers::views).toList();
        List<JsonNode> answers = new ArrayList<>();
        for (CompletableFuture<JsonNode> each : asked) {
            try {
                answers.add(each.join());
            } catch (CompletionException e) {
                LOG.debug("another instance did not say what it holds", e);
            }
        }
        return answers;
    }

    private void describe(StringBuilder out, ServedView served, boolean own, List<JsonNode> others) {
        PlanNode.View view = served.view();
        out.append("{\"name\":");
        text(out, view.name());
        out.append(",\"columns\":[");
        for (int i = 0; i < view.fields().size(); i++) {
            Field field = view.fields().get(i);
            text(out.append(i == 0 ? "{\"name\":" : ",{\"name\":"), field.name());
            text(out.append(",\"type\":"), field.type().toString());
            out.append('}');
        }
        out.append("],\"key\":");
        names(out, served.by(null));
        out.append(",\"multiset\":").append(view.multiset()).append(",\"indexes\":[");
        for (int i = 0; i < served.indexes().size(); i++) {
            describe(out.append(i == 0 ? "" : ","), served.indexes().get(i));
        }
        out.append(']');
        ViewStore.Held held = store.held(view);
        if (own) {
            out.append(",\"rows\":").append(held.rows());
            out.append(",\"partitions\":").append(held.partitions());
        } else {
            out.append(",\"rows\":").append(rows(view.name(), held, others));
        }
        out.append(",\"lagRecords\":").append(store.lagRecords(view));
        out.append(",\"latencyMs\":{\"p50\":").append(Math.round(store.latencyMs(view, 0.5)));
        out.append(",\"p99\":").append(Math.round(store.latencyMs(view, 0.99))).append("}}");
    }

    private static void describe(StringBuilder out, ServedOrder index) {
        text(out.append("{\"name\":"), index.indexName());
        names(out.append(",\"columns\":"), index);
        PlanNode.Served node = index.served();
        text(out.append(",\"order\":"), PlanPrinter.order(node, node.order()));
        out.append('}');
    }

    private static void names(StringBuilder out, ServedOrder order) {
        List<String> names = order.columnNames();
        out.append('[');
        for (int i = 0; i < names.size(); i++) {
            text(out.append(i == 0 ? "" : ","), names.get(i));
        }
        out.append(']');
    }

    /** The rows of all instances; null unless they hold all partitions, each once. */
    private static String rows(String view, ViewStore.Held held, List<JsonNode> others) {
        long rows = held.rows();
        int partitions = held.partitions();
        for (JsonNode other : others) {
            for (JsonNode described : other.path("views")) {
                if (described.path("name").asText().equals(view)) {
                    rows += described.path("rows").asLong();
                    partitions += described.path("partitions").asInt();
                }
            }
        }
        return partitions == held.allPartitions() ? Long.toString(rows) : "null";
    }

    private static void text(StringBuilder out, String text) {
        RowJson.appendValue(out, SqlType.TEXT, text);
    }

    private void explain(Context context) {
        String name = context.pathParam("view");
        Served now = served;
        PlanNode.View view = Optional.ofNullable(now.views.get(name))
                .map(ServedView::view)
                .orElseThrow(() -> unknown(name, now.views));
        context.contentType("text/plain; charset=utf-8").result(PlanPrinter.explain(now.plans.get(name), view));
    }

    static UserError unknown(String name, Map<String, ServedView> views) {
        return UserError.of(
                UserError.Category.NOT_FOUND,
                "there is no view " + name,
                "there are " + String.join(", ", views.keySet()));
    }

    private static void json(Context context, String body) {
        context.contentType(Answer.JSON).result(body);
    }

    private static void problem(Context context, Problem problem) {
        if (problem.passes()) {
            context.header("Retry-After", Problem.RETRY_AFTER_SECONDS);
        }
        context.status(problem.status()).contentType(Problem.MEDIA_TYPE).result(problem.json());
    }

    private void closeStreams() {
        lifelines.close();
        feeds.close();
    }

    @Override
    public void close() {
        closeStreams();
        server.stop();
    }
}
