package io.millrace.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Column;
import io.millrace.catalog.Deduplication;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class DeduplicateOperatorTest {
    private static final long DAY = Duration.ofDays(1).toNanos() / 1000;
    private static final long HOUR = DAY / 24;
    private static final long NOW = 10_000 * DAY;

    /** The entry that says up to where events have passed. */
    private static final int PASSED = 1;

    private static final PlanNode.Scan SCAN = new PlanNode.Scan(
            new Table(
                    "public",
                    "clicks",
                    List.of(new Column("page", SqlType.TEXT, true), new Column("id", SqlType.NUMERIC, false)),
                    List.of(),
                    List.of(),
                    new Table.Events("clicks", Table.Events.Format.JSON, Optional.of(new Deduplication(1, DAY))),
                    null),
            List.of(0, 1));
    private static final PlanNode.Deduplicate NODE =
            new PlanNode.Deduplicate(new PlanNode.Exchange(SCAN, List.of(1)), 1, DAY);

    private final MemoryState state = new MemoryState();
    private int dropped;
    private DeduplicateOperator operator = operator();

    /** An operator whose state is that of the last one, as after a restart. */
    private DeduplicateOperator operator() {
        return new DeduplicateOperator(NODE, state, new ScanCounters() {
            @Override
            public void duplicate() {
                dropped++;
            }

            @Override
            public void valueLost() {
                throw new AssertionError("no value is ever left out");
            }
        });
    }

    private static Delta event(int partition, String id, long timeMicros) {
        return Delta.of(null, Row.of("page", new BigDecimal(id)), new Origin("clicks-" + partition, 1, timeMicros));
    }

    private boolean passes(Delta event) {
        Output output = new Output();
        int before = dropped;
        operator.step(List.of(List.of(event)), output);
        assertThat(output.deltas()).isEqualTo(dropped == before ? List.of(event) : List.of());
        return dropped == before;
    }

    /** Has the clock go on by so much, a step at a time. */
    private long pass(long fromMicros, long micros) {
        for (long passed = 0; passed < micros; passed += HOUR / 6) {
            operator.forget(fromMicros + passed, Integer.MAX_VALUE);
        }
        operator.forget(fromMicros + micros, Integer.MAX_VALUE);
        return fromMicros + micros;
    }

    @Test
    void equalIdsAreOneInWhateverFormAndFromWhateverPartition() {
        assertThat(passes(event(0, "1.0", NOW))).isTrue();
        assertThat(passes(event(1, "1.00", NOW + HOUR))).isFalse();
        assertThat(passes(event(1, "2", NOW + HOUR))).isTrue();
        assertThat(dropped).isEqualTo(1);
    }

    @Test
    void anIdIsForgottenWhenAllPartitionsHavePassedIt() {
        passes(event(0, "1", NOW - 9 * DAY));
        passes(event(1, "2", NOW - 9 * DAY));
        long now = pass(NOW, HOUR / 2);
        passes(event(0, "3", NOW));
        passes(event(1, "4", NOW - 7 * DAY - 1));
        now = pass(now, HOUR / 2);
        assertThat(state.size()).as("of four").isEqualTo(8 + PASSED);
        passes(event(1, "5", NOW - 7 * DAY));
        pass(now, 0);
        assertThat(state.size()).as("of 3, 4 and 5").isEqualTo(6 + PASSED);
    }

    @Test
    void aPartitionThatIsSilentIsNotWaitedForAtLast() {
        passes(event(0, "1", NOW - 9 * DAY));
        passes(event(1, "2", NOW - 9 * DAY));
        passes(event(1, "3", NOW));
        long now = pass(NOW, HOUR / 2);
        passes(event(1, "4", NOW));
        now = pass(now, HOUR / 2 - 1);
        assertThat(state.size()).as("of four").isEqualTo(8);
        pass(now, 1);
        assertThat(state.size()).as("of 3 and 4").isEqualTo(4 + PASSED);
    }

    @Test
    void aClockThatIsAheadHasNothingForgotten() {
        passes(event(0, "1", NOW));
        passes(event(0, "2", NOW + 1_000 * DAY));
        long now = pass(NOW, 2 * DAY - 1);
        assertThat(state.size()).isEqualTo(4 + PASSED);
        pass(now, 1);
        assertThat(state.size()).isEqualTo(2 + PASSED);
    }

    @Test
    void afterARestartNothingIsForgottenBeforeEveryPartitionCanHaveBeenHeard() {
        passes(event(0, "1", NOW - 9 * DAY));
        operator = operator();
        passes(event(1, "2", NOW));
        long now = pass(NOW, HOUR - 1);
        assertThat(passes(event(0, "1", NOW - 9 * DAY + 1))).isFalse();
        pass(now, HOUR - 1);
        assertThat(passes(event(0, "1", NOW - 9 * DAY + 1))).isFalse();
    }

    @Test
    void aLateEventIsRememberedFromARestartOnToo() {
        passes(event(0, "1", NOW));
        long now = pass(NOW, HOUR);
        operator = operator();
        assertThat(passes(event(0, "2", NOW - 9 * DAY))).isTrue();
        passes(event(0, "3", NOW));
        pass(now, 2 * HOUR);
        assertThat(passes(event(0, "2", NOW - 9 * DAY))).isFalse();
    }

    /**
     * A topic is read from its beginning, however far its partitions get from each other, and then as events come; ids are
     * forgotten now and then, and the operator starts again. What passes is what the events and their order say.
     */
    @Test
    void whatPassesDependsOnTheEventsAlone() {
        for (int history = 0; history < 50; history++) {
            long seed = System.nanoTime();
            Random random = new Random(seed);
            List<Deque<Delta>> partitions = partitions(random);
            Map<Row, List<Long>> passed = new HashMap<>();
            long now = NOW;
            long[] heard = new long[partitions.size()];
            Arrays.fill(heard, now);
            while (partitions.stream().anyMatch(each -> !each.isEmpty())) {
                int from = next(random, partitions, heard, now);
                Delta event = partitions.get(from).poll();
                heard[from] = now;
                long time = event.origin().committedAtMicros();
                List<Long> times = passed.computeIfAbsent(event.after(), any -> new ArrayList<>());
                boolean passes = times.stream().noneMatch(other -> Math.abs(other - time) < DAY);
                if (passes) {
                    times.add(time);
                }
                assertThat(passes(event)).as("seed %d: %s", seed, event).isEqualTo(passes);
                if (random.nextInt(3) == 0) {
                    now += random.nextInt((int) (HOUR / 8_000)) * 1_000L;
                    operator.forget(now, 1 + random.nextInt(20));
                }
                if (random.nextInt(500) == 0) {
                    operator = operator();
                    Arrays.fill(heard, now);
                }
            }
            now = pass(now + HOUR, 60 * DAY);
            assertThat(state.size()).as("seed %d", seed).isLessThanOrEqualTo(4 * 2 * 40 + PASSED);
            clear();
        }
    }

    private void clear() {
        List<byte[]> keys = new ArrayList<>();
        state.scan(new byte[0], (key, value) -> keys.add(key));
        keys.forEach(state::delete);
        operator = operator();
    }

    /** Any, but one that has been silent for long and is not at its end. */
    private static int next(Random random, List<Deque<Delta>> partitions, long[] heard, long now) {
        for (int i = 0; i < heard.length; i++) {
            if (now - heard[i] > HOUR / 2 && !partitions.get(i).isEmpty()) {
                return i;
            }
        }
        int from = random.nextInt(partitions.size());
        while (partitions.get(from).isEmpty()) {
            from = (from + 1) % partitions.size();
        }
        return from;
    }

    /** Thirty days of events, of which each partition has its own order, but for some that are late. */
    private static List<Deque<Delta>> partitions(Random random) {
        List<Deque<Delta>> partitions = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        for (int partition = 0; partition < count; partition++) {
            Deque<Delta> events = new ArrayDeque<>();
            long time = NOW - 30 * DAY;
            long step = 1 + random.nextLong(3);
            while (time < NOW) {
                long late = random.nextInt(4) == 0 ? random.nextInt(24) * HOUR : 0;
                events.add(event(partition, Integer.toString(random.nextInt(40)), time - late));
                time += random.nextLong(4) * step * HOUR / 2;
            }
            partitions.add(events);
        }
        return partitions;
    }
}
