package io.millrace.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Column;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.SourceChange;
import io.millrace.row.SourceChange.Kind;
import io.millrace.row.SourceChange.Unkeyed;
import io.millrace.schemas.ChangePosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class UnkeyedScanOperatorTest {
    private static final PlanNode.Scan SCAN = new PlanNode.Scan(
            new Table(
                    "public",
                    "logs",
                    List.of(new Column("line", SqlType.TEXT, true)),
                    List.of(),
                    List.of(),
                    new Table.Captured("app.logs", true),
                    null),
            List.of(0));
    private static final long RETAIN_MICROS = Duration.ofHours(24).toNanos() / 1000;
    private static final long SECOND_MICROS = 1_000_000;

    private final MemoryState rows = new MemoryState();
    private final MemoryState transactions = new MemoryState();
    private final Map<Row, Long> shown = new HashMap<>();
    private int duplicates;
    private long clock = 10_000;
    private UnkeyedScanOperator scan = scan();

    /** A scan whose state is that of the last one, as after a restart. */
    private UnkeyedScanOperator scan() {
        return new UnkeyedScanOperator(SCAN, rows, transactions, new ScanCounters() {
            @Override
            public void duplicate() {
                duplicates++;
            }

            @Override
            public void valueLost() {
                throw new AssertionError("no value is ever left out");
            }
        });
    }

    private static Row row(String line) {
        return Row.of(line);
    }

    private static SourceChange change(
            String before, String after, long transaction, long position, long ordinal, long atMicros) {
        Row from = before == null ? null : row(before);
        Row to = after == null ? null : row(after);
        return new SourceChange(
                to == null,
                null,
                to,
                null,
                new Origin("s1", ChangePosition.streamed(position), atMicros),
                new Unkeyed(Kind.CHANGE, from, transaction, ordinal));
    }

    private static SourceChange snapshot(String line, long position, long atMicros, boolean last) {
        return new SourceChange(
                false,
                null,
                row(line),
                null,
                new Origin("s1", ChangePosition.snapshot(position), atMicros),
                new Unkeyed(last ? Kind.SNAPSHOT_END : Kind.SNAPSHOT, null, 0, 0));
    }

    private static SourceChange truncation(long transaction, long position) {
        return new SourceChange(
                true,
                null,
                null,
                null,
                new Origin("s1", position, transaction),
                new Unkeyed(Kind.TRUNCATION, null, transaction, 0));
    }

    private ScanOutcome apply(SourceChange change) {
        Output output = new Output();
        ScanOutcome outcome = scan.apply(change, output);
        output.deltas().forEach(this::show);
        return outcome;
    }

    private void sweep(int limit) {
        Output output = new Output();
        scan.sweep(limit, output);
        output.deltas().forEach(this::show);
    }

    private void show(Delta delta) {
        if (delta.before() != null) {
            shown.merge(delta.before(), -delta.weight(), Long::sum);
        }
        if (delta.after() != null) {
            shown.merge(delta.after(), delta.weight(), Long::sum);
        }
        shown.values().removeIf(copies -> copies == 0);
    }

    @Test
    void equalRowsAreThereAsOftenAsTheyWereInserted() {
        apply(change(null, "a", 1, 10, 0, 1));
        apply(change(null, "a", 2, 20, 0, 2));
        apply(change(null, "a", 3, 30, 0, 3));
        apply(change("a", "b", 4, 40, 0, 4));
        apply(change("a", null, 5, 50, 0, 5));

        assertThat(shown).isEqualTo(Map.of(row("a"), 1L, row("b"), 1L));
    }

    @Test
    void aTransactionThatWroteEarlierAndCommitsLaterIsNew() {
        apply(change(null, "late writer", 7, 200, 0, 1));
        apply(change(null, "early writer", 6, 100, 0, 2));
        apply(change(null, "early writer", 6, 100, 0, 2));

        assertThat(shown).isEqualTo(Map.of(row("late writer"), 1L, row("early writer"), 1L));
        assertThat(duplicates).isEqualTo(1);
    }

    @Test
    void aChangeOfARowThatIsNotThereIsNotTaken() {
        apply(change(null, "a", 1, 10, 0, 1));

        assertThat(apply(change("b", "c", 2, 20, 0, 2))).isEqualTo(ScanOutcome.UNKNOWN_ROW);
        assertThat(apply(change("b", null, 3, 30, 0, 3))).isEqualTo(ScanOutcome.UNKNOWN_ROW);
        assertThat(shown).isEqualTo(Map.of(row("a"), 1L));
    }

    @Test
    void aSecondSnapshotReplacesWhatTheFirstHad() {
        apply(snapshot("a", 100, 1, false));
        apply(snapshot("a", 100, 1, false));
        apply(snapshot("gone", 100, 1, false));
        // The database rests, so the second snapshot is of the same position.
        apply(snapshot("a", 100, 2, false));
        apply(snapshot("b", 100, 2, false));
        apply(snapshot("a", 100, 1, false));
        assertThat(duplicates).isEqualTo(1);
        scan = scan();
        sweep(10);
        assertThat(shown).as("rows are still coming").isEqualTo(Map.of(row("a"), 2L, row("b"), 1L, row("gone"), 1L));
        apply(snapshot("b", 100, 2, true));
        scan = scan();
        sweep(1);
        sweep(10);

        assertThat(shown).isEqualTo(Map.of(row("a"), 1L, row("b"), 2L));
    }

    @Test
    void whatIsStreamedAfterASnapshotEndsIt() {
        apply(snapshot("old", 100, 1, true));
        apply(snapshot("a", 200, 2, false));
        apply(change("a", "b", 9, 50, 0, 3));
        sweep(10);

        assertThat(shown).isEqualTo(Map.of(row("b"), 1L));
    }

    @Test
    void aTruncatedTableIsEmptiedInPortions() {
        for (int i = 0; i < 10; i++) {
            apply(change(null, "line " + i, i, i + 1, 0, i));
        }
        apply(truncation(20, 100));
        apply(change(null, "line 3", 21, 200, 0, 21));
        sweep(4);
        assertThat(shown.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(7);
        apply(truncation(20, 100));
        scan = scan();
        sweep(4);
        sweep(4);

        assertThat(shown).isEqualTo(Map.of(row("line 3"), 1L));
    }

    @Test
    void aTransactionIsForgottenByTheTimeOfItsShardAndNotTakenAfterThat() {
        long now = 1_000_000 * SECOND_MICROS;
        long longAgo = now - 10 * RETAIN_MICROS;
        apply(change(null, "a", 1, 10, 0, longAgo));
        apply(change(null, "b", 2, 20, 0, longAgo + SECOND_MICROS));
        scan.forget(now, RETAIN_MICROS, 100);
        apply(change(null, "a", 1, 10, 0, longAgo));
        assertThat(duplicates).as("the shard is read late, but not twice").isEqualTo(1);

        apply(change(null, "c", 3, 30, 0, now));
        scan.forget(now, RETAIN_MICROS, 100);
        scan = scan();

        assertThat(apply(change(null, "a", 1, 10, 0, longAgo))).isEqualTo(ScanOutcome.FORGOTTEN);
        assertThat(apply(change(null, "d", 4, 5, 0, now - SECOND_MICROS))).isEqualTo(ScanOutcome.TAKEN);
        assertThat(shown).isEqualTo(Map.of(row("a"), 1L, row("b"), 1L, row("c"), 1L, row("d"), 1L));
    }

    @Test
    void aClockOfAShardThatWasAheadForAWhileDoesNotStopIt() {
        long now = 1_000_000 * SECOND_MICROS;
        apply(change(null, "ahead", 1, 10, 0, now + 100 * RETAIN_MICROS));
        scan.forget(now, RETAIN_MICROS, 100);

        assertThat(apply(change(null, "right", 2, 20, 0, now))).isEqualTo(ScanOutcome.TAKEN);
    }

    /** A shard whose connector fails, goes on a bit before where it was, and now and then takes a new snapshot. */
    @Test
    void theEndIsWhatTheTableHasHoweverOftenChangesComeAgain() {
        for (int seed = 0; seed < 300; seed++) {
            anyHistory(new Random(seed));
            reset();
        }
    }

    private void reset() {
        shown.clear();
        List<byte[]> keys = new ArrayList<>();
        rows.scan(new byte[0], (key, value) -> keys.add(key));
        keys.forEach(rows::delete);
        keys.clear();
        transactions.scan(new byte[0], (key, value) -> keys.add(key));
        keys.forEach(transactions::delete);
        scan = scan();
    }

    private void anyHistory(Random random) {
        List<String> table = new ArrayList<>();
        List<SourceChange> log = new ArrayList<>();
        List<List<String>> contents = new ArrayList<>();
        contents.add(List.of());
        while (log.size() < 60) {
            transaction(table, log, contents, random);
        }
        int sent = 0;
        int furthest = 0;
        int start = 0;
        while (sent < log.size()) {
            int next = Math.min(log.size(), sent + random.nextInt(12));
            for (; sent < next; sent++) {
                assertThat(apply(log.get(sent))).isEqualTo(ScanOutcome.TAKEN);
            }
            furthest = Math.max(furthest, sent);
            switch (random.nextInt(4)) {
                case 0 -> sent = Math.max(start, sent - random.nextInt(15));
                case 1 -> {
                    sent = takeSnapshot(furthest, sent, contents, random);
                    start = sent;
                }
                case 2 -> scan = scan();
                default -> sweep(random.nextInt(4));
            }
        }
        sweep(1_000);
        Map<Row, Long> expected = new HashMap<>();
        table.forEach(line -> expected.merge(row(line), 1L, Long::sum));
        assertThat(shown).isEqualTo(expected);
    }

    /** A transaction of some changes, of which several may share a position, at lower positions than the last one's or higher. */
    private static void transaction(
            List<String> table, List<SourceChange> log, List<List<String>> contents, Random random) {
        long transaction = log.size() + 1;
        long position = 1_000 * transaction + (random.nextBoolean() ? 5_000 : 0);
        long ordinal = 0;
        int changes = 1 + random.nextInt(6);
        for (int i = 0; i < changes; i++) {
            if (random.nextBoolean()) {
                position++;
                ordinal = 0;
            }
            String before = table.isEmpty() || random.nextBoolean() ? null : table.remove(random.nextInt(table.size()));
            String after = before != null && random.nextBoolean() ? null : "line " + random.nextInt(4);
            if (after != null) {
                table.add(after);
            }
            log.add(change(before, after, transaction, position, ordinal++, transaction));
            contents.add(i == changes - 1 ? List.copyOf(table) : null);
        }
    }

    /** Sends the table as it is after one of the next transactions, once or twice, or a part; the log goes on from there. */
    private int takeSnapshot(int furthest, int sent, List<List<String>> contents, Random random) {
        int at = furthest;
        while (contents.get(at) == null) {
            at++;
        }
        for (int attempt = random.nextInt(3); attempt >= 0; attempt--) {
            List<String> lines = contents.get(at);
            int count = attempt == 0 ? lines.size() : random.nextInt(lines.size() + 1);
            long atMicros = clock++;
            for (int i = 0; i < count; i++) {
                boolean last = i == lines.size() - 1;
                apply(snapshot(lines.get(i), 100_000L + at, atMicros, last));
            }
            if (lines.isEmpty()) {
                // Nothing tells of a snapshot without rows, so what there was stays: docs/ingest.md.
                return sent;
            }
        }
        return at;
    }
}
