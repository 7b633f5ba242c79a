package io.millrace.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Expression;
import io.millrace.plan.Field;
import io.millrace.plan.Function;
import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class TemporalFilterOperatorTest {
    private static final PlanNode ROWS =
            new PlanNode.Values(List.of(new Field("until", SqlType.TIMESTAMPTZ)), List.of());

    /** until > now() */
    private static final PlanNode.TemporalFilter WHILE = new PlanNode.TemporalFilter(
            ROWS,
            new Expression.Call(
                    Function.GREATER,
                    List.of(
                            new Expression.Column(0, SqlType.TIMESTAMPTZ),
                            new Expression.Column(1, SqlType.TIMESTAMPTZ)),
                    SqlType.BOOLEAN),
            true);

    private final MemoryState state = new MemoryState();
    private final Output output = new Output();

    @Test
    void anInstanceWhoseClockIsBehindDoesNotBringBackWhatHasLeft() {
        TemporalFilterOperator first = operator();
        first.advance(100, 10, output);
        insert(first, 150);
        first.advance(200, 10, output);
        assertThat(drained()).containsExactly("+150", "-150");

        TemporalFilterOperator second = operator();
        second.advance(120, 10, output);
        second.step(List.of(List.of(new Delta(Row.of(150L), null, 1, Origin.NONE))), output);
        assertThat(drained()).as("the row left before").isEmpty();
    }

    @Test
    void manyRowsLeaveInPortions() {
        TemporalFilterOperator operator = operator();
        operator.advance(0, 10, output);
        LongStream.rangeClosed(1, 25).forEach(until -> insert(operator, until));
        drained();
        assertThat(operator.advance(20, 8, output)).isFalse();
        assertThat(drained()).hasSize(8);
        assertThat(operator.advance(20, 100, output)).isTrue();
        assertThat(drained()).hasSize(12).endsWith("-20");
    }

    @Test
    void aFullPortionDoesNotReachBeyondThePresent() {
        TemporalFilterOperator operator = operator();
        operator.advance(0, 10, output);
        insert(operator, 10);
        insert(operator, 50);
        assertThat(operator.advance(20, 1, output)).isTrue();
        insert(operator, 30);
        assertThat(drained()).containsExactly("+10", "+50", "-10", "+30");
    }

    @Test
    void aRowThatIsReplacedWhileItWaitsLeavesOnce() {
        TemporalFilterOperator operator = operator();
        operator.advance(0, 10, output);
        insert(operator, 10);
        operator.step(List.of(List.of(new Delta(Row.of(10L), Row.of(30L), 1, Origin.NONE))), output);
        operator.advance(20, 10, output);
        assertThat(drained()).containsExactly("+10", "-10+30");
        operator.advance(30, 10, output);
        assertThat(drained()).containsExactly("-30");
    }

    private TemporalFilterOperator operator() {
        return new TemporalFilterOperator(WHILE, state, (node, row, delta, error) -> {
            throw new AssertionError(error);
        });
    }

    private void insert(TemporalFilterOperator operator, long until) {
        operator.step(List.of(List.of(new Delta(null, Row.of(until), 1, Origin.NONE))), output);
    }

    private List<String> drained() {
        List<String> deltas = output.deltas().stream()
                .map(delta -> (delta.before() == null
                                ? ""
                                : "-" + delta.before().get(0))
                        + (delta.after() == null ? "" : "+" + delta.after().get(0)))
                .toList();
        output.clear();
        return deltas;
    }
}
