package io.millrace.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Field;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlanNode.SetOperation.Kind;
import io.millrace.row.Delta;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the random views cannot bring about: any order of the changes, and equal rows that are written differently. */
final class SetOperatorTest {
    private static final List<Field> FIELDS = List.of(new Field("n", SqlType.NUMERIC));

    @Test
    void theEndIsExactInWhateverOrderTheChangesArrive() {
        for (Kind kind : Kind.values()) {
            for (int seed = 0; seed < 300; seed++) {
                anyOrder(kind, new Random(seed));
            }
        }
    }

    private static void anyOrder(Kind kind, Random random) {
        Map<Row, Long> left = new HashMap<>();
        Map<Row, Long> right = new HashMap<>();
        List<Runnable> steps = new ArrayList<>();
        MemoryState state = new MemoryState();
        SetOperator operator = operator(kind, state);
        Map<Row, Long> shown = new HashMap<>();
        for (int i = 0; i < 30; i++) {
            boolean ofLeft = random.nextBoolean();
            Map<Row, Long> side = ofLeft ? left : right;
            Delta delta = change(side, random);
            steps.add(() -> add(shown, step(operator, ofLeft ? delta : null, ofLeft ? null : delta)));
        }
        Collections.shuffle(steps, random);
        steps.forEach(Runnable::run);
        Map<Row, Long> expected = new HashMap<>();
        left.forEach((row, copies) -> expected.put(row, kind.copies(copies, right.getOrDefault(row, 0L))));
        expected.values().removeIf(copies -> copies == 0);
        shown.values().removeIf(copies -> copies == 0);
        assertThat(shown).isEqualTo(expected);
        left.values().removeIf(copies -> copies == 0);
        right.values().removeIf(copies -> copies == 0);
        left.putAll(right);
        assertThat(state.size()).as("no entry is left of what is gone").isEqualTo(left.size());
    }

    /** A row comes, or one that is there goes or becomes another. */
    private static Delta change(Map<Row, Long> side, Random random) {
        Row after = random.nextInt(5) == 0 ? Row.of((Object) null) : row(Integer.toString(random.nextInt(3)));
        List<Row> present =
                side.keySet().stream().filter(row -> side.get(row) > 0).toList();
        Row before = present.isEmpty() || random.nextBoolean() ? null : present.get(random.nextInt(present.size()));
        boolean deletion = before != null && random.nextBoolean();
        long weight = before == null ? 1 + random.nextInt(3) : 1;
        Delta delta = new Delta(before, deletion ? null : after, weight, Origin.NONE);
        add(side, List.of(delta));
        return delta;
    }

    @Test
    void rowsThatAreWrittenDifferentlyAreEqualAndTheLeftsAreShown() {
        SetOperator operator = operator(Kind.EXCEPT_ALL, new MemoryState());
        Map<Row, Long> shown = new HashMap<>();
        add(shown, step(operator, comes("1.50", 2), null));
        add(shown, step(operator, null, comes("1.5", 1)));
        assertThat(shown).isEqualTo(Map.of(row("1.50"), 1L));
        add(shown, step(operator, new Delta(row("1.50"), row("1.500"), 2, Origin.NONE), null));
        shown.values().removeIf(copies -> copies == 0);
        assertThat(shown).isEqualTo(Map.of(row("1.500"), 1L));
    }

    @Test
    void aChangeThatLeavesTheNumberOfCopiesPutsOutNothing() {
        SetOperator operator = operator(Kind.INTERSECT_ALL, new MemoryState());
        step(operator, comes("1", 1), null);
        assertThat(step(operator, null, comes("1", 1))).hasSize(1);
        assertThat(step(operator, null, comes("1", 1))).isEmpty();
        assertThat(step(operator, null, new Delta(row("1"), null, 1, Origin.NONE)))
                .isEmpty();
    }

    private static SetOperator operator(Kind kind, State state) {
        PlanNode side = new PlanNode.Values(FIELDS, List.of());
        return new SetOperator(new PlanNode.SetOperation(kind, side, side), state);
    }

    private static List<Delta> step(SetOperator operator, Delta left, Delta right) {
        Output output = new Output();
        operator.step(
                List.of(left == null ? List.of() : List.of(left), right == null ? List.of() : List.of(right)), output);
        return output.deltas();
    }

    private static Delta comes(String number, long weight) {
        return new Delta(null, row(number), weight, Origin.NONE);
    }

    private static Row row(String number) {
        return Row.of(new BigDecimal(number));
    }

    private static void add(Map<Row, Long> zset, List<Delta> deltas) {
        for (Delta delta : deltas) {
            if (delta.before() != null) {
                zset.merge(delta.before(), -delta.weight(), Long::sum);
            }
            if (delta.after() != null) {
                zset.merge(delta.after(), delta.weight(), Long::sum);
            }
        }
    }
}
