package io.millrace.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.Table;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.operator.expression.Constants;
import io.millrace.operator.memory.Change;
import io.millrace.operator.memory.MemoryPipeline;
import io.millrace.operator.window.FrameOffsets;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanPrinter;
import io.millrace.plan.Planner;
import io.millrace.row.Row;
import io.millrace.row.SqlText;
import io.millrace.sql.ViewDefinition;
import io.millrace.sql.ViewsFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Rows that are the same in all tests of a class, and what a view makes of them. Immutable. */
final class FixedRows {
    private static final int PARTITIONS = 3;

    private final String tables;
    private final String table;
    private final List<List<String>> rows;

    /**
     * The rows of a table.
     *
     * @param tables the text of tables.sql
     * @param rows of the table's columns, as text; null for NULL
     */
    FixedRows(String tables, String table, List<List<String>> rows) {
        this.tables = tables;
        this.table = table;
        this.rows = rows;
    }

    /** The statements that make them in PostgreSQL. */
    String statements() {
        StringBuilder statements = new StringBuilder(tables);
        for (List<String> row : rows) {
            statements
                    .append("INSERT INTO ")
                    .append(table)
                    .append(" VALUES (")
                    .append(String.join(
                            ", ",
                            row.stream()
                                    .map(value -> value == null ? "NULL" : "'" + value + "'")
                                    .toList()))
                    .append(");");
        }
        return statements.toString();
    }

    /** The rows of a view of that query, or why there is none: {@code refused: ...}, {@code failed: ...}. */
    String ours(String sql) {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = catalog();
        Plan plan;
        try {
            List<ViewDefinition> views = views(sql, catalog, errors);
            if (!errors.isEmpty()) {
                return refused(errors.get(0));
            }
            errors.addAll(Constants.mistakes(views.get(0).constants()));
            plan = Planner.plan(views);
            errors.addAll(FrameOffsets.mistakes(views.get(0), plan));
            if (!errors.isEmpty()) {
                return refused(errors.get(0));
            }
        } catch (UserError e) {
            return refused(e);
        }
        MemoryPipeline pipeline = new MemoryPipeline(plan, PARTITIONS, new Random(1), 0, 1);
        Table changing = catalog.table(table).orElseThrow();
        long position = 1;
        for (List<String> texts : rows) {
            Object[] values = new Object[texts.size()];
            for (int i = 0; i < values.length; i++) {
                String text = texts.get(i);
                values[i] = text == null
                        ? null
                        : SqlText.parse(changing.columns().get(i).type(), text);
            }
            pipeline.append(new Change(changing, "shard", position++, null, Row.of(values)));
        }
        pipeline.runToQuiet();
        return pipeline.failures().isEmpty()
                ? pipeline.rows(plan.views().get(0)).toString()
                : "failed: " + pipeline.failures();
    }

    /** The plan of a view of that query, as explain prints it. */
    String explained(String sql) {
        Plan plan = Planner.plan(views(sql, catalog(), new ArrayList<>()));
        return PlanPrinter.explain(plan, plan.views().get(0));
    }

    private Catalog catalog() {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(tables, "tables.sql", "test", errors);
        assertThat(errors.stream().map(UserError::render)).isEmpty();
        return catalog;
    }

    private static List<ViewDefinition> views(String sql, Catalog catalog, List<UserError> errors) {
        return ViewsFile.read("CREATE VIEW v AS " + sql, "views.sql", catalog, errors);
    }

    private static String refused(UserError error) {
        return "refused: " + error.category() + " " + error.render();
    }
}
