package io.millrace.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.calcite.rel.RelCollation;
import org.apache.calcite.rel.RelCollations;
import org.apache.calcite.rel.RelFieldCollation;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.AggregateCall;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.sql.SqlAggFunction;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.type.OperandTypes;
import org.apache.calcite.util.Optionality;

/**
 * Carries the ORDER BY of aggregates through Calcite's decorrelator, which gives the columns of an aggregate's input other
 * places and forgets those of the order: meanwhile they are arguments.
 */
final class AggregateOrders {
    private AggregateOrders() {}

    /** An aggregate whose last arguments are the columns of its order. */
    private static final class Ordered extends SqlAggFunction {
        private final SqlAggFunction function;
        private final List<RelFieldCollation> order;

        Ordered(SqlAggFunction function, List<RelFieldCollation> order, RelDataType type) {
            super(
                    function.getName(),
                    null,
                    SqlKind.OTHER_FUNCTION,
                    any -> type,
                    null,
                    OperandTypes.VARIADIC,
                    SqlFunctionCategory.SYSTEM,
                    false,
                    false,
                    Optionality.FORBIDDEN);
            this.function = function;
            this.order = List.copyOf(order);
        }
    }

    /** The query with the columns of orders among the arguments. */
    static RelNode asArguments(RelNode rel) {
        return eachCall(rel, AggregateOrders::asArguments);
    }

    private static AggregateCall asArguments(AggregateCall call) {
        List<RelFieldCollation> order = call.getCollation().getFieldCollations();
        if (order.isEmpty()) {
            return call;
        }
        List<Integer> arguments = new ArrayList<>(call.getArgList());
        order.forEach(each -> arguments.add(each.getFieldIndex()));
        return with(call, new Ordered(call.getAggregation(), order, call.getType()), arguments, RelCollations.EMPTY);
    }

    /** The query with the last arguments as orders again. */
    static RelNode asOrders(RelNode rel) {
        return eachCall(rel, AggregateOrders::asOrder);
    }

    private static AggregateCall asOrder(AggregateCall call) {
        if (!(call.getAggregation() instanceof Ordered ordered)) {
            return call;
        }
        List<Integer> arguments = call.getArgList();
        int plain = arguments.size() - ordered.order.size();
        List<RelFieldCollation> order = new ArrayList<>();
        for (int i = 0; i < ordered.order.size(); i++) {
            order.add(ordered.order.get(i).withFieldIndex(arguments.get(plain + i)));
        }
        return with(call, ordered.function, arguments.subList(0, plain), RelCollations.of(order));
    }

    private static AggregateCall with(
            AggregateCall call, SqlAggFunction function, List<Integer> arguments, RelCollation order) {
        return AggregateCall.create(
                call.getParserPosition(),
                function,
                call.isDistinct(),
                call.isApproximate(),
                call.ignoreNulls(),
                call.rexList,
                arguments,
                call.filterArg,
                call.distinctKeys,
                order,
                call.getType(),
                call.getName());
    }

    private static RelNode eachCall(RelNode rel, UnaryOperator<AggregateCall> change) {
        List<RelNode> inputs =
                rel.getInputs().stream().map(input -> eachCall(input, change)).toList();
        RelNode copy = inputs.equals(rel.getInputs()) ? rel : rel.copy(rel.getTraitSet(), inputs);
        if (copy instanceof Aggregate aggregate) {
            List<AggregateCall> calls =
                    aggregate.getAggCallList().stream().map(change).toList();
            return calls.equals(aggregate.getAggCallList())
                    ? copy
                    : aggregate.copy(
                            aggregate.getTraitSet(),
                            aggregate.getInput(),
                            aggregate.getGroupSet(),
                            aggregate.getGroupSets(),
                            calls);
        }
        return copy;
    }
}
