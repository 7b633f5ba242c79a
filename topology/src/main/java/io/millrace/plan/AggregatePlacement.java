package io.millrace.plan;

import io.millrace.catalog.SqlType;
import io.millrace.sql.Types;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.sql.SqlKind;

/** Brings the rows of each group together and puts the aggregate over them. */
final class AggregatePlacement {
    private final RelTranslator translator;
    private final Aggregate rel;
    private final List<Integer> group;
    private final List<Integer> wanted;
    private final RelTranslator.Translated input;
    private final List<AggregateCall> calls = new ArrayList<>();
    private final int[] columns;

    AggregatePlacement(RelTranslator translator, Aggregate rel, Collection<Integer> needed) {
        this.translator = translator;
        this.rel = rel;
        this.group = new ArrayList<>(rel.getGroupSet().asList());
        this.wanted = needed.stream()
                .filter(column -> column >= rel.getGroupCount())
                .distinct()
                .sorted()
                .toList();
        this.columns = RelTranslator.nothing(rel);
        List<Integer> arguments = new ArrayList<>(group);
        wanted.forEach(column -> {
            arguments.addAll(call(column).getArgList());
            arguments.addAll(call(column).getCollation().getKeys());
            if (call(column).hasFilter()) {
                arguments.add(call(column).filterArg);
            }
        });
        this.input = RelTranslator.narrowed(translator.translate(rel.getInput(), arguments));
    }

    private org.apache.calcite.rel.core.AggregateCall call(int column) {
        return rel.getAggCallList().get(column - rel.getGroupCount());
    }

    RelTranslator.Translated place() {
        long single = wanted.stream()
                .filter(column -> call(column).getAggregation().getKind() == SqlKind.SINGLE_VALUE)
                .count();
        if (single > 0 && single == wanted.size()) {
            return single();
        }
        for (int i = 0; i < rel.getGroupCount(); i++) {
            columns[i] = i;
        }
        List<Integer> aggregated = new ArrayList<>();
        List<Integer> constant = new ArrayList<>();
        for (int column : wanted) {
            switch (call(column).getAggregation().getKind()) {
                case ANY_VALUE ->
                    columns[column] = determined(call(column).getArgList().get(0));
                case LITERAL_AGG -> constant.add(column);
                default -> aggregated.add(column);
            }
        }
        for (int i = 0; i < aggregated.size(); i++) {
            columns[aggregated.get(i)] = group.size() + i;
        }
        Relation rows = arguments(aggregated.stream().map(this::call).toList());
        List<Integer> groupColumns =
                group.stream().map(column -> input.columns()[column]).toList();
        return withConstants(grouped(translator.gathered(rows, groupColumns), groupColumns), constant);
    }

    /** The groups with a constant column for each of those: that a group is there at all, which NOT IN asks. */
    private RelTranslator.Translated withConstants(Relation groups, List<Integer> constant) {
        if (constant.isEmpty()) {
            return new RelTranslator.Translated(groups, columns);
        }
        List<Field> fields = new ArrayList<>(groups.node().fields());
        List<Expression> expressions = Expression.columnsOf(fields);
        for (int column : constant) {
            Expression literal = RexTranslator.translate(call(column).rexList.get(0));
            columns[column] = expressions.size();
            expressions.add(literal);
            fields.add(new Field("there" + column, literal.type()));
        }
        return new RelTranslator.Translated(translator.compute(groups, expressions, fields), columns);
    }

    /** The rows of a scalar subquery, of which a group must have one at most: then they are what is asked for. */
    private RelTranslator.Translated single() {
        List<Integer> groupColumns =
                group.stream().map(column -> input.columns()[column]).toList();
        if (group.isEmpty()
                || input.relation()
                        .keyBeside(groupColumns)
                        .filter(List::isEmpty)
                        .isEmpty()) {
            throw translator.refuse(
                    "a subquery in the place of a value may return several rows",
                    "select an aggregate in it, such as max(...), or look up by a unique key");
        }
        for (int i = 0; i < rel.getGroupCount(); i++) {
            columns[i] = groupColumns.get(i);
        }
        wanted.forEach(column ->
                columns[column] = input.columns()[call(column).getArgList().get(0)]);
        return new RelTranslator.Translated(input.relation(), columns);
    }

    /** The place in the group of a column that is selected beside the aggregates: the group must determine it. */
    private int determined(int column) {
        Relation rows = input.relation();
        List<Integer> attributes = rel.getGroupSet().asList().stream()
                .map(each -> rows.attribute(input.columns()[each]))
                .toList();
        if (!rows.dependencies()
                .determine(attributes, Dependencies.bits(List.of(rows.attribute(input.columns()[column]))))) {
            throw translator.mistake("column \""
                    + rel.getInput().getRowType().getFieldNames().get(column)
                    + "\" must appear in the GROUP BY clause or be used in an aggregate function");
        }
        if (!group.contains(column)) {
            group.add(column);
        }
        return group.indexOf(column);
    }

    /** The input with a column for each aggregate's argument; FILTER (WHERE c) makes it CASE WHEN c THEN argument END. */
    private Relation arguments(List<org.apache.calcite.rel.core.AggregateCall> written) {
        List<Field> fields = new ArrayList<>(input.relation().node().fields());
        List<Expression> expressions = Expression.columnsOf(fields);
        int plain = expressions.size();
        for (org.apache.calcite.rel.core.AggregateCall call : written) {
            int column = call.getArgList().isEmpty()
                    ? -1
                    : input.columns()[call.getArgList().get(0)];
            if (isSequence(call)) {
                calls.add(new SequenceCalls(translator, input, expressions, fields).translated(call));
                continue;
            }
            if (call.hasFilter()) {
                Expression argument = column < 0 ? new Expression.Literal(1L, SqlType.BIGINT) : expressions.get(column);
                Expression filter = new Expression.Column(input.columns()[call.filterArg], SqlType.BOOLEAN);
                column = expressions.size();
                expressions.add(new Expression.Case(
                        List.of(filter),
                        List.of(argument),
                        new Expression.Literal(null, argument.type()),
                        argument.type()));
                fields.add(new Field("filtered" + column, argument.type()));
            }
            SqlType inputType = column < 0 ? SqlType.BIGINT : fields.get(column).type();
            AggregateFunction function = translator.function(call.getAggregation(), inputType);
            if (call.isDistinct()) {
                translator.requireComparable(inputType);
            }
            calls.add(new AggregateCall(
                    function, column, call.isDistinct() && column >= 0, inputType, Types.of(call.getType())));
        }
        return plain == expressions.size()
                ? input.relation()
                : translator.compute(input.relation(), expressions, fields);
    }

    private static boolean isSequence(org.apache.calcite.rel.core.AggregateCall call) {
        return call.getAggregation().getKind() == SqlKind.ARRAY_AGG;
    }

    private Relation grouped(Relation rows, List<Integer> groupColumns) {
        groupColumns.forEach(column ->
                translator.requireComparable(rows.node().fields().get(column).type()));
        List<Integer> groupAttributes =
                groupColumns.stream().map(rows::attribute).toList();
        List<Integer> attributes = new ArrayList<>(groupAttributes);
        calls.forEach(call -> attributes.add(translator.newAttribute()));
        BitSet neverNull = (BitSet) rows.neverNull().clone();
        for (int i = 0; i < calls.size(); i++) {
            if (calls.get(i).function() == AggregateFunction.COUNT) {
                neverNull.set(attributes.get(groupAttributes.size() + i));
            }
        }
        return new Relation(
                new PlanNode.Aggregate(rows.node(), groupColumns, calls),
                attributes,
                neverNull,
                rows.dependencies().with(groupAttributes, attributes),
                Dependencies.bits(groupAttributes),
                rows.partitioning());
    }
}
