package io.millrace.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.operator.memory.MemoryPipeline;
import io.millrace.plan.KeyOrigin;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlanPrinter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random views under random histories, by the operators alone: after each quiet moment every view holds what PostgreSQL
 * answers, and every reader of its changes was led there without a contradiction. {@code -Dmillrace.seed} repeats one
 * history, {@code -Dmillrace.histories} sets how many are run.
 */
final class OperatorsDifferentialTest {
    private static final Histories HISTORIES = new Histories(10_000);
    private static final int PARTITIONS = 3;

    private static Oracle oracle;

    @BeforeAll
    static void startOracle() throws Exception {
        oracle = new Oracle();
    }

    @AfterAll
    static void stopOracle() throws Exception {
        oracle.close();
    }

    @Test
    void everyViewEqualsPostgresAfterEveryHistory() throws Exception {
        HISTORIES.forEach(OperatorsDifferentialTest::check);
    }

    private static void check(Random random, RandomPipeline sql) throws Exception {
        if (random.nextInt(4) == 0) {
            sql.declareKeys(random);
        }
        oracle.create(sql.schema());
        Clock clock = new Clock(random);
        MemoryPipeline pipeline =
                new MemoryPipeline(sql.plan(), PARTITIONS, random, clock.nowMicros(), Histories.portionRows(random));
        Set<String> brokenSoFar = new HashSet<>();
        History history = new History(random, sql.schema().tables(), Histories.SHARDS);
        for (int quiet = 0; quiet < 3; quiet++) {
            int changes = 5 + random.nextInt(30);
            for (int i = 0; i < changes; i++) {
                history.next().forEach(pipeline::append);
                if (random.nextInt(10) == 0) {
                    pipeline.append(history.again());
                }
                if (random.nextInt(20) == 0) {
                    clock.moveOn();
                    pipeline.advance(clock.nowMicros());
                }
                pipeline.runSome(random.nextInt(6));
            }
            clock.moveOn();
            pipeline.advance(clock.nowMicros());
            pipeline.runToQuiet();
            oracle.setTime(clock.nowMicros());
            assertThat(pipeline.failures()).isEmpty();
            oracle.load(sql.schema(), history);
            List<String> broken = pipeline.brokenKeys();
            brokenSoFar.addAll(broken);
            for (PlanNode.View view : sql.views()) {
                if (view.keyOrigin() == KeyOrigin.DECLARED) {
                    compareDeclared(view, sql, pipeline, broken, brokenSoFar);
                } else {
                    compare(view, sql, pipeline);
                }
                compareIndexes(view, sql, pipeline);
            }
        }
    }

    /** An index has the view's rows in its order, whatever the view shows. */
    private static void compareIndexes(PlanNode.View view, RandomPipeline sql, MemoryPipeline pipeline)
            throws Exception {
        for (PlanNode.Index index : sql.plan().indexes(view)) {
            assertThat(pipeline.served(index).stream().sorted().toList())
                    .as(index.toString())
                    .isEqualTo(pipeline.rows(view));
            // Where the index says nothing rows are in the order of the view's key, which json has not.
            boolean ordered = view.order().stream()
                    .allMatch(column -> view.types().get(column.column()).ordered());
            if (view.keyOrigin() != KeyOrigin.DECLARED && ordered) {
                assertThat(pipeline.served(index)).as(index.toString()).isEqualTo(oracle.rows(sql, index));
            }
        }
    }

    /** The rows of keys that hold are shown, of those that are broken by more than one row one; the others are reported. */
    private static void compareDeclared(
            PlanNode.View view,
            RandomPipeline sql,
            MemoryPipeline pipeline,
            List<String> broken,
            Set<String> brokenSoFar)
            throws Exception {
        List<String> rest = new ArrayList<>(pipeline.rows(view));
        assertThat(pipeline.followed(view)).as(view.toString()).isEqualTo(rest);
        for (String whole : oracle.rows(sql, view, "copies = 1 AND nulls = 0")) {
            assertThat(rest.remove(whole)).as("%s is shown by %s", whole, view).isTrue();
        }
        List<String> hidden = new ArrayList<>(oracle.rows(sql, view, "copies > 1 AND nulls = 0"));
        rest.forEach(shown ->
                assertThat(hidden.remove(shown)).as("%s is in %s", shown, view).isTrue());
        hidden.addAll(oracle.rows(sql, view, "nulls > 0"));
        String unique = view.name() + " 23505 ";
        String notNull = view.name() + " 23502 ";
        assertThat(hidden)
                .as(view.toString())
                .allMatch(row -> brokenSoFar.contains(unique + row) || brokenSoFar.contains(notNull + row));
        assertThat(broken.stream()
                        .filter(each -> each.startsWith(unique) || each.startsWith(notNull))
                        .map(each -> each.substring(unique.length())))
                .as(view.toString())
                .isSubsetOf(hidden);
    }

    private static void compare(PlanNode.View view, RandomPipeline sql, MemoryPipeline pipeline) throws Exception {
        List<String> expected = oracle.rows(sql, view);
        String explained = view.name() + ": " + view;
        assertThat(pipeline.rows(view)).as(explained).isEqualTo(expected);
        assertThat(pipeline.followed(view))
                .as(explained)
                .isEqualTo(view.multiset() ? expected.stream().distinct().toList() : expected);
        if (!view.multiset()) {
            assertThat(pipeline.unsettledEntries(view)).as(explained).isZero();
        }
    }

    /** A plan's print never fails, whatever the view. */
    @Test
    void everyPlanPrints() {
        RandomPipeline sql = new RandomPipeline(new RandomSchema(new Random(7)), new Random(7), 20);
        sql.views().forEach(view -> assertThat(PlanPrinter.explain(sql.plan(), view))
                .startsWith("View " + view.name()));
    }
}
