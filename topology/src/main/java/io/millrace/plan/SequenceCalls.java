package io.millrace.plan;

import io.millrace.catalog.SqlType;
import io.millrace.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.rel.RelFieldCollation;

/** Translates aggregates that are made of values in an order. */
final class SequenceCalls {
    private final RelTranslator translator;
    private final RelTranslator.Translated input;
    private final List<Expression> expressions;
    private final List<Field> fields;

    /**
     * A translator of calls.
     *
     * @param expressions the input's columns, to which arguments are added that must be computed first
     * @param fields of the expressions
     */
    SequenceCalls(
            RelTranslator translator,
            RelTranslator.Translated input,
            List<Expression> expressions,
            List<Field> fields) {
        this.translator = translator;
        this.input = input;
        this.expressions = expressions;
        this.fields = fields;
    }

    AggregateCall translated(org.apache.calcite.rel.core.AggregateCall call) {
        int column = input.columns()[call.getArgList().get(0)];
        SqlType type = fields.get(column).type();
        AggregateFunction function = translator.function(call.getAggregation(), type);
        int second =
                call.getArgList().size() > 1 ? input.columns()[call.getArgList().get(1)] : -1;
        if (call.isDistinct()) {
            requireDistinguishable(type);
            if (second >= 0) {
                requireDistinguishable(fields.get(second).type());
            }
        }
        if (type.kind() == SqlType.Kind.ARRAY && function == AggregateFunction.ARRAY_AGG) {
            throw translator.refuse("an array of arrays is not maintained", "aggregate the arrays' elements");
        }
        boolean ofOrder = function.compareTo(AggregateFunction.PERCENTILE_CONT) >= 0;
        if (ofOrder && second >= 0) {
            boolean several = fields.get(second).type().kind() == SqlType.Kind.ARRAY;
            second = cast(second, several ? SqlType.array(SqlType.DOUBLE) : SqlType.DOUBLE);
        }
        if (function == AggregateFunction.PERCENTILE_CONT && type.kind() != SqlType.Kind.INTERVAL) {
            column = cast(column, SqlType.DOUBLE);
        }
        List<SortColumn> order = new ArrayList<>();
        for (RelFieldCollation each : call.getCollation().getFieldCollations()) {
            int position = ofOrder ? column : input.columns()[each.getFieldIndex()];
            order.add(translator.sortColumn(
                    fields.get(position).type(), position, each.getDirection(), each.nullDirection));
        }
        return new AggregateCall(
                function,
                column,
                call.isDistinct(),
                fields.get(column).type(),
                Types.of(call.getType()),
                new AggregateCall.Sequence(second, order, call.hasFilter() ? input.columns()[call.filterArg] : -1));
    }

    /** PostgreSQL sorts values to leave out those that come again. */
    private void requireDistinguishable(SqlType type) {
        translator.requireComparable(type);
        if (!type.ordered()) {
            throw translator.refuse(
                    "the order of " + type + ", in which DISTINCT puts values, is not maintained",
                    "aggregate them as text: value::text");
        }
    }

    private int cast(int column, SqlType type) {
        Expression cast = RexTranslator.cast(expressions.get(column), type);
        if (cast.equals(expressions.get(column))) {
            return column;
        }
        expressions.add(cast);
        fields.add(new Field("argument" + fields.size(), type));
        return fields.size() - 1;
    }
}
