package io.millrace.plan;

import io.millrace.catalog.SqlType;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * One aggregate of an {@link PlanNode.Aggregate}.
 *
 * @param function what is computed
 * @param column the input column, or -1 for {@code count(*)}
 * @param distinct whether equal values count once
 * @param inputType the input column's type; bigint for {@code count(*)}
 * @param type the result's type
 * @param sequence how the values of a sequence follow each other; null for other functions
 */
public record AggregateCall(
        AggregateFunction function, int column, boolean distinct, SqlType inputType, SqlType type, Sequence sequence) {

    /** An aggregate that is no sequence. */
    public AggregateCall(AggregateFunction function, int column, boolean distinct, SqlType inputType, SqlType type) {
        this(function, column, distinct, inputType, type, null);
    }

    /**
     * How values follow each other.
     *
     * @param second the input column of the second argument, such as what comes before each value but the first, the value of
     *     a member, or the fraction of a percentile; -1 for none
     * @param order the order of the rows
     * @param filter the input column of the condition of FILTER; -1 for none
     */
    public record Sequence(int second, List<SortColumn> order, int filter) {
        public Sequence {
            order = List.copyOf(order);
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(function.name().toLowerCase(Locale.ROOT))
                .append('(')
                .append(distinct ? "DISTINCT " : "")
                .append(column < 0 ? "*" : "$" + column);
        if (sequence == null) {
            return text.append(')').toString();
        }
        if (sequence.second >= 0) {
            text.append(", $").append(sequence.second);
        }
        if (!sequence.order.isEmpty()) {
            text.append(sequence.order.stream()
                    .map(each -> "$" + each.column() + (each.descending() ? " DESC" : "")
                            + (each.nullsFirst() ? " NULLS FIRST" : ""))
                    .collect(Collectors.joining(", ", " ORDER BY ", "")));
        }
        return text.append(sequence.filter < 0 ? ")" : ") FILTER (WHERE $" + sequence.filter + ")")
                .toString();
    }
}
