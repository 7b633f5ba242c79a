package io.millrace.operator;

import io.millrace.plan.PlanNode;
import io.millrace.row.ByteReader;
import io.millrace.row.ByteWriter;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.RowCodec;
import io.millrace.row.SourceChange;
import io.millrace.schemas.ChangePosition;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns the changes of a captured table without a primary key into a Z-set, in which a row is as often as the table has it.
 * All changes of a shard come by one partition, in the order in which they were committed. Each carries the row before.
 *
 * <p>State, rows: shard, generation, row -> how often it is there; and of each shard a {@link Shard}. A snapshot and a
 * TRUNCATE begin a new generation: a row of the snapshot that an older one has moves over without a delta, and what is left
 * of older ones when the snapshot has ended is retracted by {@link #sweep}, some rows at a time. So a connector may take its
 * snapshot again, whether or not the first was finished.
 *
 * <p>State, transactions: shard, time of the commit, number -> the position and ordinal of the transaction's last change.
 * Within a transaction these grow, and transactions come one after the other, so a change is new if its transaction is, or
 * if it is behind that transaction's last; source connectors may run at-least-once. Positions alone would not do, as they do
 * not grow from one transaction to the next. Transactions are forgotten after a while, and what is older than those is not
 * taken.
 *
 * <p>Cost of a change: two reads and two writes; of an update of a row three.
 */
final class UnkeyedScanOperator {
    private static final int OF_SHARD = 0;
    private static final int OF_ROW = 1;

    private final State rows;
    private final State transactions;
    private final RowCodec codec;
    private final ScanCounters counters;
    private final Map<String, Shard> shards = new HashMap<>();

    UnkeyedScanOperator(PlanNode.Scan node, State rows, State transactions, ScanCounters counters) {
        this.rows = rows;
        this.transactions = transactions;
        this.codec = RowCodec.of(node.types());
        this.counters = counters;
        rows.scan(new byte[] {OF_SHARD}, (key, value) -> {
            ByteReader name = new ByteReader(key);
            name.skip(1);
            shards.put(name.readText(name.remaining()), Shard.decode(value));
            return true;
        });
    }

    /**
     * What is known of a shard.
     *
     * @param generation the present one; rows of older ones are to go
     * @param oldest the oldest generation that may have rows
     * @param snapshotPosition of the last snapshot, as {@link ChangePosition} has it; {@link ChangePosition#NONE} if there
     *     was none
     * @param snapshotAtMicros when it was taken, by the shard's clock
     * @param open whether its rows are still coming
     * @param forgottenBeforeMicros transactions that were committed earlier are not remembered
     */
    private record Shard(
            long generation,
            long oldest,
            long snapshotPosition,
            long snapshotAtMicros,
            boolean open,
            long forgottenBeforeMicros) {
        static final Shard NEW = new Shard(0, 0, ChangePosition.NONE, 0, false, Long.MIN_VALUE);

        static Shard decode(byte[] stored) {
            ByteReader in = new ByteReader(stored);
            return new Shard(
                    in.readLong(), in.readLong(), in.readLong(), in.readLong(), in.readByte() == 1, in.readLong());
        }

        byte[] encode() {
            ByteWriter out = new ByteWriter();
            out.putLong(generation);
            out.putLong(oldest);
            out.putLong(snapshotPosition);
            out.putLong(snapshotAtMicros);
            out.putByte(open ? 1 : 0);
            out.putLong(forgottenBeforeMicros);
            return out.toByteArray();
        }

        /** With a snapshot that has begun. */
        Shard withSnapshot(Origin origin) {
            return new Shard(
                    generation + 1, oldest, origin.position(), origin.committedAtMicros(), true, forgottenBeforeMicros);
        }

        /** With all rows of the snapshot there. */
        Shard closed() {
            return new Shard(generation, oldest, snapshotPosition, snapshotAtMicros, false, forgottenBeforeMicros);
        }

        Shard truncated() {
            return new Shard(generation + 1, oldest, snapshotPosition, snapshotAtMicros, false, forgottenBeforeMicros);
        }

        Shard withOldest(long generationWithRows) {
            return new Shard(
                    generation, generationWithRows, snapshotPosition, snapshotAtMicros, open, forgottenBeforeMicros);
        }

        Shard forgotten(long beforeMicros) {
            return new Shard(generation, oldest, snapshotPosition, snapshotAtMicros, open, beforeMicros);
        }

        boolean hasLeftovers() {
            return !open && oldest < generation;
        }
    }

    ScanOutcome apply(SourceChange change, Output output) {
        return switch (change.unkeyed().kind()) {
            case SNAPSHOT, SNAPSHOT_END -> applySnapshot(change, output);
            case CHANGE, TRUNCATION -> applyStreamed(change, output);
        };
    }

    private ScanOutcome applySnapshot(SourceChange change, Output output) {
        String name = change.origin().shard();
        Shard shard = shards.getOrDefault(name, Shard.NEW);
        int newer = compareWithLastSnapshot(change.origin(), shard);
        if (newer < 0) {
            counters.duplicate();
            return ScanOutcome.TAKEN;
        }
        if (newer > 0) {
            shard = shard.withSnapshot(change.origin());
            put(name, shard);
        }
        boolean moved = false;
        for (long old = shard.oldest; old < shard.generation && !moved; old++) {
            moved = take(rowKey(name, old, change.row()));
        }
        give(rowKey(name, shard.generation, change.row()));
        if (!moved) {
            output.emit(null, change.row(), 1, change.origin());
        }
        if (change.unkeyed().kind() == SourceChange.Kind.SNAPSHOT_END) {
            put(name, shard.closed());
        }
        return ScanOutcome.TAKEN;
    }

    /** A snapshot is newer at a greater position, and at the same, as of a database at rest, at a later time. */
    private static int compareWithLastSnapshot(Origin origin, Shard shard) {
        int byPosition =
                Long.compare(ChangePosition.lsn(origin.position()), ChangePosition.lsn(shard.snapshotPosition));
        return byPosition != 0 ? byPosition : Long.compare(origin.committedAtMicros(), shard.snapshotAtMicros);
    }

    private ScanOutcome applyStreamed(SourceChange change, Output output) {
        Origin origin = change.origin();
        String name = origin.shard();
        Shard shard = shards.getOrDefault(name, Shard.NEW);
        byte[] transactionKey = transactionKey(
                name, origin.committedAtMicros(), change.unkeyed().transaction());
        byte[] last = transactions.get(transactionKey);
        if (last == null && origin.committedAtMicros() < shard.forgottenBeforeMicros) {
            return ScanOutcome.FORGOTTEN;
        }
        if (last != null && !isBehind(change, last)) {
            counters.duplicate();
            return ScanOutcome.TAKEN;
        }
        Row before = change.unkeyed().before();
        boolean truncation = change.unkeyed().kind() == SourceChange.Kind.TRUNCATION;
        boolean changes = !truncation && (before == null || !before.equals(change.row()));
        if (changes && before != null && !take(rowKey(name, shard.generation, before))) {
            return ScanOutcome.UNKNOWN_ROW;
        }
        transactions.put(transactionKey, positionOf(change));
        if (truncation || shard.open || !shards.containsKey(name)) {
            put(name, truncation ? shard.truncated() : shard.closed());
        }
        if (changes) {
            if (change.row() != null) {
                give(rowKey(name, shard.generation, change.row()));
            }
            output.emit(before, change.row(), 1, origin);
        }
        return ScanOutcome.TAKEN;
    }

    private static boolean isBehind(SourceChange change, byte[] last) {
        ByteReader in = new ByteReader(last);
        int byPosition = Long.compare(change.origin().position(), in.readLong());
        return byPosition > 0 || (byPosition == 0 && change.unkeyed().ordinal() > in.readLong());
    }

    private static byte[] positionOf(SourceChange change) {
        ByteWriter out = new ByteWriter();
        out.putLong(change.origin().position());
        out.putLong(change.unkeyed().ordinal());
        return out.toByteArray();
    }

    /** Retracts rows of older generations, so many at most; returns whether that was all. */
    boolean sweep(int limit, Output output) {
        int left = limit;
        for (String name : List.copyOf(shards.keySet())) {
            while (shards.get(name).hasLeftovers()) {
                if (left <= 0) {
                    return false;
                }
                left -= sweep(name, left, output);
            }
        }
        return true;
    }

    /** Retracts rows of a shard's oldest generation; returns how many, and ends the generation when there are no more. */
    private int sweep(String name, int limit, Output output) {
        Shard shard = shards.get(name);
        byte[] prefix = rowPrefix(name, shard.oldest).toByteArray();
        List<byte[]> keys = new ArrayList<>();
        List<Long> copies = new ArrayList<>();
        rows.scan(prefix, (key, count) -> {
            keys.add(key);
            copies.add(new ByteReader(count).readVarint());
            return keys.size() < limit;
        });
        Origin origin = new Origin(name, shard.snapshotPosition, shard.snapshotAtMicros);
        for (int i = 0; i < keys.size(); i++) {
            ByteReader row = new ByteReader(keys.get(i));
            row.skip(prefix.length);
            rows.delete(keys.get(i));
            output.emit(codec.decode(row), null, copies.get(i), origin);
        }
        if (keys.size() < limit) {
            put(name, shard.withOldest(shard.oldest + 1));
        }
        return keys.size();
    }

    /**
     * Forgets transactions that are older than that, by the time of each shard's latest commit, so that a shard that is read
     * late, and then again, has its transactions remembered as long as any.
     *
     * @param nowMicros the present time, which a shard's clock may be ahead of
     * @param limit how many are looked at in each shard, so that a call takes bounded time
     */
    void forget(long nowMicros, long retainMicros, int limit) {
        for (String name : List.copyOf(shards.keySet())) {
            long beforeMicros = Math.min(nowMicros, latestCommitMicros(name)) - retainMicros;
            List<byte[]> due = new ArrayList<>();
            transactions.scan(shardPrefix(name).toByteArray(), (key, last) -> {
                boolean old = committedAtMicros(name, key) < beforeMicros;
                if (old) {
                    due.add(key);
                }
                return old && due.size() < limit;
            });
            if (!due.isEmpty()) {
                long lastDueMicros = committedAtMicros(name, due.get(due.size() - 1));
                put(name, shards.get(name).forgotten(lastDueMicros + 1));
                due.forEach(transactions::delete);
            }
        }
    }

    private long latestCommitMicros(String name) {
        long[] latest = {Long.MIN_VALUE / 2};
        transactions.scanDescending(shardPrefix(name).toByteArray(), (key, last) -> {
            latest[0] = committedAtMicros(name, key);
            return false;
        });
        return latest[0];
    }

    private void put(String name, Shard shard) {
        shards.put(name, shard);
        ByteWriter key = new ByteWriter();
        key.putByte(OF_SHARD);
        key.putBytes(name.getBytes(StandardCharsets.UTF_8));
        rows.put(key.toByteArray(), shard.encode());
    }

    /** Adds a copy of a row. */
    private void give(byte[] key) {
        byte[] stored = rows.get(key);
        putCount(key, stored == null ? 1 : new ByteReader(stored).readVarint() + 1);
    }

    /** Takes a copy of a row away; returns whether there was one. */
    private boolean take(byte[] key) {
        byte[] stored = rows.get(key);
        if (stored == null) {
            return false;
        }
        long count = new ByteReader(stored).readVarint();
        if (count == 1) {
            rows.delete(key);
        } else {
            putCount(key, count - 1);
        }
        return true;
    }

    private void putCount(byte[] key, long count) {
        ByteWriter out = new ByteWriter();
        out.putVarint(count);
        rows.put(key, out.toByteArray());
    }

    private byte[] rowKey(String name, long generation, Row row) {
        ByteWriter out = rowPrefix(name, generation);
        codec.append(out, row);
        return out.toByteArray();
    }

    private static ByteWriter rowPrefix(String name, long generation) {
        ByteWriter out = new ByteWriter();
        out.putByte(OF_ROW);
        putName(out, name);
        out.putLong(generation);
        return out;
    }

    private static byte[] transactionKey(String name, long committedAtMicros, long transaction) {
        ByteWriter out = shardPrefix(name);
        // Turned round, the sign orders times before 1970 first.
        out.putLong(committedAtMicros ^ Long.MIN_VALUE);
        out.putLong(transaction);
        return out.toByteArray();
    }

    private static long committedAtMicros(String name, byte[] transactionKey) {
        ByteReader in = new ByteReader(transactionKey);
        in.skip(shardPrefix(name).length());
        return in.readLong() ^ Long.MIN_VALUE;
    }

    private static ByteWriter shardPrefix(String name) {
        ByteWriter out = new ByteWriter();
        putName(out, name);
        return out;
    }

    private static void putName(ByteWriter out, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        out.putVarint(bytes.length);
        out.putBytes(bytes);
    }
}
