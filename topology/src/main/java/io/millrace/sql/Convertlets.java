package io.millrace.sql;

import java.util.List;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql2rel.SqlRexContext;
import org.apache.calcite.sql2rel.SqlRexConvertlet;
import org.apache.calcite.sql2rel.SqlRexConvertletTable;

/** How calls become row expressions: as Calcite has it, but an average over a window stays one instead of a sum by a count. */
final class Convertlets implements SqlRexConvertletTable {
    @Override
    public SqlRexConvertlet get(SqlCall call) {
        return SqlKind.AVG_AGG_FUNCTIONS.contains(call.getKind()) || call.getOperator() instanceof TableFunction
                ? Convertlets::asItIs
                : PostgresCast.CONVERTLETS.get(call);
    }

    private static RexNode asItIs(SqlRexContext context, SqlCall call) {
        List<RexNode> operands =
                call.getOperandList().stream().map(context::convertExpression).toList();
        return context.getRexBuilder()
                .makeCall(context.getValidator().getValidatedNodeType(call), call.getOperator(), operands);
    }
}
