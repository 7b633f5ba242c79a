package io.millrace.sql;

import org.apache.calcite.plan.Contexts;
import org.apache.calcite.tools.RelBuilder;
import org.apache.calcite.tools.RelBuilderFactory;

/** Has relational algebra stay as it is written: what Calcite simplifies is not the same by PostgreSQL's rules. */
public final class AsWritten {
    private AsWritten() {}

    /** The configuration without all that is simplified in it. */
    static RelBuilder.Config in(RelBuilder.Config config) {
        return config.withSimplify(false)
                .withSimplifyLimit(false)
                .withSimplifyValues(false)
                .withPruneInputOfAggregate(false);
    }

    /** Builders that simplify nothing, and make nodes by those factories, if any are given. */
    public static RelBuilderFactory builders(Object... factories) {
        Object[] context = new Object[factories.length + 1];
        context[0] = in(RelBuilder.Config.DEFAULT);
        System.arraycopy(factories, 0, context, 1, factories.length);
        return RelBuilder.proto(Contexts.of(context));
    }
}
