package io.millrace.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.operator.memory.MemoryPipeline;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlanPrinter;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random views under random histories, by the operators alone: after each quiet moment every view holds what PostgreSQL
 * answers, and every reader of its changes was led there without a contradiction. {@code -Dmillrace.seed} repeats one
 * history, {@code -Dmillrace.histories} sets how many are run.
 */
final class OperatorsDifferentialTest {
    private static final Histories HISTORIES = new Histories(1500);
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
        oracle.create(sql.schema());
        MemoryPipeline pipeline = new MemoryPipeline(sql.plan(), PARTITIONS, random);
        History history = new History(random, sql.schema().tables(), Histories.SHARDS);
        for (int quiet = 0; quiet < 3; quiet++) {
            int changes = 5 + random.nextInt(30);
            for (int i = 0; i < changes; i++) {
                history.next().forEach(pipeline::append);
                if (random.nextInt(10) == 0) {
                    pipeline.append(history.again());
                }
                pipeline.runSome(random.nextInt(6));
            }
            pipeline.runToQuiet();
            assertThat(pipeline.failures()).isEmpty();
            oracle.load(sql.schema(), history);
            for (PlanNode.View view : sql.views()) {
                compare(view, sql, pipeline);
            }
        }
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
