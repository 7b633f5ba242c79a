package io.millrace.scaling.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Times of cron expressions, daylight saving included: in Berlin 02:00 to 03:00 is missing in March and comes twice in October. */
final class CronTimesTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 8 * * *       | UTC           | 2024-11-18T07:59:59Z | 2024-11-17T08:00:00Z | 2024-11-18T08:00:00Z
            0 8 * * *       | UTC           | 2024-11-18T08:00:00Z | 2024-11-18T08:00:00Z | 2024-11-19T08:00:00Z
            0 9 * * MON-FRI | Europe/Berlin | 2024-11-22T12:00:00Z | 2024-11-22T08:00:00Z | 2024-11-25T08:00:00Z
            0 9 * * *       | Europe/Berlin | 2025-03-29T12:00:00Z | 2025-03-29T08:00:00Z | 2025-03-30T07:00:00Z
            0 9 * * *       | Europe/Berlin | 2025-10-25T12:00:00Z | 2025-10-25T07:00:00Z | 2025-10-26T08:00:00Z
            30 2 * * *      | Europe/Berlin | 2025-03-29T12:00:00Z | 2025-03-29T01:30:00Z | 2025-03-30T01:30:00Z
            30 2 * * *      | Europe/Berlin | 2025-03-30T12:00:00Z | 2025-03-30T01:30:00Z | 2025-03-31T00:30:00Z
            30 2 * * *      | Europe/Berlin | 2025-10-25T12:00:00Z | 2025-10-25T00:30:00Z | 2025-10-26T00:30:00Z
            30 2 * * *      | Europe/Berlin | 2025-10-26T00:45:00Z | 2025-10-26T00:30:00Z | 2025-10-27T01:30:00Z
            30 2 * * *      | Europe/Berlin | 2025-03-30T01:10:00Z | 2025-03-29T01:30:00Z | 2025-03-30T01:30:00Z
            30 2 * * *      | Europe/Berlin | 2025-10-26T01:15:00Z | 2025-10-26T00:30:00Z | 2025-10-27T01:30:00Z
            30 2 * * *      | Europe/Berlin | 2025-10-26T12:00:00Z | 2025-10-26T00:30:00Z | 2025-10-27T01:30:00Z
            0 0 29 2 *      | UTC           | 2025-01-01T00:00:00Z | 2024-02-29T00:00:00Z | 2028-02-29T00:00:00Z
            """)
    void theLatestAndTheNextTime(String cron, String zone, Instant now, Instant latest, Instant next) {
        CronTimes times = new CronTimes(cron, ZoneId.of(zone));
        assertThat(times.latest(now.toEpochMilli())).hasValue(latest.toEpochMilli());
        assertThat(times.next(now.toEpochMilli())).hasValue(next.toEpochMilli());
    }
}
