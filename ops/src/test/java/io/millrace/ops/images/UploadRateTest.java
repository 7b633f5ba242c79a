package io.millrace.ops.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How many uploads there are as time goes by. */
final class UploadRateTest {
    private static double after(UploadRate rate, long seconds) {
        return rate.perSecond(TimeUnit.SECONDS.toNanos(seconds));
    }

    @Test
    void aSteadyRateIsAlwaysTheSame() {
        assertThat(after(UploadRate.steady(3), 0)).isEqualTo(3);
        assertThat(after(UploadRate.steady(3), 1_000)).isEqualTo(3);
    }

    @Test
    void wavesBeginInATroughAndComeEveryTwoMinutes() {
        UploadRate waves = UploadRate.waves(10);
        assertThat(after(waves, 0)).isCloseTo(1, within(1e-9));
        assertThat(after(waves, 60)).isCloseTo(10, within(1e-9));
        assertThat(after(waves, 120)).isCloseTo(1, within(1e-9));
        assertThat(after(waves, 180)).isCloseTo(10, within(1e-9));
    }
}
