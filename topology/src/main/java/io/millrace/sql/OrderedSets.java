package io.millrace.sql;

import io.millrace.catalog.SqlType;
import io.millrace.sql.Signature.Like;
import io.millrace.sql.Signature.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.calcite.sql.SqlAggFunction;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.fun.SqlBasicAggFunction;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.type.SqlTypeTransforms;
import org.apache.calcite.util.Optionality;

/**
 * Aggregates of an order, written WITHIN GROUP (ORDER BY value): the value becomes their first argument, the fraction of a
 * percentile their second.
 */
final class OrderedSets {
    private static final Parameter FRACTION = new Parameter.Typed(SqlType.DOUBLE);
    private static final Parameter FRACTIONS = new Parameter.Typed(SqlType.array(SqlType.DOUBLE));
    private static final Parameter NUMBER = new Parameter.Typed(SqlType.DOUBLE);
    private static final Parameter INTERVAL = new Parameter.Typed(SqlType.INTERVAL);
    private static final Parameter ANY = new Parameter.Polymorphic(Like.ELEMENT);

    private static final Map<String, List<Signature>> SIGNATURES = Map.of(
            "percentile_cont",
            List.of(
                    signature("percentile_cont", NUMBER, NUMBER, FRACTION),
                    signature("percentile_cont", INTERVAL, INTERVAL, FRACTION),
                    signature("percentile_cont", arrays(SqlType.DOUBLE), NUMBER, FRACTIONS),
                    signature("percentile_cont", arrays(SqlType.INTERVAL), INTERVAL, FRACTIONS)),
            "percentile_disc",
            List.of(
                    signature("percentile_disc", ANY, ANY, FRACTION),
                    signature("percentile_disc", new Parameter.Polymorphic(Like.ARRAY), ANY, FRACTIONS)),
            "mode",
            List.of(signature("mode", ANY, ANY)));

    /** Their names. */
    static final Set<String> NAMES = SIGNATURES.keySet();

    private OrderedSets() {}

    private static Parameter arrays(SqlType element) {
        return new Parameter.Typed(SqlType.array(element));
    }

    private static Signature signature(String name, Parameter result, Parameter... parameters) {
        return new Signature(name, List.of(parameters), false, result);
    }

    static SqlAggFunction function(String name) {
        CallTypes types = new CallTypes(new Overloads(SIGNATURES.get(name)));
        return SqlBasicAggFunction.create(
                        name, SqlKind.ARRAY_AGG, types.andThen(SqlTypeTransforms.FORCE_NULLABLE), types)
                .withFunctionType(SqlFunctionCategory.SYSTEM)
                .withGroupOrder(Optionality.MANDATORY);
    }

    /** The call with its value among the arguments. */
    static SqlNode of(SqlCall withinGroup) {
        SqlCall call = withinGroup.operand(0);
        SqlNodeList order = withinGroup.operand(1);
        SqlParserPos position = call.getParserPosition();
        String name = call.getOperator().getName().toLowerCase(java.util.Locale.ROOT);
        if (order.size() != 1) {
            throw new Refusal(
                    position,
                    "function " + name + " takes one value in WITHIN GROUP",
                    "order by one value: " + name + "(...) WITHIN GROUP (ORDER BY value)");
        }
        if (call.getFunctionQuantifier() != null) {
            throw new Refusal(position, "cannot use DISTINCT with WITHIN GROUP", "leave it out");
        }
        List<SqlNode> arguments = new ArrayList<>(List.of(value(order.get(0))));
        arguments.addAll(call.getOperandList());
        return SqlStdOperatorTable.WITHIN_GROUP.createCall(
                withinGroup.getParserPosition(),
                Operators.aggregate(name).orElseThrow().createCall(position, arguments),
                order);
    }

    /** What an item of ORDER BY orders by. */
    static SqlNode value(SqlNode item) {
        return switch (item.getKind()) {
            case DESCENDING, NULLS_FIRST, NULLS_LAST -> value(((SqlCall) item).operand(0));
            default -> item;
        };
    }
}
