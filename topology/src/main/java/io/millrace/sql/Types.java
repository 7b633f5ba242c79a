package io.millrace.sql;

import io.millrace.catalog.SqlType;
import org.apache.calcite.avatica.util.TimeUnit;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeFactory;
import org.apache.calcite.sql.SqlIntervalQualifier;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.type.SqlTypeName;

/** Which of PostgreSQL's types one of Calcite's stands for, and the reverse. */
public final class Types {
    private Types() {}

    /** PostgreSQL's type. */
    public static SqlType of(RelDataType type) {
        if (type instanceof NamedType named) {
            return named.type();
        }
        return switch (type.getSqlTypeName()) {
            case BOOLEAN -> SqlType.BOOLEAN;
            case TINYINT, SMALLINT -> SqlType.SMALLINT;
            case INTEGER -> SqlType.INTEGER;
            case BIGINT -> SqlType.BIGINT;
            case DECIMAL ->
                type.getPrecision() >= PostgresTypeSystem.UNCONSTRAINED_PRECISION
                        ? SqlType.NUMERIC
                        : SqlType.numeric(type.getPrecision(), type.getScale());
            case REAL -> SqlType.REAL;
            case FLOAT, DOUBLE -> SqlType.DOUBLE;
            case CHAR, VARCHAR ->
                type.getPrecision() == RelDataType.PRECISION_NOT_SPECIFIED
                        ? SqlType.TEXT
                        : SqlType.of(SqlType.Kind.VARCHAR, type.getPrecision());
            case BINARY, VARBINARY -> SqlType.BYTEA;
            case DATE -> SqlType.DATE;
            case TIME -> time(SqlType.TIME, type);
            case TIMESTAMP -> time(SqlType.TIMESTAMP, type);
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE, TIMESTAMP_TZ -> time(SqlType.TIMESTAMPTZ, type);
            case UUID -> SqlType.UUID;
            case ARRAY -> SqlType.array(of(type.getComponentType()));
            case NULL -> SqlType.TEXT;
            default -> {
                if (SqlTypeName.INTERVAL_TYPES.contains(type.getSqlTypeName())) {
                    yield SqlType.INTERVAL;
                }
                throw new IllegalStateException("no PostgreSQL type for " + type.getFullTypeString());
            }
        };
    }

    /** Calcite's type. */
    static RelDataType of(RelDataTypeFactory factory, SqlType type, boolean nullable) {
        return factory.createTypeWithNullability(
                switch (type.kind()) {
                    case BOOLEAN -> factory.createSqlType(SqlTypeName.BOOLEAN);
                    case SMALLINT -> factory.createSqlType(SqlTypeName.SMALLINT);
                    case INTEGER -> factory.createSqlType(SqlTypeName.INTEGER);
                    case BIGINT -> factory.createSqlType(SqlTypeName.BIGINT);
                    case NUMERIC ->
                        type.precision() < 0
                                ? factory.createSqlType(SqlTypeName.DECIMAL)
                                : factory.createSqlType(SqlTypeName.DECIMAL, type.precision(), type.scale());
                    case REAL -> factory.createSqlType(SqlTypeName.REAL);
                    case DOUBLE -> factory.createSqlType(SqlTypeName.DOUBLE);
                    case TEXT -> factory.createSqlType(SqlTypeName.VARCHAR);
                    case VARCHAR ->
                        type.precision() < 0
                                ? factory.createSqlType(SqlTypeName.VARCHAR)
                                : factory.createSqlType(SqlTypeName.VARCHAR, type.precision());
                    case BYTEA -> factory.createSqlType(SqlTypeName.VARBINARY);
                    case DATE -> factory.createSqlType(SqlTypeName.DATE);
                    case TIME -> timed(factory, SqlTypeName.TIME, type);
                    case TIMESTAMP -> timed(factory, SqlTypeName.TIMESTAMP, type);
                    case TIMESTAMPTZ -> timed(factory, SqlTypeName.TIMESTAMP_WITH_LOCAL_TIME_ZONE, type);
                    case UUID -> factory.createSqlType(SqlTypeName.UUID);
                    case CHAR, JSON, JSONB, ENUM -> new NamedType(type, SqlTypeName.VARCHAR, nullable);
                    case INTERVAL ->
                        factory.createSqlIntervalType(
                                new SqlIntervalQualifier(TimeUnit.DAY, TimeUnit.SECOND, SqlParserPos.ZERO));
                    case ARRAY -> factory.createArrayType(of(factory, type.element(), true), -1);
                },
                nullable);
    }

    /** char(n). */
    static boolean isPadded(RelDataType type) {
        return type instanceof NamedType named && named.type().kind() == SqlType.Kind.CHAR;
    }

    /** Text as opposed to what is only carried as text. */
    static boolean isText(RelDataType type) {
        return (isPadded(type) || !(type instanceof NamedType))
                && (type.getSqlTypeName() == SqlTypeName.VARCHAR || type.getSqlTypeName() == SqlTypeName.CHAR);
    }

    static boolean isExactNumber(RelDataType type) {
        return switch (type.getSqlTypeName()) {
            case TINYINT, SMALLINT, INTEGER, BIGINT, DECIMAL -> true;
            default -> false;
        };
    }

    private static RelDataType timed(RelDataTypeFactory factory, SqlTypeName name, SqlType type) {
        return factory.createSqlType(name, type.precision() < 0 ? 6 : type.precision());
    }

    private static SqlType time(SqlType family, RelDataType type) {
        int precision = type.getPrecision();
        return precision < 0 || precision >= 6 ? family : SqlType.of(family.kind(), precision);
    }
}
