package io.millrace.connectors.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class RetryAfterTest {
    private static final Instant NOW = Instant.parse("2026-11-27T12:00:00Z");

    private static long seconds(String header) {
        return RetryAfter.parse(header, NOW, Duration.ofHours(1)).toSeconds();
    }

    @Test
    void secondsAndDatesAreRead() {
        assertThat(seconds("120")).isEqualTo(120);
        assertThat(seconds(" 0 ")).isZero();
        assertThat(seconds("Fri, 27 Nov 2026 12:00:30 GMT")).isEqualTo(30);
        assertThat(seconds("Fri, 27 Nov 2026 11:00:00 GMT")).as("past").isZero();
    }

    @Test
    void whatIsTooLongIsCutAndWhatIsNothingIsNothing() {
        assertThat(seconds("86400")).isEqualTo(3_600);
        assertThat(seconds("99999999999999999999")).isEqualTo(3_600);
        assertThat(seconds("Sat, 28 Nov 2026 12:00:00 GMT")).isEqualTo(3_600);
        assertThat(seconds("soon")).isZero();
        assertThat(seconds("-5")).isZero();
    }
}
