package io.millrace.scaling.execute;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.connectors.delivery.RetryPolicy;
import io.millrace.scaling.Decision;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Many services at a place that is slow, or breaks. */
final class TurnsTest {
    private static final long INTERVAL_MS = 5_000;

    private final List<String> looked = new ArrayList<>();
    private final List<ServiceExecution> executions = new ArrayList<>();
    private long nowMs = 1_000_000;

    /** Each look at it takes as long as a server that does not answer. */
    private final Executor slow = new Executor() {
        @Override
        public String name() {
            return "slow";
        }

        @Override
        public OptionalInt ordered(String service) throws ExecutionFailure {
            looked.add(service);
            nowMs += 1_500;
            if (service.equals("b")) {
                throw new IllegalStateException("this is a test: nobody expected this");
            }
            throw ExecutionFailure.passing("no answer", null);
        }

        @Override
        public OptionalInt working(String service) {
            return OptionalInt.empty();
        }

        @Override
        public void carryOut(Decision decision) {}

        @Override
        public void tend(String service) {}

        @Override
        public void close() {}
    };

    private final ServiceExecution.Surroundings nobody = new ServiceExecution.Surroundings() {
        @Override
        public void record(Execution execution) {}

        @Override
        public void setAside(Decision decision, String reason) {}

        @Override
        public void report(String service, OptionalInt ordered, int working) {}
    };

    private void add(String service) {
        executions.add(new ServiceExecution(
                service,
                slow,
                new ExecutorSettings(new RetryPolicy(2, 500, 2, 0, 30_000), false, INTERVAL_MS, 600_000),
                null,
                new ScalingMeters(new SimpleMeterRegistry()),
                nobody,
                () -> nowMs));
    }

    @Test
    void nobodyWaitsForeverBehindOthersThatTakeLong() throws Exception {
        List.of("a", "b", "c", "d", "e").forEach(this::add);
        Turns turns = new Turns(2_000, () -> nowMs);
        turns.round(executions);
        assertThat(looked).containsExactly("a", "b");
        turns.round(executions);
        turns.round(executions);
        assertThat(looked).containsExactly("a", "b", "c", "d", "e");
        assertThat(executions.get(4).dueMs()).isEqualTo(nowMs + INTERVAL_MS);
    }
}
