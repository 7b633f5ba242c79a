package io.millrace.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.UserError;
import io.millrace.plan.Field;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Planner;
import io.millrace.sql.ViewsFile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/** Random views over a schema, named {@code v0}, {@code v1} and so on, and indexes; a view may read those before it. */
public final class RandomPipeline {
    private static final List<String> ORDERS =
            List.of("", "", " DESC", " NULLS FIRST", " ASC NULLS LAST", " DESC NULLS LAST");

    private final RandomSchema schema;
    private final List<String> queries = new ArrayList<>();
    /** By view what stands behind its name. */
    private final Map<Integer, String> declaredKeys = new HashMap<>();

    private final StringBuilder indexes = new StringBuilder();
    private Plan plan;

    /** As many views as asked for, as the random numbers lead to them. */
    public RandomPipeline(RandomSchema schema, Random random, int views) {
        this.schema = schema;
        List<RandomQuery.Source> tables = schema.tables().stream()
                .map(table -> new RandomQuery.Source(
                        table.name(),
                        table.columns().stream()
                                .map(column -> new Field(column.name(), column.type()))
                                .toList(),
                        table.primaryKey()))
                .toList();
        List<RandomQuery.Source> earlier = new ArrayList<>();
        for (int i = 0; i < views; i++) {
            queries.add(new RandomQuery(random, tables, earlier).sql());
            plan = planned();
            PlanNode.View view = plan.views().get(i);
            earlier.add(new RandomQuery.Source(view.name(), view.fields(), view.multiset() ? List.of() : view.key()));
        }
        plan.views().forEach(view -> {
            boolean ordered = view.types().stream().anyMatch(SqlType::ordered);
            if (ordered && random.nextBoolean()) {
                indexes.append(randomIndex(view, random));
            }
        });
        plan = planned();
    }

    private static String randomIndex(PlanNode.View view, Random random) {
        List<Field> ordered =
                view.fields().stream().filter(field -> field.type().ordered()).toList();
        return randomColumns(ordered, random).stream()
                .map(column -> column + ORDERS.get(random.nextInt(ORDERS.size())))
                .collect(Collectors.joining(", ", "CREATE INDEX ON " + view.name() + " (", ");\n"));
    }

    private static List<String> randomColumns(List<Field> fields, Random random) {
        List<String> columns = new ArrayList<>(
                fields.stream().map(field -> quoted(field.name())).toList());
        Collections.shuffle(columns, random);
        return columns.subList(0, 1 + random.nextInt(Math.min(2, columns.size())));
    }

    /** Declares keys of some views, such as their rows may break. */
    void declareKeys(Random random) {
        for (int i = 0; i < queries.size(); i++) {
            if (random.nextBoolean()) {
                String columns =
                        String.join(", ", randomColumns(plan.views().get(i).fields(), random));
                declaredKeys.put(i, " (PRIMARY KEY (" + columns + "))");
            }
        }
        plan = planned();
    }

    static String quoted(String name) {
        return '"' + name + '"';
    }

    private Plan planned() {
        List<UserError> errors = new ArrayList<>();
        try {
            var views = ViewsFile.read(viewsSql(), "views.sql", schema.catalog(), errors);
            assertThat(errors.stream().map(UserError::render)).as(toString()).isEmpty();
            return Planner.plan(views);
        } catch (RuntimeException e) {
            throw new AssertionError("cannot be planned: " + this, e);
        }
    }

    public RandomSchema schema() {
        return schema;
    }

    public Plan plan() {
        return plan;
    }

    public List<PlanNode.View> views() {
        return plan.views();
    }

    /** The text of views.sql. */
    public String viewsSql() {
        StringBuilder sql = new StringBuilder();
        for (int i = 0; i < queries.size(); i++) {
            sql.append("CREATE VIEW v")
                    .append(i)
                    .append(declaredKeys.getOrDefault(i, ""))
                    .append(" AS ")
                    .append(queries.get(i))
                    .append(";\n");
        }
        return sql.append(indexes).toString();
    }

    /**
     * The view's query by itself: the views before it are part of it, materialized, as PostgreSQL refuses a FULL JOIN on
     * a column that it has found to be a constant.
     */
    String queryOf(PlanNode.View view) {
        int number = plan.views().indexOf(view);
        StringBuilder sql = new StringBuilder();
        for (int i = 0; i < number; i++) {
            sql.append(i == 0 ? "WITH v" : ", v")
                    .append(i)
                    .append(" AS MATERIALIZED (")
                    .append(queries.get(i))
                    .append(')');
        }
        return sql.append(" SELECT * FROM (")
                .append(queries.get(number))
                .append(") v")
                .append(number)
                .toString();
    }

    @Override
    public String toString() {
        return schema.sql() + viewsSql();
    }
}
