package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.catalog.UserError;
import io.millrace.serve.RowParameters;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace query VIEW [KEY...]}: rows of a view, by its key or by an index. */
@Command(
        name = "query",
        description = "Show rows of a view: those of a key, those whose key begins so, those of an index, or all.")
final class QueryCommand implements Callable<Integer> {
    private static final int DEFAULT_LIMIT = 100;
    private static final long RECONNECT_PAUSE_NANOS = 250_000_000L;
    private static final int MAX_RECONNECTS = 5;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "VIEW", description = "The view to read.")
    private String view;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "KEY",
            description =
                    "Values of the key's columns, in their order; fewer than all give every row whose key begins so."
                            + " With --by: of the index's columns.")
    private List<String> key = new ArrayList<>();

    @Option(
            names = "--by",
            paramLabel = "INDEX",
            description =
                    "Ask by an index, not by the key: its first columns, separated by commas, or its name. Rows come in its"
                            + " order.")
    private String by;

    @Option(
            names = "--from",
            paramLabel = "VALUE",
            description = "Only rows whose column after those of KEY is at least VALUE.")
    private String from;

    @Option(
            names = "--to",
            paramLabel = "VALUE",
            description = "Only rows whose column after those of KEY is less than VALUE.")
    private String to;

    @Option(names = "--all", description = "Show every row of the view.")
    private boolean all;

    @Option(
            names = "--prefix",
            description = "Insist that KEY is only the beginning of a key: a whole key is then a mistake.")
    private boolean prefix;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "Show at most so many rows; default: 100, with --all or --follow no limit.")
    private Integer limit;

    @Option(
            names = "--follow",
            description =
                    "Go on and print what changes until Ctrl-C: + a row that came, ~ one that changed, - one that went.")
    private boolean follow;

    @Option(
            names = "--output",
            paramLabel = "FORMAT",
            description =
                    "How to print rows: table, json (one object a line) or csv (with a header line); default: table.")
    private RowOutput output = RowOutput.TABLE;

    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "The server's address; default: MILLRACE_SERVER, else the running stack's.")
    private String server;

    @Override
    public Integer call() {
        ViewClient client = ViewClient.of(server);
        JsonNode description = client.view(view);
        List<String> columns = new ArrayList<>();
        description
                .path("columns")
                .forEach(column -> columns.add(column.path("name").asText()));
        List<String> asked = by == null ? names(description.path("key")) : indexColumns(description);
        RowParameters parameters = new RowParameters(by, from, to);
        if (key.isEmpty() && from == null && to == null && !all && !follow) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "which rows of " + view + "?",
                    "name a key (" + String.join(" ", asked) + ") or write --all");
        }
        if (prefix && key.size() >= asked.size()) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "the key is whole, so it is no prefix",
                    "leave out --prefix, or columns at the end of " + String.join(" ", asked));
        }
        if (follow) {
            if (!parameters.equals(RowParameters.NONE)) {
                throw UserError.of(
                        UserError.Category.USAGE,
                        "changes are told by the key, not by an index or within bounds",
                        "leave out --by, --from and --to, or --follow");
            }
            follow(client, columns, description);
            return Millrace.OK;
        }
        PrintWriter out = spec.commandLine().getOut();
        output.print(
                out,
                columns,
                client.rows(view, key, parameters, limit != null ? limit : all ? Integer.MAX_VALUE : DEFAULT_LIMIT));
        out.flush();
        return Millrace.OK;
    }

    /** The columns of the index that is asked by. */
    private List<String> indexColumns(JsonNode description) {
        List<String> indexes = new ArrayList<>();
        for (JsonNode index : description.path("indexes")) {
            List<String> columns = names(index.path("columns"));
            String name = index.path("name").asText();
            if (name.equals(by) || (String.join(",", columns) + ",").startsWith(by + ",")) {
                return columns;
            }
            indexes.add(name + " (" + index.path("order").asText() + ")");
        }
        throw UserError.of(
                UserError.Category.NOT_FOUND,
                "view " + view + " has no index by " + by,
                indexes.isEmpty() ? "it has no indexes" : "there are " + String.join(", ", indexes));
    }

    private static List<String> names(JsonNode list) {
        List<String> names = new ArrayList<>();
        list.forEach(name -> names.add(name.asText()));
        return names;
    }

    /** Prints the rows and then what changes; goes on after the last change when the connection is lost. */
    private void follow(ViewClient client, List<String> columns, JsonNode description) {
        Following following = new Following(client, output.followed(columns), names(description.path("key")));
        int failures = 0;
        while (!Thread.currentThread().isInterrupted()) {
            UserError failure = following.untilTheConnectionIsLost();
            failures = following.toldSomething() ? 1 : failures + 1;
            if (failures > MAX_RECONNECTS) {
                throw failure;
            }
            LockSupport.parkNanos(RECONNECT_PAUSE_NANOS << failures);
        }
    }

    /** What has been printed, and from where to go on. */
    private final class Following {
        private final ViewClient client;
        private final List<String> columns;
        private final List<String> keyColumns;
        private final PrintWriter out = spec.commandLine().getOut();
        private FollowedRows rows;
        private String position;
        private boolean told;

        Following(ViewClient client, List<String> columns, List<String> keyColumns) {
            this.client = client;
            this.columns = columns;
            this.keyColumns = keyColumns;
        }

        /** Whether the last connection told anything. */
        boolean toldSomething() {
            return told;
        }

        /** Prints what comes; returns why no more comes. @throws UserError if it is no use to try again */
        UserError untilTheConnectionIsLost() {
            told = false;
            String reason = "it closed the connection";
            try (EventStream changes = client.changes(view, key, position)) {
                for (EventStream.Event event = changes.next(); event != null; event = changes.next()) {
                    if (event.kind().equals("end")) {
                        reason = ExactJson.mapper()
                                .readTree(event.data())
                                .path("reason")
                                .asText();
                    } else {
                        take(event);
                        told = true;
                    }
                }
            } catch (IOException e) {
                reason = e.toString();
            } catch (UserError e) {
                if (e.category() != UserError.Category.UNREACHABLE) {
                    throw e;
                }
                return e;
            }
            return UserError.of(
                    UserError.Category.UNREACHABLE,
                    "the server does not tell changes any more: " + reason,
                    "is it running? ./millrace status says what is");
        }

        private void take(EventStream.Event event) throws IOException {
            if (rows == null) {
                // The first event says that changes are being told from now on, so none is lost between them and the
                // rows.
                List<JsonNode> read = client.rows(view, key, RowParameters.NONE, Integer.MAX_VALUE);
                rows = new FollowedRows(keyColumns, read);
                output.print(out, columns, limit == null ? read : read.subList(0, Math.min(limit, read.size())));
            }
            if (!event.kind().equals("ready")) {
                JsonNode change = ExactJson.mapper().readTree(event.data());
                if (rows.take(change)) {
                    output.change(out, columns, event.kind(), change.path(change.has("after") ? "after" : "before"));
                }
            }
            position = event.id();
            out.flush();
        }
    }
}
