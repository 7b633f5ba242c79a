package io.millrace.plan;

import io.millrace.catalog.SqlType;
import java.util.Locale;

/**
 * One aggregate of an {@link PlanNode.Aggregate}.
 *
 * @param function what is computed
 * @param column the input column, or -1 for {@code count(*)}
 * @param distinct whether equal values count once
 * @param inputType the input column's type; bigint for {@code count(*)}
 * @param type the result's type
 */
public record AggregateCall(AggregateFunction function, int column, boolean distinct, SqlType inputType, SqlType type) {
    @Override
    public String toString() {
        String argument = column < 0 ? "*" : "$" + column;
        return function.name().toLowerCase(Locale.ROOT) + "(" + (distinct ? "DISTINCT " : "") + argument + ")";
    }
}
