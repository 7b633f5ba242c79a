package io.millrace.runtime.deployment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.sql.PipelineText;
import io.millrace.sql.Sink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Deployments as JSON, as they are recorded. */
final class DeploymentCodec {
    private static final ObjectMapper JSON = new ObjectMapper();

    private DeploymentCodec() {}

    static byte[] encode(Deployment deployment) {
        ObjectNode root = JSON.createObjectNode();
        root.put("version", deployment.version()).put("next", deployment.next());
        var generations = root.putArray("generations");
        for (Generation generation : deployment.generations()) {
            ObjectNode node = generations.addObject();
            node.put("number", generation.number())
                    .put("revision", generation.revision())
                    .put("building", generation.building())
                    .put("database", generation.text().database());
            generation.built().forEach(node.putArray("built")::add);
            generation.views().forEach(node.putArray("views")::add);
            node.put("tables.sql", generation.text().tables());
            node.put("views.sql", generation.text().views());
        }
        var sinks = root.putArray("sinks");
        for (Sink sink : deployment.sinks()) {
            ObjectNode node = sinks.addObject();
            node.put("name", sink.name()).put("type", sink.type()).put("source", sink.source());
            sink.tableTopic().ifPresent(topic -> node.put("topic", topic));
            sink.options().forEach(node.putObject("options")::put);
        }
        return root.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Reads a record. @throws IOException if it is not one */
    static Deployment decode(byte[] record) throws IOException {
        JsonNode root = JSON.readTree(record);
        List<Generation> generations = new ArrayList<>();
        for (JsonNode node : root.path("generations")) {
            generations.add(new Generation(
                    whole(node, "number"),
                    whole(node, "revision"),
                    node.path("building").asBoolean(),
                    new PipelineText(text(node, "database"), text(node, "tables.sql"), text(node, "views.sql")),
                    names(node, "built"),
                    names(node, "views")));
        }
        List<Sink> sinks = new ArrayList<>();
        for (JsonNode node : root.path("sinks")) {
            sinks.add(sink(node));
        }
        return new Deployment(whole(root, "version"), whole(root, "next"), generations, sinks);
    }

    private static Sink sink(JsonNode node) throws IOException {
        Map<String, String> options = new LinkedHashMap<>();
        node.path("options")
                .properties()
                .forEach(each -> options.put(each.getKey(), each.getValue().asText()));
        return new Sink(
                text(node, "name"),
                text(node, "type"),
                text(node, "source"),
                Optional.ofNullable(node.path("topic").asText(null)),
                options);
    }

    private static int whole(JsonNode node, String member) throws IOException {
        if (!node.path(member).isInt()) {
            throw new IOException("no number " + member);
        }
        return node.path(member).intValue();
    }

    private static String text(JsonNode node, String member) throws IOException {
        if (!node.path(member).isTextual()) {
            throw new IOException("no text " + member);
        }
        return node.path(member).textValue();
    }

    private static List<String> names(JsonNode node, String member) {
        List<String> names = new ArrayList<>();
        node.path(member).forEach(name -> names.add(name.asText()));
        return names;
    }
}
