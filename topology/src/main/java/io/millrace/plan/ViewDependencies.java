package io.millrace.plan;

import java.util.BitSet;
import java.util.List;

/**
 * Which of a view's columns determine which others: rows with equal values in some have equal values in those that these determine, as
 * follows from the tables' keys and the view's query. Immutable.
 */
public final class ViewDependencies {
    private final List<Integer> attributes;
    private final Dependencies dependencies;

    private ViewDependencies(List<Integer> attributes, Dependencies dependencies) {
        this.attributes = attributes;
        this.dependencies = dependencies;
    }

    /** Those of a relation whose columns are the view's, and of its key, declared or found. */
    static ViewDependencies of(Relation rows, List<Integer> key) {
        Dependencies known =
                rows.dependencies().with(key.stream().map(rows::attribute).toList(), rows.attributes());
        if (rows.identity() != null) {
            known = known.with(rows.identity().stream().boxed().toList(), rows.attributes());
        }
        return new ViewDependencies(rows.attributes(), known);
    }

    /** The positions of all columns that those determine, themselves included. */
    public BitSet determinedBy(BitSet columns) {
        BitSet known = new BitSet();
        columns.stream().forEach(column -> known.set(attributes.get(column)));
        BitSet closure = dependencies.closure(known);
        BitSet determined = new BitSet();
        for (int column = 0; column < attributes.size(); column++) {
            if (closure.get(attributes.get(column))) {
                determined.set(column);
            }
        }
        return determined;
    }
}
