package io.millrace.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import io.millrace.sql.Sink;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class HotTagsTest {
    private static final long SECOND = 1_000_000;

    private final AtomicLong now = new AtomicLong(1_000 * SECOND);
    private final HotTags tags = new HotTags(now::get);

    private void tell(String tag, Integer ttlSeconds) {
        tell("pages", tag, ttlSeconds);
    }

    private void tell(String sink, String tag, Integer ttlSeconds) {
        tags.told(new Invalidation(
                "app", sink, TargetKind.TAG, tag, false, "update", 1, null, null, null, null, now.get(), ttlSeconds));
    }

    @Test
    void whatCarriesAHotTagIsKeptForAsLongAsIsToldOfIt() {
        assertThat(tags.ttlSeconds("pages", "photo/7 user/42")).isZero();
        tell("photo/7", 3_600);
        tell("photo/8", null);
        assertThat(tags.ttlSeconds("pages", "photo/7 user/42")).isEqualTo(3_600);
        assertThat(tags.ttlSeconds("pages", "user/42 photo/7")).isEqualTo(3_600);
        assertThat(tags.ttlSeconds("pages", "photo/8 user/42")).isZero();
        tell("user/42", 7_200);
        assertThat(tags.ttlSeconds("pages", "photo/7 user/42")).isEqualTo(7_200);
    }

    @Test
    void aTagStaysPopularForThatTimeWhetherItChangesOrNot() {
        tell("photo/7", 3_600);
        tell("photo/7", null);
        tell("photo/7", 300);
        assertThat(tags.ttlSeconds("pages", "photo/7")).isEqualTo(3_600);
        now.addAndGet(3_599 * SECOND);
        assertThat(tags.ttlSeconds("pages", "photo/7")).isEqualTo(3_600);
        now.addAndGet(SECOND);
        assertThat(tags.ttlSeconds("pages", "photo/7")).isZero();
    }

    @Test
    void ofTwoTiersEachHoldsForItsTime() {
        tell("photo/7", 3_600);
        now.addAndGet(3_000 * SECOND);
        tell("photo/7", 900);
        assertThat(tags.ttlSeconds("pages", "photo/7")).isEqualTo(3_600);
        now.addAndGet(700 * SECOND);
        assertThat(tags.ttlSeconds("pages", "photo/7")).isEqualTo(900);
        now.addAndGet(200 * SECOND);
        assertThat(tags.ttlSeconds("pages", "photo/7")).isZero();
    }

    @Test
    void eachSinkSaysForHowLongItsOwnTagsAreKept() {
        tell("lists", "user/42", 7_200);
        assertThat(tags.ttlSeconds("lists", "photo/7 user/42")).isEqualTo(7_200);
        assertThat(tags.ttlSeconds("pages", "photo/7 user/42")).isZero();
    }

    @Test
    void whatASinkWasToldOfIsForgottenWhenTheSinkIsChangedOrGone() {
        Sink sink = sink("300, 3600");
        tags.deployed(List.of(sink));
        tell("photo/7", 3_600);
        tags.deployed(List.of(sink));
        assertThat(tags.ttlSeconds("pages", "photo/7")).isEqualTo(3_600);
        tags.deployed(List.of(sink("60")));
        assertThat(tags.ttlSeconds("pages", "photo/7")).isZero();
    }

    private static Sink sink(String ttlSeconds) {
        return new Sink("pages", "cdn", "photo_card", Optional.empty(), Map.of("ttl_seconds", ttlSeconds));
    }

    @Test
    void whatIsOverIsForgottenWhetherItIsAskedForOrNot() {
        tell("photo/7", 300);
        tell("photo/8", 300);
        now.addAndGet(300 * SECOND);
        tell("photo/9", 300);
        assertThat(tags.size()).isEqualTo(1);
    }

    @Test
    void ofVeryManyTheLatestAreKnown() {
        for (int i = 0; i <= HotTags.MOST_TAGS; i++) {
            tell("photo/" + i, 3_600);
        }
        assertThat(tags.ttlSeconds("pages", "photo/0")).isZero();
        assertThat(tags.ttlSeconds("pages", "photo/1")).isEqualTo(3_600);
    }
}
