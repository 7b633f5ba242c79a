package io.millrace.operator;

import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import io.millrace.row.ZSetCodec;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps its input as an arrangement, which any number of joins look up, and passes the changes on.
 *
 * <p>State: the key's columns, then those that tell its rows apart -> the Z-set of rows with these values, nearly always
 * one row once. A Z-set rather than a row, since a row's retraction may arrive after its successor when both came by
 * different partitions. Cost of a change: a read and a write; a look-up is one read when the key is unique, else a scan of
 * the key's rows.
 */
final class ArrangeOperator implements Operator, Arrangement {
    private final State state;
    private final boolean unique;
    private final KeyCodec keyCodec;
    private final int[] key;
    private final KeyCodec entryCodec;
    private final int[] entry;
    private final ZSetCodec zsets;

    ArrangeOperator(PlanNode.Arrange node, State state) {
        List<Integer> entryColumns = new ArrayList<>(node.key());
        entryColumns.addAll(node.identity());
        this.state = state;
        this.unique = node.unique();
        this.key = Columns.positions(node.key());
        this.keyCodec = KeyCodec.of(Columns.types(node, node.key()));
        this.entry = Columns.positions(entryColumns);
        this.entryCodec = KeyCodec.of(Columns.types(node, entryColumns));
        this.zsets = ZSetCodec.of(node.types());
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        for (Delta delta : inputs.get(0)) {
            keep(delta);
            output.emit(delta);
        }
    }

    private void keep(Delta delta) {
        DeltasByKey.visit(
                delta,
                entryOf(delta.before()),
                entryOf(delta.after()),
                (storeKey, part) -> state.set(storeKey, zsets.apply(state.get(storeKey), part)));
    }

    private byte[] entryOf(Row row) {
        return row == null || Columns.anyNull(row, key) ? null : entryCodec.encode(row, entry);
    }

    @Override
    public byte[] keyOf(Row row) {
        return Columns.anyNull(row, key) ? null : keyCodec.encode(row, key);
    }

    @Override
    public void visit(byte[] lookedUp, PositionVisitor visitor) {
        if (unique) {
            visitOnly(lookedUp, visitor);
        } else {
            state.scan(lookedUp, (storeKey, value) -> visitor.visit(zsets.decode(value)));
        }
    }

    @Override
    public byte[] visitPortion(byte[] lookedUp, byte[] beyond, int limit, PositionVisitor visitor) {
        if (unique) {
            visitOnly(lookedUp, visitor);
            return null;
        }
        byte[][] last = {beyond};
        boolean[] more = {false};
        int[] visited = {0};
        state.scanAfter(lookedUp, beyond, (storeKey, value) -> {
            if (visited[0] >= limit) {
                more[0] = true;
                return false;
            }
            List<WeightedRow> rows = zsets.decode(value);
            visited[0] += rows.size();
            visitor.visit(rows);
            last[0] = storeKey;
            return true;
        });
        return more[0] ? last[0] : null;
    }

    @Override
    public byte[] positionOf(Row row) {
        return entryCodec.encode(row, entry);
    }

    private void visitOnly(byte[] storeKey, PositionVisitor visitor) {
        byte[] zset = state.get(storeKey);
        if (zset != null) {
            visitor.visit(zsets.decode(zset));
        }
    }
}
