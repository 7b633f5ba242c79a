package io.millrace.connectors.cdn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.delivery.RecordPosition;
import io.millrace.connectors.delivery.ReplayTopic;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

final class RequestsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static List<Purging> request(long offset) {
        SinkRecord record = CacheRecords.tag(offset, "photo/" + offset);
        return List.of(Purging.first(record, RecordPosition.of(record), null, 0));
    }

    /** As the breaker's, which may close before a request that it has stopped is met. */
    @Test
    void aFailureThatCountsNoMoreIsDropped() throws Exception {
        AtomicBoolean counts = new AtomicBoolean(true);
        try (Requests requests = new Requests(1, "requests", failure -> counts.get())) {
            Requests.Maker late = request -> {
                sleep(400);
                throw new DeliveryFailure(FailureKind.TRANSIENT, "it is open", null);
            };
            requests.attend();
            requests.run(List.of(request(0)), late, PATIENCE);
            sleep(300);
            assertThatThrownBy(() -> requests.run(List.of(), late, PATIENCE)).hasMessage("it is open");
            requests.run(List.of(request(0)), late, PATIENCE);
            sleep(300);
            counts.set(false);
            requests.attend();
            requests.run(List.of(), late, PATIENCE);
            assertThat(requests.areUnderWay()).isFalse();
        }
    }

    /** Targets that a cache does not answer would take all of the lanes in the end. */
    @Test
    void whatIsMadeAgainLeavesRoomForOthers() throws Exception {
        CountDownLatch ends = new CountDownLatch(1);
        Set<Long> made = ConcurrentHashMap.newKeySet();
        Requests.Maker maker = request -> {
            try {
                if (request.get(0).attempts() > 0) {
                    ends.await();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            made.add(request.get(0).position().offset());
        };
        List<List<Purging>> again = IntStream.range(0, 5)
                .mapToObj(RequestsTest::request)
                .peek(request -> request.get(0).attempt())
                .toList();
        try (Requests requests = new Requests(4, "requests", failure -> true)) {
            requests.attend();
            requests.run(again, maker, PATIENCE);
            requests.run(
                    Stream.concat(
                                    again.subList(2, 5).stream(),
                                    IntStream.range(5, 9).mapToObj(RequestsTest::request))
                            .toList(),
                    maker,
                    PATIENCE);
            assertThat(made).containsExactlyInAnyOrder(5L, 6L, 7L, 8L);
            ends.countDown();
            sleep(100);
            requests.run(again.subList(2, 5), maker, PATIENCE);
            assertThat(made).hasSize(9);
            assertThat(requests.areUnderWay()).isFalse();
        }
    }

    private static Purging second(long offset) {
        SinkRecord record = CacheRecords.tag(offset, "photo/" + offset);
        return new InvalidationReader(new ReplayTopic("")).read(record, 0).again(0);
    }

    /** First purges that have come since would wait for all of them. */
    @Test
    void aCallThatHasOnlySecondPurgesLeftReturnsSoon() throws Exception {
        AtomicInteger made = new AtomicInteger();
        AtomicInteger firsts = new AtomicInteger();
        Requests.Maker maker = request -> {
            sleep(10);
            (request.get(0).isAgain() ? made : firsts).incrementAndGet();
        };
        List<List<Purging>> seconds =
                IntStream.range(0, 200).mapToObj(i -> List.of(second(i))).toList();
        List<List<Purging>> both = Stream.concat(
                        seconds.stream(), IntStream.range(200, 240).mapToObj(RequestsTest::request))
                .toList();
        try (Requests requests = new Requests(4, "requests", failure -> true)) {
            requests.attend();
            requests.run(seconds, maker, PATIENCE);
            assertThat(made).hasValueLessThan(60);
            requests.run(both, maker, PATIENCE);
            assertThat(firsts)
                    .as("while there are first ones each has its turn")
                    .hasValue(40);
            assertThat(made).hasValueGreaterThanOrEqualTo(200);
        }
    }

    /** A cache that is silent about a request of many would hold up each of its targets, and one of these the many. */
    @Test
    void secondPurgesTogetherAndFirstOnesOfTheirTargetsDoNotWaitForEachOther() throws Exception {
        CountDownLatch ends = new CountDownLatch(1);
        Set<Long> made = ConcurrentHashMap.newKeySet();
        Requests.Maker maker = request -> {
            try {
                if (request.size() > 1 || request.get(0).position().offset() == 3) {
                    ends.await();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            request.forEach(each -> made.add(each.position().offset()));
        };
        List<Purging> anew = List.of(first(10, "photo/1"));
        List<Purging> silent = List.of(first(3, "photo/3"));
        try (Requests requests = new Requests(4, "requests", failure -> true)) {
            requests.attend();
            requests.run(List.of(List.of(second(0), second(1)), anew), maker, PATIENCE);
            assertThat(made).containsExactly(10L);
            requests.run(List.of(silent), maker, PATIENCE);
            requests.run(List.of(List.of(second(3), second(4))), maker, PATIENCE);
            requests.run(List.of(List.of(first(11, "photo/3"))), maker, PATIENCE);
            assertThat(made).as("first purges of one target are made in turn").containsExactly(10L);
            ends.countDown();
            sleep(100);
            requests.run(List.of(), maker, PATIENCE);
            assertThat(made).containsExactlyInAnyOrder(0L, 1L, 3L, 4L, 10L);
            assertThat(requests.areUnderWay()).isFalse();
        }
    }

    private static Purging first(long offset, String tag) {
        return new InvalidationReader(new ReplayTopic("")).read(CacheRecords.tag(offset, tag), 0);
    }

    private static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
