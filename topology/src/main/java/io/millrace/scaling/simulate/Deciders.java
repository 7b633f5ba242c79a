package io.millrace.scaling.simulate;

import io.millrace.scaling.Decision;
import io.millrace.scaling.DecisionEngine;
import io.millrace.scaling.DecisionJson;
import io.millrace.scaling.MetricsJson;
import io.millrace.scaling.Sample;
import io.millrace.scaling.ScalingTopology;
import io.millrace.scaling.ServiceState;
import io.millrace.scaling.policy.ScalingPolicy;
import io.millrace.scaling.policy.ServicePolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;

/** What decides in a simulation. */
sealed interface Deciders {
    /** Decides after a step of time: its metrics, and the time that has come since. */
    List<Decision> apply(Map<String, Double> values, long timeMs, long tickMs);

    /** The engine alone: what the topology does, without records and stores. */
    final class ByEngine implements Deciders {
        private final DecisionEngine engine;
        private final ServiceState state;

        ByEngine(ServicePolicy policy) {
            this.engine = new DecisionEngine(policy);
            this.state = engine.start();
        }

        @Override
        public List<Decision> apply(Map<String, Double> values, long timeMs, long tickMs) {
            String service = engine.policy().name();
            List<Decision> decisions = new ArrayList<>();
            values.forEach((name, value) ->
                    decisions.addAll(engine.apply(state, new Sample(service, "", name, value, timeMs))));
            decisions.addAll(engine.apply(state, Sample.tick(service, tickMs)));
            return decisions;
        }
    }

    /** A number that stands for all time, or one for each step. */
    final class ByPlan implements Deciders {
        private final String service;
        private final long gracePeriodMs;
        private final Map<Long, Integer> plan;
        private int current;

        ByPlan(ServicePolicy policy, Map<Long, Integer> plan) {
            this.service = policy.name();
            this.gracePeriodMs = policy.gracePeriodMs();
            this.current = policy.minInstances();
            this.plan = plan;
        }

        @Override
        public List<Decision> apply(Map<String, Double> values, long timeMs, long tickMs) {
            current = values.getOrDefault(Sample.READY_INSTANCES, (double) current)
                    .intValue();
            int to = plan.getOrDefault(timeMs, current);
            if (to == current) {
                return List.of();
            }
            Decision.Action action = to > current ? Decision.Action.SCALE_OUT : Decision.Action.SCALE_IN;
            long endMs = tickMs - gracePeriodMs;
            Decision decision = new Decision("", service, endMs, action, current, to, "plan", List.of(), List.of(), "");
            current = to;
            return List.of(decision);
        }
    }

    /** The topology itself. */
    final class ByTopology implements Deciders, AutoCloseable {
        /** Kafka Streams warns where this is not set; its constant goes with Kafka 5. */
        private static final String QUIET = "processing.exception.handler.global.enabled";

        private static final String METRICS = "metrics";
        private static final String DECISIONS = "decisions";

        private final String service;
        private final Path directory;
        private final TopologyTestDriver driver;
        private final TestInputTopic<byte[], byte[]> metrics;
        private final TestOutputTopic<String, byte[]> decisions;

        ByTopology(ServicePolicy policy) {
            this.service = policy.name();
            try {
                this.directory = Files.createTempDirectory("millrace-simulate");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Properties properties = new Properties();
            properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "simulate");
            properties.put(StreamsConfig.STATE_DIR_CONFIG, directory.toString());
            properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
            properties.put(QUIET, true);
            this.driver = new TopologyTestDriver(
                    ScalingTopology.of(new ScalingPolicy(List.of(policy)), "simulate", METRICS, DECISIONS),
                    properties,
                    Instant.EPOCH);
            this.metrics = driver.createInputTopic(METRICS, new ByteArraySerializer(), new ByteArraySerializer());
            this.decisions = driver.createOutputTopic(DECISIONS, new StringDeserializer(), new ByteArrayDeserializer());
        }

        @Override
        public List<Decision> apply(Map<String, Double> values, long timeMs, long tickMs) {
            metrics.pipeInput(null, MetricsJson.write(service, values, timeMs, tickMs), tickMs);
            List<Decision> made = new ArrayList<>();
            while (!decisions.isEmpty()) {
                made.add(DecisionJson.read(decisions.readValue()));
            }
            return made;
        }

        @Override
        public void close() {
            driver.close();
            try {
                Files.deleteIfExists(directory);
            } catch (IOException e) {
                // Kafka Streams may have left a file; a temporary directory goes in time.
            }
        }
    }
}
