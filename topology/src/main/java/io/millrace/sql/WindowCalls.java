package io.millrace.sql;

import io.millrace.grammar.PostgresTypeNameSpec;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.calcite.sql.SqlAggFunction;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlDataTypeSpec;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlUnresolvedFunction;
import org.apache.calcite.sql.fun.SqlCase;
import org.apache.calcite.sql.parser.SqlParserPos;

/** Writes function(...) OVER (...) as Calcite takes it. */
final class WindowCalls {
    /** What Calcite holds for aggregates, though only a window gives them a meaning. */
    private static final Set<SqlKind> WINDOW_ONLY = EnumSet.of(
            SqlKind.ROW_NUMBER,
            SqlKind.RANK,
            SqlKind.DENSE_RANK,
            SqlKind.PERCENT_RANK,
            SqlKind.CUME_DIST,
            SqlKind.NTILE,
            SqlKind.LAG,
            SqlKind.LEAD,
            SqlKind.FIRST_VALUE,
            SqlKind.LAST_VALUE,
            SqlKind.NTH_VALUE);

    private static final SqlAggFunction LAG = new Neighbour(SqlKind.LAG);
    private static final SqlAggFunction LEAD = new Neighbour(SqlKind.LEAD);

    private WindowCalls() {}

    /** FILTER is made a CASE around the argument; ntile is an integer, as PostgreSQL has it. */
    static SqlNode of(SqlCall over) {
        SqlNode function = over.operand(0);
        SqlParserPos position = over.getParserPosition();
        if (function.getKind() == SqlKind.FILTER) {
            SqlCall filter = (SqlCall) function;
            return over.getOperator()
                    .createCall(position, filtered(filter.operand(0), filter.operand(1)), over.operand(1));
        }
        if (function instanceof SqlCall call) {
            return switch (call.getOperator().getName().toLowerCase(Locale.ROOT)) {
                case "lag" -> over.getOperator().createCall(position, neighbour(LAG, call), over.operand(1));
                case "lead" -> over.getOperator().createCall(position, neighbour(LEAD, call), over.operand(1));
                case "ntile" ->
                    PostgresCast.OPERATOR.createCall(
                            position,
                            over,
                            new SqlDataTypeSpec(new PostgresTypeNameSpec("integer", -1, 0, 0, position), position));
                default -> over;
            };
        }
        return over;
    }

    private static SqlNode neighbour(SqlAggFunction function, SqlCall call) {
        return function.createCall(call.getParserPosition(), call.getOperandList());
    }

    private static SqlNode filtered(SqlCall aggregate, SqlNode condition) {
        SqlParserPos position = aggregate.getParserPosition();
        boolean ofFrame = aggregate.getOperator() instanceof SqlUnresolvedFunction
                ? FunctionCalls.isAggregate(aggregate.getOperator().getName())
                : aggregate.getOperator().isAggregator() && !WINDOW_ONLY.contains(aggregate.getKind());
        if (!ofFrame) {
            throw new Refusal(
                    position,
                    "FILTER is not implemented for non-aggregate window functions",
                    "use CASE in its argument");
        }
        List<SqlNode> operands = new ArrayList<>(aggregate.getOperandList());
        SqlNode first = operands.get(0);
        boolean ofRows = first instanceof SqlIdentifier identifier && identifier.isStar();
        SqlNode counted = ofRows ? SqlLiteral.createExactNumeric("1", position) : first;
        operands.set(
                0,
                new SqlCase(
                        position,
                        null,
                        SqlNodeList.of(condition),
                        SqlNodeList.of(counted),
                        SqlLiteral.createNull(position)));
        return aggregate.getOperator().createCall(aggregate.getFunctionQuantifier(), position, operands);
    }
}
