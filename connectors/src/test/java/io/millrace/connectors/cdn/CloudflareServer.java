package io.millrace.connectors.cdn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.connectors.http.HookServer;
import io.millrace.connectors.http.HookServer.Answer;
import io.millrace.connectors.http.HookServer.Hook;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Cloudflare's API as its reference has it: POST zones/ID/purge_cache, with its errors. */
final class CloudflareServer implements AutoCloseable {
    static final String TOKEN = "cloudflare-token";
    static final String ZONE = "023e105f4ecef8ad9ca31a8372d0c353";
    private static final Map<String, Integer> MOST = Map.of("files", 30, "tags", 100, "prefixes", 100);
    private static final ObjectMapper JSON = new ObjectMapper();

    final HookServer http;
    /** What was purged, with its kind before it. */
    final List<String> purged = Collections.synchronizedList(new ArrayList<>());
    /** The tokens that are left in the account's bucket. */
    final AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);

    volatile boolean tagsAllowed = true;

    CloudflareServer() throws IOException {
        http = new HookServer();
        http.answers = this::answer;
    }

    private static Answer error(int status, int code, String message) {
        return Answer.of(
                status,
                "{\"success\":false,\"errors\":[{\"code\":" + code + ",\"message\":\"" + message
                        + "\"}],\"messages\":[],\"result\":null}");
    }

    private Answer answer(Hook hook) {
        String authorization = hook.header("Authorization");
        if (authorization == null || !authorization.startsWith("Bearer ")) {
            return error(400, 6003, "Invalid request headers");
        }
        if (!authorization.equals("Bearer " + TOKEN)) {
            return error(403, 10000, "Authentication error");
        }
        if (!hook.path().equals("/zones/" + ZONE + "/purge_cache")) {
            return error(
                    404, 7003, "Could not route to " + hook.path() + ", perhaps your object identifier is invalid?");
        }
        if (left.getAndDecrement() <= 0) {
            return error(429, 971, "Please wait and consider throttling your request speed")
                    .with("Retry-After", "1");
        }
        try {
            JsonNode body = JSON.readTree(hook.body());
            for (String kind : MOST.keySet()) {
                JsonNode targets = body.path(kind);
                if (targets.isMissingNode()) {
                    continue;
                }
                if (!tagsAllowed && kind.equals("tags")) {
                    return error(403, 1107, "Only enterprise zones can purge by tag.");
                }
                if (targets.size() > MOST.get(kind)) {
                    return error(400, 1093, "You may only purge " + MOST.get(kind) + " at a time");
                }
                for (JsonNode target : targets) {
                    boolean whole = target.asText().matches("https?://www\\.example\\.com/.*");
                    if (kind.equals("files") && !whole) {
                        return error(400, 1016, "Unable to purge " + target.asText() + ", which is an invalid URL.");
                    }
                }
                targets.forEach(target -> purged.add(kind + " " + target.asText()));
            }
            return Answer.of(
                    200, "{\"success\":true,\"errors\":[],\"messages\":[],\"result\":{\"id\":\"" + ZONE + "\"}}");
        } catch (IOException e) {
            return error(400, 1012, "Request must contain one of \\\"purge_everything\\\" or \\\"files\\\"");
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
