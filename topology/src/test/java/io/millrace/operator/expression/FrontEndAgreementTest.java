package io.millrace.operator.expression;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.Column;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Planner;
import io.millrace.row.Row;
import io.millrace.row.SqlText;
import io.millrace.sql.ViewDefinition;
import io.millrace.sql.ViewsFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Expressions as a user writes them, a line each, through parser, validator, planner and evaluation: the column's name, its
 * type and its value for every row are PostgreSQL's.
 */
final class FrontEndAgreementTest {
    private static final String TABLES = """
            CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
            CREATE TABLE x (id integer PRIMARY KEY, m smallint, a integer, b bigint, n numeric(8,2), r real,
                g double precision, f boolean, s text, v varchar(10), c char(4), y bytea, e mood, u uuid, d date, h time,
                t timestamp, z timestamptz, i interval, j json, k jsonb, w integer[], l text[]);
            """;

    private static PostgresExpressions postgres;
    private static Catalog catalog;
    private static List<Row> rows;

    @BeforeAll
    static void start() throws Exception {
        postgres = new PostgresExpressions();
        List<UserError> errors = new ArrayList<>();
        catalog = TablesFile.read(TABLES, "tables.sql", "test", errors);
        assertThat(errors).isEmpty();
        rows = lines("rows.txt").stream().map(FrontEndAgreementTest::row).toList();
        postgres.load(TABLES.substring(TABLES.indexOf('\n') + 1), table(), rows);
    }

    @AfterAll
    static void stop() throws Exception {
        postgres.close();
    }

    private static Table table() {
        return catalog.table("x").orElseThrow();
    }

    private static List<String> lines(String file) throws IOException {
        try (InputStream in = FrontEndAgreementTest.class.getResourceAsStream("/expressions/" + file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("--"))
                    .toList();
        }
    }

    private static Row row(String line) {
        String[] values = line.split("\\|", -1);
        List<Column> columns = table().columns();
        assertThat(values).as(line).hasSize(columns.size());
        Object[] row = new Object[values.length];
        for (int i = 0; i < row.length; i++) {
            row[i] = values[i].equals("\\N") ? null : value(columns.get(i).type(), values[i]);
        }
        return Row.of(row);
    }

    private static Object value(SqlType type, String text) {
        int missing = type.kind() == SqlType.Kind.CHAR ? type.precision() - text.codePointCount(0, text.length()) : 0;
        return SqlText.parse(type, text + " ".repeat(missing));
    }

    @Test
    void everyExpressionOfAViewIsPostgresOwn() throws Exception {
        List<String> expressions = lines("maintained.txt");
        List<String> differences = new ArrayList<>();
        for (String expression : expressions) {
            List<String> theirs = postgres.column(expression);
            List<String> ours = column(expression);
            for (int i = 0; i < theirs.size() && !ours.equals(theirs); i++) {
                if (i >= ours.size() || !ours.get(i).equals(theirs.get(i))) {
                    differences.add(expression + (i == 0 ? "" : ", row " + i) + ": expected " + theirs.get(i)
                            + ", but was " + (i < ours.size() ? ours.get(i) : "missing"));
                }
            }
        }
        assertThat(expressions).hasSizeGreaterThan(500);
        assertThat(differences).isEmpty();
    }

    /** The column's name and type, then its values; or why there is no such column. */
    private static List<String> column(String expression) {
        List<UserError> errors = new ArrayList<>();
        List<ViewDefinition> views =
                ViewsFile.read("CREATE VIEW v AS SELECT id, " + expression + " FROM x", "views.sql", catalog, errors);
        if (!errors.isEmpty()) {
            return List.of(errors.get(0).render());
        }
        PlanNode.View view;
        try {
            view = Planner.plan(views).views().get(0);
        } catch (UserError e) {
            return List.of(e.render());
        }
        SqlType type = view.fields().get(1).type();
        List<String> column = new ArrayList<>();
        column.add(view.fields().get(1).name() + " " + type);
        rows.forEach(row -> column.add(value(view, row, type)));
        return column;
    }

    private static String value(PlanNode.View view, Row row, SqlType type) {
        try {
            Object value = evaluated(view, row).get(1);
            return value == null ? "NULL" : SqlText.write(type, value);
        } catch (EvaluationError e) {
            return "ERROR " + e.sqlState() + " " + e.getMessage();
        }
    }

    /** What a plan without filters and joins makes of a row of the table. */
    private static Row evaluated(PlanNode node, Row row) {
        if (node instanceof PlanNode.Scan scan) {
            return row.project(
                    scan.columns().stream().mapToInt(Integer::intValue).toArray());
        }
        Row input = evaluated(node.inputs().get(0), row);
        if (node instanceof PlanNode.Project project) {
            return Row.of(project.expressions().stream()
                    .map(ExpressionCompiler::compile)
                    .map(evaluator -> evaluator.evaluate(input))
                    .toArray());
        }
        return input;
    }
}
