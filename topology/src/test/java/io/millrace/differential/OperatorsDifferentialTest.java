package io.millrace.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.Table;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlanPrinter;
import io.millrace.plan.Planner;
import io.millrace.row.Row;
import io.millrace.row.SqlText;
import io.millrace.row.WeightedRow;
import io.millrace.sql.ViewDefinition;
import io.millrace.sql.ViewsFile;
import java.util.ArrayList;
import java.util.Comparator;
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
    private static final int HISTORIES = Integer.getInteger("millrace.histories", 1500);
    private static final int PARTITIONS = 3;

    private static Oracle oracle;

    @BeforeAll
    static void startOracle() throws Exception {
        oracle = new Oracle();
        for (int i = 0; i < 3; i++) {
            oracle.execute("CREATE TABLE t" + i
                    + " (id integer PRIMARY KEY, a integer, b bigint NOT NULL, s text, n numeric(8,2), f boolean)");
        }
    }

    @AfterAll
    static void stopOracle() throws Exception {
        oracle.close();
    }

    @Test
    void everyViewEqualsPostgresAfterEveryHistory() throws Exception {
        Long only = Long.getLong("millrace.seed");
        if (only != null) {
            run(only);
            return;
        }
        long first = System.nanoTime();
        for (int i = 0; i < HISTORIES; i++) {
            run(first + i);
        }
    }

    private static void run(long seed) throws Exception {
        Random random = new Random(seed);
        RandomPipeline sql = new RandomPipeline(random);
        String description = "millrace.seed=" + seed + "\n" + sql.viewsSql();
        try {
            check(random, sql, description);
        } catch (Exception | AssertionError e) {
            throw new AssertionError(description, e);
        }
    }

    private static void check(Random random, RandomPipeline sql, String description) throws Exception {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(sql.tablesSql(), "tables.sql", "test", errors);
        List<ViewDefinition> views = ViewsFile.read(sql.viewsSql(), "views.sql", catalog, errors);
        assertThat(errors.stream().map(UserError::render)).as(description).isEmpty();
        Plan plan = Planner.plan(views);
        MemoryPipeline pipeline = new MemoryPipeline(plan, PARTITIONS, random);
        List<Table> tables = List.copyOf(catalog.tables().values());
        History history = new History(random, pipeline, tables);
        for (int quiet = 0; quiet < 3; quiet++) {
            int changes = 5 + random.nextInt(30);
            for (int i = 0; i < changes; i++) {
                history.change();
                pipeline.runSome(random.nextInt(6));
            }
            pipeline.runToQuiet();
            assertThat(pipeline.failures()).as(description).isEmpty();
            for (Table table : tables) {
                oracle.execute(history.load(table));
            }
            for (int i = 0; i < views.size(); i++) {
                compare(plan.views().get(i), views.get(i), pipeline, description);
            }
        }
    }

    private static void compare(
            PlanNode.View view, ViewDefinition definition, MemoryPipeline pipeline, String description)
            throws Exception {
        List<List<String>> expected = sorted(oracle.query(definition.sql()));
        String explained = description + "\n" + view.name() + ": " + view;
        assertThat(sorted(texts(view, pipeline.rows(view)))).as(explained).isEqualTo(expected);
        if (!view.multiset()) {
            assertThat(pipeline.unsettledEntries(view)).as(explained).isZero();
            List<WeightedRow> followed = new ArrayList<>();
            pipeline.followed(view).values().forEach(row -> followed.add(new WeightedRow(1, row)));
            assertThat(sorted(texts(view, followed))).as(explained).isEqualTo(expected);
        }
    }

    private static List<List<String>> texts(PlanNode.View view, List<WeightedRow> rows) {
        List<List<String>> texts = new ArrayList<>();
        for (WeightedRow weighted : rows) {
            for (long copy = 0; copy < weighted.weight(); copy++) {
                texts.add(text(view, weighted.row()));
            }
        }
        return texts;
    }

    private static List<String> text(PlanNode.View view, Row row) {
        List<String> text = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            text.add(row.get(i) == null ? null : SqlText.write(view.types().get(i), row.get(i)));
        }
        return text;
    }

    private static List<List<String>> sorted(List<List<String>> rows) {
        return rows.stream().sorted(Comparator.comparing(Object::toString)).toList();
    }

    /** A plan's print never fails, whatever the view. */
    @Test
    void everyPlanPrints() {
        RandomPipeline sql = new RandomPipeline(new Random(7));
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(sql.tablesSql(), "tables.sql", "test", errors);
        List<ViewDefinition> views = ViewsFile.read(sql.viewsSql(), "views.sql", catalog, errors);
        Plan plan = Planner.plan(views);
        plan.views().forEach(view -> assertThat(PlanPrinter.explain(plan, view)).startsWith("View " + view.name()));
    }
}
