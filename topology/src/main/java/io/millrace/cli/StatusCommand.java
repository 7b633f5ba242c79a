package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.catalog.UserError;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace status}: every component of the running stack, its address and whether it answers; the sinks and their lag. */
@Command(
        name = "status",
        description = "Show the running stack: every component's address and whether it answers, every sink's state and"
                + " how far it is behind.")
final class StatusCommand implements Callable<Integer> {
    private static final int CONNECT_TIMEOUT_MS = 2_000;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print JSON, for scripts.")
    private boolean json;

    /** A component as it is shown. */
    private record Component(String name, String address, boolean up) {}

    /** A sink as it is shown: what its server says of it, and how far it is behind. */
    private record Sink(JsonNode said, SinkLags.Measured lag) {
        String text(String member) {
            return said.path(member).asText("");
        }

        boolean failed() {
            return text("state").equals("FAILED") || text("state").equals("REFUSED");
        }
    }

    @Override
    public Integer call() {
        RunningStack stack = RunningStack.orThrow();
        JsonNode status = stack.status();
        List<Component> components = new ArrayList<>();
        status.path("shards")
                .forEach(shard -> components.add(
                        database(shard.path("name").asText(), shard.path("jdbc").asText())));
        components.add(database("replica", stack.replicaUrl()));
        components.add(component("kafka", stack.kafka(), "tcp://" + stack.kafka()));
        for (String name : List.of("registry", "connect", "http")) {
            components.add(component(
                    name, status.path(name).asText(), status.path(name).asText()));
        }
        List<Sink> sinks = sinks(stack);
        print(components, sinks);
        if (!components.stream().allMatch(Component::up)) {
            return Millrace.UNREACHABLE;
        }
        return sinks.stream().anyMatch(Sink::failed) ? Millrace.FAILURE : Millrace.OK;
    }

    /** The sinks that the server knows; none while it does not answer. */
    private static List<Sink> sinks(RunningStack stack) {
        RunningPipeline running = RunningPipeline.of(stack.http(), Optional.of(stack));
        List<JsonNode> said = running.sinks();
        Map<String, SinkLags.Measured> lags = new HashMap<>();
        said.forEach(each -> lags.put(SinkLags.Measured.name(each), SinkLags.Measured.told(each)));
        if (!said.isEmpty()) {
            measure(stack, running, lags);
        }
        return said.stream()
                .map(sink -> new Sink(sink, lags.get(SinkLags.Measured.name(sink))))
                .toList();
    }

    private static void measure(RunningStack stack, RunningPipeline running, Map<String, SinkLags.Measured> lags) {
        try (SinkAccess access = SinkAccess.open(
                PipelineOptions.folder(Optional.empty(), Optional.of(stack)),
                Optional.empty(),
                Optional.empty(),
                Optional.of(stack))) {
            SinkLags.measure(access, null, stack.shards(), running).forEach(each -> lags.put(each.sink(), each));
        } catch (UserError e) {
            // A folder that is just being edited, or a database that is down, which is seen among the components.
            return;
        }
    }

    private void print(List<Component> components, List<Sink> sinks) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            ObjectNode root = new ObjectMapper().createObjectNode();
            ArrayNode array = root.putArray("components");
            components.forEach(component -> array.addObject()
                    .put("name", component.name)
                    .put("address", component.address)
                    .put("health", component.up ? "up" : "down"));
            ArrayNode shown = root.putArray("sinks");
            for (Sink sink : sinks) {
                ObjectNode node = shown.addObject();
                node.setAll((ObjectNode) sink.said);
                LagCommand.put(node, sink.lag);
            }
            out.println(root);
        } else {
            TextTable.print(
                    out,
                    List.of("component", "health", "address"),
                    components.stream()
                            .map(each -> List.of(each.name, each.up ? "up" : "down", each.address))
                            .toList());
            printSinks(out, sinks);
        }
        out.flush();
    }

    private static void printSinks(PrintWriter out, List<Sink> sinks) {
        if (sinks.isEmpty()) {
            return;
        }
        out.println();
        TextTable.print(
                out,
                List.of("sink", "state", "source", "changes behind", "seconds", "bytes of the log"),
                sinks.stream()
                        .map(sink -> List.of(
                                sink.text("name"),
                                sink.text("state").toLowerCase(Locale.ROOT),
                                sink.text("source"),
                                sink.lag.records(),
                                LagCommand.seconds(sink.lag),
                                LagCommand.bytes(sink.lag)))
                        .toList());
        sinks.stream()
                .filter(sink -> !sink.text("message").isEmpty()
                        && !sink.said.path("message").isNull())
                .forEach(sink -> out.println(sink.text("name") + ": " + sink.text("message")));
    }

    private static Component database(String name, String jdbcUrl) {
        return component(name, jdbcUrl, jdbcUrl.replaceFirst("^jdbc:", ""));
    }

    private static Component component(String name, String address, String uri) {
        URI parsed = URI.create(uri);
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(parsed.getHost(), parsed.getPort()), CONNECT_TIMEOUT_MS);
            return new Component(name, address, true);
        } catch (IOException e) {
            return new Component(name, address, false);
        }
    }
}
