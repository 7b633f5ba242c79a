package io.millrace.sql;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.TypeNames;
import io.millrace.grammar.PostgresTypeNameSpec;
import io.millrace.grammar.PostgresTypes;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.calcite.jdbc.JavaTypeFactoryImpl;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.sql.SqlCollation;
import org.apache.calcite.sql.type.SqlTypeName;

/** Makes Calcite's types for PostgreSQL's. */
final class PostgresTypeFactory extends JavaTypeFactoryImpl implements PostgresTypes {
    private final Map<String, SqlType> enums;

    /**
     * A factory.
     *
     * @param enums the declared enum types by name
     */
    PostgresTypeFactory(Map<String, SqlType> enums) {
        super(PostgresTypeSystem.INSTANCE);
        this.enums = enums;
    }

    @Override
    public Charset getDefaultCharset() {
        return StandardCharsets.UTF_8;
    }

    @Override
    public RelDataType typeOf(PostgresTypeNameSpec written) {
        return TypeNames.resolve(written, enums)
                .map(type -> Types.of(this, type, true))
                .orElse(null);
    }

    @Override
    public RelDataType createSqlType(SqlTypeName typeName) {
        if (typeName == SqlTypeName.DECIMAL) {
            return super.createSqlType(
                    typeName, PostgresTypeSystem.UNCONSTRAINED_PRECISION, PostgresTypeSystem.UNCONSTRAINED_SCALE);
        }
        return super.createSqlType(typeName);
    }

    /** A string literal is text of any length, not char(n). */
    @Override
    public RelDataType createSqlType(SqlTypeName typeName, int precision) {
        if (typeName == SqlTypeName.CHAR) {
            return super.createSqlType(SqlTypeName.VARCHAR);
        }
        return super.createSqlType(typeName, precision);
    }

    @Override
    public RelDataType createTypeWithNullability(RelDataType type, boolean nullable) {
        return type instanceof NamedType named
                ? named.withNullability(nullable)
                : super.createTypeWithNullability(type, nullable);
    }

    /** A type of our own has its character set, where it has one, from the start. */
    @Override
    public RelDataType createTypeWithCharsetAndCollation(RelDataType type, Charset charset, SqlCollation collation) {
        return type instanceof NamedType ? type : super.createTypeWithCharsetAndCollation(type, charset, collation);
    }

    /**
     * Differing numerics, and differing lengths of text, meet in the unconstrained type. Text meets no other type: a literal
     * takes the other's type before ({@link PostgresCoercion}).
     */
    @Override
    public RelDataType leastRestrictive(List<RelDataType> types) {
        boolean nullable = types.stream().anyMatch(RelDataType::isNullable);
        List<RelDataType> known = types.stream()
                .filter(type -> type.getSqlTypeName() != SqlTypeName.NULL)
                .toList();
        if (!known.isEmpty()) {
            RelDataType first = known.get(0);
            if (first instanceof NamedType
                    && known.stream().allMatch(type -> Types.of(type).equals(Types.of(first)))) {
                return createTypeWithNullability(first, nullable);
            }
            if (known.stream().allMatch(Types::isPadded)) {
                return Types.of(this, SqlType.of(SqlType.Kind.CHAR), nullable);
            }
            boolean alike =
                    known.stream().allMatch(Types::isText) && known.stream().noneMatch(Types::isPadded);
            if (known.stream().anyMatch(Types::isText) && !alike) {
                return null;
            }
            boolean exact = known.stream().allMatch(Types::isExactNumber);
            if (exact && known.stream().anyMatch(type -> type.getSqlTypeName() == SqlTypeName.DECIMAL)) {
                boolean same = known.stream().allMatch(type -> Types.of(type).equals(Types.of(first)));
                return createTypeWithNullability(same ? first : createSqlType(SqlTypeName.DECIMAL), nullable);
            }
        }
        if (known.stream().anyMatch(type -> type.getSqlTypeName() == SqlTypeName.REAL)
                && known.stream()
                        .allMatch(type -> type.getSqlTypeName() == SqlTypeName.REAL || Types.isExactNumber(type))) {
            return createTypeWithNullability(createSqlType(SqlTypeName.REAL), nullable);
        }
        return super.leastRestrictive(types);
    }
}
