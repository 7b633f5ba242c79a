package io.millrace.connectors.cdn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.delivery.RecordPosition;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
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

    private static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
