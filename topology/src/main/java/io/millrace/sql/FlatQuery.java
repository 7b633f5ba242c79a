package io.millrace.sql;

import io.millrace.catalog.SqlType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.type.RelDataTypeField;
import org.apache.calcite.rex.RexCorrelVariable;
import org.apache.calcite.rex.RexFieldAccess;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexVisitorImpl;

/**
 * A subquery as one relation for all the rows around it, see {@link Decorrelation}. For a row around, its rows are those
 * in which every bound column has the value of its expression.
 *
 * @param rel the subquery's columns, then others
 * @param width how many columns are the subquery's
 * @param bound for expressions over the rows around the columns that have their values
 * @param otherwise the one row of the subquery for a row around for which {@code rel} has none, as expressions over the row
 *     around; null where the subquery then has no row
 */
record FlatQuery(RelNode rel, int width, Map<RexNode, Bound> bound, List<RexNode> otherwise) {

    /**
     * A column with the value of an expression over the rows around.
     *
     * @param column its position
     * @param equal whether it is so by SQL's equality: then it is never NULL, and may be written in another form
     */
    record Bound(int column, boolean equal) {}

    /** A relation that does not depend on rows around it. */
    static FlatQuery independent(RelNode rel) {
        return new FlatQuery(rel, rel.getRowType().getFieldCount(), Map.of(), null);
    }

    /** The same over another relation, whose bound columns are elsewhere. */
    FlatQuery over(RelNode other, Map<RexNode, Bound> moved) {
        return new FlatQuery(other, width, moved, otherwise);
    }

    RexNode column(int position) {
        return column(rel, position);
    }

    static RexNode column(RelNode rel, int position) {
        return new RexInputRef(
                position, rel.getRowType().getFieldList().get(position).getType());
    }

    static List<RexNode> columns(RelNode rel) {
        List<RexNode> columns = new ArrayList<>();
        for (RelDataTypeField field : rel.getRowType().getFieldList()) {
            columns.add(new RexInputRef(field.getIndex(), field.getType()));
        }
        return columns;
    }

    /** The positions of the bound columns, ascending. */
    List<Integer> boundColumns() {
        Set<Integer> positions = new TreeSet<>();
        bound.values().forEach(each -> positions.add(each.column));
        return List.copyOf(positions);
    }

    /** The values of the rows around that it depends on. */
    Set<RexFieldAccess> valuesAround() {
        Set<RexFieldAccess> values = valuesAround(bound.keySet());
        if (otherwise != null) {
            values.addAll(valuesAround(otherwise));
        }
        return values;
    }

    /** The values of rows around that those expressions read. */
    static Set<RexFieldAccess> valuesAround(Iterable<RexNode> expressions) {
        Set<RexFieldAccess> values = new LinkedHashSet<>();
        for (RexNode expression : expressions) {
            expression.accept(new RexVisitorImpl<Void>(true) {
                @Override
                public Void visitFieldAccess(RexFieldAccess access) {
                    if (access.getReferenceExpr() instanceof RexCorrelVariable) {
                        values.add(access);
                        return null;
                    }
                    return super.visitFieldAccess(access);
                }
            });
        }
        return values;
    }

    /** Whether the values are among its columns as they are, so that expressions may read them there. */
    boolean knows(Iterable<RexFieldAccess> values) {
        for (RexFieldAccess value : values) {
            if (!isKnown(value)) {
                return false;
            }
        }
        return true;
    }

    private boolean isKnown(RexNode expression) {
        Bound found = bound.get(expression);
        return found != null && !(found.equal && isWrittenInManyForms(expression));
    }

    private static boolean isWrittenInManyForms(RexNode expression) {
        SqlType type = Types.of(expression.getType());
        return type.manyForms();
    }

    /** The expression over this relation's columns: those of the subquery and, for values around, the bound ones. */
    RexNode local(RexNode expression) {
        return expression.accept(new Local());
    }

    private final class Local extends RexShuttle {
        @Override
        public RexNode visitInputRef(RexInputRef ref) {
            return column(ref.getIndex());
        }

        @Override
        public RexNode visitCall(org.apache.calcite.rex.RexCall call) {
            return isKnown(call) ? column(bound.get(call).column) : super.visitCall(call);
        }

        @Override
        public RexNode visitFieldAccess(RexFieldAccess access) {
            if (isKnown(access)) {
                return column(bound.get(access).column);
            }
            throw new IllegalStateException(access + " is not known");
        }
    }
}
