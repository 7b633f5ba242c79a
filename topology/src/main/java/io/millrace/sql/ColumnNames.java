package io.millrace.sql;

import java.util.Locale;
import org.apache.calcite.sql.SqlBasicCall;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlDataTypeSpec;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;

/** The names that PostgreSQL gives to select items without an alias (FigureColname in its parser). */
final class ColumnNames {
    private ColumnNames() {}

    static String of(SqlNode item) {
        String name = named(item);
        return name == null ? "?column?" : name;
    }

    private static String named(SqlNode item) {
        if (item instanceof SqlIdentifier identifier) {
            return identifier.names.get(identifier.names.size() - 1);
        }
        if (!(item instanceof SqlCall call)) {
            return null;
        }
        if (call.getKind() == SqlKind.AS) {
            return named(call.operand(1));
        }
        if (call.getKind() == SqlKind.CASE) {
            return "case";
        }
        if (call.getKind() == SqlKind.CAST) {
            String inner = named(call.operand(0));
            return inner != null ? inner : typeName((SqlDataTypeSpec) call.operand(1));
        }
        if (call.getKind() == SqlKind.FILTER || call.getKind() == SqlKind.OVER) {
            return named(call.operand(0));
        }
        if (call.getOperator() instanceof SqlFunction && call instanceof SqlBasicCall) {
            return call.getOperator().getName().toLowerCase(Locale.ROOT);
        }
        return call.getKind() == SqlKind.COALESCE ? "coalesce" : null;
    }

    private static String typeName(SqlDataTypeSpec type) {
        return type.getTypeName().names.get(0).toLowerCase(Locale.ROOT);
    }
}
