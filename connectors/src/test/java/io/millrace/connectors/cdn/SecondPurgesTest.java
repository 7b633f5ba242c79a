package io.millrace.connectors.cdn;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.connectors.cdn.Limits.Together;
import io.millrace.connectors.delivery.ReplayTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Second purges, for which nobody waits, beside first ones. */
final class SecondPurgesTest {
    private static final InvalidationReader READER = new InvalidationReader(new ReplayTopic(""));
    private static final Limits VARNISH = new Limits(100, 7_000, Together.OF_A_MASS);

    private static Purging first(long offset, long dueMs) {
        return READER.read(CacheRecords.tag(offset, "photo/" + offset), TimeUnit.MILLISECONDS.toNanos(dueMs));
    }

    private static Purging second(long offset, long dueMs) {
        return first(offset, 0).again(TimeUnit.MILLISECONDS.toNanos(dueMs));
    }

    private static List<Long> offsets(List<Purging> purgings) {
        return purgings.stream().map(each -> each.position().offset()).toList();
    }

    @Test
    void theyMakeWayForFirstOnesForAMoment() {
        PendingPurges pending = new PendingPurges();
        List.of(second(1, 500), second(2, 900), first(3, 1_000), first(4, 950)).forEach(pending::add);
        assertThat(offsets(pending.due(TimeUnit.MILLISECONDS.toNanos(1_000))))
                .as("the one that is due for half a second has its turn")
                .containsExactly(1L, 4L, 3L, 2L);
    }

    @Test
    void theyAreOneRequestWhereEachFirstOneIsARequest() {
        Batches batches = new Batches(way -> VARNISH, 8);
        List<Purging> due = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            due.add(i % 2 == 0 ? first(i, 0) : second(i, 0));
        }
        List<List<Purging>> requests = batches.cut(due);
        assertThat(requests).hasSize(21);
        assertThat(requests)
                .filteredOn(request -> request.size() == 20)
                .singleElement()
                .satisfies(request -> assertThat(request).allMatch(Purging::isAgain));
    }

    /** What is told anew of a target before its second purge is purged once for both. */
    @Test
    void theOneOfATargetThatIsPurgedAnywayIsWithIt() {
        Batches batches = new Batches(way -> VARNISH, 8);
        Purging again = READER.read(CacheRecords.tag(1, "photo/7"), 0).again(0);
        Purging anew = READER.read(CacheRecords.tag(9, "photo/7"), 0);
        assertThat(batches.cut(List.of(again, anew))).containsExactly(List.of(again, anew));
    }
}
