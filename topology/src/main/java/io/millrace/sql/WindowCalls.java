package io.millrace.sql;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.calcite.sql.SqlAggFunction;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlSelectKeyword;
import org.apache.calcite.sql.SqlUnresolvedFunction;
import org.apache.calcite.sql.SqlWindow;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.util.SqlBasicVisitor;

/** Writes function(...) FILTER (...) OVER (...) as Calcite takes it: the frame and the condition become a {@link FrameFunction}. */
final class WindowCalls {
    /** What Calcite holds for aggregates, though only a window gives them a meaning, and what a frame is nothing to. */
    private static final Set<SqlKind> OF_PLACES = EnumSet.of(
            SqlKind.ROW_NUMBER,
            SqlKind.RANK,
            SqlKind.DENSE_RANK,
            SqlKind.PERCENT_RANK,
            SqlKind.CUME_DIST,
            SqlKind.NTILE,
            SqlKind.LAG,
            SqlKind.LEAD);

    /** The same, of which the frame decides. */
    private static final Set<SqlKind> OF_FRAMES =
            EnumSet.of(SqlKind.FIRST_VALUE, SqlKind.LAST_VALUE, SqlKind.NTH_VALUE);

    private static final SqlAggFunction LAG = new Neighbour(SqlKind.LAG);
    private static final SqlAggFunction LEAD = new Neighbour(SqlKind.LEAD);

    private WindowCalls() {}

    /** The call as Calcite takes it; ntile is an integer, as PostgreSQL has it. */
    static SqlNode of(SqlCall over) {
        SqlNode written = over.operand(0);
        boolean filters = written.getKind() == SqlKind.FILTER;
        SqlNode condition = filters ? ((SqlCall) written).operand(1) : null;
        SqlCall call = filters ? ((SqlCall) written).operand(0) : (SqlCall) written;
        SqlWindow window = over.operand(1);
        check(call, filters);
        if (filters) {
            checkCondition(condition);
        }
        SqlParserPos position = over.getParserPosition();
        FrameShape shape = FrameShape.of(window);
        SqlWindow taken = isPlace(call)
                ? ordered(window)
                : filters || !shape.equals(FrameShape.DEFAULT) ? framed(window, shape, condition) : unframed(window);
        SqlNode plain = over.getOperator().createCall(position, ofPlaces(call), taken);
        return kindOf(call) == SqlKind.NTILE ? FunctionCalls.cast(plain, "integer", position) : plain;
    }

    private static SqlKind kindOf(SqlCall call) {
        String name = call.getOperator().getName().toUpperCase(Locale.ROOT);
        return Stream.concat(OF_PLACES.stream(), OF_FRAMES.stream())
                .filter(kind -> kind.name().equals(name))
                .findFirst()
                .orElse(call.getKind());
    }

    private static boolean isAggregate(SqlCall call) {
        SqlKind kind = kindOf(call);
        return !OF_PLACES.contains(kind)
                && !OF_FRAMES.contains(kind)
                && (call.getOperator() instanceof SqlUnresolvedFunction
                        ? FunctionCalls.isAggregate(call.getOperator().getName())
                        : call.getOperator().isAggregator());
    }

    private static boolean isPlace(SqlCall call) {
        return OF_PLACES.contains(kindOf(call));
    }

    private static SqlNode ofPlaces(SqlCall call) {
        return switch (kindOf(call)) {
            case LAG -> LAG.createCall(call.getParserPosition(), call.getOperandList());
            case LEAD -> LEAD.createCall(call.getParserPosition(), call.getOperandList());
            default -> call;
        };
    }

    /** What PostgreSQL's parser refuses of a window function. */
    private static void check(SqlCall call, boolean filters) {
        SqlKind kind = kindOf(call);
        String mistake = null;
        String hint = "leave it out";
        SqlLiteral quantifier = call.getFunctionQuantifier();
        if (kind == SqlKind.WITHIN_GROUP) {
            mistake = "OVER is not supported for ordered-set aggregate "
                    + ((SqlCall) call.operand(0)).getOperator().getName().toLowerCase(Locale.ROOT);
            hint = "aggregate in a subquery and join with it";
        } else if (kind == SqlKind.IGNORE_NULLS || kind == SqlKind.RESPECT_NULLS) {
            mistake = kind.sql + " is not maintained";
        } else if (filters && !isAggregate(call)) {
            mistake = "FILTER is not implemented for non-aggregate window functions";
            hint = "use CASE in its argument";
        } else if (quantifier != null && quantifier.symbolValue(SqlSelectKeyword.class) == SqlSelectKeyword.DISTINCT) {
            mistake = "DISTINCT is not implemented for window functions";
        } else if (call.getOperandList().stream().anyMatch(SqlNodeList.class::isInstance)) {
            mistake = "aggregate ORDER BY is not implemented for window functions";
            hint = "order the window: OVER (ORDER BY ...)";
        }
        if (mistake != null) {
            throw new Refusal(call.getParserPosition(), mistake, hint);
        }
    }

    private static void checkCondition(SqlNode condition) {
        condition.accept(new SqlBasicVisitor<Void>() {
            @Override
            public Void visit(SqlCall call) {
                boolean window = call.getKind() == SqlKind.OVER;
                if (window || isAggregate(call)) {
                    throw new Refusal(
                            call.getParserPosition(),
                            (window ? "window" : "aggregate") + " functions are not allowed in FILTER",
                            "compute it in a subquery in FROM");
                }
                return call.isA(SqlKind.QUERY) ? null : super.visit(call);
            }
        });
    }

    private static SqlWindow framed(SqlWindow window, FrameShape shape, SqlNode condition) {
        List<SqlNode> operands = new ArrayList<>();
        if (shape.comparesValues()) {
            if (window.getOrderList().size() != 1) {
                throw new Refusal(
                        window.getParserPosition(),
                        "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column",
                        "order by one column, or count rows: ROWS BETWEEN ...");
            }
            operands.add(
                    ValuesByAlias.copy(OrderedSets.value(window.getOrderList().get(0))));
        }
        if (shape.start().hasOffset()) {
            operands.add(((SqlCall) FrameShape.unwrapped(window.getLowerBound())).operand(0));
        }
        if (shape.end().hasOffset()) {
            operands.add(((SqlCall) window.getUpperBound()).operand(0));
        }
        if (condition != null) {
            operands.add(condition);
        }
        SqlWindow framed = unframed(window);
        SqlNodeList partition = new SqlNodeList(
                window.getPartitionList(), window.getPartitionList().getParserPosition());
        partition.add(new FrameFunction(shape, condition != null).createCall(window.getParserPosition(), operands));
        framed.setPartitionList(partition);
        // Calcite is to take it for a frame that may have no rows.
        SqlNode before = SqlWindow.createPreceding(
                SqlLiteral.createExactNumeric("1", window.getParserPosition()), window.getParserPosition());
        framed.setRows(SqlLiteral.createBoolean(true, window.getParserPosition()));
        framed.setLowerBound(before);
        framed.setUpperBound(ValuesByAlias.copy(before));
        return framed;
    }

    /** The window as Calcite takes it for functions that number rows: without an order all rows are alike. */
    private static SqlWindow ordered(SqlWindow window) {
        SqlWindow ordered = unframed(window);
        SqlParserPos position = window.getParserPosition();
        if (window.getOrderList().isEmpty()) {
            ordered.setOrderList(SqlNodeList.of(SqlLiteral.createBoolean(true, position)));
        }
        return ordered;
    }

    /** The window without a frame. */
    static SqlWindow unframed(SqlWindow window) {
        SqlParserPos position = window.getParserPosition();
        return new SqlWindow(
                position,
                window.getDeclName(),
                null,
                window.getPartitionList(),
                window.getOrderList(),
                SqlLiteral.createBoolean(false, position),
                null,
                null,
                null);
    }
}
