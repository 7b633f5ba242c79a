package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.catalog.UserError;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** How the commands about dead letters understand what they are told. */
final class DlqFiltersTest {
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    @Test
    void timesAreDatesInstantsAndHowLongAgo() {
        assertThat(time("2026-01-30")).isEqualTo("2026-01-30T00:00:00Z");
        assertThat(time("2026-01-30T10:00:00Z")).isEqualTo("2026-01-30T10:00:00Z");
        assertThat(time("2026-01-30T10:00:00")).isEqualTo("2026-01-30T10:00:00Z");
        assertThat(time("90s")).isEqualTo("2026-01-31T11:58:30Z");
        assertThat(time("15m")).isEqualTo("2026-01-31T11:45:00Z");
        assertThat(time("2h")).isEqualTo("2026-01-31T10:00:00Z");
        assertThat(time("7d")).isEqualTo("2026-01-24T12:00:00Z");
        assertThatThrownBy(() -> time("yesterday"))
                .isInstanceOf(UserError.class)
                .hasMessage("--since is yesterday, which is no time");
    }

    private static String time(String text) {
        return Instant.ofEpochMilli(DlqFilters.millis("--since", text, NOW)).toString();
    }

    @Test
    void aMessageIsCutToItsFirstLine() {
        assertThat(DlqListCommand.firstLine("not JSON\n at [Source]", 90)).isEqualTo("not JSON");
        assertThat(DlqListCommand.firstLine("too long", 4)).isEqualTo("too…");
        assertThat(DlqListCommand.firstLine("", 4)).isEmpty();
    }
}
