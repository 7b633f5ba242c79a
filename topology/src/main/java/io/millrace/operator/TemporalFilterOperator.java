package io.millrace.operator;

import io.millrace.catalog.SqlType;
import io.millrace.operator.expression.EvaluationError;
import io.millrace.operator.expression.Evaluator;
import io.millrace.operator.expression.ExpressionCompiler;
import io.millrace.plan.PlanNode;
import io.millrace.row.ByteReader;
import io.millrace.row.ByteWriter;
import io.millrace.row.Delta;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.RowCodec;
import io.millrace.row.WeightedRow;
import io.millrace.row.ZSetCodec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A selection by the present time. Each row has one time at which it begins, or ceases, to meet the condition; it follows from
 * the row alone and is found by halving, as the condition is monotone in time. Rows whose time is to come wait for it.
 *
 * <p>The time moves on by {@link #advance} alone, and what was decided by it is never decided otherwise: the latest time by
 * which a row was taken for past is kept, so that an instance whose clock is behind goes on from there.
 *
 * <p>State: 1, a row's time, the row -> the Z-set of that row; 0 -> the latest time. Cost of a change: a read and a write
 * while the row waits, and some fifty evaluations; of a row whose time comes, a read and a write.
 */
final class TemporalFilterOperator implements Operator, Timed {
    /** Times are sought within these; a row that changes at none of them never changes. */
    private static final long FIRST_MICROS = micros(1900);

    private static final long LAST_MICROS = micros(2500);
    private static final long NEVER = Long.MAX_VALUE;
    private static final byte[] LATEST = {0};
    private static final byte[] WAITING = {1};

    private final PlanNode.TemporalFilter node;
    private final Evaluator condition;
    private final boolean leaves;
    private final State state;
    private final RowFailures failures;
    private final RowCodec rows;
    private final ZSetCodec zsets;
    private long nowMicros = Long.MIN_VALUE;
    private long latestMicros = Long.MIN_VALUE;
    private boolean opened;

    TemporalFilterOperator(PlanNode.TemporalFilter node, State state, RowFailures failures) {
        List<SqlType> types = node.types();
        this.node = node;
        this.condition = ExpressionCompiler.compile(node.condition());
        this.leaves = node.leaves();
        this.state = state;
        this.failures = failures;
        this.rows = RowCodec.of(types);
        this.zsets = ZSetCodec.of(types);
    }

    private static long micros(int year) {
        return Instant.EPOCH.atOffset(ZoneOffset.UTC).withYear(year).toInstant().getEpochSecond() * 1_000_000;
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        open();
        for (Delta delta : inputs.get(0)) {
            Row before =
                    delta.before() != null && passes(delta.before(), -delta.weight(), null) ? delta.before() : null;
            Row after = delta.after() != null && passes(delta.after(), delta.weight(), delta) ? delta.after() : null;
            output.emit(before, after, delta.weight(), delta.origin());
        }
    }

    /** Whether the row meets the condition now; it waits for its time if that is to come. */
    private boolean passes(Row row, long weight, Delta cause) {
        long timeMicros;
        try {
            timeMicros = timeOf(row);
        } catch (EvaluationError e) {
            if (cause != null) {
                failures.failed(node, row, cause, e);
            }
            return false;
        }
        if (timeMicros == NEVER) {
            return leaves;
        }
        if (timeMicros <= nowMicros) {
            remember(timeMicros);
            return !leaves;
        }
        byte[] key = key(timeMicros, row);
        state.set(key, zsets.add(state.get(key), row, weight));
        return leaves;
    }

    /** The first time at which the condition is no more, or is at last, what it was; {@link #NEVER} if it stays so. */
    private long timeOf(Row row) {
        Object[] values = Arrays.copyOf(row.toArray(), row.size() + 1);
        long before = FIRST_MICROS;
        if (holds(values, before) != leaves) {
            return before;
        }
        long after = LAST_MICROS;
        if (holds(values, after) == leaves) {
            return NEVER;
        }
        while (after - before > 1) {
            long middle = before + (after - before) / 2;
            if (holds(values, middle) == leaves) {
                before = middle;
            } else {
                after = middle;
            }
        }
        return after;
    }

    private boolean holds(Object[] values, long timeMicros) {
        values[values.length - 1] = timeMicros;
        return Boolean.TRUE.equals(condition.evaluate(Row.of(values)));
    }

    private byte[] key(long timeMicros, Row row) {
        ByteWriter out = new ByteWriter();
        out.putBytes(WAITING);
        out.putLong(timeMicros ^ Long.MIN_VALUE);
        rows.append(out, row);
        return out.toByteArray();
    }

    private void open() {
        if (!opened) {
            opened = true;
            byte[] stored = state.get(LATEST);
            latestMicros = stored == null ? Long.MIN_VALUE : new ByteReader(stored).readLong();
            nowMicros = latestMicros;
        }
    }

    private void remember(long timeMicros) {
        if (timeMicros > latestMicros) {
            latestMicros = nowMicros;
            ByteWriter out = new ByteWriter();
            out.putLong(latestMicros);
            state.put(LATEST, out.toByteArray());
        }
    }

    @Override
    public boolean advance(long toMicros, int limit, Output output) {
        open();
        if (toMicros <= nowMicros) {
            return true;
        }
        List<byte[]> past = new ArrayList<>();
        long[] reached = {toMicros};
        state.scan(WAITING, (key, zset) -> {
            long timeMicros = timeOf(key);
            if (timeMicros > toMicros) {
                return false;
            }
            if (past.size() >= limit && timeMicros > timeOf(past.get(past.size() - 1))) {
                reached[0] = timeMicros - 1;
                return false;
            }
            past.add(key);
            for (WeightedRow row : zsets.decode(zset)) {
                output.emit(leaves ? row.row() : null, leaves ? null : row.row(), row.weight(), Origin.NONE);
            }
            return true;
        });
        past.forEach(state::delete);
        nowMicros = reached[0];
        if (!past.isEmpty()) {
            remember(timeOf(past.get(past.size() - 1)));
        }
        return nowMicros == toMicros;
    }

    private static long timeOf(byte[] key) {
        ByteReader in = new ByteReader(key);
        in.skip(WAITING.length);
        return in.readLong() ^ Long.MIN_VALUE;
    }
}
