package io.millrace.sql;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeField;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlJoin;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.SqlSelectKeyword;
import org.apache.calcite.sql.SqlUtil;
import org.apache.calcite.sql.SqlWith;
import org.apache.calcite.sql.SqlWithItem;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.util.SqlShuttle;
import org.apache.calcite.sql.validate.SqlNameMatcher;
import org.apache.calcite.sql.validate.SqlValidatorNamespace;
import org.apache.calcite.sql.validate.SqlValidatorScope;
import org.apache.calcite.sql.validate.SqlValidatorUtil;
import org.apache.calcite.util.Util;

/**
 * The alias of an item of FROM as a value, its whole row, where a view may use it: as an argument of the functions that make
 * JSON, of count, and in IS NULL. It becomes an object of its columns, or a condition on them, so that what reads it knows
 * of columns alone. The row that an outer join leaves out is NULL, which a column that is never NULL tells.
 */
final class WholeRows {
    private static final Set<String> OF_VALUE = Set.of("to_json", "to_jsonb", "json_agg", "jsonb_agg");
    private static final Set<String> OF_ARRAY = Set.of("array_to_json", "to_json", "to_jsonb");
    private static final Set<String> OF_SECOND = Set.of("json_object_agg", "jsonb_object_agg");
    private static final Set<String> OF_MEMBERS = Set.of("json_build_object", "jsonb_build_object");
    private static final Set<String> OF_ELEMENTS = Set.of("json_build_array", "jsonb_build_array");
    private static final String ROW_TO_JSON = "row_to_json";

    private final SqlValidatorScope scope;
    private final SqlNameMatcher names;

    /**
     * What is replaced with names of that scope.
     *
     * @param scope whose items of FROM are known
     */
    WholeRows(SqlValidatorScope scope, SqlNameMatcher names) {
        this.scope = scope;
        this.names = names;
    }

    /** Replaces them in all clauses behind FROM, but in no subquery. Where it has been done it changes nothing. */
    void replaceIn(SqlSelect select) {
        select.getSelectList().forEach(WholeRows::refuseWrittenRow);
        replaced(select.getSelectList());
        if (select.getWhere() != null) {
            select.setWhere(replaced(select.getWhere()));
        }
        if (select.getGroup() != null) {
            select.setGroupBy((SqlNodeList) replaced(withColumns(select.getGroup())));
        }
        if (select.getHaving() != null) {
            select.setHaving(replaced(select.getHaving()));
        }
        if (select.getQualify() != null) {
            select.setQualify(replaced(select.getQualify()));
        }
        if (select.getOrderList() != null) {
            replaced(select.getOrderList());
        }
    }

    /** The node without whole rows that are values; its parts are changed. */
    SqlNode replaced(SqlNode node) {
        if (node instanceof SqlNodeList list) {
            for (int i = 0; i < list.size(); i++) {
                list.set(i, replaced(list.get(i)));
            }
            return list;
        }
        if (!(node instanceof SqlCall call) || call.isA(SqlKind.QUERY)) {
            return node;
        }
        SqlNode ofRow = ofRow(call);
        if (ofRow != call) {
            return ofRow;
        }
        refuseWrittenRows(call);
        for (int i = 0; i < call.operandCount(); i++) {
            SqlNode operand = call.operand(i);
            SqlNode replaced = operand == null ? null : replaced(operand);
            if (replaced != operand) {
                call.setOperand(i, replaced);
            }
        }
        return call;
    }

    private static void refuseWrittenRows(SqlCall call) {
        boolean takesValues = call.getKind() == SqlKind.AS
                || call.getOperator() instanceof SqlFunction
                        && !call.getOperator().equals(Operators.ROW_OBJECT);
        if (takesValues) {
            call.getOperandList().forEach(WholeRows::refuseWrittenRow);
        }
    }

    private static void refuseWrittenRow(SqlNode node) {
        if (node != null && node.getKind() == SqlKind.ROW) {
            throw new Refusal(
                    node.getParserPosition(),
                    "a row as a value is maintained in functions that make JSON alone",
                    "make JSON of it, to_jsonb(ROW(a, b)), or select its values");
        }
    }

    /** What the call becomes where it takes a row. */
    private SqlNode ofRow(SqlCall call) {
        if (call.getKind() == SqlKind.IS_NULL || call.getKind() == SqlKind.IS_NOT_NULL) {
            Item item = item(call.operand(0));
            return item == null ? call : item.each(call.getOperator(), call.getParserPosition());
        }
        if (!(call.getOperator() instanceof SqlFunction function)) {
            return call;
        }
        String name = Operators.nameOf(function);
        if (name.equals(ROW_TO_JSON)) {
            return rowToJson(call);
        }
        if (name.equals("count") && call.operandCount() == 1 && item(call.operand(0)) != null) {
            refuseDistinct(call);
            call.setOperand(0, item(call.operand(0)).counted(call.getParserPosition()));
            return call;
        }
        if (OF_ARRAY.contains(name)) {
            replaceInArray(call.operand(0));
        }
        // The call stays as it is: the copies of it in a CASE that Calcite made of a COALESCE share it.
        List<SqlNode> operands = new ArrayList<>(call.getOperandList());
        boolean any = false;
        for (int i : takingRows(name, call.operandCount())) {
            SqlNode row = row(call.operand(i), SqlLiteral.createBoolean(false, call.getParserPosition()));
            if (row != null) {
                refuseDistinct(call);
                operands.set(i, row);
                any = true;
            }
        }
        if (!any) {
            return call;
        }
        SqlOperator operator = name.equals("json_agg") ? Operators.JSON_AGG_OF_ROWS : function;
        SqlCall ofRows = operator.createCall(call.getFunctionQuantifier(), call.getParserPosition(), operands);
        for (int i = 0; i < operands.size(); i++) {
            ofRows.setOperand(i, replaced(operands.get(i)));
        }
        return ofRows;
    }

    private static List<Integer> takingRows(String name, int operands) {
        if (OF_VALUE.contains(name)) {
            return List.of(0);
        }
        if (OF_SECOND.contains(name)) {
            return operands > 1 ? List.of(1) : List.of();
        }
        int step = OF_MEMBERS.contains(name) ? 2 : OF_ELEMENTS.contains(name) ? 1 : 0;
        return step == 0
                ? List.of()
                : IntStream.iterate(step - 1, i -> i < operands, i -> i + step)
                        .boxed()
                        .toList();
    }

    /** row_to_json(row, whether each member has a line of its own). */
    private SqlNode rowToJson(SqlCall call) {
        SqlParserPos position = call.getParserPosition();
        SqlNode lines = call.operandCount() > 1 ? call.operand(1) : SqlLiteral.createBoolean(false, position);
        SqlNode row = call.operandCount() == 0 ? null : row(call.operand(0), lines);
        if (row == null || call.operandCount() > 2) {
            throw new Refusal(
                    position,
                    "row_to_json takes a row",
                    "name an item of FROM, row_to_json(t), or make a row: row_to_json(ROW(a, b)); to_json takes any value");
        }
        return replaced(row);
    }

    /** array_agg of rows is an array of their objects, which the function around it makes JSON of. */
    private void replaceInArray(SqlNode array) {
        SqlNode aggregate = array instanceof SqlCall call && call.getKind() == SqlKind.FILTER ? call.operand(0) : array;
        boolean ofRows = aggregate instanceof SqlCall call
                && call.getOperator() instanceof SqlFunction function
                && Operators.nameOf(function).equals("array_agg");
        if (ofRows) {
            SqlCall call = (SqlCall) aggregate;
            SqlNode row = row(call.operand(0), SqlLiteral.createBoolean(false, call.getParserPosition()));
            if (row != null) {
                refuseDistinct(call);
                call.setOperand(0, row);
            }
        }
    }

    private static void refuseDistinct(SqlCall aggregate) {
        SqlLiteral quantifier = aggregate.getFunctionQuantifier();
        if (quantifier != null && quantifier.getValue() == SqlSelectKeyword.DISTINCT) {
            throw new Refusal(
                    aggregate.getParserPosition(),
                    "DISTINCT of whole rows is not maintained",
                    "aggregate a subquery: FROM (SELECT DISTINCT ... ) AS t");
        }
    }

    /** The row as an object; null for what is no row. */
    private SqlNode row(SqlNode node, SqlNode lines) {
        if (isFresh(node)) {
            SqlCall made = (SqlCall) node;
            requireNoColumn(made);
            List<SqlNode> operands = new ArrayList<>(made.getOperandList());
            operands.set(0, truth(made.getParserPosition()));
            operands.set(1, lines);
            return made.getOperator().createCall(made.getParserPosition(), operands);
        }
        if (node.getKind() == SqlKind.ROW) {
            SqlCall row = (SqlCall) node;
            List<SqlNode> values =
                    row.getOperandList().stream().map(this::replaced).toList();
            List<String> members = IntStream.rangeClosed(1, values.size())
                    .mapToObj(i -> "f" + i)
                    .toList();
            return object(truth(row.getParserPosition()), lines, members, values, row.getParserPosition());
        }
        Item item = item(node);
        if (item == null) {
            return null;
        }
        SqlParserPos position = node.getParserPosition();
        return object(item.presence(position), lines, item.columns(), item.references(position), position);
    }

    /** Whether it was made of a subquery, see below, and nothing has been made of it yet. */
    private static boolean isFresh(SqlNode node) {
        return node instanceof SqlCall call
                && call.getOperator().equals(Operators.ROW_OBJECT)
                && call.operand(0) instanceof SqlIdentifier alias
                && alias.isSimple();
    }

    /** A column would have come before the alias, which is in the place of what is never NULL. */
    private void requireNoColumn(SqlCall fresh) {
        SqlIdentifier alias = fresh.operand(0);
        if (!scope.findQualifyingTableNames(alias.getSimple(), alias, names).isEmpty()) {
            throw new Refusal(
                    alias.getParserPosition(),
                    "\"" + alias.getSimple() + "\" is the name of a column too",
                    "give the subquery another alias");
        }
    }

    private static SqlNode truth(SqlParserPos position) {
        return SqlLiteral.createBoolean(true, position);
    }

    private static SqlCall object(
            SqlNode presence, SqlNode lines, List<String> members, List<SqlNode> values, SqlParserPos position) {
        List<SqlNode> operands = new ArrayList<>(List.of(presence, lines));
        for (int i = 0; i < members.size(); i++) {
            operands.add(SqlLiteral.createCharString(members.get(i), position));
            operands.add(values.get(i));
        }
        return Operators.ROW_OBJECT.createCall(position, operands);
    }

    /** The group with the columns of a row in its place: rows are equal when all columns are. */
    private SqlNodeList withColumns(SqlNodeList group) {
        List<SqlNode> columns = new ArrayList<>();
        for (SqlNode node : group) {
            Item item = item(node);
            if (item == null) {
                columns.add(node);
            } else {
                columns.addAll(item.references(node.getParserPosition()));
            }
        }
        return new SqlNodeList(columns, group.getParserPosition());
    }

    /** The item of FROM whose row a name stands for: a column of that name comes first. */
    private Item item(SqlNode node) {
        boolean written = node instanceof SqlIdentifier identifier
                && (identifier.isStar() ? identifier.names.size() == 2 : identifier.isSimple());
        if (!written) {
            return null;
        }
        SqlIdentifier identifier = (SqlIdentifier) node;
        String name = identifier.names.get(0);
        boolean column = !identifier.isStar()
                && !scope.findQualifyingTableNames(name, identifier, names).isEmpty();
        if (column) {
            return null;
        }
        Item[] found = {null};
        scope.resolve(List.of(name), names, false, new SqlValidatorScope.Resolved() {
            @Override
            public void found(
                    SqlValidatorNamespace namespace,
                    boolean nullable,
                    SqlValidatorScope where,
                    SqlValidatorScope.Path path,
                    List<String> remaining) {
                found[0] = new Item(name, namespace, nullable);
            }

            @Override
            public int count() {
                return found[0] == null ? 0 : 1;
            }
        });
        return found[0] == null || found[0].isValue() ? null : found[0];
    }

    /**
     * An item of FROM.
     *
     * @param optional whether an outer join may leave its row out
     */
    private record Item(String name, SqlValidatorNamespace namespace, boolean optional) {
        private List<RelDataTypeField> fields() {
            RelDataType type = namespace.getRowType();
            return type.getFieldList();
        }

        /** A function that gives values stands for its value, see {@link ValuesByAlias}. */
        boolean isValue() {
            return namespace.getNode() instanceof SqlCall as
                    && as.getKind() == SqlKind.AS
                    && TableFunctions.isItem(as.operand(0))
                    && fields().size() == 1;
        }

        List<String> columns() {
            return fields().stream().map(RelDataTypeField::getName).toList();
        }

        List<SqlNode> references(SqlParserPos position) {
            requireNames(position);
            return fields().stream()
                    .<SqlNode>map(field -> new SqlIdentifier(List.of(name, field.getName()), position))
                    .toList();
        }

        /** Calcite gives names to columns without one, and other names to those that have the same. */
        private void requireNames(SqlParserPos position) {
            List<String> columns = columns();
            boolean nameless = columns.stream().anyMatch(column -> column.startsWith("EXPR$"));
            SqlNode query = namespace.resolve().getNode();
            boolean changed = columns.stream().anyMatch(column -> isNumbered(query, column, columns))
                    || new HashSet<>(columns).size() < columns.size();
            if (changed || nameless) {
                throw new Refusal(
                        position,
                        "the whole row of " + name + " has "
                                + (nameless ? "a column without a name" : "several columns of one name"),
                        "give each a name of its own in the subquery: AS name");
            }
        }

        /** Whether the column has its name from another of the same name, {@code id0} for the second {@code id}. */
        private static boolean isNumbered(SqlNode query, String column, List<String> columns) {
            SqlSelect select = first(query);
            for (SqlNode item : select == null ? List.<SqlNode>of() : select.getSelectList()) {
                SqlNode value = SqlUtil.stripAs(item);
                boolean meant = value instanceof SqlIdentifier && column.equals(SqlValidatorUtil.alias(item));
                if (meant) {
                    List<String> written = ((SqlIdentifier) value).names;
                    String last = Util.last(written);
                    return last.equals(column)
                            ? written.size() > 1
                                    && isNumbered(
                                            subquery(select.getFrom(), written.get(written.size() - 2)),
                                            column,
                                            columns)
                            : column.startsWith(last)
                                    && column.substring(last.length()).chars().allMatch(Character::isDigit)
                                    && columns.contains(last);
                }
            }
            return false;
        }

        /** The SELECT whose names the query's columns have; null where it is none. */
        private static SqlSelect first(SqlNode query) {
            SqlNode node = query;
            while (node instanceof SqlCall call && !(node instanceof SqlSelect)) {
                boolean renamed = node.getKind() == SqlKind.AS && call.operandCount() > 2
                        || node instanceof SqlWithItem item && item.columnList != null;
                node = renamed
                        ? null
                        : node instanceof SqlWithItem item
                                ? item.query
                                : node instanceof SqlWith with
                                        ? with.body
                                        : call.operandCount() == 0 ? null : call.operand(0);
            }
            return node instanceof SqlSelect select ? select : null;
        }

        private static SqlNode subquery(SqlNode from, String alias) {
            if (from instanceof SqlJoin join) {
                SqlNode left = subquery(join.getLeft(), alias);
                return left == null ? subquery(join.getRight(), alias) : left;
            }
            boolean named = from != null
                    && from.getKind() == SqlKind.AS
                    && ((SqlCall) from).operand(1).toString().equals(alias);
            return named ? from : null;
        }

        private RelDataTypeField neverNull(SqlParserPos position) {
            return fields().stream()
                    .filter(field -> !field.getType().isNullable())
                    .findFirst()
                    .orElseThrow(() -> new Refusal(
                            position,
                            "the whole row of " + name
                                    + ", which the outer join may leave out, has no column that is never NULL",
                            "name its columns: json_build_object('id', " + name + ".id, ...)"));
        }

        /** What is NULL where there is no such row. */
        SqlNode presence(SqlParserPos position) {
            return optional
                    ? new SqlIdentifier(List.of(name, neverNull(position).getName()), position)
                    : truth(position);
        }

        /** What count counts. */
        SqlNode counted(SqlParserPos position) {
            return optional ? presence(position) : SqlIdentifier.star(position);
        }

        /** That each column is NULL, or that none is. */
        SqlNode each(SqlOperator condition, SqlParserPos position) {
            return references(position).stream()
                    .<SqlNode>map(column -> condition.createCall(position, column))
                    .reduce((first, second) -> SqlStdOperatorTable.AND.createCall(position, first, second))
                    .orElse(truth(position));
        }
    }

    /**
     * The query with the values of {@code (SELECT r FROM (SELECT a, b) AS r)} in the place of it, where it stands for a row:
     * the way to give the members names of one's own.
     */
    static SqlNode withoutSubqueries(SqlNode query) {
        return query.accept(new SqlShuttle() {
            @Override
            public SqlNode visit(SqlCall call) {
                SqlNode visited = super.visit(call);
                boolean takesRow = visited instanceof SqlCall changed
                        && changed.getOperator() instanceof SqlFunction function
                        && (Operators.nameOf(function).equals(ROW_TO_JSON)
                                || OF_VALUE.contains(Operators.nameOf(function)))
                        && changed.operandCount() > 0;
                if (!takesRow) {
                    return visited;
                }
                List<SqlNode> operands = new ArrayList<>(((SqlCall) visited).getOperandList());
                SqlCall made = made(operands.get(0));
                if (made == null) {
                    return visited;
                }
                operands.set(0, made);
                return ((SqlCall) visited)
                        .getOperator()
                        .createCall(((SqlCall) visited).getFunctionQuantifier(), visited.getParserPosition(), operands);
            }
        });
    }

    /** The object that such a subquery makes; null for any other. */
    private static SqlCall made(SqlNode node) {
        boolean named = node instanceof SqlSelect outer
                && isPlain(outer)
                && outer.getFrom() != null
                && outer.getFrom().getKind() == SqlKind.AS
                && ((SqlCall) outer.getFrom()).operandCount() == 2
                && outer.getSelectList().size() == 1
                && outer.getSelectList()
                        .get(0)
                        .toString()
                        .equals(((SqlCall) outer.getFrom()).operand(1).toString());
        SqlNode inner = named ? ((SqlCall) ((SqlSelect) node).getFrom()).operand(0) : null;
        if (!(inner instanceof SqlSelect row) || row.getFrom() != null || !isPlain(row)) {
            return null;
        }
        SqlParserPos position = node.getParserPosition();
        List<SqlNode> values = new ArrayList<>();
        List<String> members = new ArrayList<>();
        for (SqlNode item : row.getSelectList()) {
            if (item instanceof SqlIdentifier star && star.isStar()) {
                return null;
            }
            members.add(ColumnNames.of(item));
            values.add(item.getKind() == SqlKind.AS ? ((SqlCall) item).operand(0) : item);
        }
        SqlNode alias = ((SqlSelect) node).getSelectList().get(0);
        return object(alias, SqlLiteral.createBoolean(false, position), members, values, position);
    }

    private static boolean isPlain(SqlSelect select) {
        return select.getWhere() == null
                && select.getGroup() == null
                && select.getHaving() == null
                && select.getFetch() == null
                && select.getOffset() == null
                && select.getQualify() == null
                && !select.isDistinct();
    }
}
