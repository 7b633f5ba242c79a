package io.millrace.sql;

import java.util.Locale;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlDataTypeSpec;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.SqlUnknownLiteral;
import org.apache.calcite.sql.SqlWith;
import org.apache.calcite.sql.fun.SqlCase;

/** The names that PostgreSQL gives to select items without an alias (FigureColname in its parser). */
final class ColumnNames {
    private ColumnNames() {}

    static String of(SqlNode item) {
        String strong = strong(item);
        String name = strong != null ? strong : weak(item);
        return name == null ? "?column?" : name;
    }

    /** The name of a column or function, also behind a cast or in the last branch of a CASE. */
    private static String strong(SqlNode item) {
        if (item instanceof SqlIdentifier identifier) {
            return identifier.names.get(identifier.names.size() - 1);
        }
        if (!(item instanceof SqlCall call)) {
            return null;
        }
        if (item.isA(SqlKind.QUERY)) {
            return ofQuery(item);
        }
        if (item instanceof SqlCase branches) {
            return branches.getElseOperand() == null ? null : strong(branches.getElseOperand());
        }
        boolean part = call.getOperator().equals(Operators.INTERVAL_CAST)
                || call.getOperator().equals(Operators.SUBSCRIPT)
                || call.getOperator().equals(Operators.SLICE);
        if (part) {
            return strong(call.operand(0));
        }
        if (call.getOperator().equals(Operators.ANY_OF) || call.getOperator().equals(Operators.ALL_OF)) {
            return null;
        }
        return switch (call.getKind()) {
            case AS -> strong(call.operand(1));
            case EXISTS -> "exists";
            case SCALAR_QUERY -> strong(call.operand(0));
            case CAST, FILTER, OVER, WITHIN_GROUP -> strong(call.operand(0));
            default -> call.getOperator() instanceof SqlFunction function ? nameOf(function) : null;
        };
    }

    /** The name of a column of VALUES, from 0. */
    static String ofValues(int column) {
        return "column" + (column + 1);
    }

    /** The name of a query's first column. */
    private static String ofQuery(SqlNode query) {
        return switch (query.getKind()) {
            case SELECT -> of(((SqlSelect) query).getSelectList().get(0));
            case WITH -> ofQuery(((SqlWith) query).body);
            case VALUES -> ofValues(0);
            default -> ofQuery(((SqlCall) query).operand(0));
        };
    }

    private static String nameOf(SqlFunction function) {
        return function.equals(Operators.ROW_OBJECT)
                ? "row_to_json"
                : function.equals(Operators.JSON_AGG_OF_ROWS) ? "json_agg" : Operators.nameOf(function);
    }

    /** What PostgreSQL takes only when it finds no better name. */
    private static String weak(SqlNode item) {
        if (item instanceof SqlCase) {
            return "case";
        }
        if (item instanceof SqlUnknownLiteral literal) {
            return typeName(literal.tag);
        }
        if (!(item instanceof SqlCall call)) {
            return null;
        }
        if (call.getOperator().equals(Operators.INTERVAL_CAST)) {
            return "interval";
        }
        return call.getKind() == SqlKind.CAST
                ? typeName(call.<SqlDataTypeSpec>operand(1).getTypeName().names.get(0))
                : null;
    }

    /** Types have the names that the catalog has them by, whatever alias was written. */
    private static String typeName(String written) {
        String name = written.toLowerCase(Locale.ROOT);
        return switch (name) {
            case "boolean" -> "bool";
            case "smallint" -> "int2";
            case "integer", "int" -> "int4";
            case "bigint" -> "int8";
            case "decimal", "dec" -> "numeric";
            case "real" -> "float4";
            case "double precision", "float" -> "float8";
            case "character", "char" -> "bpchar";
            case "timestamp with time zone" -> "timestamptz";
            default -> name;
        };
    }
}
