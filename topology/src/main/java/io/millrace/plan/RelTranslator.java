package io.millrace.plan;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.catalog.UserError;
import io.millrace.sql.Types;
import io.millrace.sql.ViewDefinition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.rel.RelFieldCollation;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.JoinInfo;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.SetOp;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rel.core.TableScan;
import org.apache.calcite.rel.core.Union;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexOver;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.sql.SqlAggFunction;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.util.ImmutableBitSet;

/**
 * Translates one view's relational algebra into plan nodes: keeps only the columns that are needed, places exchanges where
 * rows must meet and are not together yet, and arranges what joins look up. Used once.
 */
final class RelTranslator {
    private final ViewDefinition view;
    private final Map<Table, SortedSet<Integer>> neededOfTables;
    private final boolean readAllNeeded;
    private final KeyExchanges keyExchanges = new KeyExchanges();
    private int nextAttribute;

    /**
     * A translated relation.
     *
     * @param relation its rows
     * @param columns for each column of the algebra's relation the node's column, -1 for one that was not asked for
     */
    record Translated(Relation relation, int[] columns) {

        /** The asked-for columns in order, under those names; no node is added where they stand so already. */
        Relation projectedTo(List<String> names) {
            List<Field> fields = relation.node().fields();
            List<Field> wanted = new ArrayList<>();
            for (int i = 0; i < columns.length; i++) {
                wanted.add(new Field(names.get(i), fields.get(columns[i]).type()));
            }
            return projectedToFields(wanted);
        }

        /** The asked-for columns in order, under those names, of those types, which differ from theirs in precision alone. */
        Relation projectedToFields(List<Field> wanted) {
            List<Field> fields = relation.node().fields();
            List<Integer> positions = Arrays.stream(columns).boxed().toList();
            if (wanted.equals(fields)
                    && positions.equals(
                            IntStream.range(0, fields.size()).boxed().toList())) {
                return relation;
            }
            return relation.project(positions, wanted);
        }
    }

    /**
     * A translator for one view.
     *
     * @param neededOfTables the columns that are needed of each table; grows when {@code readAllNeeded} is false
     * @param readAllNeeded whether scans read all columns that any view needs
     */
    RelTranslator(ViewDefinition view, Map<Table, SortedSet<Integer>> neededOfTables, boolean readAllNeeded) {
        this.view = view;
        this.neededOfTables = neededOfTables;
        this.readAllNeeded = readAllNeeded;
    }

    Translated translate(RelNode rel, Collection<Integer> needed) {
        if (rel instanceof TableScan scan) {
            return scan(scan, needed);
        } else if (rel instanceof Filter filter) {
            return filter(filter, needed);
        } else if (rel instanceof Project project) {
            return project(project, needed);
        } else if (rel instanceof Join join) {
            return join(join, needed);
        } else if (rel instanceof Aggregate aggregate) {
            return aggregate(aggregate, needed);
        } else if (rel instanceof Union union) {
            return union(union, needed);
        } else if (rel instanceof SetOp operation) {
            return setOperation(operation);
        } else if (rel instanceof org.apache.calcite.rel.core.Values values) {
            return values(values);
        } else if (rel instanceof Sort sort) {
            return sort.fetch == null && sort.offset == null
                    ? translate(sort.getInput(), needed)
                    : new TopPlacement(this).top(sort, needed);
        }
        throw unsupported(rel);
    }

    private Translated scan(TableScan rel, Collection<Integer> needed) {
        Table table = rel.getTable().unwrapOrThrow(Table.class);
        SortedSet<Integer> columns = neededOfTables.computeIfAbsent(table, any -> new TreeSet<>(table.primaryKey()));
        if (!readAllNeeded) {
            columns.addAll(needed);
        }
        PlanNode.Scan node = new PlanNode.Scan(table, List.copyOf(columns));
        Map<Integer, Integer> attributes = new HashMap<>();
        node.columns().forEach(column -> attributes.put(column, nextAttribute++));
        List<Integer> all = node.columns().stream().map(attributes::get).toList();
        Dependencies dependencies = Dependencies.NONE;
        BitSet identity = null;
        List<List<Integer>> keys = new ArrayList<>(table.uniqueKeys());
        keys.add(table.primaryKey());
        for (List<Integer> key : keys) {
            if (!key.isEmpty() && attributes.keySet().containsAll(key)) {
                List<Integer> keyAttributes = key.stream().map(attributes::get).toList();
                dependencies = dependencies.with(keyAttributes, all);
                identity = Dependencies.bits(keyAttributes);
            }
        }
        BitSet neverNull = new BitSet();
        node.columns().stream()
                .filter(column -> !table.columns().get(column).nullable())
                .forEach(column -> neverNull.set(attributes.get(column)));
        Relation relation = new Relation(node, all, neverNull, dependencies, identity, Optional.empty());
        if (Partitioning.byPrimaryKey(table)) {
            relation = relation.withPartitioning(
                    table.primaryKey().stream().map(attributes::get).toList());
        }
        int[] positions = new int[table.columns().size()];
        Arrays.setAll(positions, node.columns()::indexOf);
        return new Translated(relation, positions);
    }

    /** Constant rows, in the partition of those without a key. */
    private Translated values(org.apache.calcite.rel.core.Values rel) {
        List<Field> fields = rel.getRowType().getFieldList().stream()
                .map(field -> new Field(field.getName(), Types.of(field.getType())))
                .toList();
        List<List<Expression>> rows = rel.getTuples().stream()
                .map(tuple -> IntStream.range(0, fields.size())
                        .mapToObj(i -> RexTranslator.cast(
                                RexTranslator.translate(tuple.get(i)),
                                fields.get(i).type()))
                        .toList())
                .toList();
        List<Integer> attributes = fields.stream().map(field -> nextAttribute++).toList();
        BitSet neverNull = new BitSet();
        for (int i = 0; i < attributes.size(); i++) {
            int column = i;
            if (rows.stream()
                    .allMatch(row ->
                            !(row.get(column) instanceof Expression.Literal literal) || literal.value() != null)) {
                neverNull.set(attributes.get(i));
            }
        }
        boolean atMostOne = rows.size() < 2;
        Relation relation = new Relation(
                new PlanNode.Values(fields, rows),
                attributes,
                neverNull,
                atMostOne ? Dependencies.NONE.with(List.of(), attributes) : Dependencies.NONE,
                atMostOne ? new BitSet() : null,
                Optional.of(List.of()));
        int[] columns = IntStream.range(0, fields.size()).toArray();
        return new Translated(relation, columns);
    }

    private Translated filter(Filter rel, Collection<Integer> needed) {
        Optional<RankFilter> first = RankFilter.of(rel);
        if (first.isPresent()) {
            return new TopPlacement(this).firstOfEach(first.get(), needed);
        }
        List<RexNode> conjuncts = RelOptUtil.conjunctions(rel.getCondition());
        return filtered(translate(rel.getInput(), union(needed, columnsOf(conjuncts))), conjuncts);
    }

    Translated filtered(Translated input, List<RexNode> conjuncts) {
        Relation rows = input.relation;
        List<Expression> temporal = new ArrayList<>();
        for (RexNode conjunct : conjuncts) {
            Expression condition = translated(conjunct, input.columns);
            if (condition.readsNow()) {
                temporal.add(condition);
                continue;
            }
            Relation filtered = rows.withNode(new PlanNode.Filter(rows.node(), condition), rows.attributes());
            rows = learn(filtered, condition);
        }
        // Last, so that they keep the time of no more rows than they must.
        for (Expression condition : temporal) {
            for (TemporalConditions.Monotone part :
                    TemporalConditions.of(condition).orElseThrow(this::unknownTime)) {
                Expression.Column now = new Expression.Column(rows.attributes().size(), SqlType.TIMESTAMPTZ);
                rows = rows.withNode(
                        new PlanNode.TemporalFilter(rows.node(), part.at(now), part.leaves()), rows.attributes());
            }
        }
        return new Translated(rows, input.columns);
    }

    private UserError unknownTime() {
        return refuse(
                "it is not known when a row begins or ceases to meet this condition on now()",
                "compare a time of the row with now() and constant intervals: created_at > now() - interval '1 day'");
    }

    /** What a condition that holds for every row tells about their columns. */
    private static Relation learn(Relation rows, Expression condition) {
        if (!(condition instanceof Expression.Call call)) {
            return rows;
        }
        boolean rejectsNull =
                switch (call.function()) {
                    case EQUALS, NOT_EQUALS, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, LIKE, IS_NOT_NULL -> true;
                    default -> false;
                };
        if (!rejectsNull) {
            return rows;
        }
        BitSet neverNull = (BitSet) rows.neverNull().clone();
        for (Expression operand : call.operands()) {
            if (operand instanceof Expression.Column column) {
                neverNull.set(rows.attribute(column.index()));
            }
        }
        Relation learned = rows.withNeverNull(neverNull);
        if (call.function() != Function.EQUALS) {
            return learned;
        }
        Expression first = call.operands().get(0);
        Expression second = call.operands().get(1);
        if (first instanceof Expression.Column left && second instanceof Expression.Column right) {
            return learned.withDependencies(
                    learned.dependencies().withEqual(rows.attribute(left.index()), rows.attribute(right.index())));
        }
        if (first instanceof Expression.Column column && second instanceof Expression.Literal) {
            return constant(learned, column);
        }
        if (second instanceof Expression.Column column && first instanceof Expression.Literal) {
            return constant(learned, column);
        }
        return learned;
    }

    private static Relation constant(Relation rows, Expression.Column column) {
        return rows.withDependencies(rows.dependencies().with(List.of(), List.of(rows.attribute(column.index()))));
    }

    private Translated project(Project rel, Collection<Integer> needed) {
        List<RexNode> computed = needed.stream().map(rel.getProjects()::get).toList();
        if (RexOver.containsOver(computed, null)) {
            return new WindowPlacement(this).windows(rel, needed);
        }
        return projected(rel, needed, translate(rel.getInput(), columnsOf(computed)));
    }

    Translated projected(Project rel, Collection<Integer> needed, Translated input) {
        return projected(rel, rel.getProjects(), needed, input);
    }

    /** The needed ones of a projection's columns, computed by those expressions. */
    Translated projected(Project rel, List<RexNode> projects, Collection<Integer> needed, Translated input) {
        List<Integer> wanted = needed.stream().distinct().sorted().toList();
        Map<Expression, Integer> positions = new LinkedHashMap<>();
        List<Field> fields = new ArrayList<>();
        int[] columns = nothing(rel);
        boolean computes = false;
        for (int column : wanted) {
            Expression expression = expression(projects.get(column), input.columns);
            computes |= !(expression instanceof Expression.Column);
            Integer position = positions.get(expression);
            if (position == null) {
                position = positions.size();
                positions.put(expression, position);
                fields.add(new Field(rel.getRowType().getFieldNames().get(column), expression.type()));
            }
            columns[column] = position;
        }
        List<Expression> expressions = List.copyOf(positions.keySet());
        if (!computes) {
            for (int column : wanted) {
                columns[column] = ((Expression.Column) expressions.get(columns[column])).index();
            }
            return new Translated(input.relation, columns);
        }
        return new Translated(compute(input.relation, expressions, fields), columns);
    }

    /** The relation of those expressions; a computed column is determined by the columns that it is computed from. */
    Relation compute(Relation input, List<Expression> expressions, List<Field> fields) {
        Relation rows = input;
        List<Integer> attributes = new ArrayList<>();
        for (Expression expression : expressions) {
            Expression plain = withoutWidening(expression);
            if (plain instanceof Expression.Column column) {
                attributes.add(input.attribute(column.index()));
                continue;
            }
            int attribute = nextAttribute++;
            List<Integer> operands =
                    expression.columns().stream().map(input::attribute).toList();
            rows = rows.withDependencies(rows.dependencies().with(operands, List.of(attribute)));
            attributes.add(attribute);
        }
        return rows.withNode(new PlanNode.Project(input.node(), expressions, fields), attributes);
    }

    /** An integer made wider is the same number, with the same place in a partition. */
    private static Expression withoutWidening(Expression expression) {
        return expression instanceof Expression.Cast cast
                        && Planner.isInteger(cast.type())
                        && Planner.isInteger(cast.operand().type())
                        && cast.type().kind().compareTo(cast.operand().type().kind()) > 0
                ? withoutWidening(cast.operand())
                : expression;
    }

    private Translated join(Join rel, Collection<Integer> needed) {
        if (!rel.getJoinType().projectsRight()) {
            throw unsupported(rel);
        }
        JoinInfo info = rel.analyzeCondition();
        for (int i = 0; i < info.leftKeys.size(); i++) {
            SqlType left = typeOf(rel.getLeft(), info.leftKeys.get(i));
            SqlType right = typeOf(rel.getRight(), info.rightKeys.get(i));
            requireComparable(left);
            if (left.kind() != right.kind() && !(Planner.isText(left) && Planner.isText(right))) {
                throw refuse(
                        "a join goes by an equality of " + left + " and " + right,
                        "give both sides one type with a cast: value::type");
            }
        }
        int leftWidth = rel.getLeft().getRowType().getFieldCount();
        List<Integer> fromCondition = columnsOf(info.nonEquiConditions);
        Collection<Integer> used = union(needed, fromCondition);
        Translated left = translate(
                rel.getLeft(),
                union(used.stream().filter(column -> column < leftWidth).toList(), info.leftKeys));
        Translated right = translate(
                rel.getRight(),
                union(
                        used.stream()
                                .filter(column -> column >= leftWidth)
                                .map(column -> column - leftWidth)
                                .toList(),
                        info.rightKeys));
        return new JoinPlacement(rel, info, left, right).place(leftWidth);
    }

    private static SqlType typeOf(RelNode rel, int column) {
        return Types.of(rel.getRowType().getFieldList().get(column).getType());
    }

    /** Brings the two sides of a join together and puts the join over them. */
    private final class JoinPlacement {
        private final Join rel;
        private final JoinInfo info;
        private final boolean padLeft;
        private final boolean padRight;
        private Translated left;
        private Translated right;
        private List<Integer> leftRelKey;
        private List<Integer> rightRelKey;

        JoinPlacement(Join rel, JoinInfo info, Translated left, Translated right) {
            this.rel = rel;
            this.info = info;
            this.padLeft = rel.getJoinType().generatesNullsOnRight();
            this.padRight = rel.getJoinType().generatesNullsOnLeft();
            this.left = left;
            this.right = right;
            this.leftRelKey = info.leftKeys;
            this.rightRelKey = info.rightKeys;
        }

        Translated place(int leftWidth) {
            orderKeysAsArranged();
            List<Integer> meeting = meetingPositions();
            Relation leftHome = left.relation;
            Relation rightHome = right.relation;
            left = together(left, leftKey(), meeting);
            right = together(right, rightKey(), meeting);
            PlanNode.Arranged leftRows = left.relation.arrangedBy(leftKey());
            PlanNode.Arranged rightRows = right.relation.arrangedBy(rightKey());
            int width = leftRows.fields().size();
            int[] columns = Arrays.copyOf(left.columns, rel.getRowType().getFieldCount());
            for (int i = leftWidth; i < columns.length; i++) {
                columns[i] = right.columns[i - leftWidth] < 0 ? -1 : right.columns[i - leftWidth] + width;
            }
            Expression condition = info.nonEquiConditions.isEmpty()
                    ? null
                    : expression(
                            RexUtil.composeConjunction(rel.getCluster().getRexBuilder(), info.nonEquiConditions),
                            columns);
            PlanNode.Join node = new PlanNode.Join(leftRows, rightRows, padLeft, padRight, condition);
            keyExchanges.remember(
                    node,
                    new KeyExchanges.Side(leftHome, left.relation, leftKey()),
                    new KeyExchanges.Side(rightHome, right.relation, rightKey()));
            return new Translated(Relation.joined(node, left.relation, leftKey(), right.relation, rightKey()), columns);
        }

        private List<Integer> leftKey() {
            return leftRelKey.stream().map(column -> left.columns[column]).toList();
        }

        private List<Integer> rightKey() {
            return rightRelKey.stream().map(column -> right.columns[column]).toList();
        }

        /** Puts the key's columns into the order of a side that is arranged by just these already. */
        private void orderKeysAsArranged() {
            for (boolean ofLeft : new boolean[] {false, true}) {
                Relation side = ofLeft ? left.relation : right.relation;
                List<Integer> key = ofLeft ? leftKey() : rightKey();
                if (side.node() instanceof PlanNode.Scan scan
                        && scan.unique()
                        && scan.key().size() == key.size()
                        && key.containsAll(scan.key())) {
                    List<Integer> order = scan.key().stream().map(key::indexOf).toList();
                    leftRelKey = order.stream().map(leftRelKey::get).toList();
                    rightRelKey = order.stream().map(rightRelKey::get).toList();
                    return;
                }
            }
        }

        /** Positions in the join's key by which both sides are to be partitioned: what spares the most exchanges. */
        private List<Integer> meetingPositions() {
            Optional<List<Integer>> ofLeft = left.relation.partitioningWithin(leftKey());
            Optional<List<Integer>> ofRight = right.relation.partitioningWithin(rightKey());
            List<Integer> all = IntStream.range(0, leftRelKey.size()).boxed().toList();
            return ofRight.or(() -> ofLeft).orElse(all);
        }
    }

    /** The relation, partitioned by those positions of the key; through an exchange of the needed columns if it was not. */
    private Translated together(Translated side, List<Integer> key, List<Integer> meeting) {
        if (side.relation.partitioningWithin(key).filter(meeting::equals).isPresent()) {
            return side;
        }
        Translated narrow = narrowed(side);
        List<Integer> columns = meeting.stream()
                .map(position -> narrow.relation.attributes().indexOf(side.relation.attribute(key.get(position))))
                .toList();
        return new Translated(exchanged(narrow.relation, columns), narrow.columns);
    }

    /** The rows in the partition of those columns: where they came from, if their keys can be sent instead of them. */
    private Relation exchanged(Relation rows, List<Integer> columns) {
        return keyExchanges.keptAt(rows, columns).orElseGet(() -> rows.exchangedBy(columns));
    }

    /**
     * The rows in a partition that columns of the key decide on, and no others.
     *
     * @param otherwise the columns that decide if the rows can be kept at none where they were before
     */
    Relation exchangedWithin(Relation rows, List<Integer> key, List<Integer> otherwise) {
        return keyExchanges.keptWithin(rows, key).orElseGet(() -> exchanged(rows, otherwise));
    }

    private Translated aggregate(Aggregate rel, Collection<Integer> needed) {
        return new Grouping(rel, needed).place();
    }

    /** Brings the rows of a group together and puts the aggregate over them. */
    private final class Grouping {
        private final Aggregate rel;
        private final List<Integer> group;
        private final List<Integer> wanted;
        private final Translated input;
        private final List<AggregateCall> calls = new ArrayList<>();
        private final int[] columns;

        Grouping(Aggregate rel, Collection<Integer> needed) {
            this.rel = rel;
            this.group = new ArrayList<>(rel.getGroupSet().asList());
            this.wanted = needed.stream()
                    .filter(column -> column >= rel.getGroupCount())
                    .distinct()
                    .sorted()
                    .toList();
            this.columns = nothing(rel);
            List<Integer> arguments = new ArrayList<>(group);
            wanted.forEach(column -> {
                arguments.addAll(call(column).getArgList());
                arguments.addAll(call(column).getCollation().getKeys());
                if (call(column).hasFilter()) {
                    arguments.add(call(column).filterArg);
                }
            });
            this.input = narrowed(translate(rel.getInput(), arguments));
        }

        private org.apache.calcite.rel.core.AggregateCall call(int column) {
            return rel.getAggCallList().get(column - rel.getGroupCount());
        }

        Translated place() {
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
            Relation rows = arguments(input, aggregated.stream().map(this::call).toList(), calls);
            List<Integer> groupColumns =
                    group.stream().map(column -> input.columns[column]).toList();
            return withConstants(grouped(gathered(rows, groupColumns), groupColumns, calls), constant);
        }

        /** The groups with a constant column for each of those: that a group is there at all, which NOT IN asks. */
        private Translated withConstants(Relation groups, List<Integer> constant) {
            if (constant.isEmpty()) {
                return new Translated(groups, columns);
            }
            List<Field> fields = new ArrayList<>(groups.node().fields());
            List<Expression> expressions = Expression.columnsOf(fields);
            for (int column : constant) {
                Expression literal =
                        RexTranslator.translate(call(column).rexList.get(0));
                columns[column] = expressions.size();
                expressions.add(literal);
                fields.add(new Field("there" + column, literal.type()));
            }
            return new Translated(compute(groups, expressions, fields), columns);
        }

        /** The rows of a scalar subquery, of which a group must have one at most: then they are what is asked for. */
        private Translated single() {
            List<Integer> groupColumns =
                    group.stream().map(column -> input.columns[column]).toList();
            if (group.isEmpty()
                    || input.relation
                            .keyBeside(groupColumns)
                            .filter(List::isEmpty)
                            .isEmpty()) {
                throw refuse(
                        "a subquery in the place of a value may return several rows",
                        "select an aggregate in it, such as max(...), or look up by a unique key");
            }
            for (int i = 0; i < rel.getGroupCount(); i++) {
                columns[i] = groupColumns.get(i);
            }
            wanted.forEach(column ->
                    columns[column] = input.columns[call(column).getArgList().get(0)]);
            return new Translated(input.relation, columns);
        }

        /** The place in the group of a column that is selected beside the aggregates: the group must determine it. */
        private int determined(int column) {
            Relation rows = input.relation;
            List<Integer> attributes = rel.getGroupSet().asList().stream()
                    .map(each -> rows.attribute(input.columns[each]))
                    .toList();
            if (!rows.dependencies()
                    .determine(attributes, Dependencies.bits(List.of(rows.attribute(input.columns[column]))))) {
                throw new UserError(
                        UserError.Category.INVALID_PIPELINE,
                        view.place(),
                        "column \""
                                + rel.getInput().getRowType().getFieldNames().get(column)
                                + "\" must appear in the GROUP BY clause or be used in an aggregate function",
                        null);
            }
            if (!group.contains(column)) {
                group.add(column);
            }
            return group.indexOf(column);
        }
    }

    /** The rows with each group's in one partition: through an exchange by the least columns that decide on the group. */
    Relation gathered(Relation rows, List<Integer> groupColumns) {
        if (rows.partitioningWithin(groupColumns).isPresent()) {
            return rows;
        }
        List<Integer> attributes =
                groupColumns.stream().map(rows::attribute).distinct().toList();
        List<Integer> meeting = rows.dependencies().least(attributes, List.of(), Dependencies.bits(attributes)).stream()
                .map(rows.attributes()::indexOf)
                .toList();
        return exchanged(rows, meeting);
    }

    /** An attribute that no column has yet. */
    int newAttribute() {
        return nextAttribute++;
    }

    /** The input with a column for each aggregate's argument; FILTER (WHERE c) makes it CASE WHEN c THEN argument END. */
    private Relation arguments(
            Translated input,
            List<org.apache.calcite.rel.core.AggregateCall> calls,
            List<AggregateCall> translatedCalls) {
        List<Field> fields = new ArrayList<>(input.relation.node().fields());
        List<Expression> expressions = Expression.columnsOf(fields);
        int plain = expressions.size();
        for (org.apache.calcite.rel.core.AggregateCall call : calls) {
            int column = call.getArgList().isEmpty()
                    ? -1
                    : input.columns[call.getArgList().get(0)];
            if (isSequence(call)) {
                translatedCalls.add(sequence(call, input));
                continue;
            }
            if (call.hasFilter()) {
                Expression argument = column < 0 ? new Expression.Literal(1L, SqlType.BIGINT) : expressions.get(column);
                Expression filter = new Expression.Column(input.columns[call.filterArg], SqlType.BOOLEAN);
                column = expressions.size();
                expressions.add(new Expression.Case(
                        List.of(filter),
                        List.of(argument),
                        new Expression.Literal(null, argument.type()),
                        argument.type()));
                fields.add(new Field("filtered" + column, argument.type()));
            }
            SqlType inputType = column < 0 ? SqlType.BIGINT : fields.get(column).type();
            AggregateFunction function = function(call.getAggregation(), inputType);
            if (call.isDistinct()) {
                requireComparable(inputType);
            }
            translatedCalls.add(new AggregateCall(
                    function, column, call.isDistinct() && column >= 0, inputType, Types.of(call.getType())));
        }
        return plain == expressions.size() ? input.relation : compute(input.relation, expressions, fields);
    }

    private static boolean isSequence(org.apache.calcite.rel.core.AggregateCall call) {
        return call.getAggregation().getKind() == SqlKind.ARRAY_AGG;
    }

    private AggregateCall sequence(org.apache.calcite.rel.core.AggregateCall call, Translated input) {
        int column = input.columns[call.getArgList().get(0)];
        SqlType type = input.relation.node().fields().get(column).type();
        if (call.isDistinct()) {
            requireComparable(type);
        }
        if (type.kind() == SqlType.Kind.ARRAY) {
            throw refuse("an array of arrays is not maintained", "aggregate the arrays' elements");
        }
        List<SortColumn> order = call.getCollation().getFieldCollations().stream()
                .map(each -> sortColumn(
                        input.relation, input.columns[each.getFieldIndex()], each.getDirection(), each.nullDirection))
                .toList();
        return new AggregateCall(
                function(call.getAggregation(), type),
                column,
                call.isDistinct(),
                type,
                Types.of(call.getType()),
                new AggregateCall.Sequence(
                        call.getArgList().size() > 1
                                ? input.columns[call.getArgList().get(1)]
                                : -1,
                        order,
                        call.hasFilter() ? input.columns[call.filterArg] : -1));
    }

    /** bool_and (or every) and bool_or, which are the least and the greatest of booleans, though min and max of booleans are not SQL. */
    private static boolean isOfBooleans(SqlAggFunction function) {
        return function.getName().startsWith("BOOL_") || function.getName().equals("EVERY");
    }

    /** The aggregate, which must be able to take values of that type. */
    AggregateFunction function(SqlAggFunction written, SqlType inputType) {
        AggregateFunction function =
                switch (written.getKind()) {
                    case COUNT -> AggregateFunction.COUNT;
                    case SUM -> AggregateFunction.SUM;
                    case AVG -> AggregateFunction.AVG;
                    case MIN -> AggregateFunction.MIN;
                    case MAX -> AggregateFunction.MAX;
                    case VAR_POP -> AggregateFunction.VAR_POP;
                    case VAR_SAMP -> AggregateFunction.VAR_SAMP;
                    case STDDEV_POP -> AggregateFunction.STDDEV_POP;
                    case STDDEV_SAMP -> AggregateFunction.STDDEV_SAMP;
                    case ARRAY_AGG ->
                        AggregateFunction.valueOf(written.getName().toUpperCase(Locale.ROOT));
                    default ->
                        throw refuse(
                                "the aggregate " + written.getName() + " is not maintained yet",
                                "docs/sql.md lists those that are");
                };
        boolean extreme = function == AggregateFunction.MIN || function == AggregateFunction.MAX;
        if (extreme && !inputType.hasExtremes() && !isOfBooleans(written)) {
            throw invalid(
                    "function " + written.getName().toLowerCase(Locale.ROOT) + "(" + inputType + ") does not exist");
        }
        if (extreme && !inputType.ordered()) {
            throw refuse("the order of " + inputType + " is not maintained", "min and max of other types are");
        }
        return function;
    }

    /** A column of an ORDER BY; NULLs come last, or first in a descending order, unless it says otherwise. */
    SortColumn sortColumn(
            Relation rows,
            int position,
            RelFieldCollation.Direction direction,
            RelFieldCollation.NullDirection nullDirection) {
        SqlType type = rows.node().fields().get(position).type();
        if (!type.ordered()) {
            throw refuse("the order of " + type + " is not maintained", "order by another column");
        }
        boolean descending = direction.isDescending();
        boolean nullsFirst = nullDirection == RelFieldCollation.NullDirection.FIRST
                || (descending && nullDirection != RelFieldCollation.NullDirection.LAST);
        return new SortColumn(position, descending, nullsFirst);
    }

    void requireComparable(SqlType type) {
        if (!type.comparable()) {
            throw invalid("could not identify an equality operator for type " + type);
        }
    }

    private Relation grouped(Relation rows, List<Integer> groupColumns, List<AggregateCall> calls) {
        groupColumns.forEach(
                column -> requireComparable(rows.node().fields().get(column).type()));
        List<Integer> groupAttributes =
                groupColumns.stream().map(rows::attribute).toList();
        List<Integer> attributes = new ArrayList<>(groupAttributes);
        calls.forEach(call -> attributes.add(nextAttribute++));
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

    private Translated union(Union rel, Collection<Integer> needed) {
        List<Integer> wanted = rel.all
                ? needed.stream().distinct().sorted().toList()
                : IntStream.range(0, rel.getRowType().getFieldCount()).boxed().toList();
        List<Field> fields = wanted.stream()
                .map(rel.getRowType().getFieldList()::get)
                .map(field -> new Field(field.getName(), Types.of(field.getType())))
                .toList();
        List<PlanNode> branches = new ArrayList<>();
        List<Optional<List<Integer>>> partitionings = new ArrayList<>();
        for (RelNode input : rel.getInputs()) {
            Translated branch = translate(input, wanted);
            int[] kept =
                    wanted.stream().mapToInt(column -> branch.columns[column]).toArray();
            Relation rows = new Translated(branch.relation, kept).projectedToFields(fields);
            branches.add(rows.node());
            partitionings.add(rows.partitioning().flatMap(rows::columnsHolding));
        }
        List<Integer> attributes =
                wanted.stream().map(column -> nextAttribute++).toList();
        Relation rows = new Relation(
                new PlanNode.UnionAll(branches), attributes, new BitSet(), Dependencies.NONE, null, Optional.empty());
        Optional<List<Integer>> first = partitionings.get(0);
        if (first.isPresent() && partitionings.stream().allMatch(first::equals)) {
            rows = rows.withPartitioning(
                    first.get().stream().map(attributes::get).toList());
        }
        int[] columns = nothing(rel);
        for (int i = 0; i < wanted.size(); i++) {
            columns[wanted.get(i)] = i;
        }
        return new Translated(rel.all ? rows : distinct(rows), columns);
    }

    /** INTERSECT ALL and EXCEPT ALL, of two inputs at a time; the forms without ALL are rewritten by now. */
    private Translated setOperation(SetOp rel) {
        List<String> names = rel.getRowType().getFieldNames();
        List<Integer> all = IntStream.range(0, names.size()).boxed().toList();
        PlanNode.SetOperation.Kind kind = rel.kind == SqlKind.INTERSECT
                ? PlanNode.SetOperation.Kind.INTERSECT_ALL
                : PlanNode.SetOperation.Kind.EXCEPT_ALL;
        Relation rows = null;
        for (RelNode input : rel.getInputs()) {
            Relation next = translate(input, all).projectedTo(names);
            next.node().fields().forEach(field -> requireComparable(field.type()));
            rows = rows == null ? next : setOperation(kind, rows, next, all);
        }
        return new Translated(rows, all.stream().mapToInt(Integer::intValue).toArray());
    }

    private Relation setOperation(PlanNode.SetOperation.Kind kind, Relation left, Relation right, List<Integer> all) {
        List<Integer> meeting = left.partitioningWithin(all)
                .or(() -> right.partitioningWithin(all))
                .orElse(all);
        Relation ofLeft = partitionedBy(left, meeting, all);
        Relation ofRight = partitionedBy(right, meeting, all);
        // Each row is one of the left's, so all that is known of the left's rows holds.
        return ofLeft.withNode(new PlanNode.SetOperation(kind, ofLeft.node(), ofRight.node()), ofLeft.attributes());
    }

    private Relation partitionedBy(Relation rows, List<Integer> columns, List<Integer> all) {
        return rows.partitioningWithin(all).filter(columns::equals).isPresent() ? rows : exchanged(rows, columns);
    }

    private Relation distinct(Relation rows) {
        rows.node().fields().forEach(field -> requireComparable(field.type()));
        List<Integer> all = IntStream.range(0, rows.attributes().size()).boxed().toList();
        Relation together = rows.partitioningWithin(all).isPresent() ? rows : exchanged(rows, all);
        return together.distinct();
    }

    /** Only the asked-for columns, each once. */
    static Translated narrowed(Translated wide) {
        List<Integer> kept = Arrays.stream(wide.columns)
                .filter(column -> column >= 0)
                .distinct()
                .sorted()
                .boxed()
                .toList();
        List<Field> fields = wide.relation.node().fields();
        if (kept.size() == fields.size()) {
            return wide;
        }
        Relation narrow =
                wide.relation.project(kept, kept.stream().map(fields::get).toList());
        int[] columns = Arrays.stream(wide.columns)
                .map(column -> column < 0 ? -1 : kept.indexOf(column))
                .toArray();
        return new Translated(narrow, columns);
    }

    Expression expression(RexNode rex, int[] columns) {
        Expression expression = translated(rex, columns);
        if (expression.readsNow()) {
            throw refuse(
                    "now() is maintained in WHERE and HAVING alone",
                    "compare with it there; a value that changes all the time is for those who read the view");
        }
        return expression;
    }

    private static Expression translated(RexNode rex, int[] columns) {
        return RexTranslator.translate(rex).renumber(column -> columns[column]);
    }

    static List<Integer> columnsOf(List<RexNode> expressions) {
        return RelOptUtil.InputFinder.bits(expressions, null).asList();
    }

    static List<Integer> union(Collection<Integer> first, Collection<Integer> second) {
        return ImmutableBitSet.of(first).union(ImmutableBitSet.of(second)).asList();
    }

    private static int[] nothing(RelNode rel) {
        int[] columns = new int[rel.getRowType().getFieldCount()];
        Arrays.fill(columns, -1);
        return columns;
    }

    private UserError unsupported(RelNode rel) {
        if (rel instanceof Join join
                && (join.getJoinType() == JoinRelType.SEMI || join.getJoinType() == JoinRelType.ANTI)) {
            return refuse(
                    "IN and EXISTS are not maintained yet", "write a join with the distinct rows of the subquery");
        }
        return refuse(
                switch (rel.getRelTypeName()) {
                    case "LogicalCorrelate" -> "this correlated subquery is not maintained yet";
                    default -> rel.getRelTypeName() + " is not maintained yet";
                },
                "docs/sql.md lists what is");
    }

    private UserError invalid(String message) {
        return new UserError(
                UserError.Category.INVALID_PIPELINE, view.place(), "view " + view.name() + ": " + message, null);
    }

    UserError refuse(String message, String hint) {
        return new UserError(
                UserError.Category.UNSUPPORTED, view.place(), "view " + view.name() + ": " + message, hint);
    }
}
