package io.millrace.connectors.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

/** Bad records alone in the dead letters, in order, and the breaker that holds the next one. */
final class BisectionTest {
    private final FakeConnect connect = new FakeConnect(Map.of());
    private final DeliveryMetrics metrics = new DeliveryMetrics(System::currentTimeMillis);
    private final AtomicLong clockNanos = new AtomicLong();
    private final Records target = new Records();

    /** Takes offsets, but for those that are bad: some of them are known to be so beforehand. */
    private static final class Records implements Target<Long> {
        private final Set<Long> bad = new TreeSet<>();
        private final Set<Long> rejected = new TreeSet<>();
        private final List<Long> written = new ArrayList<>();
        private final List<Long> skipped = new ArrayList<>();
        private int attempts;

        @Override
        public SinkRecord record(Long offset) {
            return new SinkRecord("t", 0, null, null, null, offset, offset);
        }

        @Override
        public DataException rejection(Long offset) {
            return rejected.contains(offset) ? new DataException("unreadable " + offset) : null;
        }

        @Override
        public void write(List<Long> batch) throws DeliveryFailure {
            attempts++;
            for (Long offset : batch) {
                if (bad.contains(offset)) {
                    throw new DeliveryFailure(FailureKind.RECORD, "bad", null);
                }
            }
            written.addAll(
                    batch.stream().filter(offset -> !rejected.contains(offset)).toList());
        }

        @Override
        public void skip(Long offset) {
            skipped.add(offset);
        }

        @Override
        public void refresh() {
            throw new AssertionError("nothing has changed");
        }
    }

    private Bisection<Long> bisection(Breaker breaker) {
        return new Bisection<>(target, new DeadLetters(connect, metrics), breaker);
    }

    private Breaker breaker(int records, double ratio) {
        return new Breaker(records, ratio, Duration.ofSeconds(60), clockNanos::get);
    }

    private static List<Long> offsets(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    @Test
    void oneBadRecordCostsTwiceTheLogarithm() throws Exception {
        target.bad.add(41L);
        bisection(breaker(0, 0)).deliver(offsets(0, 64));
        assertThat(connect.deadOffsets()).containsExactly(41L);
        assertThat(target.skipped).containsExactly(41L);
        assertThat(target.written).hasSize(63).isSorted();
        assertThat(target.attempts).isEqualTo(13);
    }

    @Test
    void recordsThatAreKnownToBeBadCostNoAttempts() throws Exception {
        target.rejected.addAll(List.of(3L, 7L));
        bisection(breaker(10, 0.5)).deliver(offsets(0, 10));
        assertThat(connect.deadOffsets()).containsExactly(3L, 7L);
        assertThat(target.attempts).isEqualTo(1);
    }

    @Test
    void aStormOpensTheBreakerAndTheNextRecordIsHeld() throws Exception {
        target.bad.addAll(offsets(10, 1_000));
        Breaker breaker = breaker(20, 0.25);
        Bisection<Long> bisection = bisection(breaker);
        assertThatThrownBy(() -> bisection.deliver(offsets(0, 100)))
                .isInstanceOf(Breaker.Open.class)
                .hasMessageContaining("record t-0@15 is held");
        assertThat(connect.deadOffsets()).isEqualTo(offsets(10, 15));
        assertThat(target.written).isEqualTo(offsets(0, 10));
        assertThat(breaker.isOpen()).isTrue();
        int attempts = target.attempts;
        assertThatThrownBy(() -> bisection.deliver(offsets(15, 100))).isInstanceOf(Breaker.Open.class);
        assertThat(target.attempts).as("within the pause nothing is tried").isEqualTo(attempts);
        clockNanos.addAndGet(Duration.ofSeconds(61).toNanos());
        assertThatThrownBy(() -> bisection.deliver(offsets(15, 100))).isInstanceOf(Breaker.Open.class);
        assertThat(target.attempts).as("one record is tried").isEqualTo(attempts + 1);
        assertThatThrownBy(() -> bisection.deliver(offsets(15, 100))).isInstanceOf(Breaker.Open.class);
        assertThat(target.attempts).isEqualTo(attempts + 1);
        target.bad.clear();
        clockNanos.addAndGet(Duration.ofSeconds(61).toNanos());
        bisection.deliver(offsets(15, 100));
        assertThat(breaker.isOpen()).isFalse();
        assertThat(connect.deadOffsets()).hasSize(5);
        assertThat(target.written).hasSize(95).isSorted().endsWith(99L);
    }

    @Test
    void aStormOfUnreadableRecordsIsHeldLikewise() {
        target.rejected.addAll(offsets(10, 1_000));
        assertThatThrownBy(() -> bisection(breaker(20, 0.25)).deliver(offsets(0, 100)))
                .isInstanceOf(Breaker.Open.class)
                .hasMessageContaining("record t-0@15 is held: unreadable 15");
        assertThat(connect.deadOffsets()).isEqualTo(offsets(10, 15));
        assertThat(target.written).isEqualTo(offsets(0, 10));
    }

    /**
     * Whatever is bad, and however it is batched: nothing is lost, and of any so many records in a row no more than the part is
     * set aside. Where some bad records are known beforehand and others are not, those that are known may be before their turn.
     */
    @Test
    void nothingIsLostAndNoMoreThanThePartIsSetAside() throws Exception {
        long seed = Long.getLong("millrace.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < 120; round++) {
            connect.deadLetters.clear();
            Records records = new Records();
            boolean mixed = round % 3 == 2;
            int badPart = 1 + random.nextInt(10);
            for (long offset = 0; offset < 300; offset++) {
                if (random.nextInt(10) < badPart) {
                    boolean known = mixed ? random.nextBoolean() : round % 3 == 1;
                    (known ? records.rejected : records.bad).add(offset);
                }
            }
            Breaker breaker = breaker(20, 0.5);
            int reached = deliverAll(records, breaker, random);
            List<Long> dead = connect.deadOffsets();
            for (int from = 0; from < 300; from++) {
                int first = from;
                assertThat(dead.stream().filter(offset -> offset >= first && offset < first + 20))
                        .as("seed %d, from %d", seed, from)
                        .hasSizeLessThanOrEqualTo(mixed ? 20 : 10);
            }
            assertThat(dead).as("seed %d", seed).doesNotHaveDuplicates();
            assertThat(records.written).as("seed %d", seed).isSorted().doesNotHaveDuplicates();
            Set<Long> all = new TreeSet<>(records.written);
            all.addAll(dead);
            assertThat(all).as("seed %d: nothing is lost", seed).containsAll(offsets(0, reached));
        }
    }

    /** Up to the record that is held, if one is. */
    private int deliverAll(Records records, Breaker breaker, Random random) throws DeliveryFailure {
        Bisection<Long> bisection = new Bisection<>(records, new DeadLetters(connect, metrics), breaker);
        int next = 0;
        while (next < 300) {
            int to = Math.min(300, next + 1 + random.nextInt(40));
            try {
                bisection.deliver(offsets(next, to));
            } catch (Breaker.Open e) {
                return (int) breaker.held().offset();
            }
            next = to;
        }
        return next;
    }

    @Test
    void retriesEndWithTheirAttemptsButTheBreakerWaitsForEver() {
        Retries retries = new Retries(new RetryPolicy(2, 10, 1, 0, 10), connect, metrics);
        DeliveryFailure failure = new DeliveryFailure(FailureKind.TRANSIENT, "away", null);
        IntStream.range(0, 2).forEach(i -> assertThat(retries.again(failure)).hasMessageContaining("away"));
        assertThatThrownBy(() -> retries.again(failure)).hasMessageContaining("given up after 3 attempts: away");
        Breaker breaker = breaker(10, 0);
        DeliveryFailure open = breaker.open(RecordPosition.of(target.record(1L)), new DataException("bad"));
        IntStream.range(0, 5).forEach(i -> assertThat(retries.again(open)).hasMessageContaining("t-0@1 is held"));
        assertThat(connect.timeoutMs).isEqualTo(60_001);
    }
}
