package io.millrace.plan;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import java.util.ArrayList;
import java.util.List;

/**
 * A node of an incremental plan. Deltas flow from the {@link Scan}s to the {@link View}s. Nodes are compared by structure,
 * so that equal sub-plans of several views are one node, maintained once.
 */
public sealed interface PlanNode {

    /** The columns of the rows that this node puts out. */
    List<Field> fields();

    /** Where its rows come from, in order. */
    List<PlanNode> inputs();

    /** The types of {@link #fields()}. */
    default List<SqlType> types() {
        return fields().stream().map(Field::type).toList();
    }

    /** A node over the rows of one other, which it puts out as they are, or says with which columns. */
    sealed interface OverOne extends PlanNode
            permits Deduplicate, Filter, TemporalFilter, Project, Exchange, Arrange, Aggregate, Top, Window, Served {
        /** Where the rows come from. */
        PlanNode input();

        @Override
        default List<Field> fields() {
            return input().fields();
        }

        @Override
        default List<PlanNode> inputs() {
            return List.of(input());
        }
    }

    /** A node whose rows can be looked up by a key: what a join reads. */
    sealed interface Arranged extends PlanNode permits Scan, Arrange {
        /** Positions of the columns that rows are looked up by, in the order of the store's key. */
        List<Integer> key();

        /** Whether at most one row has a key once all changes have arrived: then a look-up is one get. */
        boolean unique();
    }

    /**
     * The changes of a table, as a Z-set: duplicates dropped, old rows filled in from its store. A table with a primary key
     * is arranged by it; without one its rows are told apart by nothing and may be there several times.
     *
     * @param table what is read
     * @param columns the columns that the pipeline's views need, positions in the table, ascending; the primary key is
     *     among them
     */
    record Scan(Table table, List<Integer> columns) implements Arranged {
        public Scan {
            columns = List.copyOf(columns);
        }

        @Override
        public List<Field> fields() {
            return columns.stream()
                    .map(table.columns()::get)
                    .map(column -> new Field(column.name(), column.type()))
                    .toList();
        }

        @Override
        public List<PlanNode> inputs() {
            return List.of();
        }

        @Override
        public List<Integer> key() {
            return table.primaryKey().stream().map(columns::indexOf).toList();
        }

        @Override
        public boolean unique() {
            return table.hasKey();
        }

        /** Whether it is of a captured table without a primary key. */
        public boolean withoutKey() {
            return !table.appendOnly() && !table.hasKey();
        }
    }

    /**
     * An event topic's rows without those that come again: of events with equal ids, whose times are less than so far apart,
     * the one that comes first. Equal ids are in one partition.
     *
     * @param input an exchange of the topic's scan
     * @param id the column that identifies an event
     * @param forMicros how far apart
     */
    record Deduplicate(PlanNode input, int id, long forMicros) implements OverOne {
        /** The topic's scan. */
        public Scan scan() {
            return (Scan) ((Exchange) input).input();
        }
    }

    /**
     * Constant rows, all in one partition, there from the start; none for what no row can satisfy.
     *
     * @param rows each with a constant expression for each field
     */
    record Values(List<Field> fields, List<List<Expression>> rows) implements PlanNode {
        public Values {
            fields = List.copyOf(fields);
            rows = rows.stream().map(List::copyOf).toList();
        }

        @Override
        public List<PlanNode> inputs() {
            return List.of();
        }
    }

    /** The rows for which the condition is true. Linear: no state. */
    record Filter(PlanNode input, Expression condition) implements OverOne {}

    /**
     * The rows for which a condition holds at the present time, which each row meets until a time, or from a time on.
     *
     * @param condition over the input's columns and the present time, a column after them
     * @param leaves whether the condition becomes false with time; else it becomes true
     */
    record TemporalFilter(PlanNode input, Expression condition, boolean leaves) implements OverOne {}

    /** A row computed from each row. Linear: no state. */
    record Project(PlanNode input, List<Expression> expressions, List<Field> fields) implements OverOne {
        public Project {
            expressions = List.copyOf(expressions);
            fields = List.copyOf(fields);
        }
    }

    /**
     * Some columns of each row, with every row that a function gives for it. Linear: no state.
     *
     * @param kept the input's columns that remain
     * @param arguments of the function, over the input's columns
     * @param ordinality whether the last column numbers the function's rows from 1
     * @param padded whether a row for which the function gives none appears with NULLs
     * @param columns the columns of the function's rows
     */
    record FunctionRows(
            PlanNode input,
            List<Integer> kept,
            TableFunction function,
            List<Expression> arguments,
            boolean ordinality,
            boolean padded,
            List<Field> columns)
            implements PlanNode {
        public FunctionRows {
            kept = List.copyOf(kept);
            arguments = List.copyOf(arguments);
            columns = List.copyOf(columns);
        }

        @Override
        public List<Field> fields() {
            List<Field> all = new ArrayList<>();
            kept.forEach(column -> all.add(input.fields().get(column)));
            all.addAll(columns);
            return all;
        }

        @Override
        public List<PlanNode> inputs() {
            return List.of(input);
        }
    }

    /** Rows sent to the partition of their key through a repartition topic; an empty key sends all to one partition. */
    record Exchange(PlanNode input, List<Integer> key) implements OverOne {
        public Exchange {
            key = List.copyOf(key);
        }
    }

    /**
     * An arrangement: the input's current rows by key, shared by all that look them up. Rows with a NULL in the key are
     * not kept, since no equality finds them.
     *
     * @param key the columns of the look-up
     * @param identity further columns that, with the key, tell rows apart; empty when the key alone does
     */
    record Arrange(PlanNode input, List<Integer> key, List<Integer> identity) implements Arranged, OverOne {
        public Arrange {
            key = List.copyOf(key);
            identity = List.copyOf(identity);
        }

        @Override
        public boolean unique() {
            return identity.isEmpty();
        }
    }

    /**
     * Pairs of rows with equal keys; the key columns of {@code left} and {@code right} correspond in their order.
     *
     * @param padLeft whether a left row without a match appears with NULLs for the right (LEFT, FULL)
     * @param padRight whether a right row without a match appears with NULLs for the left (RIGHT, FULL)
     * @param condition what must also hold of a pair, over the left's columns then the right's; null when nothing
     */
    record Join(Arranged left, Arranged right, boolean padLeft, boolean padRight, Expression condition)
            implements PlanNode {
        @Override
        public List<Field> fields() {
            List<Field> all = new ArrayList<>(left.fields());
            all.addAll(right.fields());
            return all;
        }

        @Override
        public List<PlanNode> inputs() {
            return List.of(left, right);
        }
    }

    /**
     * A row a group: the group's columns, then the aggregates. Without group columns there is one group, which exists even
     * when no row does.
     */
    record Aggregate(PlanNode input, List<Integer> group, List<AggregateCall> calls) implements OverOne {
        public Aggregate {
            group = List.copyOf(group);
            calls = List.copyOf(calls);
        }

        @Override
        public List<Field> fields() {
            List<Field> all = new ArrayList<>();
            group.forEach(column -> all.add(input.fields().get(column)));
            calls.forEach(call -> all.add(new Field(call.toString(), call.type())));
            return all;
        }
    }

    /**
     * Of each group's rows in an order those of a window.
     *
     * @param group the columns of the group; none for one group of all rows
     * @param order the order; rows that it does not tell apart come in any, but always the same
     * @param offset how many rows precede the window
     * @param limit how many rows it has at most
     */
    record Top(PlanNode input, List<Integer> group, List<SortColumn> order, long offset, long limit)
            implements OverOne {
        public Top {
            group = List.copyOf(group);
            order = List.copyOf(order);
        }
    }

    /**
     * The input's rows, each with what window functions make of its place among its group's rows in an order.
     *
     * @param group the columns of PARTITION BY; none for one group of all rows
     * @param order the columns of ORDER BY; rows that it does not tell apart come in any order, but always the same
     * @param calls the functions, whose results follow the input's columns
     * @param last rows that the first call, which numbers rows, gives a greater number are left out; {@code Long.MAX_VALUE}
     *     leaves out none
     */
    record Window(PlanNode input, List<Integer> group, List<SortColumn> order, List<WindowCall> calls, long last)
            implements OverOne {
        public Window {
            group = List.copyOf(group);
            order = List.copyOf(order);
            calls = List.copyOf(calls);
        }

        @Override
        public List<Field> fields() {
            List<Field> all = new ArrayList<>(input.fields());
            calls.forEach(call -> all.add(new Field(call.toString(), call.type())));
            return all;
        }
    }

    /** The rows of all inputs, duplicates kept. Linear: no state. */
    record UnionAll(List<PlanNode> inputs) implements PlanNode {
        public UnionAll {
            inputs = List.copyOf(inputs);
        }

        @Override
        public List<Field> fields() {
            return inputs.get(0).fields();
        }
    }

    /**
     * The rows of the left that are also in the right, or are not, each so many times as SQL's INTERSECT ALL or EXCEPT ALL
     * has it. Equal rows of both are in one partition.
     *
     * @param right has the left's columns, of the same types
     */
    record SetOperation(Kind kind, PlanNode left, PlanNode right) implements PlanNode {
        /** What becomes of the copies of a row. */
        public enum Kind {
            /** The lesser number of both sides. */
            INTERSECT_ALL,
            /** So many as the left has more than the right. */
            EXCEPT_ALL;

            /** How many copies there are of a row that the left has {@code left} times and the right {@code right} times. */
            public long copies(long left, long right) {
                // Changes of both sides are on their way by themselves: for a moment one may be less than nothing.
                long ofRight = Math.max(0, right);
                return Math.max(0, this == INTERSECT_ALL ? Math.min(left, ofRight) : left - ofRight);
            }
        }

        @Override
        public List<Field> fields() {
            return left.fields();
        }

        @Override
        public List<PlanNode> inputs() {
            return List.of(left, right);
        }
    }

    /** A node whose rows are read from outside, in an order. */
    sealed interface Served extends OverOne permits View, Index {
        /** The view whose rows they are. */
        View view();

        /** The columns that rows are asked for by, in the order in which they are kept. */
        List<SortColumn> order();

        /** The columns that decide on a row's partition, among those of the order; empty when all rows are in one. */
        List<Integer> partitionKey();
    }

    /**
     * A view's current rows by key, kept for queries and published to the view's topic. It puts out what changes of what it
     * shows.
     *
     * @param name the view's name
     * @param key positions of the view's key; all columns when it is a multiset
     * @param keyOrigin what the key is known from
     * @param partitionKey the columns that decide on a row's partition, a part of the key; empty when all rows are in one
     */
    record View(String name, PlanNode input, List<Integer> key, KeyOrigin keyOrigin, List<Integer> partitionKey)
            implements Served {
        public View {
            key = List.copyOf(key);
            partitionKey = List.copyOf(partitionKey);
        }

        /** Whether there is no key but the whole row: rows then carry a multiplicity. */
        public boolean multiset() {
            return keyOrigin == KeyOrigin.WHOLE_ROW;
        }

        @Override
        public View view() {
            return this;
        }

        @Override
        public List<SortColumn> order() {
            return key.stream()
                    .map(column -> new SortColumn(column, false, false))
                    .toList();
        }
    }

    /**
     * The rows that a view shows in the order of other columns, those with equal ones in the order of the view's key.
     *
     * @param name the index's name
     * @param input the view, or an exchange of its rows
     * @param order the index's columns
     * @param partitionKey the columns that decide on a row's partition, among the index's; empty when all rows are in one
     */
    record Index(String name, PlanNode input, List<SortColumn> order, List<Integer> partitionKey) implements Served {
        public Index {
            order = List.copyOf(order);
            partitionKey = List.copyOf(partitionKey);
            if (!order.stream().map(SortColumn::column).toList().containsAll(partitionKey)) {
                throw new IllegalArgumentException("the index's columns do not say where its rows are");
            }
        }

        @Override
        public View view() {
            return (View) (input instanceof Exchange exchange ? exchange.input() : input);
        }
    }
}
