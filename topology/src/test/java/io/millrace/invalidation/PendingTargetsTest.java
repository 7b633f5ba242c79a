package io.millrace.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.catalog.PipelineConfig;
import io.millrace.cdn.TargetChange;
import io.millrace.cdn.TargetCodec;
import io.millrace.cdn.TargetId;
import io.millrace.row.Origin;
import io.millrace.runtime.CommitPacer;
import io.millrace.schemas.Invalidation.TargetKind;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

final class PendingTargetsTest {
    private final MockProcessorContext<byte[], byte[]> context = new MockProcessorContext<>();
    private final PendingTargets targets = new PendingTargets(
            Map.of(),
            new CdnTopics(PipelineConfig.read("application.id=app", "millrace.properties", "app", Map.of())
                    .config()),
            new CdnMeters(new SimpleMeterRegistry()),
            new CommitPacer(5, 20),
            (topic, record) -> new byte[0]);

    @Test
    void nothingTicksAndSoNothingIsCommittedWhileNothingIsPending() {
        KeyValueStore<?, ?> store = Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(CdnTopology.PENDING), Serdes.Bytes(), Serdes.ByteArray())
                .withLoggingDisabled()
                .withCachingDisabled()
                .build();
        store.init(context.getStateStoreContext(), store);
        context.addStateStore(store);
        context.setCurrentSystemTimeMs(1_000_000);
        targets.init(context);
        assertThat(ticking()).isEmpty();
        TargetId id = new TargetId("pages", TargetKind.TAG, "photo/1");
        Origin origin = new Origin("s1", 1, 1);
        for (int i = 0; i < 2; i++) {
            byte[] change = new TargetCodec().change(new TargetChange(id, false, "insert", origin, 1));
            targets.process(new Record<>(new byte[0], change, 0));
            assertThat(ticking()).hasSize(1);
        }
        punctuate(1_010_000);
        assertThat(context.forwarded()).hasSize(1);
        // For two seconds it is remembered when it was told.
        assertThat(ticking()).hasSize(1);
        punctuate(1_012_000);
        assertThat(ticking()).isEmpty();
    }

    private void punctuate(long nowMs) {
        context.setCurrentSystemTimeMs(nowMs);
        ticking().forEach(each -> each.getPunctuator().punctuate(nowMs));
    }

    private List<CapturedPunctuator> ticking() {
        return context.scheduledPunctuators().stream()
                .filter(each -> !each.cancelled())
                .toList();
    }
}
