package io.millrace.plan;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

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

    private int columnHolding(int attribute) {
        return attributes.indexOf(attribute);
    }

    private List<Integer> columnsOf(List<Integer> wanted) {
        return wanted.stream().map(attributes::indexOf).sorted().toList();
    }
}
