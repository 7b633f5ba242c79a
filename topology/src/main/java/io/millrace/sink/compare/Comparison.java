package io.millrace.sink.compare;

import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Compares two sides. Each computes checksums of ranges of keys; ranges that differ are parted further while they have very many
 * rows, and then their rows are fetched and compared. Where few rows differ, few are fetched.
 *
 * <p>A row that is being moved from shard to shard may lie on two: the source has it twice, and the target rightly has either.
 */
public final class Comparison {
    /** So many digits more name the ranges within a range: 4,096 of them. */
    private static final int STEP_DIGITS = 3;

    private static final int ALL_DIGITS = 32;

    private final ComparedRows source;
    private final ComparedRows target;
    private final long mostFetched;
    private final int mostDifferences;

    /**
     * What a comparison found.
     *
     * @param rows how many rows the source has
     * @param fetched how many rows of both sides were fetched
     * @param more whether there may be more differences, as it ended early
     * @param differences those that were found, by their keys' digests
     */
    public record Result(long rows, long fetched, boolean more, Map<String, RowDifference> differences) {}

    /**
     * A comparison of those sides.
     *
     * @param mostFetched so many rows are fetched at a time, of either side, about
     * @param mostDifferences with so many it ends
     */
    public Comparison(ComparedRows source, ComparedRows target, long mostFetched, int mostDifferences) {
        this.source = source;
        this.target = target;
        this.mostFetched = mostFetched;
        this.mostDifferences = mostDifferences;
    }

    /** Ranges to fetch, all named by as many digits. */
    private record Portion(List<String> ranges, long rows) {}

    /** Compares all rows. */
    public Result all() throws SQLException {
        Deque<Portion> open = new ArrayDeque<>();
        long rows = part(STEP_DIGITS, List.of(""), open);
        Map<String, RowDifference> differences = new LinkedHashMap<>();
        long fetched = 0;
        while (!open.isEmpty() && differences.size() < mostDifferences) {
            Portion portion = open.poll();
            int digits = portion.ranges.get(0).length();
            if (portion.rows > mostFetched && digits + STEP_DIGITS < ALL_DIGITS) {
                part(digits + STEP_DIGITS, portion.ranges, open);
            } else {
                differences.putAll(differences(portion.ranges));
                fetched += portion.rows;
            }
        }
        return new Result(rows, fetched, !open.isEmpty(), differences);
    }

    /** Compares the rows of keys again. */
    public Map<String, RowDifference> again(Collection<String> keyDigests) throws SQLException {
        return keyDigests.isEmpty() ? Map.of() : differences(keyDigests);
    }

    /** Parts ranges, and opens those within them that differ; returns how many rows the source has there. */
    private long part(int digits, List<String> ranges, Deque<Portion> open) throws SQLException {
        Map<String, Checksum> ofSource = source.checksums(digits, ranges);
        Map<String, Checksum> ofTarget = target.checksums(digits, ranges);
        Set<String> names = new TreeSet<>(ofSource.keySet());
        names.addAll(ofTarget.keySet());
        List<String> together = new ArrayList<>();
        long rowsTogether = 0;
        for (String name : names) {
            Checksum one = ofSource.getOrDefault(name, Checksum.NONE);
            Checksum other = ofTarget.getOrDefault(name, Checksum.NONE);
            if (!one.equals(other)) {
                long rows = Math.max(one.rows(), other.rows());
                if (!together.isEmpty() && rowsTogether + rows > mostFetched) {
                    open.add(new Portion(List.copyOf(together), rowsTogether));
                    together.clear();
                    rowsTogether = 0;
                }
                together.add(name);
                rowsTogether += rows;
            }
        }
        if (!together.isEmpty()) {
            open.add(new Portion(List.copyOf(together), rowsTogether));
        }
        return ofSource.values().stream().mapToLong(Checksum::rows).sum();
    }

    private Map<String, RowDifference> differences(Collection<String> ranges) throws SQLException {
        Map<String, List<List<String>>> ofSource = byKey(source.rows(ranges));
        Map<String, List<List<String>>> ofTarget = byKey(target.rows(ranges));
        Set<String> keys = new TreeSet<>(ofSource.keySet());
        keys.addAll(ofTarget.keySet());
        Map<String, RowDifference> differences = new TreeMap<>();
        for (String key : keys) {
            List<List<String>> expected = ofSource.getOrDefault(key, List.of());
            List<List<String>> actual = ofTarget.getOrDefault(key, List.of());
            boolean equal = actual.isEmpty() ? expected.isEmpty() : expected.containsAll(actual);
            if (!equal) {
                differences.put(
                        key,
                        new RowDifference(
                                key,
                                expected.stream().findFirst(),
                                actual.stream().findFirst()));
            }
        }
        return differences;
    }

    private static Map<String, List<List<String>>> byKey(List<ComparedRow> rows) {
        Map<String, List<List<String>>> byKey = new HashMap<>();
        rows.forEach(row -> byKey.computeIfAbsent(row.keyDigest(), any -> new ArrayList<>(1))
                .add(row.values()));
        return byKey;
    }
}
