package io.millrace.sql;

import io.millrace.grammar.PostgresOperators;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.sql.SqlBasicCall;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlOrderBy;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.SqlUtil;
import org.apache.calcite.sql.SqlWindow;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.util.SqlShuttle;

/**
 * Writes SELECT DISTINCT ON (keys) ... ORDER BY keys, order as the rows that are first of each group of equal keys: QUALIFY
 * row_number() OVER (PARTITION BY keys ORDER BY order) = 1, which Calcite has from other databases.
 */
final class DistinctOn extends SqlShuttle {
    private static final String MISMATCH = "SELECT DISTINCT ON expressions must match initial ORDER BY expressions";

    @Override
    public SqlNode visit(SqlCall call) {
        if (call instanceof SqlOrderBy ordered
                && ordered.query instanceof SqlSelect select
                && keysOf(select).isPresent()) {
            SqlNode first = super.visit((SqlCall) firstOfEach(select, ordered.orderList));
            return ordered.fetch == null && ordered.offset == null
                    ? first
                    : new SqlOrderBy(
                            ordered.getParserPosition(), first, ordered.orderList, ordered.offset, ordered.fetch);
        }
        if (call instanceof SqlSelect select && keysOf(select).isPresent()) {
            return super.visit((SqlCall) firstOfEach(select, SqlNodeList.EMPTY));
        }
        return super.visit(call);
    }

    private static Optional<SqlCall> keysOf(SqlSelect select) {
        return select.getHints().stream()
                .filter(hint ->
                        hint instanceof SqlBasicCall call && call.getOperator().equals(PostgresOperators.DISTINCT_ON))
                .map(SqlCall.class::cast)
                .findFirst();
    }

    private static SqlSelect firstOfEach(SqlSelect select, SqlNodeList order) {
        SqlCall distinct = keysOf(select).orElseThrow();
        SqlParserPos position = distinct.getParserPosition();
        SqlNodeList keys = new SqlNodeList(position);
        distinct.getOperandList().forEach(key -> keys.add(resolved(key, select)));
        SqlNode window = SqlWindow.create(
                null,
                null,
                keys,
                within(keys, order, select),
                SqlLiteral.createBoolean(false, position),
                null,
                null,
                null,
                SqlWindow.createExcludeNoOthers(position),
                position);
        SqlNode number = SqlStdOperatorTable.OVER.createCall(
                position, SqlStdOperatorTable.ROW_NUMBER.createCall(position), window);
        SqlNode first =
                SqlStdOperatorTable.EQUALS.createCall(position, number, SqlLiteral.createExactNumeric("1", position));
        return new SqlSelect(
                select.getParserPosition(),
                null,
                select.getSelectList(),
                select.getFrom(),
                select.getWhere(),
                select.getGroup(),
                select.getHaving(),
                select.getWindowList(),
                first,
                null,
                null,
                null,
                SqlNodeList.EMPTY);
    }

    /** The order within equal keys: what follows the keys in ORDER BY, which must begin with them. */
    private static SqlNodeList within(SqlNodeList keys, SqlNodeList order, SqlSelect select) {
        SqlNodeList rest = new SqlNodeList(order.getParserPosition());
        List<String> missing =
                new ArrayList<>(keys.stream().map(SqlNode::toString).distinct().toList());
        List<String> named = List.copyOf(missing);
        for (SqlNode item : order) {
            SqlNode expression = directionless(item);
            SqlNode meant = resolved(expression, select);
            boolean key = named.contains(meant.toString());
            if (key && rest.isEmpty()) {
                missing.remove(meant.toString());
            } else if (!key) {
                rest.add(replaced(item, meant));
            }
            if (!rest.isEmpty() && !missing.isEmpty()) {
                throw new Refusal(
                        expression.getParserPosition(), MISMATCH, "begin ORDER BY with the keys of DISTINCT ON");
            }
        }
        return rest;
    }

    private static SqlNode directionless(SqlNode item) {
        return switch (item.getKind()) {
            case DESCENDING, NULLS_FIRST, NULLS_LAST -> directionless(((SqlCall) item).operand(0));
            default -> item;
        };
    }

    /** The item of an ORDER BY with another expression under its DESC and NULLS FIRST. */
    private static SqlNode replaced(SqlNode item, SqlNode expression) {
        return switch (item.getKind()) {
            case DESCENDING, NULLS_FIRST, NULLS_LAST -> {
                SqlCall directed = (SqlCall) item;
                yield directed.getOperator()
                        .createCall(directed.getParserPosition(), replaced(directed.operand(0), expression));
            }
            default -> expression;
        };
    }

    /** What a select item's number or alias stands for; other expressions are themselves. */
    private static SqlNode resolved(SqlNode expression, SqlSelect select) {
        SqlNodeList items = select.getSelectList();
        if (expression instanceof SqlNumericLiteral number && number.isInteger()) {
            int place = number.intValue(true);
            boolean listed =
                    items.stream().noneMatch(item -> item instanceof SqlIdentifier identifier && identifier.isStar());
            if (place < 1 || place > items.size() || !listed) {
                throw new Refusal(
                        number.getParserPosition(), "position " + place + " is not in select list", "name the column");
            }
            return SqlUtil.stripAs(items.get(place - 1));
        }
        if (expression instanceof SqlIdentifier identifier && identifier.isSimple()) {
            for (SqlNode item : items) {
                if (item.getKind() == SqlKind.AS
                        && ((SqlIdentifier) ((SqlCall) item).operand(1))
                                .getSimple()
                                .equals(identifier.getSimple())) {
                    return ((SqlCall) item).operand(0);
                }
            }
        }
        return expression;
    }
}
