package io.millrace.sql;

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

/** Gives the columns of queries within queries PostgreSQL's names, where they have no alias: Calcite numbers them. */
final class ItemNames extends SqlShuttle {
    private int nesting;

    @Override
    public SqlNode visit(SqlCall call) {
        boolean around = call instanceof SqlSelect || call instanceof SqlWithItem;
        nesting += around ? 1 : 0;
        SqlNode visited = super.visit(call);
        nesting -= around ? 1 : 0;
        return nesting > 0 && visited instanceof SqlSelect select ? named(select) : visited;
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
