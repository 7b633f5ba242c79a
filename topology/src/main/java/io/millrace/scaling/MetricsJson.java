package io.millrace.scaling;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Samples as JSON: {@code {"service": "web", "instance": "web-1", "name": "CPUUtilization", "value": 81.5, "time":
 * "2026-11-27T18:00:00Z"}}; several metrics at once as {@code "values": {name: value, ...}}; what somebody wants as
 * {@code "control": "pause"}, {@code "resume"}, {@code "set"}, {@code "tick"}. A time may be milliseconds since 1970; without one
 * the record's counts. {@code "tick"} beside values is a later time that has come as well.
 */
public final class MetricsJson {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> CONTROLS =
            Map.of("pause", Sample.PAUSE, "resume", Sample.RESUME, "set", Sample.SET, "tick", Sample.TICK);

    /** Names are written to the state as Java writes UTF, which has room for 65,535 bytes. */
    private static final int MOST_CHARACTERS = 1_000;

    private MetricsJson() {}

    /** A record that is none of the forms. */
    public static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;

        Unreadable(String message) {
            super(message);
        }
    }

    /** The samples of a record. */
    public static List<Sample> read(byte[] record, long recordTimeMs) throws Unreadable {
        JsonNode json = parse(record);
        String service = text(json, "service", true);
        String instance = text(json, "instance", false);
        long timeMs = time(json.path("time"), recordTimeMs);
        List<Sample> samples = new ArrayList<>();
        if (json.has("control")) {
            String control = CONTROLS.get(text(json, "control", true));
            if (control == null) {
                throw new Unreadable("control is none of pause, resume, set and tick");
            }
            double value = control.equals(Sample.SET) ? number("value", json.path("value")) : 0;
            samples.add(new Sample(service, "", control, value, timeMs));
        } else if (json.path("values").isObject()) {
            for (Map.Entry<String, JsonNode> each : json.path("values").properties()) {
                if (each.getKey().length() > MOST_CHARACTERS) {
                    throw new Unreadable("a name is longer than " + MOST_CHARACTERS + " characters");
                }
                samples.add(
                        new Sample(service, instance, each.getKey(), number(each.getKey(), each.getValue()), timeMs));
            }
            if (json.has("tick")) {
                samples.add(Sample.tick(service, time(json.path("tick"), timeMs)));
            }
            if (samples.isEmpty()) {
                throw new Unreadable("values is empty");
            }
        } else {
            samples.add(new Sample(
                    service, instance, text(json, "name", true), number("value", json.path("value")), timeMs));
        }
        return samples;
    }

    /** The service of a record. */
    static String service(byte[] record) throws Unreadable {
        return text(parse(record), "service", true);
    }

    private static JsonNode parse(byte[] record) throws Unreadable {
        try {
            JsonNode json = record == null ? null : JSON.readTree(record);
            if (json == null || !json.isObject()) {
                throw new Unreadable("is no JSON object");
            }
            return json;
        } catch (JsonProcessingException e) {
            throw new Unreadable("is no JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new Unreadable("is no JSON: " + e.getMessage());
        }
    }

    private static String text(JsonNode json, String field, boolean needed) throws Unreadable {
        JsonNode value = json.path(field);
        if (value.isTextual() && value.textValue().length() > MOST_CHARACTERS) {
            throw new Unreadable(field + " is longer than " + MOST_CHARACTERS + " characters");
        }
        if (value.isTextual() && !(needed && value.textValue().isEmpty())) {
            return value.textValue();
        }
        if (!needed && (value.isMissingNode() || value.isNull())) {
            return "";
        }
        throw new Unreadable(field + (value.isMissingNode() ? " is missing" : " is no text"));
    }

    private static double number(String field, JsonNode value) throws Unreadable {
        if (!value.isNumber()) {
            throw new Unreadable(field + (value.isMissingNode() ? " is missing" : " is no number"));
        }
        if (!Double.isFinite(value.doubleValue())) {
            throw new Unreadable(field + " is too large");
        }
        return value.doubleValue();
    }

    private static long time(JsonNode value, long otherwiseMs) throws Unreadable {
        if (value.isMissingNode() || value.isNull()) {
            return otherwiseMs;
        }
        if (value.isIntegralNumber()) {
            return value.longValue();
        }
        try {
            return OffsetDateTime.parse(value.asText()).toInstant().toEpochMilli();
        } catch (DateTimeException e) {
            throw new Unreadable("time is neither milliseconds nor as 2026-11-27T18:00:00Z");
        }
    }

    /** A record of several metrics of a service, and of a time that has come as well. */
    public static byte[] write(String service, Map<String, Double> values, long timeMs, long tickMs) {
        return bytes(json(service, values, timeMs).put("tick", tickMs));
    }

    /** A record of several metrics of a service. */
    public static byte[] write(String service, Map<String, Double> values, long timeMs) {
        return bytes(json(service, values, timeMs));
    }

    private static ObjectNode json(String service, Map<String, Double> values, long timeMs) {
        ObjectNode json = JSON.createObjectNode().put("service", service).put("time", timeMs);
        ObjectNode named = json.putObject("values");
        values.forEach(named::put);
        return json;
    }

    /** A record of one sample. */
    public static byte[] write(Sample sample) {
        ObjectNode json = JSON.createObjectNode();
        json.put("service", sample.service()).put("name", sample.name()).put("value", sample.value());
        if (!sample.instance().isEmpty()) {
            json.put("instance", sample.instance());
        }
        return bytes(json.put("time", sample.timeMs()));
    }

    /** A record of what somebody wants. */
    public static byte[] control(String service, String control, double value, long timeMs) {
        ObjectNode json = JSON.createObjectNode();
        json.put("service", service).put("control", control).put("value", value).put("time", timeMs);
        return bytes(json);
    }

    private static byte[] bytes(ObjectNode json) {
        try {
            return JSON.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
