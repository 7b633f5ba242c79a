package io.millrace.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.SqlType;
import io.millrace.operator.expression.ExpressionCompiler;
import io.millrace.plan.Expression;
import io.millrace.plan.Field;
import io.millrace.plan.Function;
import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * A join that works its changes off in portions of a row or two, under random changes of both sides to few keys: what it has
 * put out when nothing is pending is the join of its sides, whatever happened while changes were pending.
 */
final class JoinPortionsTest {
    private static final int HISTORIES = Integer.getInteger("millrace.histories", 3_000);
    private static final List<Field> FIELDS = List.of(
            new Field("key", SqlType.INTEGER),
            new Field("id", SqlType.INTEGER),
            new Field("value", SqlType.INTEGER),
            new Field("unread", SqlType.INTEGER));

    /** All columns of a pair but the last of each side. */
    private static final int[] SHOWN = {0, 1, 2, 4, 5, 6};

    private static final Row NULLS = Row.of(null, null, null, null);

    @Test
    void whatIsPutOutAddsUpToTheJoin() {
        long only = Long.getLong("millrace.seed", -1);
        for (long seed = 0; seed < HISTORIES; seed++) {
            if (only < 0 || only == seed) {
                new JoinUnderTest(new Random(seed)).check("millrace.seed=" + seed);
            }
        }
    }

    /** One side: what it holds, and its arrangement. */
    private static final class Side {
        private final PlanNode.Arrange node;
        private final ArrangeOperator arrangement;
        private final Map<Integer, Row> rows = new HashMap<>();
        private final List<Delta> underWay = new ArrayList<>();

        Side(Random random, String name) {
            PlanNode input = new PlanNode.Values(
                    FIELDS.stream()
                            .map(field -> new Field(name + field.name(), field.type()))
                            .toList(),
                    List.of());
            List<List<Integer>> identities =
                    List.of(List.of(1), List.of(1, 2), List.of(3, 1), List.of(2, 3, 1), List.of(3, 2, 1));
            node = new PlanNode.Arrange(input, List.of(0), identities.get(random.nextInt(identities.size())));
            arrangement = new ArrangeOperator(node, new MemoryState());
        }

        /** A row comes, goes, or becomes another, of the same key mostly. */
        Delta change(Random random, int keys, int ids) {
            int id = random.nextInt(ids);
            Row before = rows.get(id);
            Row after = before != null && random.nextInt(4) == 0
                    ? null
                    : Row.of(
                            before == null || random.nextInt(5) == 0 ? key(random, keys) : before.get(0),
                            id,
                            random.nextInt(3),
                            random.nextInt(2));
            if (after == null) {
                rows.remove(id);
            } else {
                rows.put(id, after);
            }
            return Delta.of(before, after, Origin.NONE);
        }

        private static Integer key(Random random, int keys) {
            int key = random.nextInt(keys + 1);
            return key == keys ? null : key;
        }
    }

    private static final class JoinUnderTest {
        private final Random random;
        private final Side left;
        private final Side right;
        private final PlanNode.Join node;
        private final MemoryState pending = new MemoryState();
        private final Map<Row, Long> result = new HashMap<>();
        private final int portionRows;
        private final boolean overtaking;
        private JoinOperator join;

        JoinUnderTest(Random random) {
            this.random = random;
            this.left = new Side(random, "left_");
            this.right = new Side(random, "right_");
            Expression condition = random.nextBoolean()
                    ? null
                    : new Expression.Call(
                            Function.GREATER,
                            List.of(
                                    new Expression.Column(2, SqlType.INTEGER),
                                    new Expression.Column(FIELDS.size() + 2, SqlType.INTEGER)),
                            SqlType.BOOLEAN);
            this.node = new PlanNode.Join(left.node, right.node, random.nextBoolean(), random.nextBoolean(), condition);
            this.portionRows = random.nextInt(4) == 0 ? 1_000 : 1 + random.nextInt(3);
            this.overtaking = random.nextBoolean();
            restart();
        }

        /** As after a crash: what is pending comes from its store. */
        private void restart() {
            BitSet used = new BitSet();
            IntStream.of(SHOWN).forEach(used::set);
            join = new JoinOperator(
                    node,
                    left.arrangement,
                    right.arrangement,
                    node.condition() == null ? null : ExpressionCompiler.compile(node.condition()),
                    used,
                    SHOWN,
                    portionRows,
                    new PendingChanges(
                            pending, node.left().types(), node.right().types()),
                    (failed, row, delta, error) -> {
                        throw error;
                    });
        }

        void check(String name) {
            for (int quiet = 0; quiet < 3; quiet++) {
                int steps = random.nextInt(20);
                for (int i = 0; i < steps; i++) {
                    step();
                    int portions = random.nextInt(3);
                    for (int j = 0; j < portions && join.pending() > 0; j++) {
                        work();
                    }
                    if (random.nextInt(10) == 0) {
                        restart();
                    }
                }
                step(rest(left), rest(right));
                while (join.pending() > 0) {
                    work();
                }
                assertThat(pending.size()).as(name).isZero();
                assertThat(result)
                        .as("%s, portions of %d %s, %s", name, portionRows, overtaking, node)
                        .isEqualTo(expected());
            }
        }

        private void step() {
            List<Delta> leftChanges = random.nextInt(3) == 0 ? changes(right, 0) : changes(left, random.nextInt(3));
            List<Delta> rightChanges = random.nextInt(3) == 0 ? changes(right, 1 + random.nextInt(2)) : List.of();
            step(leftChanges, rightChanges);
        }

        private void step(List<Delta> leftChanges, List<Delta> rightChanges) {
            List<Delta> arrangedLeft = arrange(left, leftChanges);
            List<Delta> arrangedRight = arrange(right, rightChanges);
            Output output = new Output();
            join.step(List.of(arrangedLeft, arrangedRight), output);
            add(output);
        }

        private List<Delta> changes(Side side, int count) {
            List<Delta> changes = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Delta change = side.change(random, 2, 6);
                if (overtaking && change.before() != null && change.after() != null && random.nextBoolean()) {
                    side.underWay.add(change.retraction());
                    side.underWay.add(change.insertion());
                } else {
                    side.underWay.add(change);
                }
            }
            for (int i = 0; i < count && !side.underWay.isEmpty(); i++) {
                changes.add(side.underWay.remove(overtaking ? random.nextInt(side.underWay.size()) : 0));
            }
            return changes;
        }

        private List<Delta> rest(Side side) {
            List<Delta> rest = List.copyOf(side.underWay);
            side.underWay.clear();
            return rest;
        }

        private static List<Delta> arrange(Side side, List<Delta> changes) {
            Output output = new Output();
            side.arrangement.step(List.of(changes), output);
            return List.copyOf(output.deltas());
        }

        private void work() {
            Output output = new Output();
            join.work(portionRows, output);
            add(output);
        }

        private void add(Output output) {
            for (Delta delta : output.deltas()) {
                add(delta.before(), -delta.weight());
                add(delta.after(), delta.weight());
            }
        }

        private void add(Row row, long weight) {
            if (row != null) {
                result.merge(row, weight, (one, other) -> one + other == 0 ? null : one + other);
            }
        }

        private Map<Row, Long> expected() {
            Map<Row, Long> pairs = new HashMap<>();
            for (Row one : left.rows.values()) {
                boolean matched = false;
                for (Row other : right.rows.values()) {
                    if (matches(one, other)) {
                        matched = true;
                        pairs.merge(shown(one, other), 1L, Long::sum);
                    }
                }
                if (!matched && node.padLeft()) {
                    pairs.merge(shown(one, NULLS), 1L, Long::sum);
                }
            }
            for (Row other : right.rows.values()) {
                if (node.padRight() && left.rows.values().stream().noneMatch(one -> matches(one, other))) {
                    pairs.merge(shown(NULLS, other), 1L, Long::sum);
                }
            }
            return pairs;
        }

        private boolean matches(Row one, Row other) {
            return one.get(0) != null
                    && one.get(0).equals(other.get(0))
                    && (node.condition() == null || (Integer) one.get(2) > (Integer) other.get(2));
        }

        private static Row shown(Row one, Row other) {
            return one.concat(other).project(SHOWN);
        }
    }
}
