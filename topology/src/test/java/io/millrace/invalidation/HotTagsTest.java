package io.millrace.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class HotTagsTest {
    private static final long SECOND = 1_000_000;

    private final AtomicLong now = new AtomicLong(1_000 * SECOND);
    private final HotTags tags = new HotTags(now::get);

    private void tell(String tag, Integer ttlSeconds) {
        tags.told(new Invalidation(
                "app",
                "pages",
                TargetKind.TAG,
                tag,
                false,
                "update",
                1,
                null,
                null,
                null,
                null,
                now.get(),
                ttlSeconds));
    }

    @Test
    void whatCarriesAHotTagIsKeptForAsLongAsIsToldOfIt() {
        assertThat(tags.ttlSeconds("photo/7 user/42")).isZero();
        tell("photo/7", 3_600);
        tell("photo/8", null);
        assertThat(tags.ttlSeconds("photo/7 user/42")).isEqualTo(3_600);
        assertThat(tags.ttlSeconds("user/42 photo/7")).isEqualTo(3_600);
        assertThat(tags.ttlSeconds("photo/8 user/42")).isZero();
        tell("user/42", 7_200);
        assertThat(tags.ttlSeconds("photo/7 user/42")).isEqualTo(7_200);
    }

    @Test
    void aTagStaysPopularForThatTimeWhetherItChangesOrNot() {
        tell("photo/7", 3_600);
        tell("photo/7", null);
        tell("photo/7", 300);
        assertThat(tags.ttlSeconds("photo/7")).isEqualTo(3_600);
        now.addAndGet(3_599 * SECOND);
        assertThat(tags.ttlSeconds("photo/7")).isEqualTo(3_600);
        now.addAndGet(SECOND);
        assertThat(tags.ttlSeconds("photo/7")).isZero();
    }

    @Test
    void ofVeryManyTheLatestAreKnown() {
        for (int i = 0; i <= HotTags.MOST_TAGS; i++) {
            tell("photo/" + i, 3_600);
        }
        assertThat(tags.ttlSeconds("photo/0")).isZero();
        assertThat(tags.ttlSeconds("photo/1")).isEqualTo(3_600);
    }
}
