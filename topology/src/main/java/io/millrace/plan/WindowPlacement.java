package io.millrace.plan;

import io.millrace.catalog.SqlType;
import io.millrace.sql.FrameFunction;
import io.millrace.sql.FrameShape;
import io.millrace.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexFieldCollation;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexOver;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.sql.SqlKind;

/** Places window functions: one node for all of them that go by the same PARTITION BY and ORDER BY. */
final class WindowPlacement {
    private final RelTranslator translator;

    WindowPlacement(RelTranslator translator) {
        this.translator = translator;
    }

    /** By what rows are put together and put in order. */
    private record Spec(List<RexNode> partitionKeys, List<RexFieldCollation> orderKeys) {
        static Spec of(RexOver over) {
            return new Spec(
                    over.getWindow().partitionKeys.stream()
                            .filter(key -> !isFrame(key))
                            .toList(),
                    over.getWindow().orderKeys);
        }
    }

    /** A projection with window functions among its expressions. */
    RelTranslator.Translated windows(Project rel, Collection<Integer> needed) {
        return placed(rel, needed, Long.MAX_VALUE);
    }

    /** The same, of which only rows up to a number are kept. */
    RelTranslator.Translated numbered(RankFilter filter, Collection<Integer> needed) {
        List<Integer> ofRest = RelTranslator.columnsOf(filter.rest());
        List<Integer> wanted = RelTranslator.union(RelTranslator.union(needed, ofRest), List.of(filter.column()));
        return translator.filtered(placed(filter.project(), wanted, filter.limit()), filter.rest());
    }

    private RelTranslator.Translated placed(Project rel, Collection<Integer> needed, long last) {
        List<RexNode> projects = new ArrayList<>();
        rel.getProjects().forEach(project -> projects.add(project.accept(new Unguarded())));
        List<RexNode> computed = needed.stream().map(projects::get).toList();
        Map<Spec, Set<RexOver>> windows = new LinkedHashMap<>();
        Overs found = new Overs(windows);
        computed.forEach(expression -> expression.accept(found));
        RelTranslator.Translated input =
                RelTranslator.narrowed(translator.translate(rel.getInput(), RelTranslator.columnsOf(computed)));
        Keys keys = new Keys(input);
        windows.keySet().forEach(keys::add);
        Relation rows = keys.computed();
        int width = input.columns().length;
        int[] columns = Arrays.copyOf(input.columns(), width + found.places.size());
        for (Map.Entry<Spec, Set<RexOver>> window : windows.entrySet()) {
            int before = rows.attributes().size();
            List<RexOver> overs = List.copyOf(window.getValue());
            rows = window(rows, keys, window.getKey(), overs, input, last);
            for (int i = 0; i < overs.size(); i++) {
                columns[width + found.places.get(overs.get(i))] = before + i;
            }
        }
        List<RexNode> replaced = new ArrayList<>();
        projects.forEach(project -> replaced.add(project.accept(new RexShuttle() {
            @Override
            public RexNode visitOver(RexOver over) {
                Integer place = found.places.get(over);
                return place == null ? over : new RexInputRef(width + place, over.getType());
            }
        })));
        return translator.projected(rel, replaced, needed, new RelTranslator.Translated(rows, columns));
    }

    /** The window functions of expressions, in the order in which they are met. */
    private static final class Overs extends RexShuttle {
        private final Map<Spec, Set<RexOver>> windows;
        private final Map<RexOver, Integer> places = new LinkedHashMap<>();

        Overs(Map<Spec, Set<RexOver>> windows) {
            this.windows = windows;
        }

        @Override
        public RexNode visitOver(RexOver over) {
            places.putIfAbsent(over, places.size());
            windows.computeIfAbsent(Spec.of(over), any -> new LinkedHashSet<>()).add(over);
            return over;
        }
    }

    /** Takes off the CASE that Calcite puts around a sum for frames without rows: ours is NULL then by itself. */
    private static final class Unguarded extends RexShuttle {
        @Override
        public RexNode visitCall(RexCall call) {
            boolean guards = call.getKind() == SqlKind.CASE
                    && call.getOperands().size() == 3
                    && call.getOperands().get(0) instanceof RexCall condition
                    && condition.getKind() == SqlKind.GREATER_THAN
                    && condition.getOperands().get(0) instanceof RexOver count
                    && count.getAggOperator().getKind() == SqlKind.COUNT
                    && RexUtil.removeCast(call.getOperands().get(1)) instanceof RexOver sum
                    && sum.getWindow().equals(count.getWindow())
                    && RexUtil.isNullLiteral(call.getOperands().get(2), true);
            return guards ? call.getOperands().get(1) : super.visitCall(call);
        }
    }

    /** The columns that windows go by, of which some are computed first. */
    private final class Keys {
        private final RelTranslator.Translated input;
        private final Map<Expression, Integer> positions = new LinkedHashMap<>();
        private final List<Field> fields;

        Keys(RelTranslator.Translated input) {
            this.input = input;
            this.fields = new ArrayList<>(input.relation().node().fields());
            Expression.columnsOf(fields).forEach(column -> positions.put(column, positions.size()));
        }

        void add(Spec spec) {
            spec.partitionKeys.forEach(this::add);
            spec.orderKeys.forEach(key -> add(key.left));
        }

        private void add(RexNode key) {
            Expression expression = translator.expression(key, input.columns());
            if (positions.putIfAbsent(expression, fields.size()) == null) {
                fields.add(new Field("key" + fields.size(), expression.type()));
            }
        }

        Relation computed() {
            Relation rows = input.relation();
            return fields.size() == rows.attributes().size()
                    ? rows
                    : translator.compute(rows, List.copyOf(positions.keySet()), fields);
        }

        int position(RexNode key) {
            return positions.get(translator.expression(key, input.columns()));
        }
    }

    private Relation window(
            Relation input, Keys keys, Spec spec, List<RexOver> overs, RelTranslator.Translated arguments, long last) {
        List<Integer> group =
                spec.partitionKeys.stream().map(keys::position).distinct().toList();
        group.forEach(column ->
                translator.requireComparable(input.node().fields().get(column).type()));
        Relation rows = translator.gathered(input, group);
        List<SortColumn> order = spec.orderKeys.stream()
                .map(key -> translator.sortColumn(
                        rows, keys.position(key.left), key.getDirection(), key.getNullDirection()))
                .toList();
        List<WindowCall> calls =
                overs.stream().map(over -> call(over, arguments.columns())).toList();
        return numbered(rows, group, new PlanNode.Window(rows.node(), group, order, calls, last));
    }

    /** What is known of the window's rows: a row determines its results, and a row number tells the rows of a group apart. */
    private Relation numbered(Relation rows, List<Integer> group, PlanNode.Window window) {
        List<Integer> attributes = new ArrayList<>(rows.attributes());
        Dependencies dependencies = rows.dependencies();
        BitSet identity = rows.identity();
        BitSet neverNull = (BitSet) rows.neverNull().clone();
        for (WindowCall call : window.calls()) {
            int attribute = translator.newAttribute();
            attributes.add(attribute);
            if (identity != null) {
                dependencies = dependencies.with(identity.stream().boxed().toList(), List.of(attribute));
            }
            if (call instanceof WindowCall.Rank) {
                neverNull.set(attribute);
            }
        }
        int number = window.calls().indexOf(new WindowCall.Rank(WindowCall.RankFunction.ROW_NUMBER));
        if (number >= 0) {
            List<Integer> key =
                    new ArrayList<>(group.stream().map(rows::attribute).toList());
            key.add(attributes.get(rows.attributes().size() + number));
            dependencies = dependencies.with(key, attributes);
            identity = identity == null ? Dependencies.bits(key) : identity;
        }
        return new Relation(window, attributes, neverNull, dependencies, identity, rows.partitioning());
    }

    private WindowCall call(RexOver over, int[] columns) {
        SqlType type = Types.of(over.getType());
        List<Expression> operands = over.getOperands().stream()
                .map(operand -> translator.expression(operand, columns))
                .toList();
        Frame frame = frame(over, columns);
        SqlKind kind = over.getAggOperator().getKind();
        return switch (kind) {
            case ROW_NUMBER, RANK, DENSE_RANK, PERCENT_RANK, CUME_DIST ->
                new WindowCall.Rank(WindowCall.RankFunction.valueOf(kind.name()));
            case NTILE -> new WindowCall.Ntile(operands.get(0));
            case LAG, LEAD ->
                new WindowCall.Neighbour(
                        kind == SqlKind.LEAD,
                        RexTranslator.cast(operands.get(0), type),
                        operands.size() > 1 ? operands.get(1) : new Expression.Literal(1, SqlType.INTEGER),
                        operands.size() > 2
                                ? RexTranslator.cast(operands.get(2), type)
                                : new Expression.Literal(null, type),
                        type);
            case FIRST_VALUE ->
                new WindowCall.FrameValue(operands.get(0), new Expression.Literal(1, SqlType.INTEGER), frame, type);
            case LAST_VALUE -> new WindowCall.FrameValue(operands.get(0), null, frame, type);
            case NTH_VALUE -> new WindowCall.FrameValue(operands.get(0), operands.get(1), frame, type);
            default -> aggregated(over, operands, columns, frame, type);
        };
    }

    private WindowCall aggregated(RexOver over, List<Expression> operands, int[] columns, Frame frame, SqlType type) {
        List<Expression> arguments =
                operands.isEmpty() ? List.of(new Expression.Literal(true, SqlType.BOOLEAN)) : operands;
        SqlType argument = arguments.get(0).type();
        AggregateFunction function = translator.function(over.getAggOperator(), argument);
        if (function == AggregateFunction.ARRAY_AGG && argument.kind() == SqlType.Kind.ARRAY) {
            throw translator.refuse("an array of arrays is not maintained", "aggregate the arrays' elements");
        }
        if (function == AggregateFunction.STRING_AGG) {
            arguments = arguments.stream()
                    .map(each -> RexTranslator.cast(each, type))
                    .toList();
        }
        Expression filter = frameCall(over)
                .filter(call -> ((FrameFunction) call.getOperator()).filtered())
                .map(call -> translator.arguments(call, columns))
                .map(all -> all.get(all.size() - 1))
                .orElse(null);
        return new WindowCall.Aggregated(function, arguments, filter, frame, type);
    }

    private static boolean isFrame(RexNode key) {
        return key instanceof RexCall call && call.getOperator() instanceof FrameFunction;
    }

    private static Optional<RexCall> frameCall(RexOver over) {
        return over.getWindow().partitionKeys.stream()
                .filter(WindowPlacement::isFrame)
                .map(RexCall.class::cast)
                .findFirst();
    }

    private Frame frame(RexOver over, int[] columns) {
        Optional<RexCall> call = frameCall(over);
        if (call.isEmpty()) {
            return new Frame(over.getWindow().orderKeys.isEmpty() ? FrameShape.WHOLE : FrameShape.DEFAULT);
        }
        FrameShape shape = ((FrameFunction) call.get().getOperator()).shape();
        List<Expression> given = translator.arguments(call.get(), columns);
        int next = shape.comparesValues() ? 1 : 0;
        Expression start = shape.start().hasOffset() ? plain(given.get(next++)) : null;
        Expression end = shape.end().hasOffset() ? plain(given.get(next)) : null;
        return new Frame(shape, start, end);
    }

    /** A number as such, without the cast of what is written as an integer. */
    private static Expression plain(Expression offset) {
        return offset instanceof Expression.Cast cast
                        && cast.type().equals(SqlType.BIGINT)
                        && cast.operand() instanceof Expression.Literal literal
                        && literal.value() instanceof Integer number
                ? new Expression.Literal(number.longValue(), SqlType.BIGINT)
                : offset;
    }
}
