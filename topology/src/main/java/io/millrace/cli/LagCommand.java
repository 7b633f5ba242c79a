package io.millrace.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.sink.SinkLag;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
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
            description = "The server to ask how far views are, and which sinks and caches it has; default:"
                    + " MILLRACE_SERVER, else the running stack's.")
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
        Map<String, String> databases =
                shards.isEmpty() ? stack.map(RunningStack::shards).orElse(Map.of()) : shards;
        try (SinkAccess access = SinkAccess.open(options.folder(), options.config(), options.brokers(), stack)) {
            print(SinkLags.measure(access, sink, databases, RunningPipeline.of(server, stack)));
        }
        return Millrace.OK;
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
