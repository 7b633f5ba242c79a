package io.millrace.sql;

import io.millrace.catalog.SqlType;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.apache.calcite.sql.SqlCollation;
import org.apache.calcite.sql.type.AbstractSqlType;
import org.apache.calcite.sql.type.SqlTypeName;

/** A type that Calcite does not have: carried as one that it has, told apart by PostgreSQL's. */
final class NamedType extends AbstractSqlType {
    private static final long serialVersionUID = 1L;

    private final transient SqlType type;

    NamedType(SqlType type, SqlTypeName carrier, boolean nullable) {
        super(carrier, nullable, null);
        this.type = type;
        computeDigest();
    }

    SqlType type() {
        return type;
    }

    NamedType withNullability(boolean nullable) {
        return nullable == isNullable() ? this : new NamedType(type, getSqlTypeName(), nullable);
    }

    @Override
    public Charset getCharset() {
        return getSqlTypeName() == SqlTypeName.VARCHAR ? StandardCharsets.UTF_8 : null;
    }

    @Override
    public SqlCollation getCollation() {
        return getSqlTypeName() == SqlTypeName.VARCHAR ? SqlCollation.IMPLICIT : null;
    }

    @Override
    protected void generateTypeString(StringBuilder text, boolean withDetail) {
        text.append(type);
    }
}
