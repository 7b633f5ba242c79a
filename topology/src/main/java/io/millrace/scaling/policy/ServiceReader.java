package io.millrace.scaling.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.yaml.snakeyaml.nodes.Node;

/** Reads one service of a policy file. */
final class ServiceReader {
    private static final int MOST_INSTANCES = 100_000;
    private static final double UNBOUNDED = Double.MAX_VALUE;
    private static final long DEFAULT_GRACE_MS = 5_000;
    private static final long DEFAULT_PREDICTION_STEP_MS = 300_000;
    private static final double DEFAULT_MAX_ERROR = 0.3;
    private static final double DEFAULT_LATENCY_MS = 50;
    private static final double DEFAULT_MAX_LATENCY_MS = 500;
    private static final long DAY_MS = 86_400_000;

    private final String name;
    private final YamlMapping yaml;
    private final List<MetricSource> sources = new ArrayList<>();

    ServiceReader(String name, Node node, Mistakes mistakes) {
        this.name = name;
        this.yaml = new YamlMapping(node, "service " + name, mistakes);
    }

    ServicePolicy read() {
        yaml.require("minInstances", "say how many instances there are at least");
        yaml.require("maxInstances", "say how many instances there are at most");
        int min = yaml.count("minInstances", 1, 0, MOST_INSTANCES);
        int max = yaml.count("maxInstances", Math.max(1, min), 1, MOST_INSTANCES);
        if (max < min) {
            yaml.error("maxInstances", "maxInstances, " + max + ", is less than minInstances, " + min, null);
        }
        List<Rule> rules = new ArrayList<>();
        RuleReader reader = new RuleReader(yaml);
        rules.addAll(reader.policies());
        rules.addAll(reader.triggers());
        List<String> tracked = rules.stream()
                .filter(Rule.TargetTracking.class::isInstance)
                .map(rule -> rule.query().metric())
                .distinct()
                .toList();
        List<Schedule> schedules = new ScheduleReader(yaml, max, tracked).schedules();
        Behavior behavior = behavior(reader.kubernetes());
        ServicePolicy policy = new ServicePolicy(
                name,
                min,
                Math.max(min, max),
                yaml.durationMs("warmup", 0, 0),
                yaml.durationMs("gracePeriod", DEFAULT_GRACE_MS, 0),
                rules,
                behavior,
                schedules,
                yaml.mapping("prediction", "prediction").map(this::prediction),
                yaml.mapping("costs", "costs").map(ServiceReader::costs).orElse(Costs.NONE),
                yaml.text("scaleInProtection"),
                yaml.mapping("model", "model").flatMap(ServiceReader::model));
        boolean nothing = !yaml.has("policies") && !yaml.has("triggers") && !yaml.has("schedules");
        if (nothing) {
            yaml.error(
                    "policies",
                    "service " + name + " has neither policies nor triggers nor schedules, so nothing scales it",
                    "add policies:, for example - { policy: TargetTracking, targetMetric: CPUUtilization, targetValue: 60 }");
        }
        boolean tracks = rules.stream().anyMatch(Rule.TargetTracking.class::isInstance);
        if (policy.prediction().isPresent() && !tracks) {
            yaml.error(
                    "prediction",
                    "a prediction needs a TargetTracking policy, whose target says what an instance bears",
                    null);
        }
        sources.addAll(new SourceReader(name, yaml).sources());
        yaml.warnOfUnknown();
        return policy;
    }

    /** Where its metrics are asked for; known once it is read. */
    List<MetricSource> sources() {
        return sources;
    }

    private Behavior behavior(boolean kubernetes) {
        Behavior otherwise = kubernetes ? Behavior.KUBERNETES : Behavior.UNLIMITED;
        Behavior behavior = yaml.mapping("behavior", "behavior")
                .map(given -> {
                    Behavior read = new Behavior(
                            direction(given, "scaleUp", otherwise.scaleUp()),
                            direction(given, "scaleDown", otherwise.scaleDown()));
                    given.warnOfUnknown();
                    return read;
                })
                .orElse(otherwise);
        return yaml.duration("scaleDownDelay", 0).stream()
                .mapToObj(behavior::withScaleDownWindow)
                .findFirst()
                .orElse(behavior);
    }

    private static Behavior.Direction direction(YamlMapping behavior, String key, Behavior.Direction otherwise) {
        return behavior.mapping(key, key)
                .map(given -> {
                    List<Behavior.SpeedLimit> limits = new ArrayList<>();
                    for (YamlMapping limit : given.mappings("policies", "a policy of " + key)) {
                        limit.require("type", "Pods or Percent");
                        limit.require("value", "say how many, or how many of a hundred");
                        limit.require("periodSeconds", "say in how many seconds");
                        limits.add(new Behavior.SpeedLimit(
                                limit.choice("type", Behavior.Unit.class, "Pods, Percent")
                                        .orElse(Behavior.Unit.PODS),
                                limit.count("value", 1, 1, MOST_INSTANCES),
                                limit.durationMs("periodSeconds", 1000, 1000)));
                        limit.warnOfUnknown();
                    }
                    Behavior.Direction read = new Behavior.Direction(
                            given.durationMs("stabilizationWindowSeconds", otherwise.stabilizationWindowMs(), 0),
                            given.choice("selectPolicy", Behavior.SelectPolicy.class, "Max, Min, Disabled")
                                    .orElse(Behavior.SelectPolicy.MAX),
                            given.has("policies") ? limits : otherwise.limits());
                    given.warnOfUnknown();
                    return read;
                })
                .orElse(otherwise);
    }

    private Prediction prediction(YamlMapping given) {
        Optional<String> season = given.text("season");
        long seasonMs =
                switch (season.orElse("week")) {
                    case "day" -> DAY_MS;
                    case "week" -> 7 * DAY_MS;
                    default -> {
                        given.error("season", "season is '" + season.get() + "', not day or week", null);
                        yield DAY_MS;
                    }
                };
        long stepMs = given.durationMs("step", DEFAULT_PREDICTION_STEP_MS, 60_000);
        if (DAY_MS % stepMs != 0) {
            given.error("step", "step must go into a day without a rest", "write 5m, 15m or 1h");
            stepMs = DEFAULT_PREDICTION_STEP_MS;
        }
        Prediction prediction = new Prediction(
                given.choice("method", Prediction.Method.class, "HoltWinters, SeasonalNaive")
                        .orElse(Prediction.Method.HOLT_WINTERS),
                seasonMs,
                stepMs,
                given.number("maxError", DEFAULT_MAX_ERROR, 0, 10),
                given.choice("mode", Prediction.Mode.class, "ForecastAndScale, Replace, ForecastOnly")
                        .orElse(Prediction.Mode.FORECAST_AND_SCALE));
        given.warnOfUnknown();
        return prediction;
    }

    private static Costs costs(YamlMapping given) {
        OptionalDouble hour = given.number("pricePerInstanceHour", 0, UNBOUNDED);
        OptionalDouble month = given.number("pricePerInstanceMonth", 0, UNBOUNDED);
        if (hour.isPresent() && month.isPresent()) {
            given.error(
                    "pricePerInstanceMonth",
                    "an instance's price is given twice",
                    "give pricePerInstanceHour or pricePerInstanceMonth");
        }
        double spotShare = 0;
        double spotDiscount = 0;
        double interruptions = 0;
        Optional<YamlMapping> spot = given.mapping("spot", "spot");
        if (spot.isPresent()) {
            spotShare = spot.get().number("share", 0, 0, 1);
            spotDiscount = spot.get().number("discount", 0, 0, 1);
            interruptions = spot.get().number("interruptionsPerHour", 0, 0, 1);
            spot.get().warnOfUnknown();
        }
        OptionalDouble most = given.number("maxMonthlyCost", 0, UNBOUNDED);
        double price = hour.orElse(month.orElse(0) / Costs.HOURS_PER_MONTH);
        if (most.isPresent() && price == 0) {
            given.error("maxMonthlyCost", "maxMonthlyCost needs the price of an instance", "add pricePerInstanceHour");
        }
        Costs costs = new Costs(
                price, given.number("fixedPerMonth", 0, 0, UNBOUNDED), most, spotShare, spotDiscount, interruptions);
        given.warnOfUnknown();
        return costs;
    }

    private static Optional<ServiceModel> model(YamlMapping given) {
        given.require("load", "name the metric that is the work that comes");
        given.require("capacityPerInstance", "say how much of it an instance does");
        Optional<String> load = given.text("load");
        OptionalDouble capacity = given.number("capacityPerInstance", 0.000_001, UNBOUNDED);
        ServiceModel model = new ServiceModel(
                load.orElse(""),
                capacity.orElse(1),
                given.durationMs("per", 1000, 1),
                given.number("latencyMs", DEFAULT_LATENCY_MS, 0, UNBOUNDED),
                given.number("maxLatencyMs", DEFAULT_MAX_LATENCY_MS, 0, UNBOUNDED),
                given.number("maxQueue", 0, UNBOUNDED));
        given.warnOfUnknown();
        return load.isPresent() ? Optional.of(model) : Optional.empty();
    }

    /** A count that may be left out. */
    static OptionalInt count(YamlMapping given, String key) {
        return given.count(key, 0, MOST_INSTANCES);
    }
}
