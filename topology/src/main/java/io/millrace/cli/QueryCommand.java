package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.catalog.UserError;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace query VIEW [KEY...]}: rows of a view. */
@Command(name = "query", description = "Show rows of a view, by key or all.")
final class QueryCommand implements Callable<Integer> {
    private static final int DEFAULT_LIMIT = 100;
    private static final long FOLLOW_PAUSE_NANOS = 250_000_000L;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "VIEW", description = "The view's name.")
    private String view;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "KEY",
            description = "The key's columns in order; fewer than all give every row that begins so.")
    private List<String> key = new ArrayList<>();

    @Option(names = "--all", description = "Every row of the view.")
    private boolean all;

    @Option(names = "--prefix", description = "Say that the key is meant as a prefix.")
    private boolean prefix;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "At most so many rows; default 100, with --all no limit.")
    private Integer limit;

    @Option(names = "--follow", description = "Go on and print what changes, until Ctrl-C.")
    private boolean follow;

    @Option(names = "--output", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES}; default table.")
    private RowOutput output = RowOutput.TABLE;

    @Option(names = "--server", paramLabel = "URL", description = "The server; default: the running stack's.")
    private String server;

    @Override
    public Integer call() {
        ViewClient client = ViewClient.of(server);
        JsonNode description = client.view(view);
        List<String> columns = new ArrayList<>();
        description
                .path("columns")
                .forEach(column -> columns.add(column.path("name").asText()));
        if (key.isEmpty() && !all && !follow) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "which rows of " + view + "?",
                    "name a key (" + keyNames(description) + ") or write --all");
        }
        if (prefix && key.size() >= description.path("key").size()) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "the key is whole, so it is no prefix",
                    "leave out --prefix, or columns at the end of " + keyNames(description));
        }
        int wanted = limit != null ? limit : all ? Integer.MAX_VALUE : DEFAULT_LIMIT;
        PrintWriter out = spec.commandLine().getOut();
        List<JsonNode> rows = client.rows(view, key, wanted);
        output.print(out, columns, rows);
        out.flush();
        if (follow) {
            follow(client, rows, wanted, description);
        }
        return Millrace.OK;
    }

    private static String keyNames(JsonNode description) {
        List<String> names = new ArrayList<>();
        description.path("key").forEach(name -> names.add(name.asText()));
        return String.join(" ", names);
    }

    /** Prints rows that come, change or go, by asking again and comparing. */
    private void follow(ViewClient client, List<JsonNode> first, int wanted, JsonNode description) {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, JsonNode> shown = byKey(first, description);
        while (!Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(FOLLOW_PAUSE_NANOS);
            Map<String, JsonNode> now = byKey(client.rows(view, key, wanted), description);
            Set<String> keys = new LinkedHashSet<>(shown.keySet());
            keys.addAll(now.keySet());
            for (String each : keys) {
                JsonNode before = shown.get(each);
                JsonNode after = now.get(each);
                if (after == null) {
                    out.println("- " + before);
                } else if (!after.equals(before)) {
                    out.println((before == null ? "+ " : "~ ") + after);
                }
            }
            out.flush();
            shown = now;
        }
    }

    private static Map<String, JsonNode> byKey(List<JsonNode> rows, JsonNode description) {
        Map<String, JsonNode> byKey = new LinkedHashMap<>();
        for (JsonNode row : rows) {
            StringBuilder rowKey = new StringBuilder();
            description.path("key").forEach(name -> rowKey.append(row.path(name.asText()))
                    .append('/'));
            byKey.put(rowKey.toString(), row);
        }
        return byKey;
    }
}
