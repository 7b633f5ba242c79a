package io.millrace.scaling.execute;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.connectors.delivery.RetryPolicy;
import io.millrace.scaling.Decision;
import io.millrace.scaling.execute.Execution.State;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** A service at a place that works, fails, or is changed by somebody else. */
final class ServiceExecutionTest {
    private final Place place = new Place();
    private final Account account = new Account();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private long nowMs = 1_000_000;
    private ServiceExecution execution = execution(false, null);

    /** A place that keeps how many there are. */
    private static final class Place implements Executor {
        private int there = 2;
        private int carriedOut;
        private ExecutionFailure failure;
        private ExecutionFailure unseen;

        @Override
        public String name() {
            return "test";
        }

        @Override
        public OptionalInt ordered(String service) throws ExecutionFailure {
            if (unseen != null) {
                throw unseen;
            }
            return OptionalInt.of(there);
        }

        @Override
        public OptionalInt working(String service) {
            return OptionalInt.of(there);
        }

        @Override
        public void carryOut(Decision decision) throws ExecutionFailure {
            if (failure != null) {
                throw failure;
            }
            carriedOut++;
            there = decision.to();
        }

        @Override
        public void tend(String service) {}

        @Override
        public void close() {}
    }

    /** What was written. */
    private static final class Account implements ServiceExecution.Surroundings {
        private final List<Execution> recorded = new ArrayList<>();
        private final List<String> setAside = new ArrayList<>();
        private int reported = -1;

        @Override
        public void record(Execution each) {
            recorded.add(each);
        }

        @Override
        public void setAside(Decision decision, String reason) {
            setAside.add(decision.id() + ": " + reason);
        }

        @Override
        public void report(String service, OptionalInt ordered, int working) {
            assertThat(ordered).hasValue(working);
            reported = working;
        }

        Execution last() {
            return recorded.get(recorded.size() - 1);
        }
    }

    private ServiceExecution execution(boolean dryRun, Execution last) {
        ExecutorSettings settings = new ExecutorSettings(new RetryPolicy(2, 500, 2, 0, 30_000), dryRun, 5_000, 600_000);
        return new ServiceExecution("web", place, settings, last, new ScalingMeters(registry), account, () -> nowMs);
    }

    private void look() throws InterruptedException {
        execution.look();
    }

    @Test
    void aDecisionIsStartedThenDoneAndNotDoneAgain() throws Exception {
        execution.decided(ReconcilerTest.decision("a", 2, 4), false);
        assertThat(execution.isSettled()).isFalse();
        look();
        look();
        assertThat(place.carriedOut).isEqualTo(1);
        assertThat(account.recorded).extracting(Execution::state).containsExactly(State.STARTED, State.DONE);
        assertThat(execution.isSettled()).isTrue();
        assertThat(account.reported).isEqualTo(4);
        assertThat(registry.get("millrace.scaling.executions")
                        .tag("outcome", "done")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void whoeverComesAfterwardsDoesNotDoItAgain() throws Exception {
        execution.decided(ReconcilerTest.decision("a", 2, 4), false);
        look();
        for (Execution known : List.copyOf(account.recorded)) {
            execution = execution(false, Execution.parse(known.json().getBytes(StandardCharsets.UTF_8)));
            execution.decided(ReconcilerTest.decision("a", 2, 4), false);
            look();
            assertThat(account.last().state()).isEqualTo(State.DONE);
        }
        assertThat(place.carriedOut).isEqualTo(1);
    }

    @Test
    void whatMayPassIsTriedAgainAfterLongerAndLongerPauses() throws Exception {
        place.failure = ExecutionFailure.passing("not now", null);
        execution.decided(ReconcilerTest.decision("a", 2, 4), false);
        look();
        assertThat(execution.dueMs()).isEqualTo(nowMs + 500);
        nowMs += 500;
        look();
        assertThat(execution.dueMs()).isEqualTo(nowMs + 1_000);
        nowMs += 1_000;
        place.failure = null;
        look();
        assertThat(account.recorded).extracting(Execution::state).containsExactly(State.STARTED, State.DONE);
        assertThat(account.setAside).isEmpty();
    }

    @Test
    void afterTheLastAttemptItIsSetAsideAndTheNextDecisionCounts() throws Exception {
        place.failure = ExecutionFailure.passing("not now", null);
        execution.decided(ReconcilerTest.decision("a", 2, 4), false);
        look();
        look();
        assertThat(account.setAside).isEmpty();
        look();
        assertThat(account.setAside).containsExactly("a: not now");
        assertThat(account.last().state()).isEqualTo(State.FAILED);
        assertThat(account.last().message()).isEqualTo("not now");
        look();
        assertThat(account.setAside).hasSize(1);
        place.failure = null;
        execution.decided(ReconcilerTest.decision("b", 4, 7), false);
        look();
        assertThat(place.there).isEqualTo(7);
    }

    @Test
    void whatDoesNotPassIsSetAsideAtOnceAndDoneWhenItIsSentAgain() throws Exception {
        place.failure = ExecutionFailure.lasting("never", null);
        execution.decided(ReconcilerTest.decision("a", 2, 4), false);
        look();
        assertThat(account.setAside).containsExactly("a: never");
        place.failure = null;
        look();
        assertThat(place.there).isEqualTo(2);
        execution.decided(ReconcilerTest.decision("a", 2, 4), true);
        assertThat(execution.isSettled()).isFalse();
        look();
        assertThat(place.there).isEqualTo(4);
        assertThat(account.last().state()).isEqualTo(State.DONE);
    }

    @Test
    void anOldDecisionThatIsSentAgainIsNotDoneOverANewerOneAlsoAfterARestart() throws Exception {
        execution.decided(ReconcilerTest.decision("b", 2_000, 2, 4), false);
        look();
        execution = execution(false, Execution.parse(account.last().json().getBytes(StandardCharsets.UTF_8)));
        assertThat(execution.decided(ReconcilerTest.decision("a", 1_000, 2, 9), true))
                .isFalse();
        look();
        assertThat(place.there).isEqualTo(4);
        assertThat(account.last().decision()).isEqualTo("b");
    }

    @Test
    void whatIsDoneAndSentAgainIsNotSetAsideWhenThePlaceCannotBeSeen() throws Exception {
        execution.decided(ReconcilerTest.decision("a", 2, 4), false);
        look();
        execution.decided(ReconcilerTest.decision("a", 2, 4), true);
        assertThat(execution.isSettled()).isTrue();
        place.unseen = ExecutionFailure.lasting("gone", null);
        look();
        assertThat(account.setAside).isEmpty();
        assertThat(account.last().state()).isEqualTo(State.DONE);
    }

    @Test
    void aNewerDecisionEndsTheAttempts() throws Exception {
        place.failure = ExecutionFailure.passing("not now", null);
        execution.decided(ReconcilerTest.decision("a", 2, 4), false);
        look();
        execution.decided(ReconcilerTest.decision("b", 4, 3), false);
        assertThat(execution.dueMs()).isEqualTo(nowMs);
        place.failure = null;
        look();
        assertThat(place.there).isEqualTo(3);
        assertThat(place.carriedOut).isEqualTo(1);
        assertThat(account.setAside).isEmpty();
    }

    @Test
    void anotherControllerIsSaidOnceInTheAccountAndByAMetric() throws Exception {
        execution.decided(ReconcilerTest.decision("a", 2, 4), false);
        look();
        place.there = 9;
        look();
        look();
        execution.decided(ReconcilerTest.decision("b", 4, 7), false);
        look();
        assertThat(place.there).isEqualTo(9);
        assertThat(account.recorded)
                .filteredOn(each -> each.state() == State.YIELDED)
                .hasSize(1);
        assertThat(account.last().message()).isEqualTo("somebody else has set 9 instances where 4 had been left");
        assertThat(contested()).isEqualTo(1);
        place.there = 7;
        look();
        assertThat(contested()).isEqualTo(0);
        assertThat(account.last().state()).isEqualTo(State.DONE);
        assertThat(account.last().decision()).isEqualTo("b");
    }

    /** Its record is read again until it is carried out, and may be set aside until then. */
    @Test
    void whatGaveWayIsOwedUntilItIsCarriedOut() throws Exception {
        execution.decided(ReconcilerTest.decision("a", 2, 4), false);
        look();
        place.there = 9;
        execution.decided(ReconcilerTest.decision("b", 4, 7), false);
        look();
        assertThat(account.last().state()).isEqualTo(State.YIELDED);
        assertThat(execution.isSettled()).isFalse();
        execution = execution(false, account.last());
        execution.decided(ReconcilerTest.decision("b", 4, 7), false);
        nowMs += 600_000;
        place.failure = ExecutionFailure.passing("not now", null);
        look();
        assertThat(execution.isSettled()).isFalse();
        place.failure = null;
        nowMs += 600_000;
        look();
        assertThat(place.there).isEqualTo(7);
        assertThat(execution.isSettled()).isTrue();
    }

    /** An attempt set its number and did not get to say so; then the next decision's first attempt fails. */
    @Test
    void itsOwnNumberIsNobodyElses() throws Exception {
        execution.decided(ReconcilerTest.decision("a", 1, 2, 4), false);
        look();
        execution.decided(ReconcilerTest.decision("b", 2, 4, 7), false);
        place.failure = ExecutionFailure.passing("no answer", null);
        look();
        place.there = 7;
        execution.decided(ReconcilerTest.decision("c", 3, 7, 9), false);
        look();
        look();
        place.failure = null;
        look();
        assertThat(account.recorded).extracting(Execution::state).doesNotContain(State.YIELDED);
        assertThat(place.there).isEqualTo(9);
    }

    /** Whoever comes next must know that the number may be this executor's. */
    @Test
    void anAttemptIsNotedAlsoAfterALookThatFailed() throws Exception {
        execution.decided(ReconcilerTest.decision("a", 2, 4), false);
        place.unseen = ExecutionFailure.passing("not now", null);
        look();
        place.unseen = null;
        look();
        assertThat(account.recorded).extracting(Execution::state).containsExactly(State.STARTED, State.DONE);
    }

    private double contested() {
        return registry.get("millrace.scaling.contested")
                .tag("service", "web")
                .gauge()
                .value();
    }

    @Test
    void aDryRunChangesNothingAndSaysWhatItWouldHaveDone() throws Exception {
        execution = execution(true, null);
        execution.decided(ReconcilerTest.decision("a", 2, 4), false);
        look();
        look();
        assertThat(place.there).isEqualTo(2);
        assertThat(account.recorded).extracting(Execution::state).containsExactly(State.DRY_RUN);
        assertThat(execution.isSettled()).isTrue();
    }

    @Test
    void whatIsNoExecutionSaysNothingAndOneWithoutAValueTakesBack() throws Exception {
        execution.decided(ReconcilerTest.decision("a", 2, 4), false);
        look();
        byte[] key = account.last().key().getBytes(StandardCharsets.UTF_8);
        byte[] value = account.last().json().getBytes(StandardCharsets.UTF_8);
        Map<String, Execution> newest = new TreeMap<>();
        ExecutionLog.take(new ConsumerRecord<>("executions", 0, 0, key, value), newest);
        ExecutionLog.take(new ConsumerRecord<>("executions", 0, 1, null, null), newest);
        ExecutionLog.take(new ConsumerRecord<>("executions", 0, 2, null, new byte[] {'1'}), newest);
        ExecutionLog.take(new ConsumerRecord<>("executions", 0, 3, key, new byte[0]), newest);
        assertThat(newest.values()).containsExactly(account.last());
        ExecutionLog.take(new ConsumerRecord<>("executions", 0, 4, key, null), newest);
        assertThat(newest).isEmpty();
    }

    @Test
    void anExecutionIsReadAsItWasWritten() throws IOException {
        Execution written = new Execution(
                "process", "web", "web-1", 1_732_867_190_000L, State.DRY_RUN, 4, -1, 2, 1_732_867_200_000L, "so");
        assertThat(Execution.parse(written.json().getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(written);
    }
}
