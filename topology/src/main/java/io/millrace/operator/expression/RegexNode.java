package io.millrace.operator.expression;

import java.util.List;
import java.util.function.IntPredicate;

/** A parsed regular expression. */
sealed interface RegexNode {
    /** One character of a set. */
    record Characters(IntPredicate set) implements RegexNode {}

    /** One after the other; of none, the empty text. */
    record Sequence(List<RegexNode> parts) implements RegexNode {}

    record Choice(List<RegexNode> branches) implements RegexNode {}

    /** From least to most times; most is {@link #UNBOUNDED} for no limit. */
    record Repetition(RegexNode node, int least, int most, Preference preference) implements RegexNode {
        static final int UNBOUNDED = -1;
    }

    /** What stands in parentheses: what is captured under that number, or under none if it is 0. */
    record Group(RegexNode node, int capture) implements RegexNode {}

    /** Whether a repetition would take more or less; {@code {3}} has no wish of its own. */
    enum Preference {
        LONGER,
        SHORTER,
        NONE
    }

    record Anchor(Place place) implements RegexNode {}

    /** What must, or must not, be matched by the text from here on, or up to here. */
    record Look(RegexNode node, boolean behind, boolean negative) implements RegexNode {}

    /** Where in a text an anchor holds. */
    enum Place {
        START,
        END,
        LINE_START,
        LINE_END,
        WORD_START,
        WORD_END,
        WORD_EDGE,
        NO_WORD_EDGE
    }
}
