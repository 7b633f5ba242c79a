package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace views}: the views, their keys, indexes and columns, how many rows they have and how fresh they are. */
@Command(
        name = "views",
        description = "List the views: keys, indexes, row counts, records left to read, latency, columns.")
final class ViewsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "The server's address; default: MILLRACE_SERVER, else the running stack's.")
    private String server;

    @Override
    public Integer call() {
        ViewClient client = ViewClient.of(server);
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode view : client.views()) {
            List<String> columns = new ArrayList<>();
            view.path("columns")
                    .forEach(column -> columns.add(column.path("name").asText() + " "
                            + column.path("type").asText()));
            List<String> key = new ArrayList<>();
            view.path("key").forEach(name -> key.add(name.asText()));
            List<String> indexes = new ArrayList<>();
            view.path("indexes")
                    .forEach(index -> indexes.add("(" + index.path("order").asText() + ")"));
            JsonNode latency = view.path("latencyMs");
            rows.add(List.of(
                    view.path("name").asText(),
                    String.join(", ", key),
                    String.join(", ", indexes),
                    view.path("rows").asText(),
                    view.path("lagRecords").asText(),
                    latency.path("p50").asText() + " / " + latency.path("p99").asText() + " ms",
                    String.join(", ", columns)));
        }
        TextTable.print(
                spec.commandLine().getOut(),
                List.of("view", "key", "indexes", "rows", "lag", "latency p50 / p99", "columns"),
                rows);
        for (JsonNode view : client.building()) {
            long left = view.path("lagRecords").asLong();
            spec.commandLine()
                    .getOut()
                    .println("being built: " + view.path("name").asText()
                            + (left < 0 ? "" : ", " + left + " records left to read"));
        }
        spec.commandLine().getOut().flush();
        return Millrace.OK;
    }
}
