package io.millrace.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.PipelineConfig;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class HotTagsReaderTest {
    private static Invalidation hot(String application, String tag) {
        return new Invalidation(
                application, "pages", TargetKind.TAG, tag, false, "update", 1, null, null, null, null, 0, 3_600);
    }

    @Test
    void whateverFailsIsTriedAgain() throws InterruptedException {
        CdnTopics topics =
                new CdnTopics(PipelineConfig.read("application.id=app", "millrace.properties", "app", Map.of())
                        .config());
        HotTags tags = new HotTags(() -> Duration.ofHours(1).toMillis());
        AtomicInteger tries = new AtomicInteger();
        CountDownLatch told = new CountDownLatch(1);
        HotTagsReader.Log log = (reader, wanted) -> {
            if (tries.getAndIncrement() == 0) {
                throw new ClassCastException("a record that nobody expected");
            }
            reader.accept(hot("app", "photo/7"));
            reader.accept(hot("another", "photo/8"));
            told.countDown();
            while (wanted.getAsBoolean()) {
                Thread.onSpinWait();
            }
        };
        try (HotTagsReader reader = HotTagsReader.start(topics, log, tags)) {
            assertThat(reader).isNotNull();
            assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(tags.ttlSeconds("pages", "photo/7")).isEqualTo(3_600);
        assertThat(tags.ttlSeconds("pages", "photo/8")).isZero();
    }
}
