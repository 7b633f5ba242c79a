package io.millrace.sql;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.calcite.runtime.CalciteContextException;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlJoin;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.util.SqlBasicVisitor;
import org.apache.calcite.sql.util.SqlShuttle;
import org.apache.calcite.util.Util;

/**
 * The alias of a function in FROM stands for its value where no column has that name: {@code e ->> 'sku'} for
 * {@code e.value ->> 'sku'} in {@code FROM orders, jsonb_array_elements(items) AS e}.
 */
final class ValuesByAlias {
    private ValuesByAlias() {}

    /** A copy that shares nothing which a validator could change. */
    static SqlNode copy(SqlNode query) {
        return query.accept(new SqlShuttle() {
            @Override
            public SqlNode visit(SqlCall call) {
                CallCopyingArgHandler copying = new CallCopyingArgHandler(call, true);
                call.getOperator().acceptCall(this, call, false, copying);
                return copying.result();
            }

            @Override
            public SqlNode visit(SqlIdentifier identifier) {
                return identifier.clone(identifier.getParserPosition());
            }
        });
    }

    /** The query with the value in the place of an alias that the error says is no column; empty where that is not why. */
    static Optional<SqlNode> replaced(SqlNode query, CalciteContextException error) {
        String message = String.valueOf(error.getMessage());
        if (!message.contains("not found in any table")) {
            return Optional.empty();
        }
        Map<String, List<String>> columns = columnsByAlias(query);
        boolean[] changed = {false};
        SqlNode replaced = query.accept(new SqlShuttle() {
            @Override
            public SqlNode visit(SqlIdentifier identifier) {
                SqlParserPos position = identifier.getParserPosition();
                boolean meant = identifier.isSimple()
                        && position.getLineNum() == error.getPosLine()
                        && position.getColumnNum() == error.getPosColumn();
                List<String> names = meant ? columns.get(identifier.getSimple()) : null;
                if (names == null || names.stream().distinct().count() > 1) {
                    return identifier;
                }
                changed[0] = true;
                return new SqlIdentifier(List.of(identifier.getSimple(), names.get(0)), position);
            }
        });
        if (!changed[0]) {
            refuseWholeRow(query, error);
            return Optional.empty();
        }
        return Optional.of(replaced);
    }

    private static void refuseWholeRow(SqlNode query, CalciteContextException error) {
        Set<String> items = new HashSet<>();
        query.accept(new SqlBasicVisitor<Void>() {
            @Override
            public Void visit(SqlCall call) {
                if (call instanceof SqlSelect select && select.getFrom() != null) {
                    addItems(select.getFrom(), items);
                }
                return super.visit(call);
            }

            @Override
            public Void visit(SqlIdentifier identifier) {
                SqlParserPos position = identifier.getParserPosition();
                if (identifier.isSimple()
                        && position.getLineNum() == error.getPosLine()
                        && position.getColumnNum() == error.getPosColumn()
                        && items.contains(identifier.getSimple())) {
                    String row = identifier.getSimple();
                    throw new Refusal(
                            position,
                            "the whole row of " + row
                                    + " as a value is maintained in functions that make JSON, in count and in IS NULL alone",
                            "make JSON of it, to_jsonb(" + row + "), or name its columns");
                }
                return null;
            }
        });
    }

    private static void addItems(SqlNode from, Set<String> items) {
        if (from instanceof SqlJoin join) {
            addItems(join.getLeft(), items);
            addItems(join.getRight(), items);
        } else if (from instanceof SqlIdentifier table) {
            items.add(Util.last(table.names));
        } else if (from.getKind() == SqlKind.AS) {
            items.add(((SqlCall) from).<SqlIdentifier>operand(1).getSimple());
        }
    }

    private static Map<String, List<String>> columnsByAlias(SqlNode query) {
        Map<String, List<String>> columns = new HashMap<>();
        query.accept(new SqlBasicVisitor<Void>() {
            @Override
            public Void visit(SqlCall call) {
                if (call.getKind() == SqlKind.AS && call.operandCount() == 3) {
                    SqlNode item = call.operand(0);
                    if (item.getKind() == SqlKind.LATERAL
                            && ((SqlCall) item).operand(0).getKind() == SqlKind.COLLECTION_TABLE) {
                        columns.computeIfAbsent(((SqlIdentifier) call.operand(1)).getSimple(), any -> new ArrayList<>())
                                .add(((SqlIdentifier) call.operand(2)).getSimple());
                    }
                }
                return super.visit(call);
            }
        });
        return columns;
    }
}
