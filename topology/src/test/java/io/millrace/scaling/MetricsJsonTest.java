package io.millrace.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class MetricsJsonTest {
    @Test
    void aRecordMayHaveSeveralMetrics() throws MetricsJson.Unreadable {
        assertThat(MetricsJson.read(bytes("{\"service\":\"web\",\"values\":{\"a\":1,\"b\":2.5}}"), 7))
                .containsExactly(new Sample("web", "", "a", 1, 7), new Sample("web", "", "b", 2.5, 7));
    }

    @Test
    void whatWouldStopTheApplicationIsUnreadable() {
        assertUnreadable("{\"service\":\"web\",\"values\":{}}", "values is empty");
        assertUnreadable("{\"service\":\"web\",\"name\":\"a\",\"value\":1e999}", "value is too large");
        assertUnreadable(
                "{\"service\":\"web\",\"instance\":\"" + "i".repeat(1_001) + "\",\"name\":\"a\",\"value\":1}",
                "instance is longer than 1000 characters");
        assertUnreadable(
                "{\"service\":\"web\",\"values\":{\"" + "n".repeat(1_001) + "\":1}}",
                "a name is longer than 1000 characters");
    }

    private static void assertUnreadable(String record, String message) {
        assertThatThrownBy(() -> MetricsJson.read(bytes(record), 0))
                .isInstanceOf(MetricsJson.Unreadable.class)
                .hasMessage(message);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
