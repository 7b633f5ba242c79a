package io.millrace.scaling;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.scaling.Decision.Action;
import io.millrace.scaling.Decision.Reading;
import io.millrace.scaling.Decision.Restraint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Decisions as JSON. */
public final class DecisionJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private DecisionJson() {}

    /** A decision as a record's value. */
    public static byte[] write(Decision decision) {
        ObjectNode json = JSON.createObjectNode();
        json.put("id", decision.id())
                .put("service", decision.service())
                .put("time", Instant.ofEpochMilli(decision.timeMs()).toString())
                .put("action", decision.action().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .put("from", decision.from())
                .put("to", decision.to())
                .put("rule", decision.rule());
        ArrayNode readings = json.putArray("readings");
        for (Reading reading : decision.readings()) {
            ObjectNode each = readings.addObject();
            each.put("rule", reading.rule()).put("metric", reading.metric()).put("statistic", reading.statistic());
            number(each, "value", reading.value());
            number(each, "threshold", reading.threshold());
            if (reading.demand() >= 0) {
                each.put("demand", reading.demand());
            }
        }
        ArrayNode overrode = json.putArray("overrode");
        for (Restraint override : decision.overrode()) {
            overrode.addObject()
                    .put("by", override.by())
                    .put("from", override.from())
                    .put("to", override.to());
        }
        json.put("replaces", decision.replaces());
        try {
            return JSON.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void number(ObjectNode json, String name, double value) {
        if (!Double.isNaN(value)) {
            json.put(name, value);
        }
    }

    /** A decision from a record's value. */
    public static Decision read(byte[] value) {
        JsonNode json;
        try {
            json = JSON.readTree(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<Reading> readings = new ArrayList<>();
        for (JsonNode each : json.path("readings")) {
            readings.add(new Reading(
                    each.path("rule").asText(),
                    each.path("metric").asText(),
                    each.path("statistic").asText(),
                    each.path("value").asDouble(Double.NaN),
                    each.path("threshold").asDouble(Double.NaN),
                    each.path("demand").asInt(-1)));
        }
        List<Restraint> overrode = new ArrayList<>();
        for (JsonNode each : json.path("overrode")) {
            overrode.add(new Restraint(
                    each.path("by").asText(),
                    each.path("from").asInt(),
                    each.path("to").asInt()));
        }
        return new Decision(
                json.path("id").asText(),
                json.path("service").asText(),
                Instant.parse(json.path("time").asText()).toEpochMilli(),
                Action.valueOf(
                        json.path("action").asText().toUpperCase(Locale.ROOT).replace('-', '_')),
                json.path("from").asInt(),
                json.path("to").asInt(),
                json.path("rule").asText(),
                readings,
                overrode,
                json.path("replaces").asText());
    }
}
