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
 * <p>State: 0, id -> the times of events with it, each with the time at which it is forgotten; 1, that time, id -> nothing.
 * Cost of an event: a read; of one that counts two writes, and as many and a read when it is forgotten.
 */
public final class RememberedIds {
    private static final byte OF_ID = 0;
    private static final byte[] FORGOTTEN = {1};
    private static final byte[] NOTHING = {};
    private static final int ENTRY_BYTES = 2 * Long.BYTES;

    /** After so many that are remembered, twice as many are forgotten at most: none waits long, and none is left for good. */
    private static final int PORTION = 500;

    private final State state;
    private final long forMicros;
    private long passedMicros = Long.MIN_VALUE;
    private byte[] lastForgotten;
    private int sinceForgotten;

    /** What that state holds. */
    public RememberedIds(State state, long forMicros) {
        this.state = state;
        this.forMicros = forMicros;
    }

    /**
     * Takes an event.
     *
     * @param id a column's value as {@link io.millrace.row.KeyCodec} writes it, so that equal values are equal bytes
     * @return whether it counts, as no other with its id does
     */
    public boolean take(byte[] id, long timeMicros) {
        ByteWriter key = new ByteWriter(1 + id.length);
        key.putByte(OF_ID);
        key.putBytes(id);
        byte[] storeKey = key.toByteArray();
        byte[] known = state.get(storeKey);
        if (known != null && isNear(known, timeMicros)) {
            return false;
        }
        long forgetMicros = Math.max(timeMicros, passedMicros) + 2 * forMicros;
        ByteWriter entries = new ByteWriter((known == null ? 0 : known.length) + ENTRY_BYTES);
        if (known != null) {
            entries.putBytes(known);
        }
        entries.putLong(timeMicros);
        entries.putLong(forgetMicros);
        state.put(storeKey, entries.toByteArray());
        state.put(forgottenKey(forgetMicros, id), NOTHING);
        sinceForgotten++;
        if (sinceForgotten >= PORTION) {
            sinceForgotten = 0;
            forget(2 * PORTION);
        }
        return true;
    }

    private boolean isNear(byte[] entries, long timeMicros) {
        ByteReader in = new ByteReader(entries);
        while (in.remaining() > 0) {
            if (Math.abs(in.readLong() - timeMicros) < forMicros) {
                return true;
            }
            in.readLong();
        }
        return false;
    }

    /** Says that events have come to that time: what is older is late. A time before an earlier one is passed over. */
    public void passTo(long timeMicros) {
        passedMicros = Math.max(passedMicros, timeMicros);
    }

    /** Forgets ids whose time has passed, a bounded number of them. */
    void forget(int limit) {
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
        long forgetMicros = forgetMicros(forgottenKey);
        int prefix = FORGOTTEN.length + Long.BYTES;
        ByteWriter key = new ByteWriter(1 + forgottenKey.length - prefix);
        key.putByte(OF_ID);
        key.putBytes(forgottenKey, prefix, forgottenKey.length - prefix);
        byte[] storeKey = key.toByteArray();
        state.set(storeKey, without(state.get(storeKey), forgetMicros));
        state.delete(forgottenKey);
    }

    /** The entries but those that are forgotten by that time; null when there are no more. */
    private static byte[] without(byte[] entries, long byMicros) {
        if (entries == null) {
            return null;
        }
        ByteReader in = new ByteReader(entries);
        ByteWriter left = new ByteWriter(entries.length);
        while (in.remaining() > 0) {
            long timeMicros = in.readLong();
            long forgetMicros = in.readLong();
            if (forgetMicros > byMicros) {
                left.putLong(timeMicros);
                left.putLong(forgetMicros);
            }
        }
        return left.length() == 0 ? null : left.toByteArray();
    }

    private static byte[] forgottenKey(long forgetMicros, byte[] id) {
        ByteWriter out = new ByteWriter(FORGOTTEN.length + Long.BYTES + id.length);
        out.putBytes(FORGOTTEN);
        // Turned round, the sign orders times before 1970 first.
        out.putLong(forgetMicros ^ Long.MIN_VALUE);
        out.putBytes(id);
        return out.toByteArray();
    }

    private static long forgetMicros(byte[] forgottenKey) {
        ByteReader in = new ByteReader(forgottenKey);
        in.skip(FORGOTTEN.length);
        return in.readLong() ^ Long.MIN_VALUE;
    }
}
