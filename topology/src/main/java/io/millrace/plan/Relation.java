package io.millrace.plan;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A plan node under construction and what is known of its rows. Immutable.
 *
 * @param node the node
 * @param attributes for each of the node's columns its attribute, see {@link Dependencies}
 * @param neverNull attributes that hold no NULL
 * @param dependencies between attributes
 * @param identity attributes that no two rows share all of; null when rows may repeat
 * @param partitioning attributes that decide on a row's partition, in the order in which they are hashed; an empty list when
 *     all rows are in one partition; absent when a row's partition follows from nothing
 */
record Relation(
        PlanNode node,
        List<Integer> attributes,
        BitSet neverNull,
        Dependencies dependencies,
        BitSet identity,
        Optional<List<Integer>> partitioning) {

    Relation {
        attributes = List.copyOf(attributes);
    }

    Relation withNode(PlanNode newNode, List<Integer> newAttributes) {
        return new Relation(newNode, newAttributes, neverNull, dependencies, identity, partitioning);
    }

    Relation withDependencies(Dependencies newDependencies) {
        return new Relation(node, attributes, neverNull, newDependencies, identity, partitioning);
    }

    Relation withNeverNull(BitSet newNeverNull) {
        return new Relation(node, attributes, newNeverNull, dependencies, identity, partitioning);
    }

    Relation withPartitioning(List<Integer> newPartitioning) {
        return new Relation(
                node, attributes, neverNull, dependencies, identity, Optional.of(List.copyOf(newPartitioning)));
    }

    int attribute(int column) {
        return attributes.get(column);
    }

    /**
     * The least columns, earlier ones preferred, that tell rows apart once those given are known to be equal; empty when no
     * columns do, as rows may repeat.
     */
    Optional<List<Integer>> keyBeside(List<Integer> givenColumns) {
        if (identity == null) {
            return Optional.empty();
        }
        List<Integer> given = givenColumns.stream().map(attributes::get).toList();
        List<Integer> least = dependencies.least(attributes.stream().distinct().toList(), given, identity);
        return Optional.ofNullable(least).map(this::columnsOf);
    }

    /** Least columns that tell rows apart and decide on the partition that they are in; empty when there are none. */
    Optional<List<Integer>> keyInPlace() {
        if (identity == null || partitioning.isEmpty() || !attributes.containsAll(partitioning.get())) {
            return Optional.empty();
        }
        Set<Integer> candidates = new LinkedHashSet<>(partitioning.get());
        candidates.addAll(attributes);
        List<Integer> least = dependencies.least(List.copyOf(candidates), List.of(), identity);
        return Optional.ofNullable(least)
                .filter(key -> key.containsAll(partitioning.get()))
                .map(this::columnsOf);
    }

    /** Whether no two rows share the values of those columns, nor any has a NULL in them. */
    boolean isPrimaryKey(List<Integer> columns) {
        List<Integer> key = columns.stream().map(attributes::get).toList();
        return identity != null
                && dependencies.determine(key, identity)
                && key.stream().allMatch(neverNull::get);
    }

    /** For each attribute a column that holds it, or a column that is equal to it in every row; empty if one has none. */
    Optional<List<Integer>> columnsHolding(List<Integer> wanted) {
        List<Integer> columns = new ArrayList<>();
        for (int attribute : wanted) {
            int column = columnHolding(attribute);
            if (column < 0) {
                return Optional.empty();
            }
            columns.add(column);
        }
        return Optional.of(columns);
    }

    /** Positions in the key that the rows are partitioned by, if they are partitioned by columns of the key alone. */
    Optional<List<Integer>> partitioningWithin(List<Integer> key) {
        return partitioning.flatMap(deciding -> {
            List<Integer> positions = new ArrayList<>();
            for (int attribute : deciding) {
                int position = IntStream.range(0, key.size())
                        .filter(i -> attribute(key.get(i)) == attribute)
                        .findFirst()
                        .orElse(-1);
                if (position < 0) {
                    return Optional.empty();
                }
                positions.add(position);
            }
            return deciding.isEmpty() && !key.isEmpty() ? Optional.empty() : Optional.of(positions);
        });
    }

    /** The same rows in the partition of those columns, by an exchange. */
    Relation exchangedBy(List<Integer> columns) {
        return withNode(new PlanNode.Exchange(node, columns), attributes)
                .withPartitioning(columns.stream().map(this::attribute).toList());
    }

    /** The rows arranged by that key: the scan's own store where it is arranged so. */
    PlanNode.Arranged arrangedBy(List<Integer> key) {
        if (node instanceof PlanNode.Scan scan && scan.unique() && scan.key().equals(key)) {
            return scan;
        }
        List<Integer> rest =
                allColumns().stream().filter(column -> !key.contains(column)).toList();
        List<Integer> identityColumns = keyBeside(key)
                .map(columns -> columns.stream().filter(rest::contains).toList())
                .orElse(rest);
        return new PlanNode.Arrange(node, key, identityColumns);
    }

    /** Some of the columns, under those names. */
    Relation project(List<Integer> positions, List<Field> fields) {
        List<Expression> expressions = new ArrayList<>();
        for (int i = 0; i < positions.size(); i++) {
            expressions.add(
                    new Expression.Column(positions.get(i), fields.get(i).type()));
        }
        return withNode(
                new PlanNode.Project(node, expressions, fields),
                positions.stream().map(attributes::get).toList());
    }

    /** Some of the columns, under their own names. */
    Relation project(List<Integer> positions) {
        return project(positions, positions.stream().map(node.fields()::get).toList());
    }

    /** Each row once; equal rows must be in one partition. */
    Relation distinct() {
        return new Relation(
                new PlanNode.Aggregate(node, allColumns(), List.of()),
                attributes,
                neverNull,
                dependencies,
                Dependencies.bits(attributes),
                partitioning);
    }

    /**
     * The pairs of that join's rows.
     *
     * @param join over two arrangements of {@code left} and {@code right}
     */
    static Relation joined(
            PlanNode.Join join, Relation left, List<Integer> leftKey, Relation right, List<Integer> rightKey) {
        BitSet neverNull = new BitSet();
        if (!join.padRight()) {
            neverNull.or(left.neverNull);
        }
        if (!join.padLeft()) {
            neverNull.or(right.neverNull);
        }
        Dependencies dependencies = (join.padRight()
                        ? left.dependencies.afterPadding(left.neverNull)
                        : left.dependencies)
                .with(join.padLeft() ? right.dependencies.afterPadding(right.neverNull) : right.dependencies);
        List<Integer> leftAttributes = leftKey.stream().map(left::attribute).toList();
        List<Integer> rightAttributes = rightKey.stream().map(right::attribute).toList();
        List<Integer> attributes = new ArrayList<>(left.attributes);
        if (!join.padLeft() && !join.padRight()) {
            for (int i = 0; i < leftAttributes.size(); i++) {
                dependencies = dependencies.withEqual(leftAttributes.get(i), rightAttributes.get(i));
            }
            right.attributes.forEach(attribute -> {
                int position = rightAttributes.indexOf(attribute);
                attributes.add(position < 0 ? attribute : leftAttributes.get(position));
            });
        } else {
            attributes.addAll(right.attributes);
            if (!join.padRight() && join.condition() == null) {
                dependencies = dependencies.with(leftAttributes, rightAttributes);
            }
            if (!join.padLeft() && join.condition() == null) {
                dependencies = dependencies.with(rightAttributes, leftAttributes);
            }
        }
        BitSet identity = null;
        if (left.identity != null && right.identity != null) {
            identity = (BitSet) left.identity.clone();
            // A row that has one match at most, or is padded, stays one row, whatever else is asked of the match.
            if (join.padRight() || !right.dependencies.determine(rightAttributes, right.identity)) {
                identity.or(right.identity);
            }
        }
        Optional<List<Integer>> partitioning = join.padLeft() && join.padRight()
                ? Optional.empty()
                : join.padRight() ? right.partitioning : left.partitioning;
        return new Relation(join, attributes, neverNull, dependencies, identity, partitioning);
    }

    private List<Integer> allColumns() {
        return IntStream.range(0, attributes.size()).boxed().toList();
    }

    private int columnHolding(int attribute) {
        return attributes.indexOf(attribute);
    }

    private List<Integer> columnsOf(List<Integer> wanted) {
        return wanted.stream().map(attributes::indexOf).sorted().toList();
    }
}
