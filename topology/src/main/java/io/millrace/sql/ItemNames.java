package io.millrace.sql;

import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.SqlWithItem;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.util.SqlShuttle;

/**
 * Gives columns PostgreSQL's names, where they have no alias, of queries within queries and beside a *: Calcite numbers them, and
 * names others by what it makes of them.
 */
final class ItemNames extends SqlShuttle {
    private int nesting;

    @Override
    public SqlNode visit(SqlCall call) {
        boolean around = call instanceof SqlSelect || call instanceof SqlWithItem;
        nesting += around ? 1 : 0;
        SqlNode visited = super.visit(call);
        nesting -= around ? 1 : 0;
        if (visited instanceof SqlWithItem item && item.query.getKind() == SqlKind.VALUES) {
            SqlNodeList names = item.columnList == null ? SqlNodeList.EMPTY : item.columnList;
            item.columnList = new SqlNodeList(columns(item.query, names.getList()), item.query.getParserPosition());
        } else if (visited.getKind() == SqlKind.AS
                && ((SqlCall) visited).operand(0).getKind() == SqlKind.VALUES) {
            return ofValues((SqlCall) visited);
        }
        return visited instanceof SqlSelect select && (nesting > 0 || hasStar(select)) ? named(select) : visited;
    }

    private static boolean hasStar(SqlSelect select) {
        return select.getSelectList().stream()
                .anyMatch(item -> item instanceof SqlIdentifier identifier && identifier.isStar());
    }

    private static SqlNode ofValues(SqlCall aliased) {
        List<SqlNode> operands = new ArrayList<>(aliased.getOperandList().subList(0, 2));
        List<SqlNode> names = aliased.getOperandList().subList(2, aliased.operandCount());
        operands.addAll(columns(aliased.operand(0), names));
        return aliased.getOperator().createCall(aliased.getParserPosition(), operands);
    }

    /** The names of the columns of VALUES, of which the first may be given. */
    private static List<SqlNode> columns(SqlNode values, List<SqlNode> names) {
        List<SqlNode> all = new ArrayList<>(names);
        int count = ((SqlCall) ((SqlCall) values).operand(0)).operandCount();
        for (int i = names.size(); i < count; i++) {
            all.add(new SqlIdentifier(ColumnNames.ofValues(i), values.getParserPosition()));
        }
        return all;
    }

    private static SqlSelect named(SqlSelect select) {
        List<String> names =
                select.getSelectList().stream().map(ColumnNames::of).toList();
        SqlNodeList items = new SqlNodeList(select.getSelectList().getParserPosition());
        for (int i = 0; i < names.size(); i++) {
            SqlNode item = select.getSelectList().get(i);
            String name = names.get(i);
            boolean unnamed = !(item instanceof SqlIdentifier) && item.getKind() != SqlKind.AS;
            // A name that two columns have nobody can use.
            boolean only = names.indexOf(name) == names.lastIndexOf(name);
            items.add(
                    unnamed && only
                            ? SqlStdOperatorTable.AS.createCall(
                                    item.getParserPosition(), item, new SqlIdentifier(name, item.getParserPosition()))
                            : item);
        }
        SqlSelect named = (SqlSelect) select.clone(select.getParserPosition());
        named.setSelectList(items);
        return named;
    }
}
