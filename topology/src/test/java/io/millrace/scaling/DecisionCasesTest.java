package io.millrace.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.UserError;
import io.millrace.scaling.policy.PolicyFile;
import io.millrace.scaling.policy.ServicePolicy;
import java.io.IOException;
import java.io.InputStream;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The cases of {@code scaling/*.yaml}: a policy, what is measured, and how many instances there are to be after each step. */
final class DecisionCasesTest {
    private static final String SERVICE = "web";

    @TestFactory
    Stream<DynamicContainer> cases() {
        return Stream.of("policies", "triggers", "kubernetes", "schedules")
                .map(file -> DynamicContainer.dynamicContainer(
                        file,
                        read(file).stream()
                                .map(each -> DynamicTest.dynamicTest((String) each.get("case"), () -> check(each)))));
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> read(String file) {
        try (InputStream in = DecisionCasesTest.class.getResourceAsStream("/scaling/" + file + ".yaml")) {
            return new Yaml(new SafeConstructor(new LoaderOptions())).load(in);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("unchecked")
    private static void check(Map<String, Object> given) {
        ServicePolicy policy = policy((Map<String, Object>) given.get("policy"));
        long stepMs = ((Number) given.get("every")).longValue() * 1000;
        long startMs = start(given);
        List<Integer> expected = (List<Integer>) given.get("instances");
        Map<String, List<Object>> metrics = (Map<String, List<Object>>) given.get("metrics");
        DecisionEngine engine = new DecisionEngine(policy);
        ServiceState state = engine.start();
        engine.apply(state, new Sample(SERVICE, "", Sample.READY_INSTANCES, (int) given.get("start"), startMs));
        List<Integer> instances = new ArrayList<>();
        List<Decision> decisions = new ArrayList<>();
        for (int step = 0; step < expected.size(); step++) {
            long timeMs = startMs + step * stepMs;
            for (Map.Entry<String, List<Object>> metric : metrics.entrySet()) {
                Object value =
                        step < metric.getValue().size() ? metric.getValue().get(step) : null;
                if (value != null) {
                    for (Sample sample : samples(metric.getKey(), ((Number) value).doubleValue(), timeMs)) {
                        decisions.addAll(engine.apply(state, sample));
                    }
                }
            }
            decisions.addAll(engine.apply(state, Sample.tick(SERVICE, timeMs + stepMs)));
            instances.add(state.instances() < 0 ? (int) given.get("start") : state.instances());
        }
        assertThat(instances).as(decisions.toString()).isEqualTo(expected);
        if (given.containsKey("rule")) {
            assertThat(decisions.get(decisions.size() - 1).rule()).isEqualTo(given.get("rule"));
        }
    }

    /** A value of the service, {@code of} one instance, or {@code of each of} so many. */
    private static List<Sample> samples(String metric, double value, long timeMs) {
        String[] name = metric.split(" of (each of )?");
        if (!metric.contains(" of each of ")) {
            return List.of(new Sample(SERVICE, name.length > 1 ? name[1] : "", name[0], value, timeMs));
        }
        return IntStream.range(0, Integer.parseInt(name[1]))
                .mapToObj(number -> new Sample(SERVICE, SERVICE + "-" + number, name[0], value, timeMs))
                .toList();
    }

    private static long start(Map<String, Object> given) {
        String from = given.containsKey("from") ? given.get("from").toString() : "2024-11-18 00:00";
        return LocalDateTime.parse(from.replace(' ', 'T'))
                .toInstant(ZoneOffset.UTC)
                .toEpochMilli();
    }

    private static ServicePolicy policy(Map<String, Object> given) {
        Map<String, Object> service = new LinkedHashMap<>(given);
        service.putIfAbsent("minInstances", 1);
        service.putIfAbsent("maxInstances", 100);
        service.put("gracePeriod", 0);
        String text = new Yaml().dump(Map.of("services", Map.of(SERVICE, service)));
        PolicyFile.Reading reading = PolicyFile.read(text, "scaling.yaml");
        assertThat(reading.errors()).extracting(UserError::render).as(text).isEmpty();
        assertThat(reading.warnings()).extracting(UserError::render).as(text).isEmpty();
        return reading.policy().services().get(0);
    }
}
