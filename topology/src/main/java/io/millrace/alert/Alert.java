package io.millrace.alert;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * Something that was found to be as it should not be. Immutable.
 *
 * @param what what was looked at
 * @param name of which topic or sink
 * @param value what was found when it began; ages in seconds
 * @param threshold the most that is allowed
 * @param sinceMs when that began, milliseconds since the epoch
 * @param resolvedMs when it was over; 0 while it is not
 * @param told whether the server knows that it began
 */
record Alert(What what, String name, double value, double threshold, long sinceMs, long resolvedMs, boolean told) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What is looked at. */
    enum What {
        DEAD_LETTERS_PER_MINUTE("dead.letters.per.minute", "topic"),
        DEAD_LETTER_AGE("dead.letter.age", "topic"),
        SINK_LAG("sink.lag", "sink"),
        SINK_DOWN("sink.down", "sink"),
        SINK_BREAKER("sink.breaker", "sink"),
        SCALING_BUDGET("scaling.budget", "service");

        private final String label;
        private final String of;

        What(String label, String of) {
            this.label = label;
            this.of = of;
        }

        String label() {
            return label;
        }
    }

    /** By which an alert is known while there is one of it. */
    String key() {
        return what.label + " " + name;
    }

    boolean isResolved() {
        return resolvedMs > 0;
    }

    Alert resolvedAt(long ms) {
        return new Alert(what, name, value, threshold, sinceMs, ms, told);
    }

    Alert asTold() {
        return new Alert(what, name, value, threshold, sinceMs, resolvedMs, true);
    }

    /** What identifies the message that is due: that it began, or that it is over. */
    String idempotencyKey(String pipeline) {
        return id(pipeline) + "-" + state();
    }

    private String id(String pipeline) {
        return pipeline + "-" + what.label + "-" + name + "-" + sinceMs;
    }

    private String state() {
        return told && isResolved() ? "resolved" : "firing";
    }

    /** The message that is due. */
    String message(String pipeline) {
        ObjectNode message = JSON.createObjectNode()
                .put("id", id(pipeline))
                .put("pipeline", pipeline)
                .put("state", state())
                .put("what", what.label)
                .put(what.of, name)
                .put("value", value)
                .put("threshold", threshold)
                .put("since", Instant.ofEpochMilli(sinceMs).toString());
        if (state().equals("resolved")) {
            message.put("resolved_at", Instant.ofEpochMilli(resolvedMs).toString());
        }
        return message.toString();
    }

    /** As it is recorded. */
    String json() {
        return JSON.createObjectNode()
                .put("what", what.name())
                .put("name", name)
                .put("value", value)
                .put("threshold", threshold)
                .put("since", sinceMs)
                .put("resolved", resolvedMs)
                .put("told", told)
                .toString();
    }

    /** Reads what {@link #json} writes. */
    static Alert parse(String json) throws JsonProcessingException {
        JsonNode node = JSON.readTree(json);
        return new Alert(
                What.valueOf(node.path("what").asText()),
                node.path("name").asText(),
                node.path("value").asDouble(),
                node.path("threshold").asDouble(),
                node.path("since").asLong(),
                node.path("resolved").asLong(),
                node.path("told").asBoolean());
    }
}
