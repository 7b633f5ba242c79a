package io.millrace.connectors.cdn;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.connectors.cdn.Limits.Together;
import io.millrace.schemas.Invalidation.TargetKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** How purges are spread over time and over requests. */
final class PaceTest {
    private static final long SECOND = 1_000_000_000;

    @Test
    void aBucketThatIsEmptyFillsAtItsRate() {
        AtomicLong clock = new AtomicLong(5 * SECOND);
        TokenBucket bucket = new TokenBucket(new Rate(10, 20), clock::get);
        assertThat(bucket.take(20)).isZero();
        assertThat(bucket.take(5)).isEqualTo(SECOND / 2);
        assertThat(bucket.take(10)).as("behind the one before").isEqualTo(SECOND * 3 / 2);
        clock.addAndGet(2 * SECOND);
        assertThat(bucket.take(5)).isZero();
        clock.addAndGet(100 * SECOND);
        assertThat(bucket.take(21)).as("never fuller than its burst").isEqualTo(SECOND / 10);
        assertThat(new TokenBucket(Rate.UNLIMITED, clock::get).take(1_000_000)).isZero();
    }

    @Test
    void requestsAreOfOneKindAndAsLargeAsTheirLimits() {
        Batches batches = new Batches(
                way -> way == Way.TAG
                        ? new Limits(3, 24, Together.ALL)
                        : new Limits(2, Integer.MAX_VALUE, Together.ALL),
                4);
        List<Purging> due = new ArrayList<>();
        int offset = 0;
        for (String tag : List.of("a", "b", "a", "c", "dd", "a-tag-of-20-letters-x", "e")) {
            due.add(Purging.first(CacheRecords.tag(offset, tag), null, invalidation(TargetKind.TAG, tag), offset++));
        }
        due.add(2, Purging.first(CacheRecords.url(offset, "/a"), null, invalidation(TargetKind.URL, "/a"), offset));
        List<List<Purging>> requests = batches.cut(due);
        assertThat(requests.stream().map(PaceTest::targets))
                .containsExactly(
                        List.of("a", "a", "b", "c"),
                        List.of("/a"),
                        List.of("dd"),
                        List.of("a-tag-of-20-letters-x", "e"));
        due.removeAll(requests.get(0));
        due.remove(requests.get(3).get(0));
        Purging late = Purging.first(CacheRecords.tag(99, "f"), null, invalidation(TargetKind.TAG, "f"), 99);
        due.add(late);
        assertThat(batches.cut(due).stream().map(PaceTest::targets))
                .as("what was cut once stays so")
                .containsExactly(List.of("/a"), List.of("dd"), List.of("e"), List.of("f"));
    }

    private static io.millrace.schemas.Invalidation invalidation(TargetKind kind, String target) {
        return new io.millrace.schemas.Invalidation(
                "photos", "pages", kind, target, false, "", 1, null, null, null, null, 1, null);
    }

    private static List<String> targets(List<Purging> request) {
        return request.stream().map(Purging::target).toList();
    }

    @Test
    void aMassIsToldAMinuteAtMost() {
        AtomicLong clock = new AtomicLong();
        TopicPartition one = new TopicPartition("t", 0);
        MassProgress mass = new MassProgress("edge", asked -> Map.of(one, 100_000L), clock::get);
        assertThat(mass.look(true, Map.of(one, 0L))).isNull();
        clock.set(5 * SECOND);
        assertThat(mass.look(true, Map.of(one, 500L))).isNull();
        clock.set(20 * SECOND);
        assertThat(mass.look(true, Map.of(one, 2_000L)))
                .isEqualTo("cache edge: 2000 of 100000 invalidations are purged, 2 %, about 980 s more");
        assertThat(mass.left()).isEqualTo(98_000);
        clock.set(70 * SECOND);
        assertThat(mass.look(true, Map.of(one, 7_000L))).isNull();
        clock.set(80 * SECOND);
        assertThat(mass.look(true, Map.of(one, 8_000L))).contains("8000 of 100000");
        assertThat(mass.look(false, Map.of(one, 100_000L))).isEqualTo("cache edge: all that waited is purged");
        assertThat(mass.left()).isZero();
        assertThat(mass.look(false, Map.of(one, 100_000L))).isNull();
        assertThat(IntStream.range(0, 100).mapToObj(i -> {
                    clock.addAndGet(SECOND / 10);
                    return mass.look(i % 2 == 0, Map.of(one, 100_000L + i));
                }))
                .as("ordinary work is no mass")
                .containsOnlyNulls();
    }
}
