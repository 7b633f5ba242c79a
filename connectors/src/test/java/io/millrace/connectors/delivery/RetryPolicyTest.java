package io.millrace.connectors.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RetryPolicyTest {
    @Test
    void pausesGrowToTheirLimit() {
        RetryPolicy policy = new RetryPolicy(3, 100, 2.0, 0.5, 1_000);
        assertThat(policy.pauseMs(1, 0)).isEqualTo(100);
        assertThat(policy.pauseMs(3, 0)).isEqualTo(400);
        assertThat(policy.pauseMs(3, 1)).isEqualTo(200);
        assertThat(policy.pauseMs(50, 0)).isEqualTo(1_000);
        assertThat(policy.allows(3)).isTrue();
        assertThat(policy.allows(4)).isFalse();
        assertThat(new RetryPolicy(-1, 100, 2.0, 0.5, 1_000).allows(1_000_000)).isTrue();
    }
}
