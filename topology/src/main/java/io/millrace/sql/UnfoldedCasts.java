package io.millrace.sql;

import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeFactory;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.type.SqlTypeName;

/**
 * Makes row expressions. A constant that becomes numeric keeps the digits that were written: Calcite would give it the 500
 * that stand for a numeric without a scale.
 */
final class UnfoldedCasts extends RexBuilder {
    UnfoldedCasts(RelDataTypeFactory types) {
        super(types);
    }

    @Override
    public RexNode makeCast(
            SqlParserPos position,
            RelDataType type,
            RexNode operand,
            boolean matchNullability,
            boolean safe,
            RexLiteral format) {
        boolean unconstrained = type.getSqlTypeName() == SqlTypeName.DECIMAL
                && type.getPrecision() >= PostgresTypeSystem.UNCONSTRAINED_PRECISION;
        return unconstrained && operand instanceof RexLiteral literal && !literal.isNull()
                ? makeAbstractCast(position, type, operand, safe)
                : super.makeCast(position, type, operand, matchNullability, safe, format);
    }
}
