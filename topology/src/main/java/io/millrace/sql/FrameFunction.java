package io.millrace.sql;

import io.millrace.catalog.SqlType;
import io.millrace.sql.Signature.Parameter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.calcite.plan.Strong;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlCallBinding;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlOperandCountRange;
import org.apache.calcite.sql.SqlUtil;
import org.apache.calcite.sql.type.ReturnTypes;
import org.apache.calcite.sql.type.SqlOperandCountRanges;
import org.apache.calcite.sql.util.SqlBasicVisitor;
import org.apache.calcite.sql.validate.SqlValidator;
import org.apache.calcite.sql.validate.SqlValidatorScope;

/**
 * A window's frame and the FILTER of its aggregate on their way through Calcite, which knows fewer frames: a call that stands
 * last in PARTITION BY. Its operands are the order's column where values are compared, the offset of the frame's start and
 * that of its end where they have one, and the condition of FILTER.
 */
public final class FrameFunction extends SqlFunction implements Overloaded {
    /** What constants in quotes are called that are a frame's offset. */
    public static final String NAME = "frame offset";

    private final FrameShape shape;
    private final boolean filtered;

    FrameFunction(FrameShape shape, boolean filtered) {
        super(
                shape + (filtered ? " FILTER" : ""),
                SqlKind.OTHER_FUNCTION,
                ReturnTypes.BOOLEAN_NOT_NULL,
                null,
                null,
                SqlFunctionCategory.SYSTEM);
        this.shape = shape;
        this.filtered = filtered;
    }

    /** The frame's shape. */
    public FrameShape shape() {
        return shape;
    }

    /** Whether the last operand is the condition of a FILTER. */
    public boolean filtered() {
        return filtered;
    }

    @Override
    public Optional<Signature> signature(List<SqlType> arguments) {
        List<Parameter> parameters = new ArrayList<>();
        Iterator<SqlType> given = arguments.iterator();
        SqlType ordered = null;
        if (shape.comparesValues()) {
            SqlType column = given.next();
            ordered = column == null ? SqlType.TEXT : column.unconstrained();
            parameters.add(new Parameter.Any());
        }
        for (FrameShape.Edge edge : List.of(shape.start(), shape.end())) {
            if (edge.hasOffset()) {
                Optional<SqlType> offset = offset(ordered, given.next());
                if (offset.isEmpty()) {
                    return Optional.empty();
                }
                parameters.add(new Parameter.Typed(offset.get()));
            }
        }
        if (filtered) {
            SqlType condition = given.next();
            if (condition != null && condition.kind() != SqlType.Kind.BOOLEAN) {
                return Optional.empty();
            }
            parameters.add(new Parameter.Typed(SqlType.BOOLEAN));
        }
        return Optional.of(new Signature(NAME, parameters, false, new Parameter.Typed(SqlType.BOOLEAN)));
    }

    /**
     * The type that an offset is cast to, as PostgreSQL's parser chooses it.
     *
     * @param ordered the type of the order's column; null where it does not matter
     * @param given the offset's type; null for one of unknown type
     */
    private static Optional<SqlType> offset(SqlType ordered, SqlType given) {
        if (ordered == null) {
            boolean assigned = given == null || ImplicitCasts.category(given) == ImplicitCasts.Category.NUMERIC;
            return assigned ? Optional.of(SqlType.BIGINT) : Optional.empty();
        }
        SqlType preferred = given == null ? ordered : given;
        List<SqlType> matching = offsets(ordered).stream()
                .filter(type -> given == null || ImplicitCasts.allowed(given, type))
                .toList();
        return matching.stream()
                .filter(type -> ImplicitCasts.same(type, preferred))
                .findFirst()
                .or(() -> matching.size() == 1 ? Optional.of(matching.get(0)) : Optional.empty());
    }

    /** The offsets for which PostgreSQL has an in_range function with columns of that type. */
    private static List<SqlType> offsets(SqlType ordered) {
        return switch (ordered.kind()) {
            case SMALLINT, INTEGER -> List.of(SqlType.BIGINT, SqlType.INTEGER, SqlType.SMALLINT);
            case BIGINT -> List.of(SqlType.BIGINT);
            case NUMERIC -> List.of(SqlType.NUMERIC);
            case REAL, DOUBLE -> List.of(SqlType.DOUBLE);
            case DATE, TIMESTAMP, TIMESTAMPTZ, TIME, INTERVAL -> List.of(SqlType.INTERVAL);
            case BOOLEAN, TEXT, VARCHAR, CHAR, BYTEA, UUID, JSON, JSONB, ENUM, ARRAY -> List.of();
        };
    }

    @Override
    public RelDataType deriveType(SqlValidator validator, SqlValidatorScope scope, SqlCall call) {
        return CallTypes.derive(validator, scope, call);
    }

    @Override
    public SqlOperandCountRange getOperandCountRange() {
        return SqlOperandCountRanges.any();
    }

    @Override
    public boolean checkOperandTypes(SqlCallBinding binding, boolean throwOnFailure) {
        List<SqlType> types = CallTypes.arguments(binding);
        int operand = shape.comparesValues() ? 1 : 0;
        if (shape.start().hasOffset()) {
            checkOffset(binding.operand(operand), "starting", types, operand);
            operand++;
        }
        if (shape.end().hasOffset()) {
            checkOffset(binding.operand(operand), "ending", types, operand);
            operand++;
        }
        if (filtered && signature(types).isEmpty()) {
            throw new Refusal(
                    binding.operand(operand).getParserPosition(),
                    "argument of FILTER must be type boolean, not type " + types.get(operand),
                    "write a condition");
        }
        return true;
    }

    private void checkOffset(SqlNode offset, String which, List<SqlType> types, int operand) {
        requireConstant(offset);
        SqlType ordered = shape.comparesValues() ? types.get(0) : null;
        SqlType column = shape.comparesValues() && ordered == null ? SqlType.TEXT : ordered;
        SqlType given = types.get(operand);
        if (offset(column == null ? null : column.unconstrained(), given).isEmpty()) {
            throw mismatch(offset, column, given);
        }
        if (SqlUtil.isNullLiteral(offset, true)) {
            throw new Refusal(
                    offset.getParserPosition(),
                    "frame " + which + " offset must not be null",
                    "write UNBOUNDED, CURRENT ROW, or how far");
        }
        if (isNegative(offset)) {
            throw new Refusal(
                    offset.getParserPosition(),
                    shape.comparesValues()
                            ? "invalid preceding or following size in window function"
                            : "frame " + which + " offset must not be negative",
                    "PRECEDING and FOLLOWING say in which direction");
        }
    }

    private Refusal mismatch(SqlNode offset, SqlType column, SqlType given) {
        String message;
        if (column == null) {
            message = "argument of " + shape.unit() + " must be type bigint, not type " + given;
        } else {
            message = "RANGE with offset PRECEDING/FOLLOWING is not supported for column type "
                    + (column.kind() == SqlType.Kind.ENUM ? "anyenum" : column.unconstrained())
                    + (offsets(column).isEmpty() ? "" : " and offset type " + given);
        }
        return new Refusal(
                offset.getParserPosition(),
                message,
                column == null || !offsets(column).isEmpty()
                        ? "cast the offset to an appropriate type"
                        : "count rows or groups: ROWS BETWEEN ..., GROUPS BETWEEN ...");
    }

    private void requireConstant(SqlNode offset) {
        offset.accept(new SqlBasicVisitor<Void>() {
            @Override
            public Void visit(SqlIdentifier identifier) {
                throw notConstant(identifier, "argument of " + shape.unit() + " must not contain variables");
            }

            @Override
            public Void visit(SqlCall call) {
                if (call.isA(SqlKind.QUERY) || call.getOperator().isAggregator() || call.getKind() == SqlKind.OVER) {
                    throw notConstant(call, "a frame's offset must be a constant");
                }
                return call.getKind() == SqlKind.CAST || call.getOperator() instanceof PostgresCast
                        ? call.operand(0).accept(this)
                        : super.visit(call);
            }
        });
    }

    private static Refusal notConstant(SqlNode node, String message) {
        return new Refusal(node.getParserPosition(), message, "write a constant");
    }

    private static boolean isNegative(SqlNode offset) {
        boolean negated = offset instanceof SqlCall call
                && call.operandCount() == 1
                && call.getOperator().getName().equals("-");
        return (negated ? ((SqlCall) offset).operand(0) : offset) instanceof SqlNumericLiteral number
                && number.bigDecimalValue().signum() == (negated ? 1 : -1);
    }

    /** It is no condition. */
    @Override
    public Supplier<Strong.Policy> getStrongPolicyInference() {
        return () -> Strong.Policy.AS_IS;
    }
}
