package io.millrace.runtime.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Table;
import io.millrace.catalog.TablesFile;
import io.millrace.schemas.ReplayHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** Who counts an event that was sent again. */
final class EventReplayTest {
    private static final byte[] BROKEN = bytes("{\"pieces\":\"many\"}");
    private static final byte[] MENDED = bytes("{\"pieces\":7}");
    private static final byte[] BROKEN_AGAIN = bytes("{\"pieces\":\"7 or so\"}");

    private final SourceDecoder numbers = decoder("integer");
    private final SourceDecoder texts = decoder("text");

    private static SourceDecoder decoder(String type) {
        String sql = "CREATE TABLE sales (pieces " + type + ") WITH (topic = 'sales', format = 'json');";
        Table table = TablesFile.read(sql, "tables.sql", "shop", new ArrayList<>())
                .table("sales")
                .orElseThrow();
        return SourceDecoder.of(table, new int[] {0}, id -> null);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Headers replayFor(String application, byte[]... earlier) {
        Headers headers = new RecordHeaders();
        headers.add(ReplayHeaders.APPLICATION, bytes(application));
        for (byte[] value : earlier) {
            headers.add(ReplayHeaders.INSTEAD_OF, value);
        }
        return headers;
    }

    @Test
    void anEventThatWasNeverSentAgainCounts() {
        assertThat(EventReplay.counts(new RecordHeaders(), null, MENDED, "shop", numbers))
                .isTrue();
    }

    @Test
    void aReplayCountsForTheApplicationThatHadSetTheEventAside() {
        Headers headers = replayFor("shop");
        assertThat(EventReplay.counts(headers, null, MENDED, "shop", numbers)).isTrue();
        assertThat(EventReplay.counts(headers, null, MENDED, "shop-g2", numbers))
                .isFalse();
        assertThat(EventReplay.counts(headers, null, MENDED, null, numbers)).isFalse();
    }

    @Test
    void aMendedEventCountsForAllWhoCannotReadWhatItWas() {
        Headers headers = replayFor("shop", BROKEN);
        assertThat(EventReplay.counts(headers, null, MENDED, "shop", texts)).isTrue();
        assertThat(EventReplay.counts(headers, null, MENDED, "other", numbers)).isTrue();
        assertThat(EventReplay.counts(headers, null, MENDED, "other", texts))
                .as("the original counted")
                .isFalse();
    }

    @Test
    void ofAnEventThatIsMendedTwiceOneCounts() {
        Headers headers = replayFor("shop", BROKEN, BROKEN_AGAIN);
        assertThat(EventReplay.counts(headers, null, MENDED, "other", numbers)).isTrue();
        assertThat(EventReplay.counts(
                        replayFor("shop", BROKEN, MENDED), null, bytes("{\"pieces\":8}"), "other", numbers))
                .as("the first mended one counted")
                .isFalse();
        assertThat(EventReplay.counts(replayFor("shop", BROKEN, BROKEN_AGAIN), null, BROKEN_AGAIN, "other", numbers))
                .as("the same value once more is for the one application alone")
                .isFalse();
    }
}
