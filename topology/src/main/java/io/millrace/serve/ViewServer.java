package io.millrace.serve;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.http.Context;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.UserError;
import io.millrace.plan.Field;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlanPrinter;
import io.millrace.row.Row;
import io.millrace.row.RowJson;
import io.millrace.row.SqlText;
import io.millrace.row.WeightedRow;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Serves a pipeline's views as JSON. A look-up is written without an object mapper: the row's text is all that it makes.
 * Errors are problems as RFC 9457 defines them.
 */
public final class ViewServer implements AutoCloseable {
    /** How many rows a page has when the request names no limit. */
    public static final int DEFAULT_LIMIT = 100;

    /** How many rows a page may have. */
    public static final int MAX_LIMIT = 10_000;

    private static final String JSON = "application/json";
    private static final String PROBLEM = "application/problem+json";
    private static final int MIN_THREADS = 4;
    private static final int MAX_THREADS = 64;

    private final Plan plan;
    private final ViewStore store;
    private final Map<String, Served> views = new LinkedHashMap<>();
    private final Javalin server;

    /** A view and what writes its rows. */
    private record Served(PlanNode.View view, RowJson json, String cursorPrefix) {}

    private ViewServer(Plan plan, ViewStore store, Supplier<String> metrics) {
        this.plan = plan;
        this.store = store;
        plan.views()
                .forEach(view -> views.put(
                        view.name(),
                        new Served(
                                view,
                                RowJson.of(
                                        view.fields().stream().map(Field::name).toList(), view.types()),
                                view.name() + ":")));
        this.server = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.http.compressionStrategy = CompressionStrategy.NONE;
            config.jetty.threadPool = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
            config.routes.get("/v1/views", context -> json(context, listViews()));
            config.routes.get("/v1/plan/{view}", this::explain);
            config.routes.get("/v1/views/{view}", this::page);
            config.routes.get("/v1/views/{view}/<key>", this::lookUp);
            config.routes.get("/health", context -> json(context, "{\"status\":\"up\"}"));
            config.routes.get("/ready", this::readiness);
            config.routes.get("/metrics", context -> context.contentType("text/plain; version=0.0.4")
                    .result(metrics.get()));
            config.routes.exception(
                    UserError.class,
                    (error, context) -> problem(context, status(error), error.getMessage(), error.hint()));
            config.routes.exception(ViewStore.NotReady.class, (error, context) -> {
                context.header("Retry-After", "1");
                problem(context, 503, error.getMessage(), Optional.of("try again in a second"));
            });
        });
    }

    /**
     * Starts a server.
     *
     * @param host the address to listen on; 127.0.0.1 unless the user says otherwise
     * @param port 0 takes a free one
     * @param metrics gives the metrics in Prometheus' text format
     */
    public static ViewServer start(Plan plan, ViewStore store, String host, int port, Supplier<String> metrics) {
        ViewServer server = new ViewServer(plan, store, metrics);
        server.server.start(host, port);
        return server;
    }

    public int port() {
        return server.port();
    }

    private void readiness(Context context) {
        boolean ready = store.ready();
        context.status(ready ? 200 : 503);
        json(context, "{\"ready\":" + ready + "}");
    }

    private String listViews() {
        StringBuilder out = new StringBuilder("{\"views\":[");
        boolean first = true;
        for (Served served : views.values()) {
            out.append(first ? "" : ",");
            first = false;
            describe(out, served.view);
        }
        return out.append("]}").toString();
    }

    private void describe(StringBuilder out, PlanNode.View view) {
        out.append("{\"name\":");
        RowJson.appendValue(out, SqlType.TEXT, view.name());
        out.append(",\"columns\":[");
        for (int i = 0; i < view.fields().size(); i++) {
            out.append(i == 0 ? "{\"name\":" : ",{\"name\":");
            RowJson.appendValue(out, SqlType.TEXT, view.fields().get(i).name());
            out.append(",\"type\":");
            RowJson.appendValue(out, SqlType.TEXT, view.fields().get(i).type().toString());
            out.append('}');
        }
        out.append("],\"key\":[");
        for (int i = 0; i < view.key().size(); i++) {
            out.append(i == 0 ? "" : ",");
            RowJson.appendValue(
                    out, SqlType.TEXT, view.fields().get(view.key().get(i)).name());
        }
        out.append("],\"multiset\":").append(view.multiset());
        out.append(",\"rows\":").append(store.rows(view));
        out.append(",\"lagRecords\":").append(store.lagRecords(view));
        out.append(",\"latencyMs\":{\"p50\":").append(Math.round(store.latencyMs(view, 0.5)));
        out.append(",\"p99\":").append(Math.round(store.latencyMs(view, 0.99))).append("}}");
    }

    private void explain(Context context) {
        context.contentType("text/plain; charset=utf-8").result(PlanPrinter.explain(plan, served(context).view));
    }

    private void lookUp(Context context) {
        Served served = served(context);
        String[] parts = context.pathParam("key").split("/", -1);
        PlanNode.View view = served.view;
        if (parts.length > view.key().size()) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "view " + view.name() + " has a key of " + view.key().size() + " columns, not " + parts.length,
                    "write them in the order that /v1/views shows, separated by /");
        }
        Object[] key = new Object[parts.length];
        for (int i = 0; i < parts.length; i++) {
            key[i] = SqlText.parse(view.types().get(view.key().get(i)), parts[i]);
        }
        if (parts.length < view.key().size()) {
            rows(context, served, key);
            return;
        }
        Optional<WeightedRow> row = store.get(view, Row.of(key));
        if (row.isEmpty()) {
            problem(
                    context,
                    404,
                    "view " + view.name() + " has no row with key " + String.join("/", parts),
                    Optional.empty());
            return;
        }
        StringBuilder out = new StringBuilder(256);
        append(out, served, row.get());
        byte[] body = out.toString().getBytes(StandardCharsets.UTF_8);
        String tag = "\"" + Integer.toHexString(Arrays.hashCode(body)) + "-" + body.length + "\"";
        context.header("ETag", tag);
        if (tag.equals(context.header("If-None-Match"))) {
            context.status(304);
            return;
        }
        context.contentType(JSON).result(body);
    }

    private void page(Context context) {
        rows(context, served(context), new Object[0]);
    }

    private void rows(Context context, Served served, Object[] prefix) {
        int limit = limit(context);
        String cursor = context.queryParam("cursor");
        byte[] after = cursor == null ? null : key(cursor);
        List<ViewStore.Entry> entries = store.scan(served.view, prefix, after, limit + 1);
        boolean more = entries.size() > limit;
        List<ViewStore.Entry> shown = more ? entries.subList(0, limit) : entries;
        StringBuilder out = new StringBuilder("{\"rows\":[");
        for (int i = 0; i < shown.size(); i++) {
            out.append(i == 0 ? "" : ",");
            append(out, served, shown.get(i).row());
        }
        out.append("],\"cursor\":");
        if (more) {
            byte[] last = shown.get(shown.size() - 1).key();
            out.append('"')
                    .append(Base64.getUrlEncoder().withoutPadding().encodeToString(last))
                    .append('"');
        } else {
            out.append("null");
        }
        json(context, out.append('}').toString());
    }

    private static void append(StringBuilder out, Served served, WeightedRow row) {
        served.json.append(out, row.row());
        if (served.view.multiset()) {
            out.setLength(out.length() - 1);
            out.append(",\"__multiplicity\":").append(row.weight()).append('}');
        }
    }

    private static byte[] key(String cursor) {
        try {
            return Base64.getUrlDecoder().decode(cursor);
        } catch (IllegalArgumentException e) {
            throw UserError.of(
                    UserError.Category.USAGE, "the cursor is not one that a page gave", "begin again without a cursor");
        }
    }

    private static int limit(Context context) {
        String limit = context.queryParam("limit");
        if (limit == null) {
            return DEFAULT_LIMIT;
        }
        try {
            int number = Integer.parseInt(limit);
            if (number >= 1 && number <= MAX_LIMIT) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below, with the other numbers that are none.
        }
        throw UserError.of(
                UserError.Category.USAGE, "limit is " + limit, "write a whole number from 1 to " + MAX_LIMIT);
    }

    private Served served(Context context) {
        String name = context.pathParam("view");
        Served served = views.get(name);
        if (served == null) {
            List<String> known = new ArrayList<>(views.keySet());
            throw UserError.of(
                    UserError.Category.NOT_FOUND, "there is no view " + name, "there are " + String.join(", ", known));
        }
        return served;
    }

    private static int status(UserError error) {
        return switch (error.category()) {
            case NOT_FOUND -> 404;
            case UNREACHABLE -> 503;
            default -> 400;
        };
    }

    private static void json(Context context, String body) {
        context.contentType(JSON).result(body);
    }

    private static void problem(Context context, int status, String title, Optional<String> detail) {
        StringBuilder out = new StringBuilder("{\"status\":").append(status).append(",\"title\":");
        RowJson.appendValue(out, SqlType.TEXT, title);
        detail.ifPresent(text -> {
            out.append(",\"detail\":");
            RowJson.appendValue(out, SqlType.TEXT, text);
        });
        context.status(status).contentType(PROBLEM).result(out.append('}').toString());
    }

    @Override
    public void close() {
        server.stop();
    }
}
