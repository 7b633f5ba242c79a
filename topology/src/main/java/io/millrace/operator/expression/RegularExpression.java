package io.millrace.operator.expression;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A regular expression as a nondeterministic automaton, all of whose states are followed at once: a match takes at most
 * text times states steps, whatever the expression. Immutable and thread-safe. After Thompson, "Regular expression search
 * algorithm" (1968).
 */
final class RegularExpression {
    private static final int MAX_INSTRUCTIONS = 100_000;

    /** An instruction; where it does not say otherwise, the next follows. */
    private sealed interface Instruction {}

    private record Take(IntPredicate set) implements Instruction {}

    private record Fork(int first, int second) implements Instruction {}

    private record Jump(int target) implements Instruction {}

    private record Check(RegexNode.Place place) implements Instruction {}

    private record LookAround(RegularExpression inner, boolean behind, boolean negative) implements Instruction {}

    private record Accept() implements Instruction {}

    private final Instruction[] program;

    RegularExpression(RegexNode node) {
        List<Instruction> instructions = new ArrayList<>();
        emit(node, instructions);
        instructions.add(new Accept());
        this.program = instructions.toArray(Instruction[]::new);
    }

    /** The expression, ready to match. */
    static RegularExpression of(String pattern, RegexOptions options) {
        return new RegularExpression(RegexParser.parse(pattern, options));
    }

    private static void emit(RegexNode node, List<Instruction> out) {
        if (out.size() > MAX_INSTRUCTIONS) {
            throw RegexParser.invalid("regular expression is too complex");
        }
        if (node instanceof RegexNode.Characters characters) {
            out.add(new Take(characters.set()));
        } else if (node instanceof RegexNode.Sequence sequence) {
            sequence.parts().forEach(part -> emit(part, out));
        } else if (node instanceof RegexNode.Group group) {
            emit(group.node(), out);
        } else if (node instanceof RegexNode.Choice choice) {
            emitChoice(choice.branches(), out);
        } else if (node instanceof RegexNode.Repetition repetition) {
            emitRepetition(repetition, out);
        } else if (node instanceof RegexNode.Anchor anchor) {
            out.add(new Check(anchor.place()));
        } else if (node instanceof RegexNode.Look look) {
            out.add(new LookAround(new RegularExpression(look.node()), look.behind(), look.negative()));
        }
    }

    private static void emitChoice(List<RegexNode> branches, List<Instruction> out) {
        List<Integer> ends = new ArrayList<>();
        for (int i = 0; i < branches.size() - 1; i++) {
            int fork = reserve(out);
            emit(branches.get(i), out);
            ends.add(reserve(out));
            out.set(fork, new Fork(fork + 1, out.size()));
        }
        emit(branches.get(branches.size() - 1), out);
        ends.forEach(end -> out.set(end, new Jump(out.size())));
    }

    private static void emitRepetition(RegexNode.Repetition repetition, List<Instruction> out) {
        for (int i = 0; i < repetition.least(); i++) {
            emit(repetition.node(), out);
        }
        if (repetition.most() == RegexNode.Repetition.UNBOUNDED) {
            int fork = reserve(out);
            emit(repetition.node(), out);
            out.add(new Jump(fork));
            out.set(fork, new Fork(fork + 1, out.size()));
            return;
        }
        List<Integer> forks = new ArrayList<>();
        for (int i = repetition.least(); i < repetition.most(); i++) {
            forks.add(reserve(out));
            emit(repetition.node(), out);
        }
        forks.forEach(fork -> out.set(fork, new Fork(fork + 1, out.size())));
    }

    private static int reserve(List<Instruction> out) {
        out.add(null);
        return out.size() - 1;
    }

    /** Whether some part of the text matches. */
    boolean find(String text) {
        return new Run(codePoints(text)).reaches(0, true, -1);
    }

    /** A text's characters. */
    static int[] codePoints(String text) {
        int[] codePoints = new int[text.length()];
        int count = 0;
        for (int i = 0; i < text.length(); count++) {
            codePoints[count] = text.codePointAt(i);
            i += Character.charCount(codePoints[count]);
        }
        return count == codePoints.length ? codePoints : Arrays.copyOf(codePoints, count);
    }

    /** The states that are reached while a text is read. One of several readings follows the other. */
    final class Run {
        private final int[] text;
        private int[] current = new int[program.length];
        private int[] next = new int[program.length];
        private int currentCount;
        private int nextCount;
        /** Per instruction, the step in which it was last reached. */
        private final int[] reached = new int[program.length];

        private int step;
        private int[] pending = new int[8];

        Run(int[] text) {
            this.text = text;
            Arrays.fill(reached, -1);
        }

        /**
         * Whether a match begins at a place, or at any from there on, and ends at a given place, or at any if that is
         * negative.
         */
        boolean reaches(int from, boolean anywhere, int end) {
            return firstEnd(from, anywhere, end < 0 ? from : end, end < 0 ? text.length : end) >= 0;
        }

        /** The last place, not behind a given one, at which a match ends that begins at a place; negative for none. */
        int longest(int from, int limit) {
            int last = begin(from) ? from : -1;
            for (int at = from; at < limit && nextCount > 0; ) {
                int codePoint = text[at++];
                swap();
                last = advance(codePoint, at) ? at : last;
            }
            return last;
        }

        /**
         * The first place of a range at which a match ends that begins at a place; negative for none.
         *
         * @param anywhere whether it may also begin behind that place
         */
        int firstEnd(int from, boolean anywhere, int least, int most) {
            boolean accepted = begin(from);
            for (int at = from; ; ) {
                if (accepted && at >= least) {
                    return at;
                }
                if (at >= most || nextCount == 0 && !anywhere) {
                    return -1;
                }
                int codePoint = text[at++];
                swap();
                accepted = advance(codePoint, at);
                if (anywhere) {
                    accepted |= add(0, at);
                }
            }
        }

        private boolean begin(int at) {
            nextCount = 0;
            step++;
            return add(0, at);
        }

        private void swap() {
            int[] old = current;
            current = next;
            next = old;
            currentCount = nextCount;
            nextCount = 0;
            step++;
        }

        private boolean advance(int codePoint, int at) {
            boolean accepted = false;
            for (int i = 0; i < currentCount; i++) {
                if (((Take) program[current[i]]).set.test(codePoint)) {
                    accepted |= add(current[i] + 1, at);
                }
            }
            return accepted;
        }

        /** Adds what can be reached from an instruction without reading on; whether that is the end. */
        private boolean add(int instruction, int at) {
            boolean accepted = false;
            int count = push(0, instruction);
            while (count > 0) {
                int index = pending[--count];
                if (reached[index] == step) {
                    continue;
                }
                reached[index] = step;
                Instruction reachedNow = program[index];
                if (reachedNow instanceof Take) {
                    next[nextCount++] = index;
                } else if (reachedNow instanceof Fork fork) {
                    count = push(push(count, fork.second), fork.first);
                } else if (reachedNow instanceof Jump jump) {
                    count = push(count, jump.target);
                } else if (reachedNow instanceof Accept) {
                    accepted = true;
                } else if (holds(reachedNow, at)) {
                    count = push(count, index + 1);
                }
            }
            return accepted;
        }

        private int push(int count, int index) {
            if (count == pending.length) {
                pending = Arrays.copyOf(pending, count * 2);
            }
            pending[count] = index;
            return count + 1;
        }

        private boolean holds(Instruction condition, int at) {
            if (condition instanceof LookAround look) {
                RegularExpression inner = look.inner;
                boolean found = look.behind
                        ? inner.new Run(text).reaches(0, true, at)
                        : inner.new Run(text).reaches(at, false, -1);
                return found != look.negative;
            }
            boolean before = at > 0 && CharacterClass.WORD.contains(text[at - 1]);
            boolean after = at < text.length && CharacterClass.WORD.contains(text[at]);
            return switch (((Check) condition).place) {
                case START -> at == 0;
                case END -> at == text.length;
                case LINE_START -> at == 0 || text[at - 1] == '\n';
                case LINE_END -> at == text.length || text[at] == '\n';
                case WORD_START -> !before && after;
                case WORD_END -> before && !after;
                case WORD_EDGE -> before != after;
                case NO_WORD_EDGE -> before == after;
            };
        }
    }
}
