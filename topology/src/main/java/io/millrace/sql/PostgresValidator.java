package io.millrace.sql;

import io.millrace.catalog.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.calcite.prepare.CalciteCatalogReader;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.sql.JoinConditionType;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlJoin;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.util.SqlBasicVisitor;
import org.apache.calcite.sql.validate.SqlValidatorImpl;
import org.apache.calcite.sql.validate.SqlValidatorScope;
import org.apache.calcite.sql.validate.SqlValidatorTable;
import org.apache.calcite.util.Util;

/**
 * Calcite's validator with PostgreSQL's rule for GROUP BY: a group that has the primary key of a table has each of its other
 * columns as well. They are added to the group where they are used, which makes it no smaller.
 */
final class PostgresValidator extends SqlValidatorImpl {
    /** The place of a join's condition among its operands. */
    private static final int CONDITION = 5;

    PostgresValidator(CalciteCatalogReader reader, PostgresTypeFactory types) {
        super(
                Operators.table(),
                reader,
                types,
                Config.DEFAULT
                        .withConformance(PostgresConformance.INSTANCE)
                        .withIdentifierExpansion(true)
                        .withTypeCoercionEnabled(true)
                        .withTypeCoercionFactory(PostgresCoercion::new));
    }

    @Override
    protected void validateGroupClause(SqlSelect select) {
        if (select.getGroup() != null && select.getFrom() != null) {
            Set<Column> added = new Grouped(select).determined();
            if (!added.isEmpty()) {
                List<SqlNode> group = new ArrayList<>(select.getGroup().getList());
                added.forEach(column -> group.add(column.identifier(select.getGroup())));
                select.setGroupBy(new SqlNodeList(group, select.getGroup().getParserPosition()));
            }
        }
        super.validateGroupClause(select);
    }

    /** All items of FROM are known by then, and nothing else has been looked at. */
    @Override
    protected void validateWhereClause(SqlSelect select) {
        replaceWholeRows(select);
        super.validateWhereClause(select);
    }

    /** Calcite derives types in subqueries that it has not validated yet, those of a CASE. */
    @Override
    protected void inferUnknownTypes(RelDataType inferred, SqlValidatorScope scope, SqlNode node) {
        if (node instanceof SqlSelect select) {
            replaceWholeRows(select);
        }
        super.inferUnknownTypes(inferred, scope, node);
    }

    /** A constant in quotes takes the type of what else stands in its column. */
    @Override
    protected void validateValues(SqlCall values, RelDataType target, SqlValidatorScope scope) {
        List<SqlCall> rows =
                values.getOperandList().stream().map(SqlCall.class::cast).toList();
        long widths = rows.stream().mapToInt(SqlCall::operandCount).distinct().count();
        for (int i = 0; widths == 1 && i < rows.get(0).operandCount(); i++) {
            ((PostgresCoercion) getTypeCoercion()).castColumn(rows, i, scope);
        }
        super.validateValues(values, target, scope);
    }

    private void replaceWholeRows(SqlSelect select) {
        new WholeRows(getWhereScope(select), getCatalogReader().nameMatcher()).replaceIn(select);
    }

    @Override
    protected void validateJoin(SqlJoin join, SqlValidatorScope scope) {
        if (join.getConditionType() == JoinConditionType.ON) {
            WholeRows rows =
                    new WholeRows(getJoinScope(join), getCatalogReader().nameMatcher());
            join.setOperand(CONDITION, rows.replaced(join.getCondition()));
        }
        super.validateJoin(join, scope);
    }

    /** A column of an item of FROM. */
    private record Column(String item, String name) {
        SqlIdentifier identifier(SqlNode beside) {
            return new SqlIdentifier(List.of(item, name), beside.getParserPosition());
        }
    }

    /** What a SELECT with GROUP BY groups and uses. */
    private final class Grouped {
        private final SqlSelect select;
        private final Map<String, List<String>> columns = new LinkedHashMap<>();
        private final Map<String, Table> tables = new LinkedHashMap<>();

        Grouped(SqlSelect select) {
            this.select = select;
            addItems(select.getFrom());
        }

        private void addItems(SqlNode from) {
            if (from instanceof SqlJoin join) {
                addItems(join.getLeft());
                addItems(join.getRight());
                return;
            }
            if (from.getKind() != SqlKind.AS) {
                return;
            }
            String name = ((SqlCall) from).<SqlIdentifier>operand(1).getSimple();
            columns.put(name, getNamespace(from).getRowType().getFieldNames());
            SqlValidatorTable table = getNamespace(from).getTable();
            Table declared = table == null ? null : table.unwrap(Table.class);
            if (declared != null && !declared.primaryKey().isEmpty() && ((SqlCall) from).operandCount() == 2) {
                tables.put(name, declared);
            }
        }

        /** The columns that are used outside of aggregates and not grouped, of tables whose primary key is. */
        Set<Column> determined() {
            Set<Column> grouped = new LinkedHashSet<>();
            for (SqlNode item : select.getGroup()) {
                if (item.isA(Set.of(SqlKind.ROLLUP, SqlKind.CUBE, SqlKind.GROUPING_SETS))) {
                    return Set.of();
                }
                if (selected(item) instanceof SqlIdentifier identifier) {
                    grouped.addAll(columnsOf(identifier));
                }
            }
            tables.keySet().removeIf(name -> !grouped.containsAll(keyOf(name)));
            Set<Column> used = new LinkedHashSet<>();
            if (!tables.isEmpty()) {
                SqlBasicVisitor<Void> uses = new SqlBasicVisitor<>() {
                    @Override
                    public Void visit(SqlIdentifier identifier) {
                        used.addAll(columnsOf(identifier));
                        return null;
                    }

                    @Override
                    public Void visit(SqlCall call) {
                        boolean ofItsOwn = call.getOperator().isAggregator() || call.isA(SqlKind.QUERY);
                        if (call.getKind() == SqlKind.AS) {
                            return call.operand(0).accept(this);
                        }
                        return ofItsOwn ? null : super.visit(call);
                    }
                };
                select.getSelectList().accept(uses);
                if (select.getHaving() != null) {
                    select.getHaving().accept(uses);
                }
                if (select.getOrderList() != null) {
                    select.getOrderList().accept(uses);
                }
            }
            used.removeAll(grouped);
            used.removeIf(column -> !tables.containsKey(column.item));
            return used;
        }

        /** The select item that a number in GROUP BY stands for. */
        private SqlNode selected(SqlNode item) {
            boolean ordinal = item instanceof SqlNumericLiteral number && number.isInteger();
            int place = ordinal ? ((SqlLiteral) item).intValue(false) : 0;
            if (place < 1 || place > select.getSelectList().size()) {
                return item;
            }
            SqlNode selected = select.getSelectList().get(place - 1);
            return selected.getKind() == SqlKind.AS ? ((SqlCall) selected).operand(0) : selected;
        }

        private List<Column> keyOf(String item) {
            return tables.get(item).primaryKey().stream()
                    .map(column -> new Column(item, columns.get(item).get(column)))
                    .toList();
        }

        /** The columns that a name stands for: none when it is no column's, or several items' column. */
        private List<Column> columnsOf(SqlIdentifier identifier) {
            String name = Util.last(identifier.names);
            List<String> items = columns.keySet().stream()
                    .filter(item -> identifier.names.size() == 1
                            || identifier.names.get(identifier.names.size() - 2).equals(item))
                    .toList();
            if (identifier.isStar()) {
                return items.stream()
                        .flatMap(item -> columns.get(item).stream().map(column -> new Column(item, column)))
                        .toList();
            }
            List<Column> found = items.stream()
                    .filter(item -> columns.get(item).contains(name))
                    .map(item -> new Column(item, name))
                    .toList();
            return found.size() == 1 ? found : List.of();
        }
    }
}
