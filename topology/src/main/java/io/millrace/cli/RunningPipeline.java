package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.catalog.UserError;
import io.millrace.cdn.CdnSink;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** What the pipeline that runs says of itself; nothing where no server is known, or it does not answer. */
final class RunningPipeline {
    /** Null where none is known. */
    private final ViewClient client;

    private RunningPipeline(ViewClient client) {
        this.client = client;
    }

    /**
     * The pipeline of a server.
     *
     * @param server null for that of MILLRACE_SERVER, else the running stack's
     */
    static RunningPipeline of(String server, Optional<RunningStack> stack) {
        String named = server != null ? server : System.getenv("MILLRACE_SERVER");
        String address = named != null ? named : stack.map(RunningStack::http).orElse(null);
        return new RunningPipeline(address == null ? null : new ViewClient(address));
    }

    /** How many records views have left to read now; -1 where nobody says. */
    ToLongFunction<String> viewLags() {
        Map<String, Long> lags = new HashMap<>();
        if (client != null) {
            try {
                for (JsonNode view : client.views()) {
                    lags.put(view.path("name").asText(), view.path("lagRecords").asLong(-1));
                }
            } catch (UserError e) {
                return view -> -1;
            }
        }
        return view -> lags.getOrDefault(view, -1L);
    }

    /** Its sinks and caches, if it is the pipeline with that application id; else none. */
    List<JsonNode> sinksOf(String application) {
        return sinks().stream().filter(each -> isOf(application, each)).toList();
    }

    /** What runs a sink is named after its pipeline; a cache of several servers has a connector for each. */
    private static boolean isOf(String application, JsonNode sink) {
        String connector = sink.path("connector").asText();
        String name = application + "." + sink.path("name").asText();
        return connector.equals(name)
                || connector.startsWith(name + ".")
                || connector.equals(CdnSink.group(application));
    }

    /** Its sinks and caches, as it last saw them. */
    List<JsonNode> sinks() {
        try {
            return client == null ? List.of() : client.sinks();
        } catch (UserError e) {
            return List.of();
        }
    }
}
