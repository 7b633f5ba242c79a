package io.millrace.sql;

import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeFactory;
import org.apache.calcite.rel.type.RelDataTypeSystemImpl;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.sql.type.SqlTypeUtil;

/** PostgreSQL's rules for precisions and for the types of results. */
final class PostgresTypeSystem extends RelDataTypeSystemImpl {
    static final PostgresTypeSystem INSTANCE = new PostgresTypeSystem();

    /** One more than PostgreSQL lets anyone declare: the precision that stands for numeric without one. */
    static final int UNCONSTRAINED_PRECISION = 1001;

    static final int UNCONSTRAINED_SCALE = 500;

    private static final int MICROSECONDS = 6;

    private PostgresTypeSystem() {}

    @Override
    public int getMaxPrecision(SqlTypeName typeName) {
        return switch (typeName) {
            case DECIMAL -> UNCONSTRAINED_PRECISION;
            case TIME, TIMESTAMP, TIMESTAMP_WITH_LOCAL_TIME_ZONE -> MICROSECONDS;
            default -> super.getMaxPrecision(typeName);
        };
    }

    @Override
    public int getMaxScale(SqlTypeName typeName) {
        return typeName == SqlTypeName.DECIMAL ? UNCONSTRAINED_PRECISION : super.getMaxScale(typeName);
    }

    @Override
    public int getDefaultPrecision(SqlTypeName typeName) {
        return switch (typeName) {
            case DECIMAL -> UNCONSTRAINED_PRECISION;
            case TIME, TIMESTAMP, TIMESTAMP_WITH_LOCAL_TIME_ZONE -> MICROSECONDS;
            default -> super.getDefaultPrecision(typeName);
        };
    }

    @Override
    public RelDataType deriveSumType(RelDataTypeFactory factory, RelDataType argument) {
        SqlTypeName name =
                switch (argument.getSqlTypeName()) {
                    case TINYINT, SMALLINT, INTEGER -> SqlTypeName.BIGINT;
                    case BIGINT, DECIMAL -> SqlTypeName.DECIMAL;
                    default -> null;
                };
        return name == null ? argument : nullableAs(factory, argument, name);
    }

    @Override
    public RelDataType deriveAvgAggType(RelDataTypeFactory factory, RelDataType argument) {
        boolean approximate = SqlTypeUtil.isApproximateNumeric(argument);
        return nullableAs(factory, argument, approximate ? SqlTypeName.DOUBLE : SqlTypeName.DECIMAL);
    }

    @Override
    public RelDataType deriveDecimalPlusType(RelDataTypeFactory factory, RelDataType first, RelDataType second) {
        return numeric(factory, first, second);
    }

    @Override
    public RelDataType deriveDecimalMultiplyType(RelDataTypeFactory factory, RelDataType first, RelDataType second) {
        return numeric(factory, first, second);
    }

    @Override
    public RelDataType deriveDecimalDivideType(RelDataTypeFactory factory, RelDataType first, RelDataType second) {
        return numeric(factory, first, second);
    }

    @Override
    public RelDataType deriveDecimalModType(RelDataTypeFactory factory, RelDataType first, RelDataType second) {
        return numeric(factory, first, second);
    }

    @Override
    public boolean shouldConvertRaggedUnionTypesToVarying() {
        return true;
    }

    /** Arithmetic on exact numbers of which one is numeric gives numeric without a declared scale; else null. */
    private static RelDataType numeric(RelDataTypeFactory factory, RelDataType first, RelDataType second) {
        boolean exact = SqlTypeUtil.isExactNumeric(first) && SqlTypeUtil.isExactNumeric(second);
        boolean anyNumeric = SqlTypeUtil.isDecimal(first) || SqlTypeUtil.isDecimal(second);
        if (!exact || !anyNumeric) {
            return null;
        }
        return factory.createTypeWithNullability(
                factory.createSqlType(SqlTypeName.DECIMAL), first.isNullable() || second.isNullable());
    }

    private static RelDataType nullableAs(RelDataTypeFactory factory, RelDataType argument, SqlTypeName name) {
        return factory.createTypeWithNullability(factory.createSqlType(name), argument.isNullable());
    }
}
