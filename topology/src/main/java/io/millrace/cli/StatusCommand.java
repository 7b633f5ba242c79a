package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace status}: every component of the running stack, its address and whether it answers. */
@Command(name = "status", description = "Show the running stack: every component's address and whether it answers.")
final class StatusCommand implements Callable<Integer> {
    private static final int CONNECT_TIMEOUT_MS = 2_000;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print JSON, for scripts.")
    private boolean json;

    /** A component as it is shown. */
    private record Component(String name, String address, boolean up) {}

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
        print(components);
        return components.stream().allMatch(Component::up) ? Millrace.OK : Millrace.UNREACHABLE;
    }

    private void print(List<Component> components) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            ObjectNode root = new ObjectMapper().createObjectNode();
            ArrayNode array = root.putArray("components");
            components.forEach(component -> array.addObject()
                    .put("name", component.name)
                    .put("address", component.address)
                    .put("health", component.up ? "up" : "down"));
            out.println(root);
        } else {
            TextTable.print(
                    out,
                    List.of("component", "health", "address"),
                    components.stream()
                            .map(each -> List.of(each.name, each.up ? "up" : "down", each.address))
                            .toList());
        }
        out.flush();
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
