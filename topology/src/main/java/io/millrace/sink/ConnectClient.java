package io.millrace.sink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.catalog.PipelineConfig;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Asks Kafka Connect's REST interface for connectors, and has it create, change and remove some. Thread-safe. */
public final class ConnectClient implements SinkConnectors {
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(5);

    /** Connect itself gives a request up after 90 s; whoever waits for it here tries again soon. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final int CONFLICT = 409;
    private static final int NOT_FOUND = 404;

    private final List<String> urls;
    private final Optional<String> authorization;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT_PATIENCE).build();
    private final ObjectMapper json = new ObjectMapper();

    private ConnectClient(List<String> urls, Optional<String> user) {
        this.urls = urls.stream()
                .map(url -> url.endsWith("/") ? url.substring(0, url.length() - 1) : url)
                .toList();
        this.authorization =
                user.map(info -> "Basic " + Base64.getEncoder().encodeToString(info.getBytes(StandardCharsets.UTF_8)));
    }

    /** The client of the Connect that the properties name; empty if they name none. */
    public static Optional<ConnectClient> of(PipelineConfig config) {
        List<String> urls = config.connectUrls();
        return urls.isEmpty()
                ? Optional.empty()
                : Optional.of(new ConnectClient(urls, config.get(PipelineConfig.CONNECT_USER)));
    }

    @Override
    public Map<String, DeployedConnector> all() throws IOException, ConnectRefusal {
        JsonNode answer = call("GET", "/connectors?expand=info&expand=status", null);
        Map<String, DeployedConnector> connectors = new TreeMap<>();
        answer.properties().forEach(each -> {
            Map<String, String> properties = new TreeMap<>();
            each.getValue()
                    .path("info")
                    .path("config")
                    .properties()
                    .forEach(property -> properties.put(
                            property.getKey(), property.getValue().asText()));
            JsonNode status = each.getValue().path("status");
            List<DeployedConnector.Task> tasks = new ArrayList<>();
            status.path("tasks")
                    .forEach(task -> tasks.add(new DeployedConnector.Task(
                            task.path("id").asInt(),
                            task.path("state").asText(),
                            task.path("trace").asText(""))));
            connectors.put(
                    each.getKey(),
                    new DeployedConnector(
                            properties,
                            status.path("connector").path("state").asText("UNASSIGNED"),
                            status.path("connector").path("trace").asText(""),
                            tasks));
        });
        return connectors;
    }

    @Override
    public void put(String name, Map<String, String> properties) throws IOException, ConnectRefusal {
        ObjectNode body = json.createObjectNode();
        properties.forEach(body::put);
        call("PUT", path(name) + "/config", body.toString());
    }

    @Override
    public void delete(String name) throws IOException, ConnectRefusal {
        try {
            call("DELETE", path(name), null);
        } catch (ConnectRefusal e) {
            if (e.status() != NOT_FOUND) {
                throw e;
            }
        }
    }

    private static String path(String connector) {
        return "/connectors/"
                + URLEncoder.encode(connector, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private JsonNode call(String method, String path, String body) throws IOException, ConnectRefusal {
        IOException failure = null;
        for (String url : urls) {
            try {
                return answered(method, url + path, body);
            } catch (IOException e) {
                failure = new IOException(url + ": " + (e.getMessage() == null ? e.toString() : e.getMessage()), e);
            }
        }
        throw failure;
    }

    private JsonNode answered(String method, String address, String body) throws IOException, ConnectRefusal {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        authorization.ifPresent(value -> request.header("Authorization", value));
        try {
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            int status = response.statusCode();
            if (status / 100 == 2) {
                return json.readTree(response.body().isEmpty() ? "{}" : response.body());
            }
            if (status == CONFLICT || status / 100 == 5) {
                // A rebalance, or a worker that cannot reach its leader: both pass.
                throw new IOException("it answered " + status + ": " + message(response.body()));
            }
            throw new ConnectRefusal(status, message(response.body()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while Kafka Connect was asked", e);
        }
    }

    private String message(String body) {
        try {
            String message = json.readTree(body).path("message").asText("");
            return message.isEmpty() ? body : message;
        } catch (IOException e) {
            return body;
        }
    }
}
