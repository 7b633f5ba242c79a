package io.millrace.ops.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small schema registry: Confluent's REST protocol for Avro schemas, kept in the topic {@code _schemas}, without accounts, by
 * default on 127.0.0.1 only. One instance a cluster.
 */
public final class DevelopmentRegistry implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DevelopmentRegistry.class);
    private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final int THREADS = 4;
    private static final int MAX_BODY_BYTES = 4 << 20;

    private final ObjectMapper json = new ObjectMapper();
    private final SchemaLog schemaLog;
    private final Subjects subjects;
    private final HttpServer server;
    private final ExecutorService threads;

    private DevelopmentRegistry(SchemaLog schemaLog, InetSocketAddress address) throws IOException {
        this.schemaLog = schemaLog;
        this.subjects = new Subjects(schemaLog::append);
        schemaLog.create();
        schemaLog.readAll(subjects::replay);
        this.server = HttpServer.create(address, 0);
        this.threads = Executors.newFixedThreadPool(THREADS, task -> {
            Thread thread = new Thread(task, "schema-registry");
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /**
     * Starts a registry over a cluster; returns when it answers.
     *
     * @param bootstrapServers the brokers
     * @param port 0 for any that is free
     */
    public static DevelopmentRegistry start(String bootstrapServers, int port) {
        return start(Map.of("bootstrap.servers", bootstrapServers), port);
    }

    /**
     * Starts a registry over a cluster; returns when it answers.
     *
     * @param clientProperties how Kafka's clients reach the brokers
     * @param port 0 for any that is free
     */
    public static DevelopmentRegistry start(Map<String, Object> clientProperties, int port) {
        return start(clientProperties, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /**
     * Starts a registry over a cluster; returns when it answers.
     *
     * @param clientProperties how Kafka's clients reach the brokers
     * @param address where to listen
     */
    public static DevelopmentRegistry start(Map<String, Object> clientProperties, InetSocketAddress address) {
        SchemaLog schemaLog = new SchemaLog(clientProperties);
        try {
            return new DevelopmentRegistry(schemaLog, address);
        } catch (IOException e) {
            schemaLog.close();
            throw new UncheckedIOException("the schema registry cannot listen on " + address, e);
        } catch (RuntimeException e) {
            schemaLog.close();
            throw e;
        }
    }

    /** The registry's address, e.g. {@code http://127.0.0.1:8081}. */
    public String url() {
        return "http://127.0.0.1:" + port();
    }

    /** The port that it listens on. */
    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        schemaLog.close();
    }

    private void handle(HttpExchange exchange) throws IOException {
        int status = 200;
        JsonNode answer;
        try {
            answer = answer(exchange);
        } catch (RegistryError e) {
            status = e.status();
            answer = json.createObjectNode().put("error_code", e.code()).put("message", e.getMessage());
        } catch (RuntimeException e) {
            log.error("{} {} failed", exchange.getRequestMethod(), exchange.getRequestURI(), e);
            status = 500;
            answer = json.createObjectNode().put("error_code", 500).put("message", "Internal error: " + e);
        }
        byte[] body = json.writeValueAsBytes(answer);
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", CONTENT_TYPE);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private JsonNode answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        // "a%2Fb" is one part: a subject may hold a slash.
        List<String> parts = Arrays.stream(path.split("/"))
                .filter(part -> !part.isEmpty())
                .map(part -> URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8))
                .toList();
        Request request = new Request(
                exchange.getRequestMethod(),
                path,
                parts,
                String.valueOf(exchange.getRequestURI().getQuery()),
                body(exchange));
        JsonNode answer = parts.isEmpty()
                ? json.createObjectNode()
                : switch (parts.get(0)) {
                    case "subjects" -> subjectsAnswer(request);
                    case "schemas" -> schemasAnswer(request);
                    case "config" -> configAnswer(request);
                    case "compatibility" -> compatibilityAnswer(request);
                    case "mode" ->
                        request.is("GET", 1) || request.is("GET", 2)
                                ? json.createObjectNode().put("mode", "READWRITE")
                                : null;
                    default -> null;
                };
        if (answer == null) {
            throw RegistryError.notFound(request.method() + " " + path);
        }
        return answer;
    }

    /** One request: its path in parts, its query and its body. */
    private record Request(String method, String path, List<String> parts, String query, JsonNode body) {

        boolean is(String expectedMethod, int count) {
            return method.equals(expectedMethod) && parts.size() == count;
        }

        boolean flag(String name) {
            return Arrays.asList(query.split("&")).contains(name + "=true");
        }

        /** The schema in the body. */
        String schema() {
            String type = body.path("schemaType").asText("AVRO");
            if (!type.equals("AVRO")) {
                throw RegistryError.invalidSchema("type " + type + " is not supported, only AVRO is");
            }
            if (!body.path("references").isEmpty()) {
                throw RegistryError.invalidSchema("references are not supported");
            }
            if (!body.path("schema").isTextual()) {
                throw RegistryError.invalidSchema("the body has no \"schema\"");
            }
            return body.path("schema").asText();
        }
    }

    private JsonNode subjectsAnswer(Request request) {
        boolean deletedToo = request.flag("deleted");
        boolean permanently = request.flag("permanent");
        if (request.is("GET", 1)) {
            return strings(subjects.subjects(deletedToo));
        }
        if (request.parts().size() < 2) {
            return null;
        }
        String subject = request.parts().get(1);
        if (request.is("POST", 2)) {
            return described(subjects.lookup(subject, request.schema(), deletedToo));
        }
        if (request.is("DELETE", 2)) {
            return integers(subjects.delete(subject, permanently));
        }
        if (request.parts().size() < 3 || !request.parts().get(2).equals("versions")) {
            return null;
        }
        if (request.is("GET", 3)) {
            return integers(subjects.versions(subject, deletedToo));
        }
        if (request.is("POST", 3)) {
            return json.createObjectNode().put("id", subjects.register(subject, request.schema()));
        }
        if (request.parts().size() < 4) {
            return null;
        }
        String version = request.parts().get(3);
        if (request.is("GET", 4)) {
            return described(subjects.version(subject, version, deletedToo));
        }
        if (request.is("GET", 5) && request.parts().get(4).equals("schema")) {
            return parsed(subjects.version(subject, version, deletedToo).schema());
        }
        if (request.is("GET", 5) && request.parts().get(4).equals("referencedby")) {
            subjects.version(subject, version, deletedToo);
            return json.createArrayNode();
        }
        if (request.is("DELETE", 4)) {
            return json.getNodeFactory().numberNode(subjects.delete(subject, version, permanently));
        }
        return null;
    }

    private JsonNode schemasAnswer(Request request) {
        List<String> parts = request.parts();
        if (request.is("GET", 2) && parts.get(1).equals("types")) {
            return strings(List.of("AVRO"));
        }
        if (!request.method().equals("GET") || parts.size() < 3 || !parts.get(1).equals("ids")) {
            return null;
        }
        int id;
        try {
            id = Integer.parseInt(parts.get(2));
        } catch (NumberFormatException e) {
            throw RegistryError.schemaNotFound();
        }
        if (parts.size() == 3) {
            return json.createObjectNode().put("schema", subjects.schema(id));
        }
        return switch (parts.get(3)) {
            case "schema" -> parsed(subjects.schema(id));
            case "subjects" ->
                strings(subjects.versionsOf(id).stream()
                        .map(LogEntry.SchemaVersion::subject)
                        .distinct()
                        .toList());
            case "versions" -> {
                ArrayNode versions = json.createArrayNode();
                subjects.versionsOf(id).forEach(each -> versions.addObject()
                        .put("subject", each.subject())
                        .put("version", each.version()));
                yield versions;
            }
            default -> null;
        };
    }

    private JsonNode configAnswer(Request request) {
        boolean global = request.parts().size() == 1;
        if (request.parts().size() > 2) {
            return null;
        }
        String subject = global ? null : request.parts().get(1);
        return switch (request.method()) {
            case "GET" -> {
                CompatibilityLevel level = global
                        ? subjects.defaultLevel()
                        : request.flag("defaultToGlobal") ? subjects.level(subject) : subjects.ownLevel(subject);
                yield json.createObjectNode().put("compatibilityLevel", level.name());
            }
            case "PUT" -> {
                CompatibilityLevel level = CompatibilityLevel.parse(
                        request.body().path("compatibility").asText());
                subjects.setLevel(subject, level);
                yield json.createObjectNode().put("compatibility", level.name());
            }
            case "DELETE" ->
                global
                        ? null
                        : json.createObjectNode()
                                .put(
                                        "compatibilityLevel",
                                        subjects.removeLevel(subject).name());
            default -> null;
        };
    }

    private JsonNode compatibilityAnswer(Request request) {
        List<String> parts = request.parts();
        boolean known = request.method().equals("POST")
                && (parts.size() == 4 || parts.size() == 5)
                && parts.get(1).equals("subjects")
                && parts.get(3).equals("versions");
        if (!known) {
            return null;
        }
        List<String> objections =
                subjects.objections(parts.get(2), parts.size() == 5 ? parts.get(4) : null, request.schema());
        ObjectNode answer = json.createObjectNode().put("is_compatible", objections.isEmpty());
        if (request.flag("verbose")) {
            answer.set("messages", strings(objections));
        }
        return answer;
    }

    private ObjectNode described(LogEntry.SchemaVersion version) {
        return json.createObjectNode()
                .put("subject", version.subject())
                .put("version", version.version())
                .put("id", version.id())
                .put("schema", version.schema());
    }

    private ArrayNode strings(List<String> list) {
        ArrayNode array = json.createArrayNode();
        list.forEach(array::add);
        return array;
    }

    private ArrayNode integers(List<Integer> list) {
        ArrayNode array = json.createArrayNode();
        list.forEach(array::add);
        return array;
    }

    private JsonNode parsed(String schema) {
        try {
            return json.readTree(schema);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a registered schema is not JSON: " + schema, e);
        }
    }

    private JsonNode body(HttpExchange exchange) throws IOException {
        byte[] bytes = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
        if (bytes.length > MAX_BODY_BYTES) {
            throw RegistryError.badRequest("the body is larger than " + MAX_BODY_BYTES + " bytes");
        }
        if (bytes.length == 0) {
            return json.createObjectNode();
        }
        try {
            return json.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw RegistryError.badRequest("the body is not JSON: " + e.getOriginalMessage());
        }
    }
}
