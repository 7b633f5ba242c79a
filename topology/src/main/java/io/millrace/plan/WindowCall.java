package io.millrace.plan;

import io.millrace.catalog.SqlType;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One function of a {@link PlanNode.Window}. Its arguments are expressions over the window's input; it prints itself as SQL
 * without its OVER.
 */
public sealed interface WindowCall {
    /** The result's type. */
    SqlType type();

    /** What numbers the rows of a group by their order alone. */
    enum RankFunction {
        ROW_NUMBER(SqlType.BIGINT),
        RANK(SqlType.BIGINT),
        DENSE_RANK(SqlType.BIGINT),
        PERCENT_RANK(SqlType.DOUBLE),
        CUME_DIST(SqlType.DOUBLE);

        private final SqlType type;

        RankFunction(SqlType type) {
            this.type = type;
        }
    }

    /** row_number() and its kin. */
    record Rank(RankFunction function) implements WindowCall {
        @Override
        public SqlType type() {
            return function.type;
        }

        @Override
        public String toString() {
            return function.name().toLowerCase(Locale.ROOT) + "()";
        }
    }

    /** ntile(buckets): the group's rows in so many parts, as equal as can be; the first row's argument counts. */
    record Ntile(Expression buckets) implements WindowCall {
        @Override
        public SqlType type() {
            return SqlType.BIGINT;
        }

        @Override
        public String toString() {
            return "ntile(" + buckets + ")";
        }
    }

    /**
     * lag and lead: a value of the row that is so many rows away.
     *
     * @param lead whether the rows are counted onwards
     * @param value what is taken from that row
     * @param offset how many rows away
     * @param otherwise what is taken when there is no such row
     */
    record Neighbour(boolean lead, Expression value, Expression offset, Expression otherwise, SqlType type)
            implements WindowCall {
        @Override
        public String toString() {
            return (lead ? "lead(" : "lag(") + value + ", " + offset + ", " + otherwise + ")";
        }
    }

    /**
     * first_value, last_value, nth_value: a value of a row of the frame.
     *
     * @param nth which row, from 1; null for the last
     */
    record FrameValue(Expression value, Expression nth, Frame frame, SqlType type) implements WindowCall {
        @Override
        public String toString() {
            return (nth == null ? "last_value(" + value : "nth_value(" + value + ", " + nth) + ") " + frame;
        }
    }

    /**
     * An aggregate of the frame's rows.
     *
     * @param arguments what is aggregated; a constant for {@code count(*)}
     * @param filter what must hold of a row that is; null when nothing
     */
    record Aggregated(
            AggregateFunction function, List<Expression> arguments, Expression filter, Frame frame, SqlType type)
            implements WindowCall {
        public Aggregated {
            arguments = List.copyOf(arguments);
        }

        @Override
        public String toString() {
            return function.name().toLowerCase(Locale.ROOT)
                    + arguments.stream().map(Expression::toString).collect(Collectors.joining(", ", "(", ") "))
                    + (filter == null ? "" : "FILTER (WHERE " + filter + ") ")
                    + frame;
        }
    }

    /** The frame that it computes over; empty for what no frame matters to. */
    default Optional<Frame> frameOf() {
        if (this instanceof FrameValue value) {
            return Optional.of(value.frame);
        }
        return this instanceof Aggregated aggregated ? Optional.of(aggregated.frame) : Optional.empty();
    }
}
