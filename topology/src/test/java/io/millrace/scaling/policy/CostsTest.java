package io.millrace.scaling.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** The guide's calculations. */
final class CostsTest {
    private static final double CENT = 0.01;

    private static Costs monthly(double price, double fixed) {
        return new Costs(price / Costs.HOURS_PER_MONTH, fixed, OptionalDouble.empty(), 0, 0, 0);
    }

    @Test
    void aMillionUsersNeedAHundredServersFor20050DollarsAMonth() {
        Costs costs = monthly(200, 50);
        int servers = Costs.instancesFor(1_000_000, 10_000);
        assertThat(servers).isEqualTo(100);
        assertThat(costs.monthly(servers)).isCloseTo(20_050, within(CENT));
    }

    @Test
    void inStepWithAUseOf60PercentTheyCost12050() {
        Costs costs = monthly(200, 50);
        assertThat(costs.monthly(100 * 0.6)).isCloseTo(12_050, within(CENT));
        assertThat(costs.monthly(100) - costs.monthly(60)).isCloseTo(8_000, within(CENT));
    }

    @Test
    void fiftyServersForFiftyThousandRequestsCostLessThanOneLargeMachine() {
        Costs costs = monthly(100, 0);
        assertThat(Costs.instancesFor(50_000, 1_000)).isEqualTo(50);
        assertThat(costs.monthly(50)).isCloseTo(5_000, within(CENT)).isLessThan(8_000);
        assertThat(Costs.breakEvenLoad(1_000, 100, 8_000)).isEqualTo(80_000);
    }

    @Test
    void aHundredServersBearAHundredThousandRequestsForTenThousandDollars() {
        assertThat(monthly(100, 0).monthly(Costs.instancesFor(100_000, 1_000))).isCloseTo(10_000, within(CENT));
    }

    @Test
    void spotInstancesCostLess() {
        Costs half = new Costs(1, 0, OptionalDouble.empty(), 0.5, 0.7, 0);
        assertThat(half.averagePricePerHour()).isCloseTo(0.65, within(1e-9));
    }
}
