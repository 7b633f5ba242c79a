package io.millrace.sql;

import com.google.common.collect.ImmutableSet;
import org.apache.calcite.plan.Contexts;
import org.apache.calcite.rel.core.RelFactories;
import org.apache.calcite.rel.logical.LogicalFilter;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.tools.RelBuilder;
import org.apache.calcite.tools.RelBuilderFactory;

/** Has relational algebra stay as it is written: what Calcite simplifies is not the same by PostgreSQL's rules. */
public final class AsWritten {
    /** A condition may become one cast to a type without NULL, as below an outer join, which no filter may be. */
    private static final RelFactories.FilterFactory FILTERS = (input, condition, variables) -> LogicalFilter.create(
            input,
            RexUtil.removeNullabilityCast(input.getCluster().getTypeFactory(), condition),
            ImmutableSet.copyOf(variables));

    private AsWritten() {}

    /** The configuration without all that is simplified in it. */
    static RelBuilder.Config in(RelBuilder.Config config) {
        return config.withSimplify(false)
                .withSimplifyLimit(false)
                .withSimplifyValues(false)
                .withPruneInputOfAggregate(false);
    }

    /** Builders that simplify nothing. */
    public static RelBuilderFactory builders() {
        return RelBuilder.proto(Contexts.of(in(RelBuilder.Config.DEFAULT), FILTERS));
    }
}
