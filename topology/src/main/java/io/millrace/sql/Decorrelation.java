package io.millrace.sql;

import com.google.common.collect.ImmutableList;
import io.millrace.sql.FlatQuery.Bound;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.AggregateCall;
import org.apache.calcite.rel.core.Correlate;
import org.apache.calcite.rel.core.CorrelationId;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.SetOp;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rel.logical.LogicalAggregate;
import org.apache.calcite.rel.logical.LogicalFilter;
import org.apache.calcite.rel.logical.LogicalJoin;
import org.apache.calcite.rel.logical.LogicalProject;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexCorrelVariable;
import org.apache.calcite.rex.RexFieldAccess;
import org.apache.calcite.rex.RexFieldCollation;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexOver;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.rex.RexWindow;
import org.apache.calcite.rex.RexWindowBounds;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.util.ImmutableBitSet;

/**
 * Turns correlated subqueries into joins. A subquery that reads values of the row around it becomes one relation for all
 * such rows, with the values among its columns, by which the rows around are joined.
 *
 * <p>Where the subquery compares a value for equality with something of its own, that is the column. Where it does anything
 * else with the value, it is joined with the distinct values of the rows around. An aggregate without GROUP BY has a row
 * also where there is nothing to aggregate: that row is left out, and put in by the join around.
 *
 * <p>Source: Neumann and Kemper, Unnesting Arbitrary Queries, BTW 2015.
 */
final class Decorrelation {
    private final RexBuilder rex;

    private Decorrelation(RexBuilder rex) {
        this.rex = rex;
    }

    /**
     * The relation without correlations.
     *
     * @throws UnsupportedOperationException for a subquery that cannot be a join
     */
    static RelNode apply(RelNode rel) {
        FlatQuery flat = new Decorrelation(rel.getCluster().getRexBuilder()).flat(rel, null);
        if (!flat.bound().isEmpty()) {
            throw new UnsupportedOperationException("a subquery here that reads the query around it");
        }
        return flat.rel();
    }

    /**
     * The rows around a subquery.
     *
     * @param id what they are called in the subquery
     * @param rows the rows
     * @param further the rows around those; null for the outermost
     */
    private record Around(CorrelationId id, FlatQuery rows, Around further) {
        boolean has(RexFieldAccess value) {
            return ((RexCorrelVariable) value.getReferenceExpr()).id.equals(id);
        }
    }

    private FlatQuery flat(RelNode rel, Around around) {
        if (rel instanceof Filter filter) {
            return filter(
                    whole(flat(filter.getInput(), around), around),
                    RelOptUtil.conjunctions(filter.getCondition()),
                    around);
        } else if (rel instanceof Project project) {
            return project(project, flat(project.getInput(), around), around);
        } else if (rel instanceof FunctionRows rows) {
            return functionRows(rows, whole(flat(rows.getInput(), around), around), around);
        } else if (rel instanceof Aggregate aggregate) {
            return aggregate(aggregate, whole(flat(aggregate.getInput(), around), around));
        } else if (rel instanceof Correlate correlate) {
            return correlate(correlate, around);
        } else if (rel instanceof Join join) {
            return join(
                    join,
                    whole(flat(join.getLeft(), around), around),
                    whole(flat(join.getRight(), around), around),
                    around);
        } else if (rel instanceof Sort sort) {
            return sort(sort, whole(flat(sort.getInput(), around), around));
        } else if (rel instanceof SetOp operation) {
            return setOperation(operation, around);
        }
        return other(rel, around);
    }

    private FlatQuery other(RelNode rel, Around around) {
        List<RelNode> inputs = new ArrayList<>();
        for (RelNode input : rel.getInputs()) {
            FlatQuery flat = whole(flat(input, around), around);
            if (!flat.bound().isEmpty()) {
                throw unsupported(rel);
            }
            inputs.add(flat.rel());
        }
        if (!RelOptUtil.getVariablesUsed(rel).isEmpty()) {
            throw unsupported(rel);
        }
        return FlatQuery.independent(inputs.equals(rel.getInputs()) ? rel : rel.copy(rel.getTraitSet(), inputs));
    }

    private static UnsupportedOperationException unsupported(RelNode rel) {
        String what = rel.getRelTypeName().replace("Logical", "").toUpperCase(Locale.ROOT);
        return new UnsupportedOperationException(what + " in a correlated subquery");
    }

    /** Equalities with an expression over the row around bind it to a column; what else is asked is a filter. */
    private FlatQuery filter(FlatQuery input, List<RexNode> conditions, Around around) {
        FlatQuery rows = input;
        List<RexNode> rest = new ArrayList<>();
        for (RexNode condition : conditions) {
            Equality equality = Equality.of(condition);
            Bound known = equality == null ? null : rows.bound().get(equality.around);
            if (equality == null || (known != null && !known.equal())) {
                rest.add(condition);
            } else if (known == null) {
                rows = bind(rows, equality.around, rows.local(equality.own));
            } else {
                rest.add(rex.makeCall(SqlStdOperatorTable.EQUALS, equality.own, rows.column(known.column())));
            }
        }
        rows = knowing(rows, FlatQuery.valuesAround(rest), around);
        if (rest.isEmpty()) {
            return rows;
        }
        return rows.over(filtered(rows.rel(), rest.stream().map(rows::local).toList()), rows.bound());
    }

    private FlatQuery bind(FlatQuery rows, RexNode around, RexNode own) {
        RelNode rel = rows.rel();
        int column = rel.getRowType().getFieldCount();
        if (own instanceof RexInputRef ref) {
            column = ref.getIndex();
        } else {
            List<RexNode> all = FlatQuery.columns(rel);
            all.add(own);
            rel = projected(rel, all);
        }
        Map<RexNode, Bound> bound = new LinkedHashMap<>(rows.bound());
        bound.put(around, new Bound(column, true));
        return rows.over(rel, bound);
    }

    private FlatQuery project(Project project, FlatQuery input, Around around) {
        FlatQuery whole = project.containsOver() ? whole(input, around) : input;
        FlatQuery rows = knowing(whole, FlatQuery.valuesAround(project.getProjects()), around);
        List<RexNode> expressions = new ArrayList<>();
        project.getProjects().forEach(each -> expressions.add(byRowAround(rows.local(each), rows)));
        Map<RexNode, Bound> bound = append(expressions, rows.rel(), rows.bound());
        List<RexNode> otherwise = rows.otherwise() == null
                ? null
                : project.getProjects().stream()
                        .map(each -> each.accept(inPlaceOfColumns(rows.otherwise())))
                        .toList();
        List<String> names = new ArrayList<>(project.getRowType().getFieldNames());
        for (RexNode each : expressions.subList(names.size(), expressions.size())) {
            names.add(rows.rel().getRowType().getFieldNames().get(((RexInputRef) each).getIndex()));
        }
        return new FlatQuery(
                LogicalProject.create(rows.rel(), List.of(), expressions, names, Set.of()),
                project.getProjects().size(),
                bound,
                otherwise);
    }

    private FlatQuery functionRows(FunctionRows function, FlatQuery input, Around around) {
        FlatQuery rows = knowing(input, FlatQuery.valuesAround(List.of(function.call())), around);
        if (rows.bound().isEmpty() && rows.rel() == function.getInput()) {
            return FlatQuery.independent(function);
        }
        RelNode over = function.over(rows.rel(), (RexCall) rows.local(function.call()));
        List<RexNode> all = FlatQuery.columns(over);
        List<RexNode> expressions = new ArrayList<>(all.subList(0, rows.width()));
        expressions.addAll(all.subList(rows.rel().getRowType().getFieldCount(), all.size()));
        int width = expressions.size();
        Map<RexNode, Bound> bound = append(expressions, over, rows.bound());
        return new FlatQuery(projected(over, expressions), width, bound, null);
    }

    private static RexShuttle inPlaceOfColumns(List<RexNode> values) {
        return new RexShuttle() {
            @Override
            public RexNode visitInputRef(RexInputRef ref) {
                return values.get(ref.getIndex());
            }
        };
    }

    /** A window is one of the rows for the same row around. */
    private RexNode byRowAround(RexNode expression, FlatQuery rows) {
        if (rows.bound().isEmpty()) {
            return expression;
        }
        return expression.accept(new RexShuttle() {
            @Override
            public RexNode visitOver(RexOver over) {
                RexWindow window = over.getWindow();
                List<RexNode> keys = new ArrayList<>(window.partitionKeys);
                rows.boundColumns().forEach(column -> keys.add(rows.column(column)));
                return rex.makeOver(
                        over.getType(),
                        over.getAggOperator(),
                        over.getOperands(),
                        keys,
                        window.orderKeys,
                        window.getLowerBound(),
                        window.getUpperBound(),
                        window.getExclude(),
                        window.isRows(),
                        true,
                        false,
                        over.isDistinct(),
                        over.ignoreNulls());
            }
        });
    }

    /** Puts bound columns behind those expressions, unless they are among them; returns where they are then. */
    private static Map<RexNode, Bound> append(List<RexNode> expressions, RelNode rel, Map<RexNode, Bound> bound) {
        Map<RexNode, Bound> moved = new LinkedHashMap<>();
        bound.forEach((around, each) -> {
            RexNode column = FlatQuery.column(rel, each.column());
            if (!expressions.contains(column)) {
                expressions.add(column);
            }
            moved.put(around, new Bound(expressions.indexOf(column), each.equal()));
        });
        return moved;
    }

    private FlatQuery aggregate(Aggregate aggregate, FlatQuery rows) {
        ImmutableBitSet group = aggregate.getGroupSet().union(ImmutableBitSet.of(rows.boundColumns()));
        List<AggregateCall> calls = aggregate.getAggCallList().stream()
                .map(call -> GroupingSets.typedFor(call, rows.rel(), group))
                .toList();
        RelNode grouped = LogicalAggregate.create(rows.rel(), List.of(), group, null, calls);
        if (rows.bound().isEmpty()) {
            return FlatQuery.independent(rows.rel() == aggregate.getInput() ? aggregate : grouped);
        }
        List<RexNode> expressions = new ArrayList<>();
        aggregate.getGroupSet().forEach(key -> expressions.add(FlatQuery.column(grouped, group.indexOf(key))));
        for (int call = 0; call < calls.size(); call++) {
            expressions.add(FlatQuery.column(grouped, group.cardinality() + call));
        }
        int width = expressions.size();
        Map<RexNode, Bound> moved = new LinkedHashMap<>();
        rows.bound()
                .forEach((around, bound) -> moved.put(around, new Bound(group.indexOf(bound.column()), bound.equal())));
        Map<RexNode, Bound> bound = append(expressions, grouped, moved);
        List<RexNode> otherwise = aggregate.getGroupCount() > 0
                ? null
                : aggregate.getAggCallList().stream().map(this::ofNothing).toList();
        return new FlatQuery(projected(grouped, expressions), width, bound, otherwise);
    }

    /** What an aggregate of no rows is. */
    private RexNode ofNothing(AggregateCall call) {
        return switch (call.getAggregation().getKind()) {
            case COUNT -> rex.makeZeroLiteral(call.getType());
            case LITERAL_AGG -> call.rexList.get(0);
            default -> rex.makeNullLiteral(call.getType());
        };
    }

    private FlatQuery correlate(Correlate correlate, Around around) {
        FlatQuery left = whole(flat(correlate.getLeft(), around), around);
        Around inner = new Around(correlate.getCorrelationId(), left, around);
        FlatQuery right = flat(correlate.getRight(), inner);
        JoinRelType type = correlate.getJoinType();
        if (!type.projectsRight()) {
            right = whole(right, inner);
        } else if (right.otherwise() != null) {
            type = JoinRelType.LEFT;
        }
        Set<RexFieldAccess> needed = new LinkedHashSet<>();
        for (RexNode each : right.bound().keySet()) {
            Set<RexFieldAccess> values = FlatQuery.valuesAround(List.of(each));
            if (type != JoinRelType.INNER || values.stream().anyMatch(inner::has)) {
                needed.addAll(values);
            }
        }
        if (right.otherwise() != null) {
            needed.addAll(FlatQuery.valuesAround(right.otherwise()));
        }
        needed.removeIf(inner::has);
        return new Joining(type, knowing(left, needed, around), inner.id, right).on(List.of());
    }

    private FlatQuery join(Join join, FlatQuery left, FlatQuery right, Around around) {
        JoinRelType type = join.getJoinType();
        List<RexNode> conditions = RelOptUtil.conjunctions(join.getCondition());
        if (type == JoinRelType.INNER) {
            List<RexNode> own = new ArrayList<>();
            List<RexNode> correlated = new ArrayList<>();
            conditions.forEach(each -> (readsAround(each) ? correlated : own).add(each));
            return filter(new Joining(type, left, null, right).on(own), correlated, around);
        }
        Set<RexFieldAccess> values = FlatQuery.valuesAround(conditions);
        if (type.generatesNullsOnLeft()) {
            values.addAll(left.valuesAround());
        }
        if (type != JoinRelType.RIGHT) {
            values.addAll(right.valuesAround());
        }
        FlatQuery first = type == JoinRelType.RIGHT ? left : knowing(left, values, around);
        FlatQuery second = type.generatesNullsOnLeft() ? knowing(right, values, around) : right;
        if (type == JoinRelType.FULL) {
            first = by(left, values, around);
            second = by(right, values, around);
            for (RexFieldAccess value : values) {
                first = withoutNulls(first, value);
                second = withoutNulls(second, value);
            }
        }
        return new Joining(type, first, null, second).on(conditions);
    }

    private static boolean readsAround(RexNode expression) {
        return !FlatQuery.valuesAround(List.of(expression)).isEmpty();
    }

    /** The join of two relations for the same rows around, or of the rows around with a subquery. */
    private final class Joining {
        private final JoinRelType type;
        private final FlatQuery left;
        private final CorrelationId id;
        private final FlatQuery right;
        private final int leftColumns;

        /**
         * A join.
         *
         * @param id what the left's rows are called in the right; null where they cannot be read there
         */
        Joining(JoinRelType type, FlatQuery left, CorrelationId id, FlatQuery right) {
            this.type = type;
            this.left = left;
            this.id = id;
            this.right = right;
            this.leftColumns = left.rel().getRowType().getFieldCount();
        }

        FlatQuery on(List<RexNode> conditions) {
            RelNode rightRel = right.rel();
            if (right.otherwise() != null) {
                List<RexNode> all = FlatQuery.columns(rightRel);
                all.add(rex.makeLiteral(true));
                rightRel = projected(rightRel, all);
            }
            List<RexNode> on = new ArrayList<>();
            Map<RexNode, Bound> passedOn = new LinkedHashMap<>();
            right.bound().forEach((around, bound) -> {
                RexNode ofLeft = ofLeft(around);
                if (ofLeft == null) {
                    passedOn.put(around, new Bound(leftColumns + bound.column(), bound.equal()));
                } else {
                    Bound other = left.bound().get(around);
                    on.add(same(ofLeft, ofRight(bound.column()), bound.equal() || (other != null && other.equal())));
                }
            });
            conditions.forEach(each -> on.add(each.accept(overBoth())));
            RelNode join = LogicalJoin.create(left.rel(), rightRel, List.of(), conjunction(on), Set.of(), type);
            return shown(join, passedOn);
        }

        /** An expression over the rows around from the left's columns; null where they do not say it. */
        private RexNode ofLeft(RexNode around) {
            Bound bound = left.bound().get(around);
            if (bound != null) {
                return left.column(bound.column());
            }
            for (RexFieldAccess value : FlatQuery.valuesAround(List.of(around))) {
                if (!isOfLeft(value) && !left.knows(List.of(value))) {
                    return null;
                }
            }
            return around.accept(overBoth());
        }

        private boolean isOfLeft(RexFieldAccess value) {
            return ((RexCorrelVariable) value.getReferenceExpr()).id.equals(id);
        }

        private RexNode ofRight(int column) {
            return new RexInputRef(
                    leftColumns + column,
                    right.rel().getRowType().getFieldList().get(column).getType());
        }

        /** Expressions over the columns of both, as they were numbered, and over values around. */
        private RexShuttle overBoth() {
            return new RexShuttle() {
                @Override
                public RexNode visitInputRef(RexInputRef ref) {
                    return ref.getIndex() < left.width()
                            ? left.column(ref.getIndex())
                            : ofRight(ref.getIndex() - left.width());
                }

                @Override
                public RexNode visitFieldAccess(RexFieldAccess access) {
                    if (isOfLeft(access)) {
                        return left.column(access.getField().getIndex());
                    }
                    return type == JoinRelType.RIGHT
                            ? ofRight(right.bound().get(access).column())
                            : left.local(access);
                }
            };
        }

        private FlatQuery shown(RelNode join, Map<RexNode, Bound> passedOn) {
            List<RexNode> expressions = new ArrayList<>();
            for (int i = 0; i < left.width(); i++) {
                expressions.add(FlatQuery.column(join, i));
            }
            if (type.projectsRight()) {
                for (int i = 0; i < right.width(); i++) {
                    expressions.add(right.otherwise() == null ? shownOfRight(join, i) : shownOrOtherwise(join, i));
                }
            }
            int width = expressions.size();
            Map<RexNode, Bound> bound = new LinkedHashMap<>();
            if (type == JoinRelType.FULL) {
                left.bound().keySet().forEach(around -> {
                    bound.put(around, new Bound(expressions.size(), false));
                    expressions.add(rex.makeCall(
                            SqlStdOperatorTable.COALESCE,
                            FlatQuery.column(join, left.bound().get(around).column()),
                            shownOfRight(join, right.bound().get(around).column())));
                });
                return new FlatQuery(projected(join, expressions), width, bound, null);
            }
            if (type == JoinRelType.RIGHT) {
                right.bound()
                        .forEach((around, each) ->
                                bound.put(around, new Bound(leftColumns + each.column(), each.equal())));
            } else {
                bound.putAll(left.bound());
                bound.putAll(passedOn);
            }
            Map<RexNode, Bound> moved = append(expressions, join, bound);
            return new FlatQuery(projected(join, expressions), width, moved, null);
        }

        private RexNode shownOfRight(RelNode join, int column) {
            return FlatQuery.column(join, leftColumns + column);
        }

        /** A column of a row that may not be there, in whose place another value stands then. */
        private RexNode shownOrOtherwise(RelNode join, int column) {
            RexNode value = right.otherwise().get(column).accept(overBoth());
            RexNode shown = shownOfRight(join, column);
            if (RexLiteral.isNullLiteral(value)) {
                return shown;
            }
            RelDataType type = rex.getTypeFactory().createTypeWithNullability(shown.getType(), true);
            int present = join.getRowType().getFieldCount() - 1;
            return rex.makeCall(
                    type,
                    SqlStdOperatorTable.CASE,
                    List.of(
                            rex.makeCall(SqlStdOperatorTable.IS_NULL, FlatQuery.column(join, present)),
                            rex.ensureType(type, value, true),
                            shown));
        }
    }

    private RexNode same(RexNode left, RexNode right, boolean equal) {
        boolean both = left.getType().isNullable() && right.getType().isNullable();
        return rex.makeCall(
                equal || !both ? SqlStdOperatorTable.EQUALS : SqlStdOperatorTable.IS_NOT_DISTINCT_FROM, left, right);
    }

    /** LIMIT and OFFSET are for each row around. */
    private FlatQuery sort(Sort sort, FlatQuery rows) {
        if (rows.bound().isEmpty()) {
            return FlatQuery.independent(
                    rows.rel() == sort.getInput() ? sort : sort.copy(sort.getTraitSet(), List.of(rows.rel())));
        }
        if (sort.fetch == null && sort.offset == null) {
            return rows;
        }
        List<RexNode> expressions = FlatQuery.columns(rows.rel());
        int number = expressions.size();
        expressions.add(rowNumber(sort, rows));
        RelNode numbered = projected(rows.rel(), expressions);
        RexNode place = FlatQuery.column(numbered, number);
        BigDecimal skipped = sort.offset == null ? BigDecimal.ZERO : constant(sort.offset);
        List<RexNode> conditions = new ArrayList<>();
        if (sort.fetch != null) {
            BigDecimal last = skipped.add(constant(sort.fetch));
            conditions.add(rex.makeCall(
                    SqlStdOperatorTable.LESS_THAN_OR_EQUAL, place, rex.makeExactLiteral(last, place.getType())));
        }
        if (skipped.signum() > 0) {
            conditions.add(rex.makeCall(
                    SqlStdOperatorTable.GREATER_THAN, place, rex.makeExactLiteral(skipped, place.getType())));
        }
        RelNode kept = conditions.isEmpty() ? numbered : filtered(numbered, conditions);
        return rows.over(projected(kept, FlatQuery.columns(kept).subList(0, number)), rows.bound());
    }

    private RexNode rowNumber(Sort sort, FlatQuery rows) {
        List<RexNode> keys = rows.boundColumns().stream().map(rows::column).toList();
        List<RexFieldCollation> order = sort.getCollation().getFieldCollations().stream()
                .map(each -> {
                    Set<SqlKind> kinds = new LinkedHashSet<>();
                    if (each.getDirection().isDescending()) {
                        kinds.add(SqlKind.DESCENDING);
                    }
                    switch (each.nullDirection) {
                        case FIRST -> kinds.add(SqlKind.NULLS_FIRST);
                        case LAST -> kinds.add(SqlKind.NULLS_LAST);
                        case UNSPECIFIED -> {}
                    }
                    return new RexFieldCollation(rows.column(each.getFieldIndex()), kinds);
                })
                .toList();
        return rex.makeOver(
                rex.getTypeFactory().createSqlType(org.apache.calcite.sql.type.SqlTypeName.BIGINT),
                SqlStdOperatorTable.ROW_NUMBER,
                List.of(),
                keys,
                ImmutableList.copyOf(order),
                RexWindowBounds.UNBOUNDED_PRECEDING,
                RexWindowBounds.CURRENT_ROW,
                true,
                true,
                false,
                false,
                false);
    }

    private static BigDecimal constant(RexNode limit) {
        if (limit instanceof RexLiteral literal) {
            return literal.getValueAs(BigDecimal.class);
        }
        throw new UnsupportedOperationException("a LIMIT in a correlated subquery that is not a constant");
    }

    /** Rows for different rows around are told apart by the values that all inputs then have. */
    private FlatQuery setOperation(SetOp operation, Around around) {
        List<FlatQuery> inputs = operation.getInputs().stream()
                .map(input -> whole(flat(input, around), around))
                .toList();
        Set<RexFieldAccess> values = new LinkedHashSet<>();
        inputs.forEach(input -> values.addAll(input.valuesAround()));
        int width = operation.getRowType().getFieldCount();
        List<FlatQuery> known =
                inputs.stream().map(input -> knowing(input, values, around)).toList();
        Map<RexNode, Bound> bound = new LinkedHashMap<>();
        values.forEach(value -> bound.put(value, new Bound(width + bound.size(), areEqual(known, value))));
        List<RelNode> branches = new ArrayList<>();
        for (FlatQuery input : known) {
            FlatQuery branch = input;
            for (RexFieldAccess value : values) {
                branch = bound.get(value).equal() ? branch : withoutNulls(branch, value);
            }
            List<RexNode> expressions =
                    new ArrayList<>(FlatQuery.columns(branch.rel()).subList(0, width));
            for (RexFieldAccess value : values) {
                expressions.add(branch.local(value));
            }
            branches.add(values.isEmpty() ? branch.rel() : projected(branch.rel(), expressions));
        }
        RelNode same = branches.equals(operation.getInputs())
                ? operation
                : operation.copy(operation.getTraitSet(), branches, operation.all);
        return new FlatQuery(same, width, bound, null);
    }

    /** Whether all of them have a value around by SQL's equality. */
    private static boolean areEqual(List<FlatQuery> queries, RexNode value) {
        return queries.stream().allMatch(each -> each.bound().get(value).equal());
    }

    /** Without the rows of no row around, where the value is had by an equality, which no NULL fulfils. */
    private FlatQuery withoutNulls(FlatQuery rows, RexNode value) {
        Bound bound = rows.bound().get(value);
        if (!bound.equal()) {
            return rows;
        }
        RexNode notNull = rex.makeCall(SqlStdOperatorTable.IS_NOT_NULL, rows.column(bound.column()));
        return rows.over(filtered(rows.rel(), List.of(notNull)), rows.bound());
    }

    /** The relation with the row that is there where none is found. */
    private FlatQuery whole(FlatQuery rows, Around around) {
        return rows.otherwise() == null ? rows : given(JoinRelType.LEFT, rows.valuesAround(), rows, around);
    }

    /** The relation with those values around among its columns, as they are. */
    private FlatQuery knowing(FlatQuery rows, Set<RexFieldAccess> values, Around around) {
        if (rows.knows(values)) {
            return rows;
        }
        Set<RexFieldAccess> all = rows.valuesAround();
        all.addAll(values);
        FlatQuery found = new FlatQuery(rows.rel(), rows.width(), rows.bound(), null);
        FlatQuery given = given(JoinRelType.INNER, all, found, around);
        return new FlatQuery(given.rel(), given.width(), given.bound(), rows.otherwise());
    }

    /** The relation with nothing bound but those values; what else was is a condition. */
    private FlatQuery by(FlatQuery rows, Set<RexFieldAccess> values, Around around) {
        FlatQuery known = knowing(rows, values, around);
        Map<RexNode, Bound> bound = new LinkedHashMap<>(known.bound());
        bound.keySet().retainAll(values);
        FlatQuery same = known.over(known.rel(), bound);
        List<RexNode> conditions = new ArrayList<>();
        known.bound().forEach((each, column) -> {
            if (!bound.containsKey(each)) {
                conditions.add(same(same.local(each), known.column(column.column()), column.equal()));
            }
        });
        return conditions.isEmpty() ? same : same.over(filtered(same.rel(), conditions), bound);
    }

    /** The relation beside the distinct values of the rows around that it depends on. */
    private FlatQuery given(JoinRelType type, Set<RexFieldAccess> values, FlatQuery rows, Around around) {
        RelNode distinct = distinct(List.copyOf(values), around);
        Map<RexNode, Bound> bound = new LinkedHashMap<>();
        values.forEach(value -> bound.put(value, new Bound(bound.size(), false)));
        FlatQuery beside =
                new Joining(type, new FlatQuery(distinct, values.size(), bound, null), null, rows).on(List.of());
        List<RexNode> expressions =
                new ArrayList<>(FlatQuery.columns(beside.rel()).subList(values.size(), beside.width()));
        Map<RexNode, Bound> moved = append(expressions, beside.rel(), beside.bound());
        return new FlatQuery(projected(beside.rel(), expressions), rows.width(), moved, null);
    }

    /** The distinct values of rows around, of which there may be more than those of the rows that are asked. */
    private RelNode distinct(List<RexFieldAccess> values, Around around) {
        if (around == null) {
            throw new UnsupportedOperationException("a subquery here that reads the query around it");
        }
        if (values.stream().noneMatch(around::has)) {
            return distinct(values, around.further);
        }
        Set<RexFieldAccess> further = new LinkedHashSet<>(values);
        further.removeIf(around::has);
        FlatQuery rows = knowing(around.rows, further, around.further);
        List<RexNode> columns = values.stream()
                .map(value -> around.has(value) ? rows.column(value.getField().getIndex()) : rows.local(value))
                .toList();
        RelNode rel = rows.rel();
        while (true) {
            if (rel instanceof Project project && columns.stream().allMatch(each -> isColumn(project, each))) {
                columns = columns.stream()
                        .map(each -> project.getProjects().get(((RexInputRef) each).getIndex()))
                        .toList();
                rel = project.getInput();
            } else if (rel instanceof Join join
                    && join.getJoinType() == JoinRelType.LEFT
                    && columns.stream()
                            .allMatch(each -> ((RexInputRef) each).getIndex()
                                    < join.getLeft().getRowType().getFieldCount())) {
                rel = join.getLeft();
            } else {
                RelNode projected = projected(rel, columns);
                return LogicalAggregate.create(
                        projected, List.of(), ImmutableBitSet.range(columns.size()), null, List.of());
            }
        }
    }

    private static boolean isColumn(Project project, RexNode column) {
        return project.getProjects().get(((RexInputRef) column).getIndex()) instanceof RexInputRef;
    }

    private RexNode conjunction(List<RexNode> conditions) {
        return RexUtil.removeNullabilityCast(rex.getTypeFactory(), RexUtil.composeConjunction(rex, conditions));
    }

    private RelNode filtered(RelNode rel, List<RexNode> conditions) {
        return LogicalFilter.create(rel, conjunction(conditions));
    }

    private static RelNode projected(RelNode rel, List<RexNode> expressions) {
        if (expressions.equals(FlatQuery.columns(rel))) {
            return rel;
        }
        List<String> names = rel.getRowType().getFieldNames();
        List<String> shown = expressions.stream()
                .map(each -> each instanceof RexInputRef ref ? names.get(ref.getIndex()) : "value")
                .toList();
        return LogicalProject.create(rel, List.of(), expressions, shown, Set.of());
    }

    /**
     * An equality.
     *
     * @param around an expression over rows around alone
     * @param own one over the subquery's columns alone
     */
    private record Equality(RexNode around, RexNode own) {
        /** The condition as such an equality; null when it is none. */
        static Equality of(RexNode condition) {
            if (!(condition instanceof RexCall call) || call.getKind() != SqlKind.EQUALS) {
                return null;
            }
            RexNode first = call.getOperands().get(0);
            RexNode second = call.getOperands().get(1);
            if (!sameType(first, second)) {
                return null;
            }
            if (readsAround(first) && !readsColumns(first) && !readsAround(second)) {
                return new Equality(first, second);
            }
            return readsAround(second) && !readsColumns(second) && !readsAround(first)
                    ? new Equality(second, first)
                    : null;
        }

        private static boolean sameType(RexNode first, RexNode second) {
            return Types.of(first.getType()).kind()
                            == Types.of(second.getType()).kind()
                    || (Types.isText(first.getType()) && Types.isText(second.getType()));
        }

        private static boolean readsColumns(RexNode expression) {
            return !RelOptUtil.InputFinder.bits(expression).isEmpty();
        }
    }
}
