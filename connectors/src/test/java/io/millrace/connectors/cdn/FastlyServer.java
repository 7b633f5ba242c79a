package io.millrace.connectors.cdn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.connectors.http.HookServer;
import io.millrace.connectors.http.HookServer.Answer;
import io.millrace.connectors.http.HookServer.Hook;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Fastly's API as its reference has it: purges of surrogate keys in one request, and of single URLs. */
final class FastlyServer implements AutoCloseable {
    static final String TOKEN = "fastly-token";
    static final String SERVICE = "SU1Z0isxPaozGVKXdv0eY";
    private static final int KEYS = 256;
    private static final int KEY_BYTES = 1_024;
    private static final ObjectMapper JSON = new ObjectMapper();

    final HookServer http;
    /** What was purged: keys and URLs, softly where they begin with ~. */
    final List<String> purged = Collections.synchronizedList(new ArrayList<>());
    /** The requests that are left in this hour. */
    final AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);

    FastlyServer() throws IOException {
        http = new HookServer();
        http.answers = this::answer;
    }

    private Answer answer(Hook hook) {
        if (!TOKEN.equals(hook.header("Fastly-Key"))) {
            return Answer.of(401, "{\"msg\":\"Provided credentials are missing or invalid\"}");
        }
        if (left.getAndDecrement() <= 0) {
            return Answer.of(429, "{\"msg\":\"You have exceeded your rate limit\"}")
                    .with("Fastly-RateLimit-Remaining", "0")
                    .with("Fastly-RateLimit-Reset", Long.toString(Instant.now().getEpochSecond() + 2));
        }
        String soft = "1".equals(hook.header("Fastly-Soft-Purge")) ? "~" : "";
        if (hook.path().startsWith("/purge/") && !hook.path().startsWith("/purge/www.example.com/")) {
            return Answer.of(404, "{\"msg\":\"Record not found\",\"detail\":\"Cannot find service\"}");
        }
        if (hook.path().startsWith("/purge/")) {
            purged.add(soft + hook.target().substring("/purge/".length()));
            return Answer.of(200, "{\"status\":\"ok\",\"id\":\"108-1391560174-974124\"}");
        }
        if (!hook.path().equals("/service/" + SERVICE + "/purge")
                || !hook.method().equals("POST")) {
            return Answer.of(404, "{\"msg\":\"Record not found\",\"detail\":\"Cannot load service\"}");
        }
        try {
            JsonNode keys = JSON.readTree(hook.body()).path("surrogate_keys");
            if (keys.isEmpty() || keys.size() > KEYS) {
                return Answer.of(400, "{\"msg\":\"Bad request\",\"detail\":\"Too many surrogate keys\"}");
            }
            var answer = JSON.createObjectNode();
            for (JsonNode key : keys) {
                if (key.asText().length() > KEY_BYTES) {
                    return Answer.of(400, "{\"msg\":\"Bad request\",\"detail\":\"Surrogate key is too long\"}");
                }
                answer.put(key.asText(), "108-1391560174-" + purged.size());
            }
            keys.forEach(key -> purged.add(soft + key.asText()));
            return Answer.of(200, answer.toString());
        } catch (IOException e) {
            return Answer.of(400, "{\"msg\":\"Bad request\"}");
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
