package io.millrace.operator;

import io.millrace.plan.PlanNode;
import io.millrace.row.ByteReader;
import io.millrace.row.ByteWriter;
import io.millrace.row.Delta;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import io.millrace.row.SourceChange;
import io.millrace.row.WeightedRow;
import io.millrace.schemas.ChangePosition;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns a captured table's changes into a Z-set, and is its arrangement by primary key.
 *
 * <p>State: primary key -> for each shard the position of the last change and the row, see {@link SourceEntries}. A change
 * at or below the stored position was seen before and is dropped, so that source connectors may run at-least-once; the old
 * row comes from here, so that tables need no REPLICA IDENTITY FULL, and fills in values that the source left out. A
 * deletion keeps its position until {@link #forgetDeletions}, so that a late duplicate cannot bring the row back. Cost of
 * a change: a read and a write; of a deletion one more write.
 */
final class ScanOperator implements Arrangement {
    private final State state;
    private final State deletions;
    private final KeyCodec keyCodec;
    private final SourceEntries entries;
    private final int[] key;
    private final ScanCounters counters;

    ScanOperator(PlanNode.Scan node, State state, State deletions, ScanCounters counters) {
        this.state = state;
        this.deletions = deletions;
        this.key = Columns.positions(node.key());
        this.keyCodec = KeyCodec.of(Columns.types(node, node.key()));
        this.entries = new SourceEntries(node.types());
        this.counters = counters;
    }

    void apply(SourceChange change, Output output) {
        byte[] storeKey = keyCodec.encode(change.key().toArray());
        List<SourceEntries.Entry> kept = new ArrayList<>(entries.decode(state.get(storeKey)));
        String shard = change.origin().shard();
        SourceEntries.Entry last = removeOf(shard, kept);
        if (last != null && !ChangePosition.supersedes(change.origin().position(), last.position())) {
            counters.duplicate();
            return;
        }
        Row before = last == null ? null : last.row();
        Row after = change.deletion() ? null : filledIn(change, before);
        kept.add(new SourceEntries.Entry(shard, change.origin().position(), after));
        state.put(storeKey, entries.encode(kept));
        if (after == null) {
            rememberDeletion(storeKey, change);
        }
        output.emit(before, after, 1, change.origin());
    }

    private static SourceEntries.Entry removeOf(String shard, List<SourceEntries.Entry> kept) {
        for (int i = 0; i < kept.size(); i++) {
            if (kept.get(i).shard().equals(shard)) {
                return kept.remove(i);
            }
        }
        return null;
    }

    private Row filledIn(SourceChange change, Row before) {
        boolean[] unavailable = change.unavailable();
        if (unavailable == null) {
            return change.row();
        }
        Object[] values = change.row().toArray();
        for (int i = 0; i < values.length; i++) {
            if (unavailable[i]) {
                if (before == null) {
                    counters.valueLost();
                } else {
                    values[i] = before.get(i);
                }
            }
        }
        return Row.of(values);
    }

    private void rememberDeletion(byte[] storeKey, SourceChange change) {
        ByteWriter out = new ByteWriter();
        out.putLong(change.origin().committedAtMicros());
        out.putBytes(storeKey);
        deletions.put(out.toByteArray(), new byte[0]);
    }

    /**
     * Forgets the positions of rows that were deleted before that time; their duplicates are not expected any more.
     *
     * @param beforeMicros a commit time in microseconds since the epoch
     * @param limit how many are looked at, so that a call takes bounded time
     */
    void forgetDeletions(long beforeMicros, int limit) {
        List<byte[]> due = new ArrayList<>();
        deletions.scan(new byte[0], (deletion, nothing) -> {
            boolean old = new ByteReader(deletion).readLong() < beforeMicros;
            if (old) {
                due.add(deletion);
            }
            return old && due.size() < limit;
        });
        for (byte[] deletion : due) {
            ByteReader in = new ByteReader(deletion);
            in.readLong();
            forget(in.readBytes(in.remaining()));
            deletions.delete(deletion);
        }
    }

    private void forget(byte[] storeKey) {
        List<SourceEntries.Entry> kept = new ArrayList<>(entries.decode(state.get(storeKey)));
        kept.removeIf(entry -> entry.row() == null);
        state.set(storeKey, entries.encode(kept));
    }

    @Override
    public void visit(byte[] lookedUp, PositionVisitor visitor) {
        List<WeightedRow> rows = new ArrayList<>(1);
        for (SourceEntries.Entry entry : entries.decode(state.get(lookedUp))) {
            if (entry.row() != null) {
                rows.add(new WeightedRow(1, entry.row()));
            }
        }
        if (!rows.isEmpty()) {
            visitor.visit(rows);
        }
    }

    /** All at once, since there is at most one a shard. */
    @Override
    public byte[] visitPortion(byte[] lookedUp, byte[] beyond, int limit, PositionVisitor visitor) {
        visit(lookedUp, visitor);
        return null;
    }

    @Override
    public byte[] positionOf(Row row) {
        return keyOf(row);
    }

    @Override
    public byte[] keyOf(Row row) {
        return keyCodec.encode(row, key);
    }

    /** An event: a row that comes and never goes. */
    static void applyEvent(SourceChange event, Output output) {
        output.emit(Delta.of(null, event.row(), event.origin()));
    }
}
