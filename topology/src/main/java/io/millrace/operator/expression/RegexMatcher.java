package io.millrace.operator.expression;

import java.util.Arrays;
import java.util.IdentityHashMap;

/**
 * Finds a regular expression's matches in a text, and what it captures, as PostgreSQL's engine does: the match that begins
 * first, and of those the longest or the shortest, as the expression prefers; then the parts take in turn as much, or as
 * little, as leaves a match to the others. Immutable.
 */
final class RegexMatcher {
    private final RegexTree tree;
    private final int captures;

    private RegexMatcher(RegexTree tree, int captures) {
        this.tree = tree;
        this.captures = captures;
    }

    static RegexMatcher of(String pattern, RegexOptions options) {
        RegexNode node = RegexParser.parse(pattern, options);
        return new RegexMatcher(RegexTree.of(node), captures(node));
    }

    private static int captures(RegexNode node) {
        if (node instanceof RegexNode.Group group) {
            return Math.max(group.capture(), captures(group.node()));
        } else if (node instanceof RegexNode.Repetition repetition) {
            return captures(repetition.node());
        } else if (node instanceof RegexNode.Sequence sequence) {
            return sequence.parts().stream()
                    .mapToInt(RegexMatcher::captures)
                    .max()
                    .orElse(0);
        } else if (node instanceof RegexNode.Choice choice) {
            return choice.branches().stream()
                    .mapToInt(RegexMatcher::captures)
                    .max()
                    .orElse(0);
        }
        return 0;
    }

    /** How many parts are captured. */
    int captures() {
        return captures;
    }

    /** The matches in a text. */
    Matches in(String text) {
        return new Matches(RegularExpression.codePoints(text));
    }

    /** The matches in one text, one after the other. Places are those of characters. */
    final class Matches {
        private final int[] text;
        private final IdentityHashMap<RegexTree, RegularExpression.Run> runs = new IdentityHashMap<>();
        private final int[] starts = new int[captures + 1];
        private final int[] ends = new int[captures + 1];

        private Matches(int[] text) {
            this.text = text;
        }

        int length() {
            return text.length;
        }

        /** How many are captured, the match itself among them. */
        int captures() {
            return starts.length;
        }

        /** Where the match, or what is captured under a number, begins; negative where nothing is. */
        int start(int capture) {
            return starts[capture];
        }

        int end(int capture) {
            return ends[capture];
        }

        /** What is captured under a number, or under 0 the match; null where nothing is. */
        String captured(int capture) {
            return starts[capture] < 0 ? null : part(starts[capture], ends[capture]);
        }

        /** A part of the text. */
        String part(int from, int to) {
            return new String(text, from, to - from);
        }

        /** Whether there is a match that begins at a place or behind it; it is then the present one. */
        boolean find(int from) {
            if (from > text.length) {
                return false;
            }
            int close = run(tree).firstEnd(from, true, from, text.length);
            if (close < 0) {
                return false;
            }
            int begin = from - 1;
            int end = -1;
            while (end < 0 && begin < close) {
                begin++;
                end = tree.prefersShorter()
                        ? run(tree).firstEnd(begin, false, begin, text.length)
                        : run(tree).longest(begin, text.length);
            }
            Arrays.fill(starts, -1);
            Arrays.fill(ends, -1);
            if (captures > 0 && !dissect(tree, begin, end)) {
                throw new IllegalStateException("a match without its parts");
            }
            starts[0] = begin;
            ends[0] = end;
            return true;
        }

        private RegularExpression.Run run(RegexTree part) {
            return runs.computeIfAbsent(part, any -> part.automaton().new Run(text));
        }

        /** Finds the captures of a part that matches a stretch of the text; whether it does with all of its parts. */
        private boolean dissect(RegexTree part, int begin, int end) {
            boolean matches =
                    switch (part.kind()) {
                        case STRETCH -> true;
                        case PAIR -> dissectPair(part, begin, end);
                        case CHOICE -> dissectChoice(part, begin, end);
                        case CAPTURE -> dissect(part.children().get(0), begin, end);
                        case REPETITION -> new Repeated(part, begin, end).dissect();
                    };
            if (matches && part.capture() > 0) {
                starts[part.capture()] = begin;
                ends[part.capture()] = end;
            }
            return matches;
        }

        private boolean dissectPair(RegexTree part, int begin, int end) {
            RegexTree first = part.children().get(0);
            RegexTree second = part.children().get(1);
            boolean shorter = first.prefersShorter();
            int middle = shorter
                    ? run(first).firstEnd(begin, false, begin, end)
                    : run(first).longest(begin, end);
            while (middle >= 0) {
                if (run(second).longest(middle, end) == end && dissect(first, begin, middle)) {
                    if (dissect(second, middle, end)) {
                        return true;
                    }
                    forget(first);
                }
                if (middle == (shorter ? end : begin)) {
                    return false;
                }
                middle = shorter
                        ? run(first).firstEnd(begin, false, middle + 1, end)
                        : run(first).longest(begin, middle - 1);
            }
            return false;
        }

        private boolean dissectChoice(RegexTree part, int begin, int end) {
            for (RegexTree branch : part.children()) {
                if (run(branch).longest(begin, end) == end && dissect(branch, begin, end)) {
                    return true;
                }
            }
            return false;
        }

        private void forget(RegexTree part) {
            starts[part.capture()] = -1;
            ends[part.capture()] = -1;
            part.children().forEach(this::forget);
        }

        /** The division of a stretch among the repetitions of one part. */
        private final class Repeated {
            private final RegexTree part;
            private final RegexTree child;
            private final int end;
            private final int least;
            private final int most;
            private final int[] ends;
            private int verified;

            Repeated(RegexTree part, int begin, int end) {
                this.part = part;
                this.child = part.children().get(0);
                this.end = end;
                this.least = Math.max(part.least(), 1);
                int fitting = part.most() == RegexNode.Repetition.UNBOUNDED
                        ? end - begin
                        : Math.min(end - begin, part.most());
                this.most = Math.max(fitting, least);
                this.ends = new int[most + 1];
                ends[0] = begin;
            }

            boolean dissect() {
                boolean emptyAllowed = part.least() == 0 && ends[0] == end;
                if (child.prefersShorter()) {
                    return emptyAllowed || shortestFirst();
                }
                return longestFirst() || emptyAllowed;
            }

            private boolean longestFirst() {
                int count = 1;
                int limit = end;
                while (count > 0) {
                    ends[count] = run(child).longest(ends[count - 1], limit);
                    if (ends[count] < 0) {
                        count--;
                    } else {
                        verified = Math.min(verified, count - 1);
                        boolean needless = ends[count] == ends[count - 1] && !emptyIsNeeded(count, ends[count]);
                        if (ends[count] == end && count >= least) {
                            int failed = verify(count);
                            if (failed == 0) {
                                return true;
                            }
                            count = failed;
                        } else if (ends[count] != end && count >= most) {
                            count--;
                        } else if (ends[count] != end && !needless) {
                            count++;
                            limit = end;
                            continue;
                        }
                    }
                    while (count > 0 && !canBeShortened(count)) {
                        count--;
                    }
                    if (count > 0) {
                        limit = ends[count] - 1;
                    }
                }
                return false;
            }

            private boolean canBeShortened(int count) {
                int before = ends[count - 1];
                return ends[count] > before
                        && (ends[count] - 1 > before || count < least && least - count >= end - before);
            }

            /** Whether a repetition must match nothing, so that there are enough. */
            private boolean emptyIsNeeded(int count, int at) {
                return count < least && least - count >= end - at;
            }

            private boolean shortestFirst() {
                int count = 1;
                int limit = ends[0];
                while (count > 0) {
                    if (limit == ends[count - 1] && limit != end && !emptyIsNeeded(count, limit)) {
                        limit++;
                    }
                    if (count >= most) {
                        limit = end;
                    }
                    ends[count] = run(child).firstEnd(ends[count - 1], false, limit, end);
                    if (ends[count] < 0) {
                        count--;
                    } else {
                        verified = Math.min(verified, count - 1);
                        if (ends[count] != end && count >= most) {
                            count--;
                        } else if (ends[count] != end) {
                            count++;
                            limit = ends[count - 1];
                            continue;
                        } else if (count >= least) {
                            int failed = verify(count);
                            if (failed == 0) {
                                return true;
                            }
                            count = failed;
                        }
                    }
                    while (count > 0 && ends[count] >= end) {
                        count--;
                    }
                    if (count > 0) {
                        limit = ends[count] + 1;
                    }
                }
                return false;
            }

            /** Looks into each repetition; the number of the first that fails, or 0. */
            private int verify(int count) {
                for (int i = verified + 1; i <= count; i++) {
                    forget(child);
                    if (!Matches.this.dissect(child, ends[i - 1], ends[i])) {
                        return i;
                    }
                    verified = i;
                }
                return 0;
            }
        }
    }
}
