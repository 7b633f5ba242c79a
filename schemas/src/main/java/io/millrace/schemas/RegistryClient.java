package io.millrace.schemas;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.apache.avro.Schema;

/**
 * A client of any schema registry that speaks Confluent's REST protocol. Safe for many threads; schemas and ids are
 * kept for good, for the registry never changes them.
 *
 * <p>Configuration, where each name may also have the prefix {@code millrace.}:
 *
 * <ul>
 *   <li>{@code schema.registry.url}: one or more addresses, separated by commas; the next is tried when one does not
 *       answer. A user and password may stand in it ({@code https://user:password@host}).
 *   <li>{@code schema.registry.basic.auth.user.info} (or {@code basic.auth.user.info}): {@code user:password}, which
 *       goes before those in the address.
 * </ul>
 *
 * Neither ever appears in a message.
 */
public final class RegistryClient {
    /** The property with the registry's addresses. */
    public static final String URL = "schema.registry.url";

    /** The property with {@code user:password}. */
    public static final String USER_INFO = "schema.registry.basic.auth.user.info";

    /** The prefix that keeps the properties apart from those of the client that they are given to. */
    public static final String PREFIX = "millrace.";

    private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final int ATTEMPTS = 3;
    private static final long FIRST_PAUSE_MS = 100;
    private static final int MAX_CACHED = 10_000;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(20);

    private final ObjectMapper json = new ObjectMapper();
    private final List<URI> addresses;
    private final List<String> authorizations;
    private final HttpClient http;
    private final ConcurrentMap<Integer, Schema> schemasById = new ConcurrentHashMap<>();
    private final ConcurrentMap<SubjectSchema, Integer> registered = new ConcurrentHashMap<>();
    private volatile int current;

    private record SubjectSchema(String subject, Schema schema) {}

    /** A schema's place in a subject. */
    public record Version(String subject, int version, int id, Schema schema) {}

    /** A client for one or more addresses, separated by commas. */
    public RegistryClient(String urls) {
        this(urls, null);
    }

    private RegistryClient(String urls, String userInfo) {
        List<URI> uris = new ArrayList<>();
        List<String> headers = new ArrayList<>();
        for (String url : urls.split(",")) {
            if (url.isBlank()) {
                continue;
            }
            URI uri = parse(url.strip());
            String user = userInfo != null ? userInfo : decoded(uri.getRawUserInfo());
            // An empty string stands for "none" in these lists.
            headers.add(
                    user == null
                            ? ""
                            : "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)));
            uris.add(withoutUser(uri));
        }
        if (uris.isEmpty()) {
            throw new IllegalArgumentException("no address of a schema registry is given (" + URL + ")");
        }
        this.addresses = List.copyOf(uris);
        this.authorizations = List.copyOf(headers);
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .build();
    }

    /** A client as the properties say; see the class's description. */
    public static RegistryClient of(Map<String, ?> properties) {
        String url = property(properties, URL);
        if (url == null) {
            throw new IllegalArgumentException("the property " + URL + " is missing: the schema registry's address");
        }
        String user = property(properties, USER_INFO);
        return new RegistryClient(url, user != null ? user : property(properties, "basic.auth.user.info"));
    }

    /** Registers a schema with a subject, unless it is there already, and returns its id. */
    public int register(String subject, Schema schema) {
        SubjectSchema key = new SubjectSchema(subject, schema);
        Integer known = registered.get(key);
        if (known != null) {
            return known;
        }
        int id = send("POST", "/subjects/" + encoded(subject) + "/versions", body(schema))
                .path("id")
                .asInt();
        remember(key, id);
        return id;
    }

    /** The place of a schema in a subject; fails with code 40403 where it is not registered. */
    public Version lookup(String subject, Schema schema) {
        return version(send("POST", "/subjects/" + encoded(subject), body(schema)));
    }

    /** The schema of an id. */
    public Schema schema(int id) {
        Schema known = schemasById.get(id);
        if (known != null) {
            return known;
        }
        JsonNode answer = send("GET", "/schemas/ids/" + id, null);
        String type = answer.path("schemaType").asText("AVRO");
        if (!type.equals("AVRO")) {
            throw new RegistryException("schema " + id + " is " + type + ", not AVRO", 422, 42201, null);
        }
        Schema schema = parseSchema(answer.path("schema").asText());
        if (schemasById.size() >= MAX_CACHED) {
            schemasById.clear();
        }
        schemasById.put(id, schema);
        return schema;
    }

    /** All subjects. */
    public List<String> subjects() {
        List<String> names = new ArrayList<>();
        send("GET", "/subjects", null).forEach(node -> names.add(node.asText()));
        return names;
    }

    /** The versions of a subject. */
    public List<Integer> versions(String subject) {
        return integers(send("GET", "/subjects/" + encoded(subject) + "/versions", null));
    }

    /** One version of a subject. */
    public Version version(String subject, int version) {
        return version(send("GET", "/subjects/" + encoded(subject) + "/versions/" + version, null));
    }

    /** The latest version of a subject. */
    public Version latest(String subject) {
        return version(send("GET", "/subjects/" + encoded(subject) + "/versions/latest", null));
    }

    /** Whether a schema may become the next version of a subject; true for a subject that does not exist. */
    public boolean isCompatible(String subject, Schema schema) {
        try {
            return send("POST", "/compatibility/subjects/" + encoded(subject) + "/versions/latest", body(schema))
                    .path("is_compatible")
                    .asBoolean();
        } catch (RegistryException e) {
            if (e.code() == 40401 || e.code() == 40402) {
                return true;
            }
            throw e;
        }
    }

    /** The compatibility level that holds for a subject: its own, or else the registry's. */
    public String compatibility(String subject) {
        return send("GET", "/config/" + encoded(subject) + "?defaultToGlobal=true", null)
                .path("compatibilityLevel")
                .asText();
    }

    /** Sets the compatibility level of a subject. */
    public void setCompatibility(String subject, String level) {
        ObjectNode body = json.createObjectNode().put("compatibility", level);
        send("PUT", "/config/" + encoded(subject), body.toString());
    }

    /** Whether the registry takes writes: {@code READWRITE}, {@code READONLY}, ... */
    public String mode() {
        return send("GET", "/mode", null).path("mode").asText();
    }

    /**
     * Deletes a subject and returns the versions that it had.
     *
     * @param permanently false hides it, true (only after that) forgets it
     */
    public List<Integer> delete(String subject, boolean permanently) {
        registered.keySet().removeIf(key -> key.subject().equals(subject));
        return integers(send("DELETE", "/subjects/" + encoded(subject) + (permanently ? "?permanent=true" : ""), null));
    }

    /** The addresses, without what must stay secret. */
    @Override
    public String toString() {
        return addresses.stream().map(URI::toString).collect(Collectors.joining(","));
    }

    private JsonNode send(String method, String path, String body) {
        RegistryException failure = null;
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            // Each address gets its turn within an attempt, so that a dead one costs no pause.
            for (int turn = 0; turn < addresses.size(); turn++) {
                int index = (current + turn) % addresses.size();
                try {
                    JsonNode answer = sendOnce(index, method, path, body);
                    current = index;
                    return answer;
                } catch (RegistryException e) {
                    if (!e.isTransient()) {
                        throw e;
                    }
                    failure = e;
                }
            }
            if (attempt < ATTEMPTS) {
                pause(FIRST_PAUSE_MS << (attempt - 1));
            }
        }
        throw failure;
    }

    private JsonNode sendOnce(int index, String method, String path, String body) {
        URI uri = URI.create(addresses.get(index) + path);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(REQUEST_TIMEOUT)
                .header("Accept", CONTENT_TYPE + ", application/json")
                .header("Content-Type", CONTENT_TYPE)
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8));
        if (!authorizations.get(index).isEmpty()) {
            request.header("Authorization", authorizations.get(index));
        }
        HttpResponse<String> response;
        try {
            response = http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // A refused connection has no message of its own.
            String reason = e.getMessage() == null ? "no connection" : e.getMessage();
            throw new RegistryException(
                    "the schema registry at " + addresses.get(index) + " does not answer: " + reason, 0, 0, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
        if (response.statusCode() / 100 != 2) {
            throw refused(method, uri, response);
        }
        try {
            return json.readTree(response.body());
        } catch (JsonProcessingException e) {
            throw new RegistryException(
                    "the schema registry answered " + method + " " + uri + " with something other than JSON", 0, 0, e);
        }
    }

    private RegistryException refused(String method, URI uri, HttpResponse<String> response) {
        int code = 0;
        String message = response.body();
        try {
            JsonNode error = json.readTree(response.body());
            code = error.path("error_code").asInt(0);
            message = error.path("message").asText(message);
        } catch (JsonProcessingException e) {
            // Proxies answer in HTML; the text itself is then the best message there is.
            message = message.length() > 200 ? message.substring(0, 200) : message;
        }
        return new RegistryException(
                "the schema registry refused " + method + " " + uri + " with " + response.statusCode()
                        + (code == 0 ? "" : " (" + code + ")") + ": " + message,
                response.statusCode(),
                code,
                null);
    }

    private static void pause(long pauseMs) {
        try {
            Thread.sleep(pauseMs / 2 + ThreadLocalRandom.current().nextLong(pauseMs));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }

    private Version version(JsonNode node) {
        return new Version(
                node.path("subject").asText(),
                node.path("version").asInt(),
                node.path("id").asInt(),
                parseSchema(node.path("schema").asText()));
    }

    private void remember(SubjectSchema key, int id) {
        if (registered.size() >= MAX_CACHED) {
            registered.clear();
        }
        registered.put(key, id);
        schemasById.putIfAbsent(id, key.schema());
    }

    private String body(Schema schema) {
        return json.createObjectNode().put("schema", schema.toString()).toString();
    }

    private static Schema parseSchema(String text) {
        // Defaults are not checked: what a registry holds is in use, and a reader has no say in it.
        return new Schema.Parser().setValidateDefaults(false).parse(text);
    }

    private static List<Integer> integers(JsonNode array) {
        List<Integer> list = new ArrayList<>();
        array.forEach(node -> list.add(node.asInt()));
        return list;
    }

    private static URI parse(String url) {
        try {
            URI uri = new URI(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
            if (uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // Falls through: the exception's message would show the password in the address.
        }
        throw new IllegalArgumentException(
                "a schema registry's address (" + URL + ") must look like http://host:port or https://host/path");
    }

    private static URI withoutUser(URI uri) {
        try {
            return new URI(uri.getScheme(), null, uri.getHost(), uri.getPort(), uri.getPath(), null, null);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String decoded(String userInfo) {
        return userInfo == null ? null : URLDecoder.decode(userInfo.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static String encoded(String subject) {
        return URLEncoder.encode(subject, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String property(Map<String, ?> properties, String name) {
        Object value = properties.get(PREFIX + name);
        if (value == null) {
            value = properties.get(name);
        }
        return value == null || value.toString().isBlank() ? null : value.toString();
    }
}
