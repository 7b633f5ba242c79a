package io.millrace.sql;

import io.millrace.grammar.PostgresOperators;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.calcite.sql.JoinConditionType;
import org.apache.calcite.sql.JoinType;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlJoin;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.SqlUtil;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.util.SqlBasicVisitor;
import org.apache.calcite.sql.util.SqlShuttle;
import org.apache.calcite.util.Util;

/**
 * Puts the functions that give rows in the place of those that the parser found in FROM, under an alias and with names for
 * their columns as PostgreSQL gives them; one in a select list is put into FROM, where its rows are the same.
 */
final class TableFunctions extends SqlShuttle {
    private static final String NOT_HERE = "call it in FROM: FROM t, unnest(t.tags) AS tag";

    private int placed;

    @Override
    public SqlNode visit(SqlCall call) {
        if (call instanceof SqlSelect select) {
            return super.visit(withFunctionInFrom(select));
        }
        if (call.getKind() == SqlKind.AS && isItem(call.operand(0))) {
            List<String> columns = call.getOperandList().stream()
                    .skip(2)
                    .map(name -> ((SqlIdentifier) name).getSimple())
                    .toList();
            return item(call.operand(0), ((SqlIdentifier) call.operand(1)).getSimple(), columns);
        }
        return isItem(call) ? item(call, null, List.of()) : super.visit(call);
    }

    /** Whether it is a function in FROM. */
    static boolean isItem(SqlNode node) {
        if (!(node instanceof SqlCall call)) {
            return false;
        }
        return call.getKind() == SqlKind.COLLECTION_TABLE
                || (call.getKind() == SqlKind.LATERAL || call.getOperator().equals(PostgresOperators.WITH_ORDINALITY))
                        && isItem(call.operand(0));
    }

    private SqlNode item(SqlNode written, String alias, List<String> columns) {
        boolean ordinality = false;
        SqlNode node = written;
        while (node.getKind() != SqlKind.COLLECTION_TABLE) {
            ordinality |= ((SqlCall) node).getOperator().equals(PostgresOperators.WITH_ORDINALITY);
            node = ((SqlCall) node).operand(0);
        }
        SqlCall function = ((SqlCall) node).operand(0);
        String name = nameOf(function);
        TableFunction operator = TableFunction.of(name, ordinality)
                .orElseThrow(() -> new Refusal(
                        function.getParserPosition(),
                        "function " + name + " is not maintained in FROM",
                        "those that are: " + String.join(", ", TableFunction.names())));
        List<SqlNode> arguments = function.getOperandList().stream()
                .map(argument -> argument.accept(this))
                .toList();
        List<String> names = names(operator, alias, arguments.size(), columns, written.getParserPosition());
        return item(
                operator.createCall(function.getParserPosition(), arguments),
                alias == null ? name : alias,
                names,
                written.getParserPosition());
    }

    private static SqlNode item(SqlNode call, String alias, List<String> columns, SqlParserPos position) {
        List<SqlNode> operands = new ArrayList<>();
        operands.add(SqlStdOperatorTable.LATERAL.createCall(
                position, SqlStdOperatorTable.COLLECTION_TABLE.createCall(position, call)));
        operands.add(new SqlIdentifier(alias, position));
        columns.forEach(column -> operands.add(new SqlIdentifier(column, position)));
        return SqlStdOperatorTable.AS.createCall(position, operands);
    }

    private static List<String> names(
            TableFunction function, String alias, int arguments, List<String> given, SqlParserPos position) {
        List<String> names = function.columnNames(alias, arguments);
        if (given.size() > names.size()) {
            throw new Refusal(
                    position,
                    "table \"" + alias + "\" has " + names.size() + " columns available but " + given.size()
                            + " columns specified",
                    "name as many as it has");
        }
        for (int i = 0; i < given.size(); i++) {
            names.set(i, given.get(i));
        }
        if (new HashSet<>(names).size() < names.size()) {
            throw new Refusal(
                    position,
                    "several columns have the name " + names.get(names.size() - 1),
                    "give each a name of its own: unnest(a, b) AS t(x, y)");
        }
        return names;
    }

    private static String nameOf(SqlCall function) {
        return function.getOperator() instanceof SqlFunction named
                ? Operators.nameOf(named)
                : function.getOperator().getName().toLowerCase(Locale.ROOT);
    }

    /** The select with a function of its select list in FROM instead, beside what is there. */
    private SqlSelect withFunctionInFrom(SqlSelect select) {
        List<SqlCall> calls = calls(select.getSelectList());
        if (calls.isEmpty()) {
            return select;
        }
        SqlCall call = calls.get(0);
        SqlParserPos position = call.getParserPosition();
        if (calls.size() > 1) {
            throw new Refusal(
                    calls.get(1).getParserPosition(),
                    "several functions that give rows in one select list are not maintained",
                    "call them in FROM: unnest(a, b) AS t(x, y) side by side, or one after the other for every pair");
        }
        String name = nameOf(call);
        TableFunction function = TableFunction.of(name, false).orElseThrow();
        if (!function.givesValues(call.operandCount())) {
            throw new Refusal(position, "rows of " + name + " in a select list are not maintained", NOT_HERE);
        }
        requireRowsOfFrom(select, call);
        String alias = name + "#" + placed++;
        SqlIdentifier value = new SqlIdentifier(List.of(alias, name), position);
        SqlShuttle inItsPlace = new SqlShuttle() {
            @Override
            public SqlNode visit(SqlCall each) {
                return each == call || each.toString().equals(call.toString()) ? value : super.visit(each);
            }
        };
        SqlNode item = item(function.createCall(position, call.getOperandList()), alias, List.of(name), position);
        SqlNode from = select.getFrom() == null
                ? item
                : new SqlJoin(
                        position,
                        select.getFrom(),
                        SqlLiteral.createBoolean(false, position),
                        JoinType.COMMA.symbol(position),
                        item,
                        JoinConditionType.NONE.symbol(position),
                        null);
        return new SqlSelect(
                select.getParserPosition(),
                (SqlNodeList) select.getOperandList().get(0),
                (SqlNodeList) listed(select).accept(inItsPlace),
                from,
                select.getWhere(),
                select.getGroup() == null
                        ? null
                        : (SqlNodeList) select.getGroup().accept(inItsPlace),
                select.getHaving(),
                select.getWindowList(),
                select.getQualify(),
                select.getOrderList(),
                select.getOffset(),
                select.getFetch(),
                select.getHints());
    }

    /** Functions of a select list give their rows after groups and windows: they must be in GROUP BY, or there be none. */
    private static void requireRowsOfFrom(SqlSelect select, SqlCall call) {
        boolean grouped = select.getGroup() != null;
        boolean ofGroups = grouped || select.getHaving() != null || contains(select.getSelectList(), true);
        if (contains(select.getSelectList(), false) || ofGroups && !(grouped && isGrouped(select, call))) {
            throw new Refusal(
                    call.getParserPosition(),
                    "a function that gives rows beside aggregates or window functions is not maintained",
                    "call it in FROM, beside a subquery that has the others");
        }
    }

    private static boolean isGrouped(SqlSelect select, SqlCall call) {
        SqlNodeList items = select.getSelectList();
        for (SqlNode key : select.getGroup()) {
            boolean same = key.toString().equals(call.toString());
            for (int i = 0; i < items.size(); i++) {
                SqlNode item = items.get(i);
                boolean meant = key instanceof SqlNumericLiteral number
                                && number.isInteger()
                                && number.intValue(true) == i + 1
                        || key instanceof SqlIdentifier identifier
                                && item.getKind() == SqlKind.AS
                                && ((SqlCall) item).operand(1).toString().equals(identifier.toString())
                        || key.toString().equals(SqlUtil.stripAs(item).toString());
                same |= meant && !calls(item).isEmpty();
            }
            if (same) {
                return true;
            }
        }
        return false;
    }

    /** The select list with the columns of the items of FROM in the place of a star, which would be also those of the function. */
    private static SqlNodeList listed(SqlSelect select) {
        List<SqlNode> items = new ArrayList<>();
        for (SqlNode item : select.getSelectList()) {
            boolean all =
                    item instanceof SqlIdentifier identifier && identifier.isStar() && identifier.names.size() == 1;
            if (all) {
                addStars(select.getFrom(), item.getParserPosition(), items);
            } else {
                items.add(item);
            }
        }
        return new SqlNodeList(items, select.getSelectList().getParserPosition());
    }

    private static void addStars(SqlNode from, SqlParserPos star, List<SqlNode> items) {
        String name = null;
        if (from instanceof SqlJoin join && !join.isNatural() && join.getConditionType() != JoinConditionType.USING) {
            addStars(join.getLeft(), star, items);
            addStars(join.getRight(), star, items);
            return;
        } else if (from instanceof SqlIdentifier table) {
            name = Util.last(table.names);
        } else if (from != null && from.getKind() == SqlKind.AS) {
            name = ((SqlCall) from).<SqlIdentifier>operand(1).getSimple();
        }
        if (name == null) {
            throw new Refusal(star, "* beside a function that gives rows is not maintained here", "name the columns");
        }
        items.add(SqlIdentifier.star(List.of(name, ""), star, List.of(star, star)));
    }

    /** The calls of functions that give rows, but those of subqueries. */
    private static List<SqlCall> calls(SqlNode node) {
        List<SqlCall> calls = new ArrayList<>();
        node.accept(new SqlBasicVisitor<Void>() {
            @Override
            public Void visit(SqlCall call) {
                if (call.isA(SqlKind.QUERY)) {
                    return null;
                }
                if (call.getOperator() instanceof SqlFunction function
                        && TableFunction.of(Operators.nameOf(function), false).isPresent()) {
                    calls.add(call);
                }
                boolean conditional = call.getKind() == SqlKind.CASE
                        || Set.of("coalesce", "nullif").contains(nameOf(call));
                int before = calls.size();
                super.visit(call);
                if (conditional && calls.size() > before) {
                    throw new Refusal(
                            calls.get(before).getParserPosition(),
                            "set-returning functions are not allowed in "
                                    + nameOf(call).toUpperCase(Locale.ROOT),
                            NOT_HERE);
                }
                return null;
            }
        });
        return calls;
    }

    /** Whether there is an aggregate, or a window function, outside of subqueries. */
    private static boolean contains(SqlNode node, boolean aggregate) {
        boolean[] found = {false};
        node.accept(new SqlBasicVisitor<Void>() {
            @Override
            public Void visit(SqlCall call) {
                if (call.isA(SqlKind.QUERY)) {
                    return null;
                }
                boolean window = call.getKind() == SqlKind.OVER;
                found[0] |= aggregate
                        ? call.getOperator().isAggregator() || FunctionCalls.isAggregate(nameOf(call))
                        : window;
                return window ? null : super.visit(call);
            }
        });
        return found[0];
    }
}
