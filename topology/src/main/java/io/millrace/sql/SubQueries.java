package io.millrace.sql;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.plan.RelOptUtil.Logic;
import org.apache.calcite.plan.hep.HepPlanner;
import org.apache.calcite.plan.hep.HepProgram;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.CorrelationId;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.rules.CoreRules;
import org.apache.calcite.rel.rules.SubQueryRemoveRule;
import org.apache.calcite.rel.type.RelDataTypeField;
import org.apache.calcite.rex.LogicVisitor;
import org.apache.calcite.rex.RexCorrelVariable;
import org.apache.calcite.rex.RexFieldAccess;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexOver;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexSubQuery;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.tools.RelBuilder;

/**
 * Turns subqueries into joins, also those that read rows of the queries around them: inner ones before those around them,
 * each into a join of the rows around with the subquery for each, of which {@link Decorrelation} makes one of two relations.
 */
final class SubQueries {
    private static final HepProgram IN_JOINS = HepProgram.builder()
            .addRuleInstance(CoreRules.JOIN_SUB_QUERY_TO_CORRELATE)
            .build();

    private static final Rewriting REWRITING = new Rewriting();

    private SubQueries() {}

    /**
     * The query without subqueries.
     *
     * @throws UnsupportedOperationException for a subquery that cannot be a join
     */
    static RelNode joined(RelNode rel) {
        RelNode correlated = FunctionScans.placed(correlated(rel, Set.of()));
        return Decorrelation.apply(GroupingSets.expanded(SetOperations.counted(correlated)));
    }

    /** With joins in the place of subqueries; the rows around are of those names. */
    private static RelNode correlated(RelNode rel, Set<CorrelationId> around) {
        List<RelNode> inputs =
                rel.getInputs().stream().map(input -> correlated(input, around)).toList();
        RelNode above = inputs.equals(rel.getInputs()) ? rel : rel.copy(rel.getTraitSet(), inputs);
        RelNode node = above.accept(new RexShuttle() {
            @Override
            public RexNode visitSubQuery(RexSubQuery subQuery) {
                RexSubQuery whole = (RexSubQuery) super.visitSubQuery(subQuery);
                Set<CorrelationId> inner = new HashSet<>(around);
                inner.addAll(rowsOf(above, whole, around));
                return whole.clone(correlated(whole.rel, inner));
            }
        });
        if (node instanceof Filter filter) {
            return ofFilter(filter, around);
        } else if (node instanceof Project project) {
            return ofProject(project, around);
        } else if (node instanceof Join join && RexUtil.SubQueryFinder.containsSubQuery(join)) {
            HepPlanner planner = new HepPlanner(IN_JOINS);
            planner.setRoot(join);
            return planner.findBestExp();
        }
        return node;
    }

    private static RelNode ofFilter(Filter filter, Set<CorrelationId> around) {
        RexNode condition = filter.getCondition();
        RexSubQuery subQuery = RexUtil.SubQueryFinder.find(condition);
        if (subQuery == null) {
            return filter;
        }
        RelBuilder builder = builderOn(filter.getInput());
        for (int number = 1; subQuery != null; number++) {
            Logic logic = LogicVisitor.find(Logic.TRUE, List.of(condition), subQuery);
            RexNode value = REWRITING.join(subQuery, rowsOf(filter, subQuery, around), logic, builder, number);
            condition = condition.accept(new Replacing(subQuery, value));
            subQuery = RexUtil.SubQueryFinder.find(condition);
        }
        builder.filter(condition);
        return builder.project(builder.fields().subList(0, filter.getRowType().getFieldCount()))
                .build();
    }

    private static RelNode ofProject(Project project, Set<CorrelationId> around) {
        List<RexNode> expressions = project.getProjects();
        RexSubQuery subQuery = RexUtil.SubQueryFinder.find(expressions);
        if (subQuery == null) {
            return project;
        }
        RelBuilder builder = builderOn(project.getInput());
        for (int number = 1; subQuery != null; number++) {
            Logic logic = LogicVisitor.find(Logic.TRUE_FALSE_UNKNOWN, withWindows(expressions), subQuery);
            RexNode value = REWRITING.join(subQuery, rowsOf(project, subQuery, around), logic, builder, number);
            expressions = new Replacing(subQuery, value).visitList(new ArrayList<>(expressions));
            subQuery = RexUtil.SubQueryFinder.find(expressions);
        }
        return builder.project(expressions, project.getRowType().getFieldNames())
                .build();
    }

    /** The expressions, and those of their windows, where a FILTER is. */
    private static List<RexNode> withWindows(List<RexNode> expressions) {
        List<RexNode> all = new ArrayList<>(expressions);
        new RexShuttle() {
            @Override
            public RexNode visitOver(RexOver over) {
                all.addAll(over.getWindow().partitionKeys);
                over.getWindow().orderKeys.forEach(key -> all.add(key.left));
                return over;
            }
        }.visitList(expressions);
        return all;
    }

    /**
     * What a node's own rows are called in its subquery. Above an aggregate Calcite does not say: then they are called what
     * rows around are not and what has their columns.
     */
    private static Set<CorrelationId> rowsOf(RelNode node, RexSubQuery subQuery, Set<CorrelationId> around) {
        boolean aggregated = node.getInputs().size() == 1 && isAboveAggregate(node.getInput(0));
        if (!aggregated) {
            return node.getVariablesSet();
        }
        List<RelDataTypeField> columns = node.getInput(0).getRowType().getFieldList();
        Set<CorrelationId> own = new HashSet<>(node.getVariablesSet());
        List<RexFieldAccess> read = new ArrayList<>();
        new ValuesAround(read).visitSubQuery(subQuery);
        if (own.isEmpty()) {
            read.stream()
                    .filter(value -> isOf(columns, value) && !around.contains(rowOf(value)))
                    .forEach(value -> own.add(rowOf(value)));
        }
        if (read.stream().anyMatch(value -> own.contains(rowOf(value)) && !isOf(columns, value))) {
            // Calcite reads a group's column from two levels below as one of the table that is grouped.
            throw new UnsupportedOperationException(
                    "a subquery within a subquery that reads a group's columns; group in a subquery in FROM, and"
                            + " compare with its columns in WHERE");
        }
        return own;
    }

    private static CorrelationId rowOf(RexFieldAccess value) {
        return ((RexCorrelVariable) value.getReferenceExpr()).id;
    }

    private static boolean isOf(List<RelDataTypeField> columns, RexFieldAccess value) {
        int index = value.getField().getIndex();
        return index < columns.size()
                && columns.get(index).getName().equals(value.getField().getName());
    }

    private static boolean isAboveAggregate(RelNode rel) {
        return rel instanceof Aggregate
                || ((rel instanceof Filter || rel instanceof Project) && isAboveAggregate(rel.getInput(0)));
    }

    /** Collects the values of rows around that a subquery reads, also those within it. */
    private static final class ValuesAround extends RexShuttle {
        private final List<RexFieldAccess> found;

        ValuesAround(List<RexFieldAccess> found) {
            this.found = found;
        }

        @Override
        public RexNode visitFieldAccess(RexFieldAccess access) {
            if (access.getReferenceExpr() instanceof RexCorrelVariable) {
                found.add(access);
            }
            return access;
        }

        @Override
        public RexNode visitSubQuery(RexSubQuery subQuery) {
            visit(subQuery.rel);
            return super.visitSubQuery(subQuery);
        }

        private void visit(RelNode rel) {
            rel.accept(this);
            rel.getInputs().forEach(this::visit);
        }
    }

    private static RelBuilder builderOn(RelNode input) {
        return AsWritten.builders().create(input.getCluster(), null).push(input);
    }

    /** Puts an expression in a subquery's place. */
    private static final class Replacing extends RexShuttle {
        private final RexSubQuery subQuery;
        private final RexNode value;

        Replacing(RexSubQuery subQuery, RexNode value) {
            this.subQuery = subQuery;
            this.value = value;
        }

        @Override
        public RexNode visitSubQuery(RexSubQuery other) {
            return other.equals(subQuery) ? value : other;
        }
    }

    /** Calcite's forms of IN, EXISTS and the others as joins. */
    private static final class Rewriting extends SubQueryRemoveRule {
        Rewriting() {
            super(Config.FILTER);
        }

        /** Joins what was pushed with the subquery; returns the expression over the join that is the subquery's value. */
        RexNode join(RexSubQuery subQuery, Set<CorrelationId> rowsAround, Logic logic, RelBuilder builder, int number) {
            Set<CorrelationId> read = RelOptUtil.getVariablesUsed(subQuery.rel);
            read.retainAll(rowsAround);
            return apply(subQuery, read, logic, builder, 1, builder.fields().size(), number);
        }
    }
}
