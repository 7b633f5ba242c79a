package io.millrace.scaling;

import io.millrace.scaling.Decision.Action;
import io.millrace.scaling.Decision.Reading;
import io.millrace.scaling.Decision.Restraint;
import io.millrace.scaling.ServiceState.Change;
import io.millrace.scaling.ServiceState.Opinion;
import io.millrace.scaling.ServiceState.SampleKey;
import io.millrace.scaling.ServiceState.Sighting;
import io.millrace.scaling.ServiceState.Warming;
import io.millrace.scaling.policy.Behavior;
import io.millrace.scaling.policy.Prediction.Mode;
import io.millrace.scaling.policy.Rule;
import io.millrace.scaling.policy.ServicePolicy;
import io.millrace.scaling.policy.Statistic;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;

/**
 * Decides how many instances a service is to have: {@code apply(sample, state) -> decisions}. Time is the samples' own, in steps.
 * A step is sealed when a sample comes that is newer than its end by more than the grace period, and then decided on; a sample of
 * a sealed step is too late and changes nothing. So the same samples lead to the same decisions, in whatever order they come
 * within the grace period, however often, and with restarts between any two of them.
 *
 * <p>Of all rules the one that demands most wins when that is more than there are; there are fewer only when all rules agree, by
 * the one that still demands most. The number then passes, in this order: the forecast, which only raises it; the stabilization
 * windows; the schedules' bounds; protection against shrinking; limits of speed; a pause; the budget; and the service's own
 * bounds. The decision names each that changed it.
 */
public final class DecisionEngine {
    /** For so long counts what was said of a service as a whole: how many instances work, that it must not shrink. */
    private static final long HEEDED_MS = 300_000;

    /** A hole in the samples that is longer than so many steps is not gone through step by step. */
    private static final long MOST_STEPS_AT_ONCE = 100_000;

    /** What the limit to a month's costs is called in decisions. */
    public static final String BUDGET = "budget";

    private static final DateTimeFormatter ID_TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final ServicePolicy policy;
    private final long stepMs;
    private final NavigableSet<String> metrics;
    private final Set<String> percentiles = new HashSet<>();
    private final ScheduleClock schedules;
    private final Budget budget;
    private final long historyMs;

    public DecisionEngine(ServicePolicy policy) {
        this.policy = policy;
        this.stepMs = policy.stepMs();
        this.metrics = policy.metrics();
        this.schedules = new ScheduleClock(policy);
        this.budget = new Budget(policy);
        long longestMs = stepMs;
        for (Rule rule : policy.rules()) {
            longestMs =
                    Math.max(longestMs, rule.query().periodMs() * rule.query().evaluationPeriods());
            if (rule.query().statistic().kind() == Statistic.Kind.PERCENTILE) {
                percentiles.add(rule.query().metric());
            }
        }
        this.historyMs = longestMs;
    }

    /** The policy that it follows. */
    public ServicePolicy policy() {
        return policy;
    }

    /** A service of which nothing is known yet. */
    public ServiceState start() {
        return new ServiceState(policy.prediction()
                .map(each -> new Forecast(each, policy.warmupMs()))
                .orElse(null));
    }

    /** The state from the bytes of {@link ServiceState#encode} and of its forecast, which may be null. */
    ServiceState decode(byte[] state, byte[] forecast) {
        Forecast decoded = policy.prediction()
                .map(each -> forecast == null
                        ? new Forecast(each, policy.warmupMs())
                        : Forecast.decode(forecast, each, policy.warmupMs()))
                .orElse(null);
        return ServiceState.decode(state, decoded);
    }

    /** Takes in a sample, and decides on the steps that end by it. */
    public List<Decision> apply(ServiceState state, Sample sample) {
        return apply(state, sample, sample.timeMs());
    }

    /**
     * The same, where a sample may claim to be newer than it can be: one producer's fast clock would make the others' samples late.
     *
     * @param heardMs when it was heard, by a clock that is everybody's; time moves on no further than that
     */
    public List<Decision> apply(ServiceState state, Sample sample, long heardMs) {
        if (Double.isNaN(sample.value())) {
            return List.of();
        }
        boolean heeded = isHeeded(sample);
        if (sample.timeMs() < state.sealedToMs) {
            if (heeded) {
                state.tooLate();
            }
            return List.of();
        }
        if (heeded) {
            state.keep(new SampleKey(sample.timeMs(), sample.name(), sample.instance()), sample.value());
            if (state.instances < 0) {
                state.earliestMs = Math.min(state.earliestMs, sample.timeMs());
            }
        }
        long timeMs = Math.min(sample.timeMs(), heardMs);
        if (isReport(sample) || timeMs <= state.newestMs) {
            return List.of();
        }
        state.newestMs = timeMs;
        List<Decision> decisions = new ArrayList<>();
        long sealableMs = state.newestMs - policy.gracePeriodMs();
        skipHole(state, sealableMs);
        for (long endMs = nextEnd(state); endMs <= sealableMs; endMs = nextEnd(state)) {
            seal(state, endMs, decisions);
        }
        return decisions;
    }

    private boolean isHeeded(Sample sample) {
        return switch (sample.name()) {
            case Sample.PAUSE, Sample.RESUME, Sample.SET, Sample.READY_INSTANCES, Sample.ORDERED_INSTANCES -> true;
            case Sample.TICK -> false;
            default -> metrics.contains(sample.name());
        };
    }

    /**
     * Whoever runs the instances says how many there are as time goes by; that comes by another way than the metrics do, and must not
     * make those late that wait to be read.
     */
    private static boolean isReport(Sample sample) {
        return sample.name().equals(Sample.READY_INSTANCES) || sample.name().equals(Sample.ORDERED_INSTANCES);
    }

    private long nextEnd(ServiceState state) {
        if (state.sealedToMs != ServiceState.NEVER) {
            // A policy whose steps were others may have sealed up to a time between two of these.
            return Math.floorDiv(state.sealedToMs, stepMs) * stepMs + stepMs;
        }
        long firstMs = Math.min(state.earliestMs, state.newestMs);
        return Math.floorDiv(firstMs, stepMs) * stepMs + stepMs;
    }

    private void skipHole(ServiceState state, long sealableMs) {
        if (sealableMs - nextEnd(state) > MOST_STEPS_AT_ONCE * stepMs) {
            state.sealedToMs = Math.floorDiv(sealableMs, stepMs) * stepMs - stepMs;
            state.closeBefore(state.sealedToMs);
            state.histories.clear();
            state.opinions.clear();
        }
    }

    /** The values of one metric and instance within a step. */
    private static final class Values {
        private double sum;
        private int count;

        void add(double value) {
            sum += value;
            count++;
        }

        double mean() {
            return sum / count;
        }
    }

    private void seal(ServiceState state, long endMs, List<Decision> decisions) {
        NavigableMap<SampleKey, Double> step = state.openBefore(endMs);
        Map<String, TreeMap<String, Values>> byMetric = new TreeMap<>();
        Map<String, List<Double>> all = new TreeMap<>();
        int set = -1;
        int ordered = -1;
        boolean measured = false;
        state.warming.removeIf(each -> each.warmAtMs() < endMs);
        for (Map.Entry<SampleKey, Double> sample : step.entrySet()) {
            SampleKey key = sample.getKey();
            double value = sample.getValue();
            switch (key.name()) {
                case Sample.PAUSE -> state.paused = true;
                case Sample.RESUME -> state.paused = false;
                case Sample.SET -> {
                    state.paused = true;
                    set = (int) value;
                }
                case Sample.ORDERED_INSTANCES -> ordered = (int) value;
                case Sample.READY_INSTANCES -> {
                    state.reportedReady = (int) value;
                    state.reportedAtMs = endMs;
                }
                default -> {
                    measured = true;
                    if (isWarm(state, key)) {
                        byMetric.computeIfAbsent(key.name(), name -> new TreeMap<>())
                                .computeIfAbsent(key.instance(), name -> new Values())
                                .add(value);
                        all.computeIfAbsent(key.name(), name -> new ArrayList<>())
                                .add(value);
                    }
                }
            }
        }
        state.closeBefore(endMs);
        state.sealedToMs = endMs;
        boolean begins = state.instances < 0 && (ordered >= 0 || canBegin(state, endMs, measured, set));
        if (begins) {
            begin(state, endMs, ordered);
        }
        byMetric.forEach((metric, instances) -> remember(state, endMs, metric, instances, all.get(metric)));
        forgetOld(state, endMs);
        if (state.instances < 0) {
            return;
        }
        budget.spend(state, endMs, stepMs);
        decide(state, endMs, set, decisions);
    }

    /** Whether an instance's values count; it is known from now on. */
    private boolean isWarm(ServiceState state, SampleKey key) {
        if (key.instance().isEmpty() || (policy.warmupMs() == 0 && state.instances >= 0)) {
            return true;
        }
        // Those that are there in the first step have been there before.
        long firstMs = state.instances < 0 ? ServiceState.NEVER / 2 : key.timeMs();
        Sighting sighting = state.sightings.merge(
                key.instance(),
                new Sighting(firstMs, key.timeMs()),
                (known, seen) -> new Sighting(known.firstMs(), Math.max(known.lastMs(), seen.lastMs())));
        return key.timeMs() - sighting.firstMs() >= policy.warmupMs();
    }

    /**
     * Whether it is known how many instances there are. Whoever has heard nothing of a service does not decide on it, nor by what
     * somebody wants alone; and in a step that was heard from its middle on only some instances may have said something.
     */
    private boolean canBegin(ServiceState state, long endMs, boolean measured, int set) {
        if (set >= 0 || state.reportedReady >= 0) {
            return true;
        }
        boolean whole = endMs - stepMs >= state.earliestMs;
        return state.sightings.isEmpty() ? measured : whole;
    }

    /** Begins with what is ordered: where only some of these work, there would soon be no more than some otherwise. */
    private void begin(ServiceState state, long endMs, int ordered) {
        int ready = state.reportedReady >= 0
                ? state.reportedReady
                : state.sightings.isEmpty() ? policy.minInstances() : state.sightings.size();
        state.instances = ordered >= 0 ? ordered : ready;
        state.highest.add(endMs - 1, state.instances, 0);
        state.lowest.add(endMs - 1, state.instances, 0);
        state.earliestMs = Long.MAX_VALUE;
    }

    private void remember(
            ServiceState state, long endMs, String metric, Map<String, Values> instances, List<Double> all) {
        double sum = 0;
        for (Values values : instances.values()) {
            sum += values.mean();
        }
        double[] sorted = all.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        boolean named = !instances.containsKey("");
        if (policy.scaleInProtection().filter(metric::equals).isPresent()) {
            state.protectedAtMs = sorted[sorted.length - 1] > 0 ? endMs : ServiceState.NEVER;
        }
        state.histories
                .computeIfAbsent(metric, name -> new ArrayDeque<>())
                .add(new Bucket(
                        endMs,
                        sum,
                        instances.size(),
                        named,
                        state.working(),
                        sorted[0],
                        sorted[sorted.length - 1],
                        percentiles.contains(metric) ? sorted : new double[0]));
    }

    private void forgetOld(ServiceState state, long endMs) {
        for (Deque<Bucket> history : state.histories.values()) {
            while (!history.isEmpty() && history.peekFirst().endMs() <= endMs - historyMs) {
                history.removeFirst();
            }
        }
        long goneMs = endMs - Math.max(historyMs, policy.warmupMs()) - stepMs;
        if (state.reportedAtMs != ServiceState.NEVER && state.reportedAtMs <= endMs - HEEDED_MS) {
            state.reportedReady = -1;
            state.reportedAtMs = ServiceState.NEVER;
        }
        state.sightings.values().removeIf(sighting -> sighting.lastMs() < goneMs);
        long longestMs = Math.max(
                policy.behavior().scaleUp().longestPeriodMs(),
                policy.behavior().scaleDown().longestPeriodMs());
        while (!state.changes.isEmpty() && state.changes.peekFirst().timeMs() <= endMs - longestMs) {
            state.changes.removeFirst();
        }
    }

    /** A number on its way through all that may change it. */
    private static final class Course {
        private final int current;
        private int number;
        private int demanded;
        private String rule;
        private final List<Restraint> overrode = new ArrayList<>();

        Course(int current, int number, String rule) {
            this.current = current;
            this.number = number;
            this.demanded = number;
            this.rule = rule;
        }

        /** Something demands more. */
        void raise(String by, int to) {
            if (to > number) {
                limit(by, to);
                if (to > current) {
                    demand(by, to);
                }
            }
        }

        /** From here on it is this that is demanded. */
        void demand(String by, int to) {
            number = to;
            demanded = to;
            rule = by;
        }

        /** Something holds it back. */
        void limit(String by, int to) {
            if (to != number) {
                overrode.add(new Restraint(by, number, to));
                number = to;
            }
        }

        /** What led to the number: what demanded a change in its direction, or what else changed it. */
        String cause() {
            boolean follows = Integer.signum(demanded - current) == Integer.signum(number - current);
            return follows || number == current ? rule : lastOverride();
        }

        /** Whether that has lowered the number. */
        boolean isHeldBy(String by) {
            return overrode.stream().anyMatch(each -> each.by().equals(by) && each.to() < each.from());
        }

        String lastOverride() {
            return overrode.isEmpty() ? "" : overrode.get(overrode.size() - 1).by();
        }
    }

    private void decide(ServiceState state, long nowMs, int set, List<Decision> decisions) {
        ScheduleClock.Bounds bounds = schedules.at(nowMs);
        ask(state, nowMs, bounds);
        Course course = demanded(state, nowMs);
        forecast(state, nowMs, course);
        int current = state.instances;
        stabilize(state, nowMs, course);
        course.raise(bounds.names().isEmpty() ? "minInstances" : bounds.names(), bounds.min());
        course.limit(bounds.names().isEmpty() ? "maxInstances" : bounds.names(), Math.min(course.number, bounds.max()));
        if (course.number < current && isWithin(state.protectedAtMs, HEEDED_MS, nowMs)) {
            course.limit("scaleInProtection", current);
        }
        Behavior behavior = policy.behavior();
        course.limit("limit of speed", SpeedLimits.limited(behavior, state.changes, nowMs, current, course.number));
        if (state.paused) {
            if (course.number != current) {
                course.limit("pause", current);
            }
            if (set >= 0) {
                course.demand("set by hand", set);
            }
        }
        // After what somebody wants: it is a hard limit.
        course.limit(BUDGET, Math.min(course.number, budget.most(state, nowMs, stepMs)));
        course.limit("minInstances", Math.max(course.number, policy.minInstances()));
        course.limit("maxInstances", Math.min(course.number, policy.maxInstances()));
        conclude(state, nowMs, course, decisions);
    }

    /** Asks the rules that are due. */
    private void ask(ServiceState state, long nowMs, ScheduleClock.Bounds bounds) {
        Opinions opinions = new Opinions(state, nowMs, bounds.targets());
        for (Rule rule : policy.rules()) {
            if (opinions.isDue(rule)) {
                state.opinions.put(rule.name(), opinions.of(rule));
            }
        }
    }

    /** What the rules demand together. */
    private Course demanded(ServiceState state, long nowMs) {
        int current = state.instances;
        if (policy.rules().isEmpty()) {
            return new Course(current, policy.minInstances(), "minInstances");
        }
        Course most = new Course(current, current, "");
        Course mostOfFewer = null;
        boolean agreed = true;
        for (Rule rule : policy.rules()) {
            Opinion opinion = state.opinions.getOrDefault(rule.name(), Opinion.NO_DATA);
            switch (opinion.kind()) {
                case ABSTAIN -> {}
                case HOLD -> agreed = false;
                case DEMAND -> {
                    int demand = cooled(state, nowMs, rule, opinion.demand());
                    if (demand > most.number) {
                        most = new Course(current, demand, rule.name());
                    } else if (demand >= current) {
                        agreed = false;
                    } else if (mostOfFewer == null || demand > mostOfFewer.number) {
                        mostOfFewer = new Course(current, demand, rule.name());
                    }
                }
            }
        }
        return most.number > current
                ? most
                : agreed && mostOfFewer != null ? mostOfFewer : new Course(current, current, "");
    }

    /** A rule's demand; what there is while the rule rests after a change. */
    private int cooled(ServiceState state, long nowMs, Rule rule, int demand) {
        int current = state.instances;
        long lastChangeMs = Math.max(state.lastOutMs, state.lastInMs);
        long outMs = 0;
        long inMs = 0;
        long sinceOutMs = state.lastOutMs;
        if (rule instanceof Rule.TargetTracking tracking) {
            outMs = tracking.scaleOutCooldownMs();
            inMs = tracking.scaleInCooldownMs();
        } else if (rule instanceof Rule.StepScaling steps) {
            outMs = inMs = steps.cooldownMs();
            sinceOutMs = lastChangeMs;
        } else if (rule instanceof Rule.Threshold threshold) {
            outMs = inMs = threshold.cooldownMs();
            sinceOutMs = lastChangeMs;
        }
        boolean resting = demand > current
                ? isWithin(sinceOutMs, outMs, nowMs)
                : demand < current && isWithin(lastChangeMs, inMs, nowMs);
        return resting ? current : demand;
    }

    private static boolean isWithin(long sinceMs, long lastingMs, long nowMs) {
        return sinceMs != ServiceState.NEVER && nowMs < sinceMs + lastingMs;
    }

    private void forecast(ServiceState state, long nowMs, Course course) {
        if (state.forecast == null) {
            return;
        }
        double load = Double.NaN;
        for (Rule rule : policy.rules()) {
            Opinion opinion = state.opinions.get(rule.name());
            if (opinion != null && !Double.isNaN(opinion.exact())) {
                load = Double.isNaN(load) ? opinion.exact() : Math.max(load, opinion.exact());
            }
        }
        state.forecast.observe(nowMs, load);
        Mode mode = policy.prediction().orElseThrow().mode();
        if (mode == Mode.FORECAST_ONLY || !state.forecast.trusted()) {
            return;
        }
        int needed = Opinions.enough(state.forecast.highestUntil(nowMs, nowMs + policy.warmupMs()));
        course.raise("forecast", needed);
        if (mode == Mode.REPLACE) {
            course.limit("forecast", needed);
            course.demand("forecast", needed);
        }
    }

    private void stabilize(ServiceState state, long nowMs, Course course) {
        long upMs = policy.behavior().scaleUp().stabilizationWindowMs();
        long downMs = policy.behavior().scaleDown().stabilizationWindowMs();
        state.lowest.add(nowMs, course.number, upMs);
        state.highest.add(nowMs, course.number, downMs);
        int stable = Math.min(Math.max(state.instances, state.lowest.get()), state.highest.get());
        course.limit("stabilization", stable);
    }

    private void conclude(ServiceState state, long nowMs, Course course, List<Decision> decisions) {
        int current = state.instances;
        if (course.number == current) {
            String by = course.lastOverride();
            boolean limited = by.equals(BUDGET) || by.equals("maxInstances") || by.startsWith("schedule ");
            boolean held =
                    limited && course.overrode.get(course.overrode.size() - 1).from() > current;
            if (held && !by.equals(state.heldBy)) {
                decisions.add(decision(state, nowMs, Action.HELD, course));
            }
            if (!held && state.heldBy.equals(BUDGET)) {
                decisions.add(decision(state, nowMs, Action.RELEASED, course));
            }
            state.heldBy = held ? by : "";
            return;
        }
        // A change that the budget cut short is held back as well, until it is told to be over.
        state.heldBy = course.isHeldBy(BUDGET) ? BUDGET : "";
        int by = course.number - current;
        Decision decision = decision(state, nowMs, by > 0 ? Action.SCALE_OUT : Action.SCALE_IN, course);
        decisions.add(decision);
        state.standing = decision.id();
        state.instances = course.number;
        state.changes.addLast(new Change(nowMs, by));
        if (by > 0) {
            state.lastOutMs = nowMs;
            if (policy.warmupMs() > 0) {
                state.warming.add(new Warming(by, nowMs + policy.warmupMs()));
            }
        } else {
            state.lastInMs = nowMs;
            takeAway(state, -by);
        }
    }

    /** The newest go first: they do the least. */
    private static void takeAway(ServiceState state, int count) {
        int left = count;
        while (left > 0 && !state.warming.isEmpty()) {
            Warming newest = state.warming.remove(state.warming.size() - 1);
            if (newest.count() > left) {
                state.warming.add(new Warming(newest.count() - left, newest.warmAtMs()));
            }
            left -= Math.min(left, newest.count());
        }
    }

    private Decision decision(ServiceState state, long nowMs, Action action, Course course) {
        return new Decision(
                policy.name() + "-" + ID_TIME.format(Instant.ofEpochMilli(nowMs)),
                policy.name(),
                nowMs,
                action,
                state.instances,
                course.number,
                course.cause(),
                readings(state),
                course.overrode,
                state.standing);
    }

    private List<Reading> readings(ServiceState state) {
        List<Reading> readings = new ArrayList<>();
        for (Rule rule : policy.rules()) {
            Opinion opinion = state.opinions.getOrDefault(rule.name(), Opinion.NO_DATA);
            readings.add(new Reading(
                    rule.name(),
                    rule.query().metric(),
                    rule.query().statistic().toString(),
                    opinion.value(),
                    threshold(rule),
                    opinion.demand()));
        }
        return readings;
    }

    private static double threshold(Rule rule) {
        if (rule instanceof Rule.TargetTracking tracking) {
            return tracking.target();
        }
        return rule instanceof Rule.Threshold threshold ? threshold.threshold() : Double.NaN;
    }
}
