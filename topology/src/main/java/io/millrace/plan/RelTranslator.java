package io.millrace.plan;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.catalog.UserError;
import io.millrace.sql.FunctionRows;
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
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.SetOp;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rel.core.TableScan;
import org.apache.calcite.rel.core.Union;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexOver;
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
        } else if (rel instanceof FunctionRows rows) {
            return new FunctionPlacement(this).rows(rows, needed);
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
        SortedSet<Integer> columns = neededOfTables.computeIfAbsent(table, RelTranslator::neededOfEach);
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
        return new Translated(deduplicated(node, relation), positions);
    }

    /** What a scan reads, whatever a view needs: what its rows are told apart by. */
    private static SortedSet<Integer> neededOfEach(Table table) {
        SortedSet<Integer> columns = new TreeSet<>(table.primaryKey());
        table.deduplication().ifPresent(by -> columns.add(by.column()));
        return columns;
    }

    /** Nothing says that a topic's records are partitioned by their id, so that those of one id are brought together first. */
    private static Relation deduplicated(PlanNode.Scan scan, Relation rows) {
        return scan.table()
                .deduplication()
                .map(by -> {
                    int id = scan.columns().indexOf(by.column());
                    Relation together = rows.exchangedBy(List.of(id));
                    return together.withNode(
                            new PlanNode.Deduplicate(together.node(), id, by.forMicros()), together.attributes());
                })
                .orElse(rows);
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
        return new JoinPlacement(this, rel, info, left, right).place(leftWidth);
    }

    private static SqlType typeOf(RelNode rel, int column) {
        return Types.of(rel.getRowType().getFieldList().get(column).getType());
    }

    /** Takes note of a join that was placed. */
    void remember(PlanNode.Join join, KeyExchanges.Side left, KeyExchanges.Side right) {
        keyExchanges.remember(join, left, right);
    }

    /** The relation, partitioned by those positions of the key; through an exchange of the needed columns if it was not. */
    Translated together(Translated side, List<Integer> key, List<Integer> meeting) {
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
        return new AggregatePlacement(this, rel, needed).place();
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
                    case BIT_AND -> AggregateFunction.BIT_AND;
                    case BIT_OR -> AggregateFunction.BIT_OR;
                    case BIT_XOR -> AggregateFunction.BIT_XOR;
                    case ARRAY_AGG ->
                        AggregateFunction.valueOf(
                                written.getName().toUpperCase(Locale.ROOT).replace(' ', '_'));
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
        boolean ofBits = function.compareTo(AggregateFunction.BIT_AND) >= 0 && !function.isSequence();
        if (ofBits && !Planner.isInteger(inputType)) {
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
        return sortColumn(rows.node().fields().get(position).type(), position, direction, nullDirection);
    }

    SortColumn sortColumn(
            SqlType type,
            int position,
            RelFieldCollation.Direction direction,
            RelFieldCollation.NullDirection nullDirection) {
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

    /** The arguments of a function that gives rows, over the node's columns. */
    List<Expression> arguments(RexCall call, int[] columns) {
        List<Expression> arguments = RexTranslator.arguments(call);
        if (arguments.stream().anyMatch(Expression::readsNow)) {
            throw refuse("now() is maintained in WHERE and HAVING alone", "give the function a time of the row");
        }
        return arguments.stream()
                .map(argument -> argument.renumber(column -> columns[column]))
                .toList();
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

    static int[] nothing(RelNode rel) {
        int[] columns = new int[rel.getRowType().getFieldCount()];
        Arrays.fill(columns, -1);
        return columns;
    }

    private UserError unsupported(RelNode rel) {
        return refuse(rel.getRelTypeName() + " is not maintained yet", "docs/sql.md lists what is");
    }

    /** A mistake that PostgreSQL would refuse too. */
    UserError mistake(String message) {
        return new UserError(UserError.Category.INVALID_PIPELINE, view.place(), message, null);
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
