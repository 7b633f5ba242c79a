package io.millrace.connectors.cdn;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.connectors.cdn.Limits.Together;
import io.millrace.connectors.delivery.ReplayTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    /** Tokens that second purges take are not there for the first one, which would be made when all of them have come. */
    @Test
    void theyAreByThemselvesWhereTheRateCountsTargets() {
        Limits whole = new Limits(30, Integer.MAX_VALUE, Together.ALL);
        Provider fastly = new CdnPurgeSinkConfig(Map.of(
                        "name",
                        "n",
                        "cdn.provider",
                        "fastly",
                        "cdn.service",
                        "s",
                        "cdn.token",
                        "t",
                        "cdn.site",
                        "https://a"))
                .provider();
        Provider cloudflare = new CdnPurgeSinkConfig(Map.of(
                        "name",
                        "n",
                        "cdn.provider",
                        "cloudflare",
                        "cdn.zone",
                        "z",
                        "cdn.token",
                        "t",
                        "cdn.site",
                        "https://a"))
                .provider();
        assertThat(new Pace(fastly, Rate.UNLIMITED, System::nanoTime)
                        .within(Way.TAG, whole)
                        .together())
                .isEqualTo(Together.SECONDS_APART);
        Pace pace = new Pace(cloudflare, Rate.UNLIMITED, System::nanoTime);
        assertThat(pace.within(Way.URL, whole).together()).isEqualTo(Together.SECONDS_APART);
        assertThat(pace.within(Way.TAG, whole).together())
                .as("of requests there are few")
                .isEqualTo(Together.ALL);
        List<Purging> due = List.of(second(1, 0), first(2, 0), second(3, 0), first(4, 0));
        assertThat(new Batches(way -> pace.within(Way.URL, whole), 8)
                        .cut(due).stream().map(SecondPurgesTest::offsets))
                .containsExactly(List.of(1L, 3L), List.of(2L, 4L));
        assertThat(new Batches(way -> whole, 8).cut(List.of(second(1, 0), first(2, 0))))
                .hasSize(1);
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
