package io.millrace.operator;

import io.millrace.row.ByteReader;
import io.millrace.row.ByteWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * The ids of events that came, for a time, so that an event that comes again is known. Two events with equal ids are one if
 * their times are less than {@code forMicros} apart, and the first to come is it, whichever is earlier.
 *
 * <p>An id is forgotten when it cannot matter any more: when events have passed its own time ({@link #passTo}) by twice
 * {@code forMicros}. So whatever comes at most {@code forMicros} late is told exactly, whenever ids are forgotten. What comes
 * later than that and whose id is not remembered counts, and is remembered from then on for as long.
 *
 * <p>Times fall into spans of {@code forMicros}; of one id, one event at most is remembered of each span. State: 0, id, span -> the
 * event's time; 1, the time at which it is forgotten, id, span -> nothing; 2 -> the time that events had passed when ids were last
 * forgotten. Cost of an event: a read if one of its span is remembered, else three; of one that counts two writes, and as many
 * when it is forgotten.
 */
public final class RememberedIds {
    private static final byte OF_ID = 0;
    private static final byte[] FORGOTTEN = {1};
    private static final byte[] PASSED = {2};
    private static final byte[] NOTHING = {};

    /** After so many that are remembered, twice as many are forgotten at most: none waits long, and none is left for good. */
    private static final int PORTION = 500;

    private final State state;
    private final long forMicros;
    private long passedMicros;
    private long writtenMicros;
    private byte[] lastForgotten;
    private int sinceForgotten;

    /** What that state holds. */
    public RememberedIds(State state, long forMicros) {
        this.state = state;
        this.forMicros = forMicros;
        byte[] written = state.get(PASSED);
        writtenMicros = written == null ? Long.MIN_VALUE : new ByteReader(written).readLong();
        passedMicros = writtenMicros;
    }

    /**
     * Takes an event.
     *
     * @param id a column's value as {@link io.millrace.row.KeyCodec} writes it, so that equal values are equal bytes
     * @return whether it counts, as no other with its id does
     */
    public boolean take(byte[] id, long timeMicros) {
        // Spans rather than a range of times: a store is quicker to say that it lacks a key than to find the next one.
        long span = Math.floorDiv(timeMicros, forMicros);
        byte[] key = key(id, span);
        if (state.get(key) != null || isNear(key(id, span - 1), timeMicros) || isNear(key(id, span + 1), timeMicros)) {
            return false;
        }
        ByteWriter time = new ByteWriter(Long.BYTES);
        time.putLong(timeMicros);
        state.put(key, time.toByteArray());
        state.put(forgottenKey(Math.max(timeMicros, passedMicros) + 2 * forMicros, key), NOTHING);
        sinceForgotten++;
        if (sinceForgotten >= PORTION) {
            sinceForgotten = 0;
            forget(2 * PORTION);
        }
        return true;
    }

    private boolean isNear(byte[] key, long timeMicros) {
        byte[] other = state.get(key);
        return other != null && Math.abs(new ByteReader(other).readLong() - timeMicros) < forMicros;
    }

    /** Says that events have come to that time: what is older is late. A time before an earlier one is passed over. */
    public void passTo(long timeMicros) {
        passedMicros = Math.max(passedMicros, timeMicros);
    }

    /** Forgets ids whose time has passed, a bounded number of them. */
    void forget(int limit) {
        if (passedMicros > writtenMicros) {
            // What is late stays late after a restart: else its id would be forgotten at once when this is known again.
            ByteWriter passed = new ByteWriter(Long.BYTES);
            passed.putLong(passedMicros);
            state.put(PASSED, passed.toByteArray());
            writtenMicros = passedMicros;
        }
        List<byte[]> due = new ArrayList<>();
        State.Visitor visitor = (key, nothing) -> {
            boolean passed = forgetMicros(key) <= passedMicros;
            if (passed) {
                due.add(key);
            }
            return passed && due.size() < limit;
        };
        if (lastForgotten == null) {
            state.scan(FORGOTTEN, visitor);
        } else {
            // Whatever came since is forgotten later than this; a store is slow to pass over what was deleted from it.
            state.scanAfter(FORGOTTEN, lastForgotten, visitor);
        }
        due.forEach(this::forget);
        if (!due.isEmpty()) {
            lastForgotten = due.get(due.size() - 1);
        }
    }

    private void forget(byte[] forgottenKey) {
        int prefix = FORGOTTEN.length + Long.BYTES;
        ByteWriter key = new ByteWriter(1 + forgottenKey.length - prefix);
        key.putByte(OF_ID);
        key.putBytes(forgottenKey, prefix, forgottenKey.length - prefix);
        state.delete(key.toByteArray());
        state.delete(forgottenKey);
    }

    private static byte[] key(byte[] id, long span) {
        ByteWriter out = new ByteWriter(1 + id.length + Long.BYTES);
        out.putByte(OF_ID);
        out.putBytes(id);
        out.putLong(span);
        return out.toByteArray();
    }

    private static byte[] forgottenKey(long forgetMicros, byte[] key) {
        ByteWriter out = new ByteWriter(FORGOTTEN.length + Long.BYTES + key.length - 1);
        out.putBytes(FORGOTTEN);
        // Turned round, the sign orders times before 1970 first.
        out.putLong(forgetMicros ^ Long.MIN_VALUE);
        out.putBytes(key, 1, key.length - 1);
        return out.toByteArray();
    }

    private static long forgetMicros(byte[] forgottenKey) {
        ByteReader in = new ByteReader(forgottenKey);
        in.skip(FORGOTTEN.length);
        return in.readLong() ^ Long.MIN_VALUE;
    }
}
