package io.millrace.scaling.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads a service's policies and triggers. */
final class RuleReader {
    private static final double UNBOUNDED = Double.MAX_VALUE;
    private static final double KUBERNETES_TOLERANCE = 0.1;
    private static final long KUBERNETES_PERIOD_MS = 15_000;
    private static final int MOST_PERIODS = 1000;
    private static final String STATISTICS = "avg, sum, min, max or a percentile such as p99";

    private final YamlMapping service;
    private final Set<String> names = new HashSet<>();
    private boolean kubernetes;

    RuleReader(YamlMapping service) {
        this.service = service;
    }

    /** Whether a policy follows Kubernetes' algorithm; known once policies are read. */
    boolean kubernetes() {
        return kubernetes;
    }

    /** The rules of {@code policies}. */
    List<Rule> policies() {
        List<Rule> rules = new ArrayList<>();
        for (YamlMapping given : service.mappings("policies", "a policy")) {
            given.require("policy", "one of TargetTracking, StepScaling, SimpleScaling, HorizontalPodAutoscaler");
            String kind = given.text("policy").orElse("");
            switch (kind) {
                case "TargetTracking" -> targetTracking(given).ifPresent(rules::add);
                case "StepScaling" -> stepScaling(given).ifPresent(rules::add);
                case "SimpleScaling" ->
                    threshold(given, "SimpleScaling", Optional.empty()).ifPresent(rules::add);
                case "HorizontalPodAutoscaler" -> rules.addAll(kubernetes(given));
                case "" -> {
                    // Told of already.
                }
                default ->
                    given.error(
                            "policy",
                            "there is no policy " + kind,
                            "write TargetTracking, StepScaling, SimpleScaling or HorizontalPodAutoscaler");
            }
            given.warnOfUnknown();
        }
        return rules;
    }

    /** The rules of {@code triggers}: those that add and those that remove. */
    List<Rule> triggers() {
        List<Rule> rules = new ArrayList<>();
        for (YamlMapping triggers : service.mappings("triggers", "triggers")) {
            for (YamlMapping given : triggers.mappings("scaleOut", "a scaleOut trigger")) {
                threshold(given, "scaleOut", Optional.of(Adjustment.Kind.ADD)).ifPresent(rules::add);
                given.warnOfUnknown();
            }
            for (YamlMapping given : triggers.mappings("scaleIn", "a scaleIn trigger")) {
                threshold(given, "scaleIn", Optional.of(Adjustment.Kind.REMOVE)).ifPresent(rules::add);
                given.warnOfUnknown();
            }
            triggers.warnOfUnknown();
        }
        return rules;
    }

    private Optional<Rule> targetTracking(YamlMapping given) {
        given.require("targetMetric", "name the metric that is kept at a value");
        given.require("targetValue", "say at which value it is kept");
        Optional<String> metric = given.text("targetMetric");
        double target = given.number("targetValue", 1, 0.000_001, UNBOUNDED);
        Rule.TargetForm form = given.choice("targetType", Rule.TargetForm.class, "Value, AverageValue")
                .orElse(Rule.TargetForm.VALUE);
        MetricQuery query = query(
                given,
                metric.orElse(""),
                form == Rule.TargetForm.AVERAGE_VALUE ? Statistic.SUM : Statistic.AVERAGE,
                ServicePolicy.DEFAULT_PERIOD_MS);
        if (query.missingData() == MissingData.BREACHING || query.missingData() == MissingData.NOT_BREACHING) {
            given.error("missingData", "a target has no threshold to be crossed", "write missing or ignore");
        }
        long cooldownMs = given.durationMs("cooldown", 0, 0);
        Rule rule = new Rule.TargetTracking(
                name(given, "TargetTracking " + metric.orElse("")),
                query,
                target,
                form,
                given.number("tolerance", 0, 0, 1),
                given.durationMs("scaleOutCooldown", cooldownMs, 0),
                given.durationMs("scaleInCooldown", cooldownMs, 0),
                !given.flag("disableScaleIn", false));
        return metric.map(known -> rule);
    }

    private Optional<Rule> stepScaling(YamlMapping given) {
        given.require("metric", "name the metric whose ranges the steps are");
        given.require("steps", "write - { metricRange: [70, 80], action: add 1 instance } and so on");
        Optional<String> metric = given.text("metric");
        List<Rule.Step> steps = new ArrayList<>();
        for (YamlMapping step : given.mappings("steps", "a step")) {
            step.require("metricRange", "write [from, to], or [from] for a range without an end");
            List<Double> range = step.numbers("metricRange");
            if (!range.isEmpty() && (range.size() > 2 || range.size() == 2 && range.get(0) >= range.get(1))) {
                step.error("metricRange", "a range is [from, to], the lower number first", null);
                range = List.of();
            }
            Optional<Adjustment> action = adjustment(step);
            if (!range.isEmpty() && action.isPresent()) {
                double to = range.size() == 2 ? range.get(1) : Double.POSITIVE_INFINITY;
                steps.add(new Rule.Step(range.get(0), to, action.get()));
            }
            step.warnOfUnknown();
        }
        steps.sort(Comparator.comparingDouble(Rule.Step::from));
        for (int i = 1; i < steps.size(); i++) {
            if (steps.get(i).from() < steps.get(i - 1).to()) {
                given.error(
                        "steps", "two ranges overlap at " + steps.get(i).from(), "let one begin where the other ends");
            }
        }
        Rule rule = new Rule.StepScaling(
                name(given, "StepScaling " + metric.orElse("")),
                query(given, metric.orElse(""), Statistic.AVERAGE, ServicePolicy.DEFAULT_PERIOD_MS),
                steps,
                given.durationMs("cooldown", 0, 0));
        return metric.map(known -> rule);
    }

    private Optional<Rule> threshold(YamlMapping given, String kind, Optional<Adjustment.Kind> wanted) {
        given.require("metric", "name the metric that is held against the threshold");
        given.require("threshold", "say beyond which value it acts");
        Optional<String> metric = given.text("metric");
        double threshold = given.number("threshold", 0, -UNBOUNDED, UNBOUNDED);
        Optional<Adjustment> action = adjustment(given);
        if (action.isPresent() && action.get().kind() == Adjustment.Kind.SET) {
            given.error(
                    "action", "a threshold's action adds or removes", "write add N instances or remove N instances");
        } else if (action.isPresent() && wanted.isPresent() && action.get().kind() != wanted.get()) {
            given.error(
                    "action",
                    kind + " cannot " + action.get(),
                    "write " + wanted.get().name().toLowerCase(Locale.ROOT) + " N instances");
        }
        Rule.Threshold rule = new Rule.Threshold(
                name(given, kind + " " + metric.orElse("")),
                query(given, metric.orElse(""), Statistic.AVERAGE, ServicePolicy.DEFAULT_PERIOD_MS),
                threshold,
                action.orElse(new Adjustment(Adjustment.Kind.ADD, 0, false)),
                given.durationMs("cooldown", 0, 0));
        return metric.isPresent() && action.isPresent() ? Optional.of(rule) : Optional.empty();
    }

    /** A rule for each metric of a HorizontalPodAutoscaler. */
    private List<Rule> kubernetes(YamlMapping given) {
        kubernetes = true;
        given.require("metrics", "write - { metric: CPUUtilization, type: Utilization, target: 80 }");
        double tolerance = given.number("tolerance", KUBERNETES_TOLERANCE, 0, 1);
        List<Rule> rules = new ArrayList<>();
        for (YamlMapping metric : given.mappings("metrics", "a metric")) {
            metric.require("metric", "name it");
            metric.require("target", "say at which value it is kept");
            Rule.TargetForm form = metric.choice("type", Rule.TargetForm.class, "Utilization, AverageValue, Value")
                    .orElse(Rule.TargetForm.UTILIZATION);
            String name = metric.text("metric").orElse("");
            rules.add(new Rule.TargetTracking(
                    name(metric, "HorizontalPodAutoscaler " + name),
                    query(
                            metric,
                            name,
                            form == Rule.TargetForm.AVERAGE_VALUE ? Statistic.SUM : Statistic.AVERAGE,
                            KUBERNETES_PERIOD_MS),
                    metric.number("target", 1, 0.000_001, UNBOUNDED),
                    form,
                    tolerance,
                    0,
                    0,
                    true));
            metric.warnOfUnknown();
        }
        return rules;
    }

    private Optional<Adjustment> adjustment(YamlMapping given) {
        given.require("action", "write add 2 instances, remove 1 instance or add 10 %");
        return given.text("action").flatMap(text -> {
            Optional<Adjustment> action = Adjustment.parse(text);
            if (action.isEmpty()) {
                given.error(
                        "action",
                        "'" + text + "' is no action",
                        "write add 2 instances, remove 1 instance, add 10 % or set 5 instances");
            }
            return action;
        });
    }

    private static MetricQuery query(YamlMapping given, String metric, Statistic otherwise, long periodMs) {
        Statistic statistic = given.text("statistic")
                .map(text -> Statistic.named(text).orElseGet(() -> {
                    given.error("statistic", "there is no statistic " + text, "write " + STATISTICS);
                    return otherwise;
                }))
                .orElse(otherwise);
        long period = given.durationMs("period", periodMs, 1000);
        if (period % 1000 != 0) {
            given.error("period", "a period is whole seconds", null);
        }
        return new MetricQuery(
                metric,
                statistic,
                period,
                given.count("evaluationPeriods", 1, 1, MOST_PERIODS),
                given.choice("missingData", MissingData.class, "missing, ignore, breaching, notBreaching")
                        .orElse(MissingData.MISSING));
    }

    /** Its name, or what it is; a second one of the same gets a number. */
    private String name(YamlMapping given, String otherwise) {
        String name = given.text("name").orElse(otherwise).strip();
        String unique = name;
        for (int i = 2; !names.add(unique); i++) {
            unique = name + " " + i;
        }
        return unique;
    }
}
