package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.catalog.UserError;
import io.millrace.sink.SinkLag;
import io.millrace.sql.Sink;
import io.millrace.sql.SinkDefinition;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.ToLongFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace lag}: how far each sink is behind its source. */
@Command(
        name = "lag",
        description =
                "Show how far each sink is behind its source: changes that wait, seconds since the source committed the"
                        + " oldest of them, bytes of the shards' logs; and each cache (cdn.NAME): invalidations that it"
                        + " has not confirmed.")
final class LagCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "SINK",
            arity = "0..1",
            description = "The sink, or cdn.NAME for a cache; default: all of them.")
    private String sink;

    @Mixin
    private PipelineOptions options;

    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "The server to ask how far views are; default: MILLRACE_SERVER, else the running stack's.")
    private String server;

    @Option(
            names = "--shard",
            paramLabel = "NAME=JDBC_URL",
            description =
                    "A shard's name and database, for the bytes; write it once for each. Default: the running stack's.")
    private Map<String, String> shards = new LinkedHashMap<>();

    @Option(names = "--json", description = "Print JSON, for scripts.")
    private boolean json;

    @Override
    public Integer call() {
        Optional<RunningStack> stack = options.stack();
        try (SinkAccess access = SinkAccess.open(options.folder(), options.config(), options.brokers(), stack)) {
            List<Sink> caches = access.caches().stream()
                    .filter(each -> sink == null || each.name().equals(sink))
                    .toList();
            List<SinkDefinition> asked =
                    sink == null ? access.sinks() : caches.isEmpty() ? List.of(access.definition(sink)) : List.of();
            Map<String, String> databases =
                    shards.isEmpty() ? stack.map(RunningStack::shards).orElse(Map.of()) : shards;
            print(SinkLags.measure(access, asked, caches, databases, () -> viewLags(server, stack)));
        }
        return Millrace.OK;
    }

    /** How many records views have left to read; -1 where no server is known or it does not answer. */
    static ToLongFunction<String> viewLags(String server, Optional<RunningStack> stack) {
        String named = server != null ? server : System.getenv("MILLRACE_SERVER");
        Map<String, Long> lags = new HashMap<>();
        if (named != null || stack.isPresent()) {
            try {
                for (JsonNode view : ViewClient.of(named).views()) {
                    lags.put(view.path("name").asText(), view.path("lagRecords").asLong(-1));
                }
            } catch (UserError e) {
                return view -> -1;
            }
        }
        return view -> lags.getOrDefault(view, -1L);
    }

    private void print(List<SinkLags.Measured> lags) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            ObjectNode root = new ObjectMapper().createObjectNode();
            ArrayNode array = root.putArray("sinks");
            lags.forEach(each -> put(array.addObject().put("name", each.sink()).put("source", each.source()), each));
            out.println(root);
        } else {
            TextTable.print(
                    out,
                    List.of("sink", "source", "changes", "seconds", "bytes of the log"),
                    lags.stream()
                            .map(each ->
                                    List.of(each.sink(), each.source(), each.records(), seconds(each), bytes(each)))
                            .toList());
        }
        out.flush();
    }

    static String seconds(SinkLags.Measured lag) {
        return lag.lag()
                .map(each -> String.format(Locale.ROOT, "%.1f", each.seconds()))
                .orElse("unknown");
    }

    static String bytes(SinkLags.Measured lag) {
        return lag.mostBytes().map(String::valueOf).orElse("unknown");
    }

    /** The numbers as members of a JSON object; null where they are not known. */
    static void put(ObjectNode node, SinkLags.Measured lag) {
        node.put("lagRecords", lag.lag().map(SinkLag::records).orElse(null));
        node.put("lagRecordsAtLeast", lag.lag().map(SinkLag::atLeast).orElse(null));
        node.put("lagSeconds", lag.lag().map(SinkLag::seconds).orElse(null));
        ObjectNode bytes = node.putObject("lagBytes");
        lag.bytes().forEach(bytes::put);
    }
}
