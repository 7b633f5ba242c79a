package io.millrace.plan;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;

/**
 * Functional dependencies between attributes: sets that determine others. An attribute is a number that stands for one
 * column of one relation in a plan; it keeps its meaning in every node above, whether or not the node still carries the
 * column, so that what is known about dropped columns helps to find keys. Immutable.
 *
 * <p>Closure by Armstrong's axioms, see Abiteboul, Hull, Vianu: Foundations of Databases, chapter 8.
 */
final class Dependencies {
    static final Dependencies NONE = new Dependencies(List.of());

    private record Dependency(BitSet determinant, BitSet dependent) {}

    private final List<Dependency> dependencies;

    private Dependencies(List<Dependency> dependencies) {
        this.dependencies = dependencies;
    }

    /** These and that one: equal values of all of {@code determinant} mean equal values of all of {@code dependent}. */
    Dependencies with(Collection<Integer> determinant, Collection<Integer> dependent) {
        List<Dependency> more = new ArrayList<>(dependencies);
        more.add(new Dependency(bits(determinant), bits(dependent)));
        return new Dependencies(more);
    }

    /** These and all of the other. */
    Dependencies with(Dependencies other) {
        List<Dependency> more = new ArrayList<>(dependencies);
        more.addAll(other.dependencies);
        return new Dependencies(more);
    }

    /** Two attributes that are equal in every row. */
    Dependencies withEqual(int first, int second) {
        return with(List.of(first), List.of(second)).with(List.of(second), List.of(first));
    }

    /**
     * What still holds when rows of NULLs alone are added, as an outer join does: dependencies with an attribute on the left
     * that is never NULL in a real row, so that no real row can be taken for an added one.
     */
    Dependencies afterPadding(BitSet neverNull) {
        List<Dependency> kept = new ArrayList<>();
        for (Dependency dependency : dependencies) {
            if (dependency.determinant.intersects(neverNull)) {
                kept.add(dependency);
            }
        }
        return new Dependencies(kept);
    }

    /** Every attribute that those determine, themselves included. */
    BitSet closure(BitSet attributes) {
        BitSet closure = (BitSet) attributes.clone();
        boolean grown = true;
        while (grown) {
            grown = false;
            for (Dependency dependency : dependencies) {
                if (contains(closure, dependency.determinant) && !contains(closure, dependency.dependent)) {
                    closure.or(dependency.dependent);
                    grown = true;
                }
            }
        }
        return closure;
    }

    /** Whether those determine all of the others. */
    boolean determine(Collection<Integer> attributes, BitSet others) {
        return contains(closure(bits(attributes)), others);
    }

    /**
     * A least subset of the candidates that, with those already given, determines all of the target; earlier candidates are
     * preferred. Null if all candidates together do not.
     */
    List<Integer> least(List<Integer> candidates, Collection<Integer> given, BitSet target) {
        List<Integer> chosen = new ArrayList<>(candidates);
        if (!determineWith(chosen, given, target)) {
            return null;
        }
        for (int i = chosen.size() - 1; i >= 0; i--) {
            Integer dropped = chosen.remove(i);
            if (!determineWith(chosen, given, target)) {
                chosen.add(i, dropped);
            }
        }
        return chosen;
    }

    private boolean determineWith(List<Integer> chosen, Collection<Integer> given, BitSet target) {
        BitSet start = bits(chosen);
        start.or(bits(given));
        return contains(closure(start), target);
    }

    static BitSet bits(Collection<Integer> attributes) {
        BitSet bits = new BitSet();
        attributes.forEach(bits::set);
        return bits;
    }

    private static boolean contains(BitSet all, BitSet some) {
        BitSet missing = (BitSet) some.clone();
        missing.andNot(all);
        return missing.isEmpty();
    }
}
