package io.millrace.sql;

import io.millrace.grammar.PostgresOperators;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlWindow;

/**
 * How a window's frame is written, without the offsets of its edges. It prints itself as SQL, with question marks for them.
 *
 * @param unit what offsets count
 * @param start where the frame begins
 * @param end where it ends
 * @param exclusion which rows near the present one are left out
 */
public record FrameShape(Unit unit, Edge start, Edge end, Exclusion exclusion) {
    /** What the offsets of a frame count: rows, what the order's column differs by, or groups of rows that it does not tell apart. */
    public enum Unit {
        ROWS,
        RANGE,
        GROUPS
    }

    /** Where a frame begins or ends. */
    public enum Edge {
        UNBOUNDED_PRECEDING,
        PRECEDING,
        CURRENT_ROW,
        FOLLOWING,
        UNBOUNDED_FOLLOWING;

        /** Whether it is so far from the present row as an offset says. */
        public boolean hasOffset() {
            return this == PRECEDING || this == FOLLOWING;
        }

        /** As SQL has it. */
        public String sql(Object offset) {
            return (hasOffset() ? offset + " " : "") + name().replace('_', ' ');
        }
    }

    /** Which rows of a frame are left out. */
    public enum Exclusion {
        NO_OTHERS,
        CURRENT_ROW,
        GROUP,
        TIES
    }

    /** What SQL takes where none is written: up to this row and those that the order does not tell from it. */
    public static final FrameShape DEFAULT =
            new FrameShape(Unit.RANGE, Edge.UNBOUNDED_PRECEDING, Edge.CURRENT_ROW, Exclusion.NO_OTHERS);

    /** All rows. */
    public static final FrameShape WHOLE =
            new FrameShape(Unit.RANGE, Edge.UNBOUNDED_PRECEDING, Edge.UNBOUNDED_FOLLOWING, Exclusion.NO_OTHERS);

    /** The shape of a window's frame. */
    static FrameShape of(SqlWindow window) {
        SqlNode lower = window.getLowerBound();
        SqlNode upper = window.getUpperBound();
        if (lower == null && upper == null) {
            return DEFAULT;
        }
        boolean groups = lower instanceof SqlCall call && call.getOperator().equals(PostgresOperators.GROUPS);
        Unit unit = groups ? Unit.GROUPS : window.isRows() ? Unit.ROWS : Unit.RANGE;
        // The parser takes n FOLLOWING alone for the end.
        SqlNode first = lower == null ? upper : unwrapped(lower);
        Edge start = edge(first);
        Edge end = lower == null || upper == null ? Edge.CURRENT_ROW : edge(upper);
        check(window, start, end, upper == null || lower == null ? first : upper);
        if (unit == Unit.GROUPS && window.getOrderList().isEmpty()) {
            throw new Refusal(
                    window.getParserPosition(), "GROUPS mode requires an ORDER BY clause", "add one to the window");
        }
        return new FrameShape(unit, start, end, exclusion(window.getExclude()));
    }

    /** The bound without what marks it as one of GROUPS. */
    static SqlNode unwrapped(SqlNode bound) {
        return bound instanceof SqlCall call && call.getOperator().equals(PostgresOperators.GROUPS)
                ? call.operand(0)
                : bound;
    }

    private static Edge edge(SqlNode bound) {
        if (bound.getKind() == SqlKind.PRECEDING) {
            return Edge.PRECEDING;
        } else if (bound.getKind() == SqlKind.FOLLOWING) {
            return Edge.FOLLOWING;
        } else if (SqlWindow.isUnboundedPreceding(bound)) {
            return Edge.UNBOUNDED_PRECEDING;
        }
        return SqlWindow.isUnboundedFollowing(bound) ? Edge.UNBOUNDED_FOLLOWING : Edge.CURRENT_ROW;
    }

    private static void check(SqlWindow window, Edge start, Edge end, SqlNode last) {
        String mistake = null;
        if (start == Edge.UNBOUNDED_FOLLOWING) {
            mistake = "frame start cannot be UNBOUNDED FOLLOWING";
        } else if (end == Edge.UNBOUNDED_PRECEDING) {
            mistake = "frame end cannot be UNBOUNDED PRECEDING";
        } else if (start == Edge.CURRENT_ROW && end == Edge.PRECEDING) {
            mistake = "frame starting from current row cannot have preceding rows";
        } else if (start == Edge.FOLLOWING && (window.getLowerBound() == null || window.getUpperBound() == null)) {
            mistake = "frame starting from following row cannot end with current row";
        } else if (start == Edge.FOLLOWING && (end == Edge.PRECEDING || end == Edge.CURRENT_ROW)) {
            mistake = "frame starting from following row cannot have preceding rows";
        }
        if (mistake != null) {
            throw new Refusal(last.getParserPosition(), mistake, "a frame begins before it ends");
        }
    }

    private static Exclusion exclusion(SqlLiteral written) {
        if (SqlWindow.isExcludeCurrentRow(written)) {
            return Exclusion.CURRENT_ROW;
        } else if (SqlWindow.isExcludeGroup(written)) {
            return Exclusion.GROUP;
        }
        return SqlWindow.isExcludeTies(written) ? Exclusion.TIES : Exclusion.NO_OTHERS;
    }

    /** Whether it is measured by the values of the order's column. */
    public boolean comparesValues() {
        return unit == Unit.RANGE && (start.hasOffset() || end.hasOffset());
    }

    /** As SQL has it, with those offsets. */
    public String sql(Object startOffset, Object endOffset) {
        return unit + " BETWEEN " + start.sql(startOffset) + " AND " + end.sql(endOffset)
                + (exclusion == Exclusion.NO_OTHERS
                        ? ""
                        : " EXCLUDE " + exclusion.name().replace('_', ' '));
    }

    @Override
    public String toString() {
        return sql("?", "?");
    }
}
