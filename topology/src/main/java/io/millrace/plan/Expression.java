package io.millrace.plan;

import io.millrace.catalog.SqlType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * A scalar expression over one row, typed as PostgreSQL types it. Immutable, compared by structure; prints itself as SQL
 * with {@code $n} for columns. Implicit casts are explicit here: a {@link Call}'s operands have just the types that its
 * {@link Function} takes.
 */
public sealed interface Expression {
    /** The result's type; any expression may yield NULL. */
    SqlType type();

    /** A column of the input row, from 0. */
    record Column(int index, SqlType type) implements Expression {
        @Override
        public String toString() {
            return "$" + index;
        }
    }

    /**
     * A constant.
     *
     * @param value of the Java class that {@link SqlType.Kind} names, or null
     */
    record Literal(Object value, SqlType type) implements Expression {
        @Override
        public boolean equals(Object object) {
            return object instanceof Literal other && Objects.deepEquals(value, other.value) && type.equals(other.type);
        }

        @Override
        public int hashCode() {
            return Objects.hash(String.valueOf(value), type);
        }

        @Override
        public String toString() {
            if (value == null) {
                return "NULL";
            }
            return value instanceof String text ? "'" + text.replace("'", "''") + "'" : String.valueOf(value);
        }
    }

    /** A function or operator over operands. */
    record Call(Function function, List<Expression> operands, SqlType type) implements Expression {
        public Call {
            operands = List.copyOf(operands);
        }

        @Override
        public String toString() {
            return function.render(operands.stream().map(Expression::toString).collect(Collectors.toList()));
        }
    }

    /** An explicit or implicit cast to {@link #type()}; numeric(p,s), varchar(n), timestamp(p) round or cut as PostgreSQL. */
    record Cast(Expression operand, SqlType type) implements Expression {
        @Override
        public String toString() {
            return operand + "::" + type;
        }
    }

    /**
     * CASE WHEN condition THEN result ... ELSE otherwise END: branches are evaluated in order and only as needed.
     *
     * @param conditions booleans, as many as results
     * @param results all of {@code type}
     * @param otherwise the ELSE, a NULL literal where none was written
     */
    record Case(List<Expression> conditions, List<Expression> results, Expression otherwise, SqlType type)
            implements Expression {
        public Case {
            conditions = List.copyOf(conditions);
            results = List.copyOf(results);
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder("CASE");
            for (int i = 0; i < conditions.size(); i++) {
                text.append(" WHEN ").append(conditions.get(i)).append(" THEN ").append(results.get(i));
            }
            return text.append(" ELSE ").append(otherwise).append(" END").toString();
        }
    }

    /** The columns of rows with those fields, as they are; a list that may be added to. */
    static List<Expression> columnsOf(List<Field> fields) {
        List<Expression> columns = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            columns.add(new Column(i, fields.get(i).type()));
        }
        return columns;
    }

    /** The same expression with every column renumbered. */
    default Expression renumber(IntUnaryOperator renumbering) {
        return replaceLeaves(leaf -> leaf instanceof Column column
                ? new Column(renumbering.applyAsInt(column.index()), column.type())
                : leaf);
    }

    /** The same expression with other columns, literals and calls without operands. */
    default Expression replaceLeaves(UnaryOperator<Expression> replacement) {
        if (children().isEmpty()) {
            return replacement.apply(this);
        }
        if (this instanceof Call call) {
            return new Call(call.function(), replaceLeaves(call.operands(), replacement), call.type());
        }
        if (this instanceof Cast cast) {
            return new Cast(cast.operand().replaceLeaves(replacement), cast.type());
        }
        Case branches = (Case) this;
        return new Case(
                replaceLeaves(branches.conditions(), replacement),
                replaceLeaves(branches.results(), replacement),
                branches.otherwise().replaceLeaves(replacement),
                branches.type());
    }

    /** The operands, in evaluation order; empty for columns and literals. */
    default List<Expression> children() {
        if (this instanceof Call call) {
            return call.operands();
        }
        if (this instanceof Cast cast) {
            return List.of(cast.operand());
        }
        if (this instanceof Case branches) {
            List<Expression> all = new ArrayList<>(branches.conditions());
            all.addAll(branches.results());
            all.add(branches.otherwise());
            return all;
        }
        return List.of();
    }

    /** The columns that it reads, each once, in the order of the first reading. */
    default List<Integer> columns() {
        if (this instanceof Column column) {
            return List.of(column.index());
        }
        return children().stream()
                .flatMap(child -> child.columns().stream())
                .distinct()
                .toList();
    }

    /** Whether it depends on the present time. */
    default boolean readsNow() {
        return this instanceof Call call && call.function() == Function.NOW
                || children().stream().anyMatch(Expression::readsNow);
    }

    private static List<Expression> replaceLeaves(List<Expression> all, UnaryOperator<Expression> replacement) {
        return all.stream().map(each -> each.replaceLeaves(replacement)).toList();
    }
}
