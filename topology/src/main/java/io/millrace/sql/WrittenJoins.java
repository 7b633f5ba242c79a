package io.millrace.sql;

import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.sql.JoinConditionType;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlJoin;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlUtil;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.util.SqlBasicVisitor;

/** Finds the joins of a query that are written without an equality: CROSS JOIN, a comma, ON with other comparisons alone. */
final class WrittenJoins extends SqlBasicVisitor<Void> {
    private final List<SqlParserPos> places = new ArrayList<>();

    private WrittenJoins() {}

    /** Where they are, in the order in which they are written. An equality in WHERE may still make one of them an inner join. */
    static List<SqlParserPos> withoutEquality(SqlNode query) {
        WrittenJoins joins = new WrittenJoins();
        query.accept(joins);
        return joins.places;
    }

    @Override
    public Void visit(SqlCall call) {
        super.visit(call);
        if (call instanceof SqlJoin join
                && !join.isNatural()
                && join.getConditionType() != JoinConditionType.USING
                && !TableFunctions.isItem(SqlUtil.stripAs(join.getRight()))
                && (join.getCondition() == null || !hasEquality(join.getCondition()))) {
            places.add(join.getJoinTypeNode().getParserPosition());
        }
        return null;
    }

    private static boolean hasEquality(SqlNode condition) {
        if (condition.getKind() == SqlKind.EQUALS) {
            return true;
        }
        return condition instanceof SqlCall call
                && call.getOperandList().stream().anyMatch(operand -> operand != null && hasEquality(operand));
    }
}
