package io.millrace.scaling.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.catalog.UserError;
import io.millrace.scaling.Decision;
import io.millrace.scaling.policy.PolicyFile;
import io.millrace.scaling.policy.Rule;
import io.millrace.scaling.policy.ScalingPolicy;
import io.millrace.scaling.policy.ServicePolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What policies would have done to recorded load. */
final class SimulationTest {
    private static final Path BLACK_FRIDAY = Path.of("..", "pipelines", "black-friday");
    private static final long MINUTE_MS = 60_000;
    private static final int DAY_MINUTES = 24 * 60;

    /** A Monday. */
    private static final long START_MS = Instant.parse("2024-11-18T00:00:00Z").toEpochMilli();

    @TempDir
    private Path folder;

    private static Timeline named(Simulation.Outcome outcome, String name) {
        return outcome.baselines().stream()
                .filter(line -> line.name().startsWith(name))
                .findFirst()
                .orElseThrow();
    }

    /** The guide's Problem 1: 10K to 500K requests a minute, 5K a minute a server, $100 a month each, $10,000 a month. */
    @Test
    void blackFridayIsServedWithinItsBudget() {
        PolicyFile.Reading policy = PolicyFile.read(BLACK_FRIDAY.resolve("scaling.yaml"));
        assertThat(policy.errors()).isEmpty();
        assertThat(policy.warnings()).isEmpty();
        LoadFile load = LoadFile.read(BLACK_FRIDAY.resolve("load.csv"), "shop");
        Simulation.Outcome shop =
                Simulation.run(policy.policy(), load, steps -> {}).get(0);
        assertThat(shop.overloadRequests()).as("requests above the capacity").isZero();
        assertThat(shop.violationMinutes()).isZero();
        assertThat(shop.cost()).isBetween(500.0, 2_000.0);
        assertThat(shop.peak()).isEqualTo(100);
        assertThat(named(shop, "fixed").cost(shop.policy().costs())).isGreaterThan(9_000);
        assertThat(named(shop, "perfect").overloadRequests()).isZero();
        assertThat(named(shop, "perfect").cost(shop.policy().costs())).isLessThan(shop.cost());
        assertThat(shop.decisions())
                .anySatisfy(decision -> assertThat(decision.toString()).startsWith("4 -> 50 by schedule Black Friday"));
    }

    /** One row a minute, but for an hour of which nothing was recorded, and one that came a second after another. */
    @Test
    void aRowHoldsUntilTheNext() {
        NavigableMap<Long, Map<String, Double>> load = new TreeMap<>();
        for (int minute = 0; minute < 120; minute++) {
            if (minute <= 30 || minute > 90) {
                load.put(START_MS + minute * MINUTE_MS, Map.of("Requests", 3_000.0));
            }
        }
        load.put(START_MS + 10 * MINUTE_MS + 1_000, Map.of("Requests", 3_000.0));
        ServicePolicy policy = policy("web", "").services().get(0);
        Timeline line = Simulation.simulate(policy, load, new Deciders.ByEngine(policy), "engine", () -> {});
        assertThat(line.hours()).isEqualTo(2);
        double least = Arrays.stream(line.wanted()).min().orElseThrow();
        double most = Arrays.stream(line.wanted()).max().orElseThrow();
        assertThat(line.instanceHours()).isBetween(2 * least, 2 * most);
    }

    @Test
    void theTopologyDecidesAsTheEngineAlone() {
        ServicePolicy policy = policy("web", "").services().get(0);
        NavigableMap<Long, Map<String, Double>> load = daily(2 * 24 * 60, 8_000, 0);
        Timeline engine = Simulation.simulate(policy, load, new Deciders.ByEngine(policy), "engine", () -> {});
        try (Deciders.ByTopology topology = new Deciders.ByTopology(policy)) {
            Timeline line = Simulation.simulate(policy, load, topology, "topology", () -> {});
            assertThat(line.decisions()).isEqualTo(engine.decisions()).hasSizeGreaterThan(20);
        }
    }

    /** A week, {@code -Dmillrace.simulate.days=7}, takes less than ten seconds where nothing else runs. */
    @Test
    void minutesForTenServices() {
        int days = Integer.getInteger("millrace.simulate.days", 1);
        List<ServicePolicy> services = new ArrayList<>();
        Map<String, NavigableMap<Long, Map<String, Double>>> loads = new TreeMap<>();
        for (int i = 0; i < 10; i++) {
            services.addAll(
                    policy("service-" + i, "prediction: { season: day }").services());
            loads.put("service-" + i, daily(days * DAY_MINUTES, 8_000 + 100 * i, i));
        }
        AtomicLong steps = new AtomicLong();
        long beganNanos = System.nanoTime();
        List<Simulation.Outcome> outcomes =
                Simulation.run(new ScalingPolicy(services), new LoadFile(loads), done -> steps.incrementAndGet());
        double seconds = (System.nanoTime() - beganNanos) / 1e9;
        System.out.printf("%d days of minutes for ten services: %.1f s%n", days, seconds);
        assertThat(outcomes).hasSize(10);
        assertThat(steps).hasValue(10L * days * DAY_MINUTES);
    }

    /** The guide's evening load, met before 7 PM: with a forecast of days alike, servers are warm when the evening comes. */
    @Test
    void aForecastHasServersWarmBeforeTheEvening() {
        String rules = "warmup: 900\n    scaleDownDelay: 600";
        NavigableMap<Long, Map<String, Double>> load = evenings(6);
        Timeline without = simulated(byRequests(rules), load);
        Timeline with = simulated(byRequests(rules + "\n    prediction: { season: day, step: 5m }"), load);
        long lastEveningMs = Instant.parse("2024-11-23T19:00:00Z").toEpochMilli();
        assertThat(working(without, lastEveningMs)).isLessThan(8);
        assertThat(working(with, lastEveningMs)).isGreaterThan(15);
        assertThat(with.overloadRequests()).isLessThan(without.overloadRequests());
        assertThat(with.decisions()).anyMatch(decision -> decision.rule().equals("forecast"));
        // It only adds.
        for (int step = 0; step < with.steps(); step++) {
            assertThat(with.wanted()[step]).isGreaterThanOrEqualTo(0);
        }
    }

    /** Load that never repeats: the forecast sees that it errs, and stands aside. */
    @Test
    void aForecastThatErrsStandsAside() {
        NavigableMap<Long, Map<String, Double>> load = new TreeMap<>();
        for (int minute = 0; minute < 5 * 24 * 60; minute++) {
            // Each day's rush is at another hour.
            int day = minute / (24 * 60);
            boolean rush = minute / 60 % 24 == (day * 7) % 24;
            load.put(START_MS + minute * MINUTE_MS, Map.of("Requests", rush ? 20_000.0 : 1_000.0));
        }
        Timeline line = simulated(
                policy("web", "prediction: { season: day, method: SeasonalNaive, maxError: 0.2 }")
                        .services()
                        .get(0),
                load);
        assertThat(line.decisions()).extracting(Decision::rule).doesNotContain("forecast");
    }

    private static Timeline simulated(ServicePolicy policy, NavigableMap<Long, Map<String, Double>> load) {
        return Simulation.simulate(policy, load, new Deciders.ByEngine(policy), "run", () -> {});
    }

    private static double working(Timeline line, long timeMs) {
        return line.working()[(int) ((timeMs - line.startMs()) / (line.timesMs()[1] - line.startMs()))];
    }

    /** Follows the requests themselves, whose number tells how many servers are needed even where there are too few. */
    private static ServicePolicy byRequests(String more) {
        ServicePolicy policy = policy("web", more).services().get(0);
        Rule rule = PolicyFile.read("""
                services:
                  web:
                    minInstances: 1
                    maxInstances: 2
                    policies: [{ policy: TargetTracking, targetMetric: Requests, targetType: AverageValue, targetValue: 600 }]
                """, "scaling.yaml")
                .orThrow()
                .services()
                .get(0)
                .rules()
                .get(0);
        return policy.with(List.of(rule), policy.behavior());
    }

    private static ScalingPolicy policy(String name, String more) {
        PolicyFile.Reading reading = PolicyFile.read("""
                services:
                  %s:
                    minInstances: 2
                    maxInstances: 50
                    %s
                    policies:
                      - { policy: TargetTracking, targetMetric: CPUUtilization, targetValue: 60 }
                    costs: { pricePerInstanceHour: 0.14 }
                    model: { load: Requests, capacityPerInstance: 1000, per: 1s }
                """.formatted(name, more), "scaling.yaml");
        assertThat(reading.errors()).extracting(UserError::render).isEmpty();
        return reading.policy();
    }

    private static NavigableMap<Long, Map<String, Double>> daily(int minutes, double mean, int seed) {
        NavigableMap<Long, Map<String, Double>> load = new TreeMap<>();
        Random random = new Random(seed);
        for (int minute = 0; minute < minutes; minute++) {
            double wave = 1 + 0.6 * Math.sin(2 * Math.PI * minute / (24 * 60));
            load.put(
                    START_MS + minute * MINUTE_MS, Map.of("Requests", mean * wave * (0.9 + 0.2 * random.nextDouble())));
        }
        return load;
    }

    /** 2,000 requests a second, and 12,000 from 19:00 to 23:00. */
    private static NavigableMap<Long, Map<String, Double>> evenings(int days) {
        NavigableMap<Long, Map<String, Double>> load = new TreeMap<>();
        for (int minute = 0; minute < days * 24 * 60; minute++) {
            int hour = minute / 60 % 24;
            load.put(START_MS + minute * MINUTE_MS, Map.of("Requests", hour >= 19 && hour < 23 ? 12_000.0 : 2_000.0));
        }
        return load;
    }

    @Test
    void mistakesInTheMetricsAreToldWithTheirLine() throws IOException {
        Path file = folder.resolve("load.csv");
        Files.writeString(file, "time,Requests\n2024-11-18T00:00Z,12\nsoon,12\n");
        assertThat(catchThrowableOfType(UserError.class, () -> LoadFile.read(file, "web"))
                        .render())
                .startsWith(file + ":3: 'soon' is no time");
        assertThat(catchThrowableOfType(UserError.class, () -> LoadFile.read(file, null))
                        .render())
                .startsWith(file + ":1: the first line must name the columns");
    }
}
