package io.millrace.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.scaling.policy.PolicyFile;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** Ticks, and metrics that wait in other partitions. */
final class TickerTest {
    private final MockProducer<byte[], byte[]> producer =
            new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    private boolean read = true;
    private boolean marked = true;
    private int marks;

    private final Ticker ticker = new Ticker(
            PolicyFile.read("""
                    services:
                      web: { minInstances: 1, maxInstances: 2, gracePeriod: 5, triggers: { scaleOut: { metric: CPU, threshold: 80, action: add 1 instance } } }
                    """, "scaling.yaml").orThrow(),
            new MetricsBacklog() {
                @Override
                public void mark() {
                    if (!marked) {
                        throw new KafkaException("this is a test: no answer");
                    }
                    marks++;
                }

                @Override
                public boolean isReadToMark() {
                    return read;
                }

                @Override
                public void close() {}
            },
            producer);

    private List<String> ticks() {
        return producer.history().stream()
                .map(each -> new String(each.value(), StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void aStepIsOverOnceItsGracePeriodIs() throws Exception {
        ticker.look(100_000);
        ticker.look(124_900);
        assertThat(ticks()).isEmpty();
        ticker.look(125_000);
        ticker.look(125_100);
        assertThat(ticks()).containsExactly("{\"service\":\"web\",\"control\":\"tick\",\"value\":0.0,\"time\":125000}");
    }

    /** What is decided on a second late is of no use where a period is one. */
    @Test
    void theClockIsLookedAtWhenAStepIsOver() throws Exception {
        ticker.look(100_000);
        assertThat(ticker.pauseMs(100_000)).as("it may be set").isEqualTo(100);
        assertThat(ticker.pauseMs(124_990)).isEqualTo(10);
        read = false;
        ticker.look(125_000);
        assertThat(ticker.pauseMs(125_000)).as("soon, if metrics wait").isEqualTo(10);
        ticker.look(125_010);
        assertThat(ticker.pauseMs(125_010)).as("and then less often").isEqualTo(20);
        read = true;
        ticker.look(125_030);
        assertThat(ticks()).hasSize(1);
        assertThat(ticker.pauseMs(184_999)).isEqualTo(1);
    }

    @Test
    void aTickGoesByNoOlderMark() throws Exception {
        ticker.look(100_000);
        marked = false;
        assertThatThrownBy(() -> ticker.look(125_000)).isInstanceOf(KafkaException.class);
        assertThatThrownBy(() -> ticker.look(125_100)).isInstanceOf(KafkaException.class);
        assertThat(ticks()).isEmpty();
        marked = true;
        ticker.look(125_200);
        assertThat(ticks()).hasSize(1);
        assertThat(marks).isEqualTo(1);
    }

    @Test
    void aTickWaitsUntilWhatWasWrittenBeforeItIsRead() throws Exception {
        ticker.look(100_000);
        read = false;
        ticker.look(125_000);
        ticker.look(185_000);
        assertThat(ticks()).isEmpty();
        assertThat(marks)
                .as("more that comes meanwhile does not make it wait longer")
                .isEqualTo(1);
        read = true;
        ticker.look(185_100);
        ticker.look(185_200);
        assertThat(ticks())
                .containsExactly(
                        "{\"service\":\"web\",\"control\":\"tick\",\"value\":0.0,\"time\":125000}",
                        "{\"service\":\"web\",\"control\":\"tick\",\"value\":0.0,\"time\":185000}");
    }
}
