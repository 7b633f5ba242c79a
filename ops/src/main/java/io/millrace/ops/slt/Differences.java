package io.millrace.ops.slt;

import java.util.ArrayList;
import java.util.List;

/** Two lists of lines compared, as a small diff. */
final class Differences {
    /** More lines than these tell nobody anything. */
    private static final int SHOWN = 20;

    /** Longer lists are compared from both ends only, which takes no memory. */
    private static final int MAX_COMPARED = 1_000;

    private Differences() {}

    /** Lines that are missing, with -, and that are too many, with +; those around them with a blank. */
    static List<String> between(List<String> expected, List<String> actual) {
        int start = 0;
        while (start < Math.min(expected.size(), actual.size())
                && expected.get(start).equals(actual.get(start))) {
            start++;
        }
        int end = 0;
        while (end < Math.min(expected.size(), actual.size()) - start
                && expected.get(expected.size() - 1 - end).equals(actual.get(actual.size() - 1 - end))) {
            end++;
        }
        List<String> lines = new ArrayList<>();
        if (start > 0) {
            lines.add("  " + expected.get(start - 1));
        }
        lines.addAll(
                middle(expected.subList(start, expected.size() - end), actual.subList(start, actual.size() - end)));
        if (end > 0) {
            lines.add("  " + expected.get(expected.size() - end));
        }
        if (lines.size() <= SHOWN) {
            return lines;
        }
        List<String> shown = new ArrayList<>(lines.subList(0, SHOWN));
        shown.add("  ... " + (lines.size() - SHOWN) + " lines more");
        return shown;
    }

    private static List<String> middle(List<String> expected, List<String> actual) {
        List<String> lines = new ArrayList<>();
        if (expected.size() > MAX_COMPARED || actual.size() > MAX_COMPARED) {
            expected.forEach(line -> lines.add("- " + line));
            actual.forEach(line -> lines.add("+ " + line));
            return lines;
        }
        int[][] common = commonLengths(expected, actual);
        int i = 0;
        int j = 0;
        while (i < expected.size() || j < actual.size()) {
            boolean both = i < expected.size() && j < actual.size();
            if (both && expected.get(i).equals(actual.get(j))) {
                lines.add("  " + expected.get(i++));
                j++;
            } else if (j == actual.size() || (i < expected.size() && common[i + 1][j] >= common[i][j + 1])) {
                lines.add("- " + expected.get(i++));
            } else {
                lines.add("+ " + actual.get(j++));
            }
        }
        return lines;
    }

    /** At [i][j] how many lines the lists have in common from i and j on. */
    private static int[][] commonLengths(List<String> expected, List<String> actual) {
        int[][] common = new int[expected.size() + 1][actual.size() + 1];
        for (int i = expected.size() - 1; i >= 0; i--) {
            for (int j = actual.size() - 1; j >= 0; j--) {
                common[i][j] = expected.get(i).equals(actual.get(j))
                        ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        return common;
    }
}
