package io.millrace.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Aligned columns under their names. */
final class TextTable {
    private TextTable() {}

    static void print(PrintWriter out, List<String> columns, List<List<String>> rows) {
        int[] widths = IntStream.range(0, columns.size())
                .map(i -> Math.max(
                        width(columns.get(i)),
                        rows.stream().mapToInt(row -> width(row.get(i))).max().orElse(0)))
                .toArray();
        out.println(line(columns, widths));
        out.println(
                IntStream.of(widths).mapToObj(width -> "-".repeat(width + 2)).collect(Collectors.joining("+")));
        rows.forEach(row -> out.println(line(row, widths)));
    }

    private static String line(List<String> cells, int[] widths) {
        String line = IntStream.range(0, widths.length)
                .mapToObj(i -> " " + cells.get(i) + " ".repeat(widths[i] - width(cells.get(i)) + 1))
                .collect(Collectors.joining("|"));
        return line.stripTrailing();
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }
}
