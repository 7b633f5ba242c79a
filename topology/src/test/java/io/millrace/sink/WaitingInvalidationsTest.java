package io.millrace.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.CacheConfig;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import io.millrace.schemas.Purge;
import io.millrace.schemas.Purge.Outcome;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class WaitingInvalidationsTest {
    private static final long NOW_MS = 10_000;
    private static final long SECOND = 1_000_000;

    private final WaitingInvalidations waiting = of("varnish", Map.of());

    private static WaitingInvalidations of(String provider, Map<String, String> more) {
        Map<String, String> properties = new HashMap<>(more);
        properties.put("cdn.provider", provider);
        return new WaitingInvalidations("shop", new CacheConfig("edge", properties));
    }

    private static Invalidation tag(String target, long committedAtMicros) {
        return new Invalidation(
                "shop",
                "pages",
                TargetKind.TAG,
                target,
                false,
                "update",
                1,
                "shard1",
                committedAtMicros / SECOND,
                committedAtMicros,
                committedAtMicros,
                committedAtMicros + 1,
                null);
    }

    private static Invalidation url(String application, boolean tagged) {
        return new Invalidation(
                application,
                "pages",
                TargetKind.URL,
                "/p/1",
                tagged,
                "update",
                1,
                null,
                null,
                null,
                null,
                SECOND,
                null);
    }

    private static Purge purge(String cache, String target, long offset, Outcome outcome) {
        return new Purge(
                cache, "varnish", "shop", "pages", TargetKind.TAG, target, 0, offset, outcome, 1L, 1, null, 1, null);
    }

    private SinkLag lag() {
        return waiting.lag(false, NOW_MS);
    }

    @Test
    void whatTheCacheHasNotConfirmedWaits() {
        waiting.told(tag("photo/1", 4 * SECOND), 0, 10);
        waiting.told(tag("photo/2", 5 * SECOND), 1, 3);
        waiting.told(tag("photo/1", 6 * SECOND), 0, 11);
        assertThat(lag().records()).isEqualTo(3);
        assertThat(lag().seconds()).isEqualTo(6);
        assertThat(lag().positions()).isEqualTo(Map.of("shard1", 4L));
        waiting.done(purge("other", "photo/1", 11, Outcome.PURGED));
        waiting.done(purge("edge", "photo/1", 10, Outcome.PURGED));
        assertThat(lag().records()).isEqualTo(2);
        assertThat(lag().seconds()).isEqualTo(5);
        waiting.done(purge("edge", "photo/2", 3, Outcome.REFUSED));
        waiting.done(purge("edge", "photo/1", 11, Outcome.PURGED));
        assertThat(lag()).isEqualTo(new SinkLag(0, false, Optional.empty(), Map.of(), NOW_MS));
    }

    @Test
    void thePurgeOfOneIsThatOfAllThatWereToldOfTheTargetBefore() {
        waiting.told(tag("photo/1", SECOND), 0, 10);
        waiting.told(tag("photo/1", SECOND), 0, 11);
        waiting.done(purge("edge", "photo/1", 11, Outcome.PURGED));
        assertThat(waiting.size()).isZero();
    }

    /** The cache's answer may be read before what it answers. */
    @Test
    void whatIsConfirmedBeforeItIsToldDoesNotWait() {
        waiting.told(tag("photo/2", SECOND), 0, 9);
        waiting.done(purge("edge", "photo/1", 11, Outcome.PURGED));
        waiting.told(tag("photo/1", SECOND), 0, 10);
        waiting.told(tag("photo/1", SECOND), 0, 11);
        assertThat(waiting.size()).isEqualTo(1);
        waiting.told(tag("photo/1", SECOND), 0, 12);
        assertThat(waiting.size()).isEqualTo(2);
        // That is of what came before.
        waiting.done(purge("edge", "photo/2", 3, Outcome.PURGED));
        assertThat(waiting.size()).isEqualTo(2);
    }

    @Test
    void whatTheConnectorIsDoneWithDoesNotWait() {
        waiting.told(tag("photo/1", SECOND), 0, 10);
        waiting.told(tag("photo/2", SECOND), 1, 10);
        waiting.told(tag("photo/3", SECOND), 1, 11);
        TopicPartition other = new TopicPartition("cdn-invalidations", 1);
        waiting.passed(Map.of(other, 11L));
        assertThat(waiting.size()).isEqualTo(2);
        // What is not read may be confirmed already.
        assertThat(waiting.lag(true, NOW_MS).records()).isEqualTo(2);
        assertThat(waiting.lag(true, NOW_MS).atLeast()).isTrue();
    }

    @Test
    void whatIsNotForTheCacheDoesNotWait() {
        waiting.told(url("another", false), 0, 1);
        waiting.told(url("shop", true), 0, 2);
        assertThat(waiting.size()).isZero();
        waiting.told(url("shop", false), 0, 3);
        assertThat(waiting.size()).isEqualTo(1);
        WaitingInvalidations byUrls = of("nginx", Map.of());
        byUrls.told(tag("photo/1", SECOND), 0, 1);
        assertThat(byUrls.size()).isZero();
        byUrls.told(url("shop", true), 0, 2);
        assertThat(byUrls.size()).isEqualTo(1);
        WaitingInvalidations both = of("varnish", Map.of("cdn.by", "both"));
        both.told(url("shop", true), 0, 2);
        assertThat(both.size()).isEqualTo(1);
        WaitingInvalidations byTags = of("varnish", Map.of("cdn.by", "tags"));
        byTags.told(url("shop", false), 0, 2);
        assertThat(byTags.size()).isZero();
    }
}
