package io.millrace.sql;

import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlOrderBy;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.SqlUnresolvedFunction;
import org.apache.calcite.sql.fun.SqlLibraryOperators;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.util.SqlShuttle;
import org.apache.calcite.util.Litmus;

/** Makes ARRAY(SELECT x FROM t ORDER BY y) a query as a value: (SELECT coalesce(array_agg(x ORDER BY y), '{}') FROM t). */
final class ArrayQueries extends SqlShuttle {
    private static final String NAME = "array";
    private static final String ELEMENT = "element";

    @Override
    public SqlNode visit(SqlCall call) {
        SqlNode visited = super.visit(call);
        return visited.getKind() == SqlKind.ARRAY_QUERY_CONSTRUCTOR ? new Elements((SqlCall) visited).query() : visited;
    }

    /** The elements of one array. */
    private static final class Elements {
        private final SqlParserPos position;
        private final SqlNode written;
        private final SqlNode body;
        private final SqlOrderBy ordered;
        private final List<SqlNode> inner = new ArrayList<>();

        Elements(SqlCall array) {
            this.position = array.getParserPosition();
            this.written = array.operand(0);
            this.ordered = written instanceof SqlOrderBy order ? order : null;
            this.body = ordered == null ? written : ordered.query;
        }

        /** The elements are aggregated over the rows of a query that has them, and what they are ordered by, as columns. */
        SqlNode query() {
            SqlNode element = new SqlIdentifier(List.of(NAME, ELEMENT), position);
            SqlNodeList keys = new SqlNodeList(position);
            if (body instanceof SqlSelect select) {
                inner.add(named(item(select), ELEMENT));
            }
            if (ordered != null) {
                ordered.orderList.forEach(key -> keys.add(key(key)));
            }
            List<SqlNode> arguments = keys.isEmpty() ? List.of(element) : List.of(element, keys);
            SqlNode elements = SqlLibraryOperators.ARRAY_AGG.createCall(position, arguments);
            SqlNode array = new SqlUnresolvedFunction(
                            new SqlIdentifier("coalesce", position),
                            null,
                            null,
                            null,
                            null,
                            SqlFunctionCategory.USER_DEFINED_FUNCTION)
                    .createCall(position, elements, SqlLiteral.createCharString("{}", position));
            return new SqlSelect(
                    position,
                    null,
                    SqlNodeList.of(named(array, NAME)),
                    rows(),
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    new SqlNodeList(position));
        }

        private SqlNode rows() {
            SqlIdentifier name = new SqlIdentifier(NAME, position);
            if (!(body instanceof SqlSelect select)) {
                SqlIdentifier column = new SqlIdentifier(ELEMENT, position);
                return SqlStdOperatorTable.AS.createCall(position, written, name, column);
            }
            SqlSelect extended = (SqlSelect) select.clone(position);
            extended.setSelectList(new SqlNodeList(inner, position));
            boolean limited = ordered != null && (ordered.fetch != null || ordered.offset != null);
            SqlNode rows = limited
                    ? new SqlOrderBy(position, extended, ordered.orderList, ordered.offset, ordered.fetch)
                    : extended;
            return SqlStdOperatorTable.AS.createCall(position, rows, name);
        }

        private SqlNode item(SqlSelect select) {
            if (select.getSelectList().size() != 1) {
                throw new Refusal(
                        select.getSelectList().get(1).getParserPosition(),
                        "subquery must return only one column",
                        null);
            }
            SqlNode item = select.getSelectList().get(0);
            return item.getKind() == SqlKind.AS ? ((SqlCall) item).operand(0) : item;
        }

        /** What an item of ORDER BY becomes outside of the query. */
        private SqlNode key(SqlNode written) {
            boolean around = written.getKind() == SqlKind.DESCENDING
                    || written.getKind() == SqlKind.NULLS_FIRST
                    || written.getKind() == SqlKind.NULLS_LAST;
            if (around) {
                SqlCall call = (SqlCall) written;
                return call.getOperator().createCall(call.getParserPosition(), key(call.operand(0)));
            }
            String column = isElement(written) ? ELEMENT : "key" + inner.size();
            if (!column.equals(ELEMENT)) {
                if (!(body instanceof SqlSelect select) || select.isDistinct()) {
                    throw new Refusal(
                            written.getParserPosition(),
                            "ORDER BY of what is not selected is not maintained with DISTINCT and UNION",
                            "order by 1");
                }
                inner.add(named(written, column));
            }
            return new SqlIdentifier(List.of(NAME, column), position);
        }

        private boolean isElement(SqlNode key) {
            if (key instanceof SqlNumericLiteral number && number.isInteger() && number.intValue(true) == 1) {
                return true;
            }
            if (!(body instanceof SqlSelect select)) {
                return false;
            }
            SqlNode item = select.getSelectList().get(0);
            boolean byAlias = item.getKind() == SqlKind.AS
                    && key instanceof SqlIdentifier name
                    && name.isSimple()
                    && name.equalsDeep(((SqlCall) item).operand(1), Litmus.IGNORE);
            return byAlias || key.equalsDeep(item(select), Litmus.IGNORE);
        }

        private SqlNode named(SqlNode node, String name) {
            return SqlStdOperatorTable.AS.createCall(position, node, new SqlIdentifier(name, position));
        }
    }
}
