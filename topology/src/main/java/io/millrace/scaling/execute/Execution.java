package io.millrace.scaling.execute;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * What became of the decision on a service that was last carried out at a place. Immutable.
 *
 * @param executor which place
 * @param service which service
 * @param decision the decision's id
 * @param decidedMs when it was made
 * @param state what became of it
 * @param to how many instances it wants
 * @param left how many this executor left there last, or went on from; -1 where it never did
 * @param actual how many there are; -1 where the place does not say
 * @param sinceMs since when it is so
 * @param message what a person should know; empty for nothing
 */
public record Execution(
        String executor,
        String service,
        String decision,
        long decidedMs,
        State state,
        int to,
        int left,
        int actual,
        long sinceMs,
        String message) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** What became of a decision. */
    public enum State {
        /** It is being carried out: whoever finds this in the account does not know how far that went. */
        STARTED,
        DONE,
        /** It was not carried out, and lies in the dead letters. */
        FAILED,
        /** It would have been carried out. */
        DRY_RUN,
        /** Somebody else has changed how many there are; this executor keeps away. */
        YIELDED;

        /** As it is written. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** By which the newest of it is kept. */
    String key() {
        return service + " " + executor;
    }

    Execution with(State newState, int newActual, long nowMs, String newMessage) {
        int newLeft = newState == State.DONE ? to : left;
        return new Execution(
                executor, service, decision, decidedMs, newState, to, newLeft, newActual, nowMs, newMessage);
    }

    /** The same, gone on from the number that is there, where that is known. */
    Execution from(OptionalInt there) {
        return new Execution(
                executor, service, decision, decidedMs, state, to, there.orElse(left), actual, sinceMs, message);
    }

    String json() {
        return JSON.createObjectNode()
                .put("executor", executor)
                .put("service", service)
                .put("decision", decision)
                .put("decided", Instant.ofEpochMilli(decidedMs).toString())
                .put("state", state.label())
                .put("to", to)
                .put("left", left)
                .put("actual", actual)
                .put("since", Instant.ofEpochMilli(sinceMs).toString())
                .put("message", message)
                .toString();
    }

    /** Reads what {@link #json} writes. */
    static Execution parse(byte[] json) throws IOException {
        JsonNode node = json == null ? null : JSON.readTree(json);
        if (node == null || !node.isObject()) {
            throw new IOException("no JSON object");
        }
        try {
            return new Execution(
                    node.path("executor").asText(),
                    node.path("service").asText(),
                    node.path("decision").asText(),
                    Instant.parse(node.path("decided").asText()).toEpochMilli(),
                    State.valueOf(
                            node.path("state").asText().toUpperCase(Locale.ROOT).replace('-', '_')),
                    node.path("to").asInt(),
                    node.path("left").asInt(-1),
                    node.path("actual").asInt(-1),
                    Instant.parse(node.path("since").asText()).toEpochMilli(),
                    node.path("message").asText());
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
