package io.millrace.operator.expression;

import io.millrace.operator.expression.RegexNode.Preference;
import io.millrace.operator.expression.RegexNode.Repetition;
import java.util.ArrayList;
import java.util.List;

/**
 * A regular expression as what decides on its captures: parts that are looked into, and stretches that hold nothing of
 * interest, each of which is one automaton. PostgreSQL's engine, by Henry Spencer, divides an expression so, and which of
 * several matches is taken depends on the division: the first repetition of a branch that prefers more or less decides for
 * the branch, a choice prefers more, and where both are preferred the parts choose one after the other.
 */
final class RegexTree {
    /** What a part is. */
    enum Kind {
        /** Nothing within is looked at. */
        STRETCH,
        /** Two children, one behind the other. */
        PAIR,
        CHOICE,
        /** One child, as often as it must and may. */
        REPETITION,
        /** One child, captured once more. */
        CAPTURE
    }

    private static final int LONGER = 1;
    private static final int SHORTER = 2;
    private static final int MIXED = 4;
    private static final int CAPTURING = 8;
    private static final int PREFERENCE = LONGER | SHORTER;
    private static final int LOOKED_INTO = MIXED | CAPTURING;

    private final Kind kind;
    private final int flags;
    private final int capture;
    private final int least;
    private final int most;
    private final List<RegexTree> children;
    private final RegexNode node;
    private final RegularExpression automaton;

    private RegexTree(
            Kind kind, int flags, int capture, int least, int most, List<RegexTree> children, RegexNode node) {
        this.kind = kind;
        this.flags = flags;
        this.capture = capture;
        this.least = least;
        this.most = most;
        this.children = List.copyOf(children);
        this.node = node;
        this.automaton = new RegularExpression(node);
    }

    /** The parts of an expression. */
    static RegexTree of(RegexNode node) {
        return choice(node);
    }

    Kind kind() {
        return kind;
    }

    /** The number under which it is captured; 0 if it is not. */
    int capture() {
        return capture;
    }

    int least() {
        return least;
    }

    /** {@link Repetition#UNBOUNDED} for no limit. */
    int most() {
        return most;
    }

    List<RegexTree> children() {
        return children;
    }

    /** What matches all of it. */
    RegularExpression automaton() {
        return automaton;
    }

    /** Whether it would match as little as it can. */
    boolean prefersShorter() {
        return (flags & SHORTER) != 0;
    }

    private boolean isPlainStretch() {
        return kind == Kind.STRETCH && capture == 0;
    }

    private static int propagated(int flags) {
        boolean both = (flags & PREFERENCE) == PREFERENCE;
        return flags & LOOKED_INTO | (both ? MIXED : 0);
    }

    private static int combined(int first, int second) {
        int preference = (first & PREFERENCE) != 0 ? first & PREFERENCE : second & PREFERENCE;
        return propagated(first | second) | preference;
    }

    private static boolean mustBeLookedInto(int flags) {
        return (flags & LOOKED_INTO) != 0;
    }

    private static RegexTree stretch(int flags, RegexNode node) {
        return new RegexTree(Kind.STRETCH, flags, 0, 1, 1, List.of(), node);
    }

    private static RegexTree pair(int flags, RegexTree first, RegexTree second) {
        RegexNode node = new RegexNode.Sequence(List.of(first.node, second.node));
        return new RegexTree(Kind.PAIR, flags, 0, 1, 1, List.of(first, second), node);
    }

    private static RegexTree captured(RegexTree inner, int capture) {
        return inner.capture == 0
                ? new RegexTree(
                        inner.kind,
                        inner.flags | CAPTURING,
                        capture,
                        inner.least,
                        inner.most,
                        inner.children,
                        inner.node)
                : new RegexTree(Kind.CAPTURE, inner.flags | CAPTURING, capture, 1, 1, List.of(inner), inner.node);
    }

    private static RegexTree choice(RegexNode node) {
        if (!(node instanceof RegexNode.Choice choice)) {
            return branch(itemsOf(node));
        }
        int flags = LONGER;
        List<RegexTree> branches = new ArrayList<>();
        for (RegexNode each : choice.branches()) {
            RegexTree branch = branch(itemsOf(each));
            flags |= propagated(flags | branch.flags);
            branches.add(branch);
        }
        return mustBeLookedInto(flags)
                ? new RegexTree(Kind.CHOICE, flags, 0, 1, 1, branches, node)
                : stretch(flags, node);
    }

    private static List<RegexNode> itemsOf(RegexNode node) {
        return node instanceof RegexNode.Sequence sequence ? sequence.parts() : List.of(node);
    }

    /** A branch: all up to the first item that must be looked into is one stretch. */
    private static RegexTree branch(List<RegexNode> items) {
        int flags = 0;
        List<RegexNode> before = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            RegexNode item = items.get(i);
            Repetition repetition =
                    item instanceof Repetition repeated ? repeated : new Repetition(item, 1, 1, Preference.NONE);
            if (repetition.most() == 0) {
                continue;
            }
            RegexNode.Group group = repetition.node() instanceof RegexNode.Group grouped ? grouped : null;
            RegexTree inner = group == null ? null : choice(group.node());
            int together = flags | preference(repetition) | (inner == null ? 0 : inner.flags);
            boolean captures = group != null && group.capture() > 0;
            if (captures || mustBeLookedInto(propagated(together))) {
                RegexTree atom = inner == null ? stretch(0, repetition.node()) : inner;
                RegexTree numbered = captures ? captured(atom, group.capture()) : atom;
                return divided(
                        stretch(flags, new RegexNode.Sequence(before)),
                        before.isEmpty(),
                        repetition,
                        numbered,
                        items.subList(i + 1, items.size()));
            }
            flags = together;
            before.add(item);
        }
        return stretch(flags, new RegexNode.Sequence(before));
    }

    private static int preference(Repetition repetition) {
        return switch (repetition.preference()) {
            case LONGER -> LONGER;
            case SHORTER -> SHORTER;
            case NONE -> 0;
        };
    }

    /** What stands before an item that must be looked into, the item, and the rest of the branch. */
    private static RegexTree divided(
            RegexTree before, boolean nothingBefore, Repetition repetition, RegexTree atom, List<RegexNode> rest) {
        RegexTree repeated = repeated(repetition, atom);
        if (rest.isEmpty()) {
            int flags = before.flags | combined(before.flags, repeated.flags);
            return nothingBefore ? repeated : pair(flags, before, repeated);
        }
        RegexTree behind = branch(rest);
        int own = combined(preference(repetition), atom.flags);
        int flags = own | combined(own, behind.flags);
        int all = before.flags | combined(before.flags, flags);
        if (nothingBefore) {
            return pair(all, repeated, behind);
        }
        boolean plain = repeated.isPlainStretch()
                && behind.isPlainStretch()
                && !mustBeLookedInto(propagated(repeated.flags | behind.flags));
        return pair(
                all,
                before,
                plain
                        ? stretch(
                                combined(repeated.flags, behind.flags),
                                new RegexNode.Sequence(List.of(repeated.node, behind.node)))
                        : pair(flags, repeated, behind));
    }

    private static RegexTree repeated(Repetition repetition, RegexTree atom) {
        int preference = preference(repetition);
        int ofAtom = atom.flags & (PREFERENCE | MIXED);
        int least = repetition.least();
        int most = repetition.most();
        if (least == 1 && most == 1 && (preference == 0 || ofAtom == 0 || preference == ofAtom)) {
            return atom;
        }
        int flags = combined(preference, atom.flags);
        RegexNode all = new Repetition(atom.node, least, most, repetition.preference());
        if ((atom.flags & CAPTURING) == 0) {
            return stretch(flags, all);
        }
        if (least == 0) {
            return new RegexTree(Kind.REPETITION, flags, 0, least, most, List.of(atom), all);
        }
        // Only the last time is captured.
        int more = most == Repetition.UNBOUNDED ? most : most - 1;
        RegexNode earlier = new Repetition(atom.node, least - 1, more, repetition.preference());
        return pair(flags, stretch(flags & PREFERENCE, earlier), atom);
    }
}
