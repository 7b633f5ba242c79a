package io.millrace.sql;

import java.util.HashSet;
import java.util.Set;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Correlate;
import org.apache.calcite.rel.core.CorrelationId;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rex.RexCorrelVariable;
import org.apache.calcite.rex.RexFieldAccess;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;

/**
 * What Calcite's decorrelator would give wrong rows for: within a correlated subquery, a value of a row further out that both a
 * condition and a subquery of it read, or both sides of a join, of which it forgets that the value must be the same; and one
 * that the side of a join reads that may be without a match, of which it forgets the value.
 */
final class NestedCorrelation {
    private static final String REFUSAL =
            "a subquery within a subquery, correlated from two levels above; compare with a column of the subquery around it instead,"
                    + " or join the tables in one subquery";

    private NestedCorrelation() {}

    /** A column of a row further out. */
    private record Outer(CorrelationId row, int column) {}

    /**
     * Refuses such a subquery.
     *
     * @throws UnsupportedOperationException naming what to write instead
     */
    static void check(RelNode rel) {
        read(rel);
    }

    /** The columns of rows further out that are read in there. */
    private static Set<Outer> read(RelNode rel) {
        Set<Outer> read = readByItself(rel);
        if (rel instanceof Correlate correlate) {
            Set<Outer> right = read(correlate.getRight());
            right.removeIf(outer -> outer.row.equals(correlate.getCorrelationId()));
            read.addAll(joined(correlate.getJoinType(), read(correlate.getLeft()), right));
        } else if (rel instanceof Join join) {
            read.addAll(joined(join.getJoinType(), read(join.getLeft()), read(join.getRight())));
        } else {
            for (RelNode input : rel.getInputs()) {
                Set<Outer> below = read(input);
                if (rel instanceof Filter) {
                    requireDistinct(read, below);
                }
                read.addAll(below);
            }
        }
        return read;
    }

    private static Set<Outer> joined(JoinRelType type, Set<Outer> left, Set<Outer> right) {
        if ((type.generatesNullsOnRight() && !right.isEmpty()) || (type.generatesNullsOnLeft() && !left.isEmpty())) {
            throw new UnsupportedOperationException(REFUSAL);
        }
        requireDistinct(left, right);
        left.addAll(right);
        return left;
    }

    private static void requireDistinct(Set<Outer> some, Set<Outer> others) {
        if (some.stream().anyMatch(others::contains)) {
            throw new UnsupportedOperationException(REFUSAL);
        }
    }

    private static Set<Outer> readByItself(RelNode rel) {
        Set<Outer> read = new HashSet<>();
        rel.accept(new RexShuttle() {
            @Override
            public RexNode visitFieldAccess(RexFieldAccess access) {
                if (access.getReferenceExpr() instanceof RexCorrelVariable row) {
                    read.add(new Outer(row.id, access.getField().getIndex()));
                }
                return access;
            }
        });
        return read;
    }
}
