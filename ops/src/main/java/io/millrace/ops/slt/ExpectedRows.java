package io.millrace.ops.slt;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The rows that a query of a test must give, compared with those that it gave. Runs of blanks count as one. */
final class ExpectedRows {
    private static final Pattern HASH = Pattern.compile("\\d+ values hashing to [0-9a-f]{32}");

    private final SltRecord.Query query;

    ExpectedRows(SltRecord.Query query) {
        this.query = query;
    }

    /** What differs, as lines with - and +; none when the answer is right. */
    List<String> differences(Answer answer) {
        List<String> expected =
                query.results().stream().map(ExpectedRows::oneBlank).toList();
        if (Stream.of(Rendering.values()).anyMatch(rendering -> fits(expected, answer, rendering))) {
            return List.of();
        }
        List<List<String>> rows = Rendering.POSTGRES.rows(answer, query.types());
        return Differences.between(ordered(expected), ordered(lines(rows, valuewise(expected, answer))));
    }

    private boolean fits(List<String> expected, Answer answer, Rendering rendering) {
        List<List<String>> rows = rendering.rows(answer, query.types());
        if (expected.size() == 1 && HASH.matcher(expected.get(0)).matches()) {
            return expected.get(0).equals(hash(rows));
        }
        return ordered(expected).equals(ordered(lines(rows, valuewise(expected, answer))));
    }

    /** SQLite's files have a value a line. */
    private boolean valuewise(List<String> expected, Answer answer) {
        int columns = answer.columns().size();
        return query.sort() == SortMode.VALUESORT
                || (columns > 1 && expected.size() == answer.rows().size() * columns);
    }

    private List<String> lines(List<List<String>> rows, boolean valuewise) {
        if (!valuewise) {
            return rows.stream().map(row -> oneBlank(String.join(" ", row))).toList();
        }
        List<List<String>> ordered = query.sort() == SortMode.ROWSORT
                ? rows.stream()
                        .sorted((a, b) -> String.join(" ", a).compareTo(String.join(" ", b)))
                        .toList()
                : rows;
        return ordered.stream()
                .flatMap(List::stream)
                .map(ExpectedRows::oneBlank)
                .toList();
    }

    private List<String> ordered(List<String> lines) {
        return query.sort() == SortMode.NOSORT ? lines : lines.stream().sorted().toList();
    }

    /** The digest that a file may have in place of many values. */
    private String hash(List<List<String>> rows) {
        List<String> values = lines(rows, true);
        List<String> hashed = query.sort() == SortMode.VALUESORT ? ordered(values) : values;
        try {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            hashed.forEach(value -> digest.update((value + "\n").getBytes(StandardCharsets.UTF_8)));
            return values.size() + " values hashing to " + HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }

    private static String oneBlank(String line) {
        return line.strip().replaceAll("\\s+", " ");
    }
}
