package io.millrace.operator.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.catalog.SqlType;
import io.millrace.plan.AggregateCall;
import io.millrace.plan.AggregateFunction;
import org.junit.jupiter.api.Test;

/** Of floating-point numbers, whose last digits PostgreSQL leaves to the order of the rows. */
final class VarianceTest {
    private static final Accumulator DEVIATION =
            Accumulator.of(new AggregateCall(AggregateFunction.STDDEV_SAMP, 0, false, SqlType.DOUBLE, SqlType.DOUBLE));

    @Test
    void valuesThatGoLeaveNoTrace() {
        Object[] state = DEVIATION.initial();
        for (double value : new double[] {1e15, 0.1, 2.5, 4.9}) {
            state = DEVIATION.add(state, value, 1);
        }
        state = DEVIATION.add(state, 1e15, -1);
        assertThat((Double) DEVIATION.result(state)).isCloseTo(2.4, within(1e-12));
    }

    @Test
    void oneValueHasNoDeviationAndAnInfiniteOneNoNumber() {
        Object[] one = DEVIATION.add(DEVIATION.initial(), 1.5, 1);
        assertThat(DEVIATION.result(one)).isNull();
        Object[] infinite = DEVIATION.add(one, Double.POSITIVE_INFINITY, 1);
        assertThat((Double) DEVIATION.result(infinite)).isNaN();
        assertThat(DEVIATION.result(DEVIATION.add(infinite, Double.POSITIVE_INFINITY, -1)))
                .isNull();
    }
}
