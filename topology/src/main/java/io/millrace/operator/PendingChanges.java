package io.millrace.operator;

import io.millrace.catalog.SqlType;
import io.millrace.row.ByteReader;
import io.millrace.row.ByteWriter;
import io.millrace.row.Delta;
import io.millrace.row.DeltaCodec;
import io.millrace.row.Row;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The changes of a join's sides whose matches are not all put out yet, in a queue a side and key: a change waits until those
 * before it are done, so that a key's changes keep their order, and the keys take turns.
 *
 * <p>State: a number, ascending -> side, key, the change, the position up to which the other side's rows have met it. All of
 * it is on the heap too; it is read when it is first needed.
 */
final class PendingChanges {
    private static final byte[] ALL = {};

    private final State state;
    private final DeltaCodec left;
    private final DeltaCodec right;
    private final Map<ByteBuffer, Queue> ofLeft = new HashMap<>();
    private final Map<ByteBuffer, Queue> ofRight = new HashMap<>();
    private final Deque<Queue> turns = new ArrayDeque<>();
    private long nextNumber;
    private int size;
    private boolean opened;

    /** A change, as far as it has come. */
    private static final class Pending {
        private final long number;
        private Delta delta;
        private byte[] reached;

        Pending(long number, Delta delta, byte[] reached) {
            this.number = number;
            this.delta = delta;
            this.reached = reached;
        }

        boolean begun() {
            return reached.length > 0;
        }
    }

    /** The changes of one key of one side; only the first of them has met any row. There is at least one. */
    static final class Queue {
        private final boolean isLeft;
        private final byte[] key;
        private final List<Pending> pending = new ArrayList<>(2);

        private Queue(boolean isLeft, byte[] key) {
            this.isLeft = isLeft;
            this.key = key;
        }

        boolean isLeft() {
            return isLeft;
        }

        byte[] key() {
            return key;
        }

        /** The first change. */
        Delta head() {
            return pending.get(0).delta;
        }

        /** Up to where the first change has met the other side's rows. */
        byte[] reached() {
            return pending.get(0).reached;
        }

        /** All changes. */
        List<Delta> all() {
            return from(0);
        }

        /** All but the first. */
        List<Delta> waiting() {
            return from(1);
        }

        private List<Delta> from(int index) {
            return pending.subList(index, pending.size()).stream()
                    .map(each -> each.delta)
                    .toList();
        }
    }

    /**
     * Those that a store holds.
     *
     * @param state the store; null when no change of this join can have many matches
     */
    PendingChanges(State state, List<SqlType> left, List<SqlType> right) {
        this.state = state;
        this.left = DeltaCodec.of(left);
        this.right = DeltaCodec.of(right);
        this.opened = state == null;
    }

    /** How many there are. */
    int size() {
        open();
        return size;
    }

    /** The queue of a key, or null when nothing is pending for it. */
    Queue of(boolean isLeft, byte[] key) {
        open();
        return size == 0 ? null : queues(isLeft).get(ByteBuffer.wrap(key));
    }

    /** The queue whose turn it is; there is one. */
    Queue next() {
        open();
        Queue queue = turns.remove();
        turns.add(queue);
        return queue;
    }

    /** Adds a change of a key for which nothing is pending, which has met the other side's rows up to a position. */
    void add(boolean isLeft, byte[] key, Delta delta, byte[] reached) {
        Queue queue = queueOf(isLeft, key);
        append(queue, new Pending(nextNumber++, delta, reached));
        store(queue, queue.pending.get(queue.pending.size() - 1));
    }

    /**
     * Adds a change of a key for which others are pending. If one that has not begun led to the row from which this goes on,
     * both become one, so that a row that changes again and again does not make a queue.
     *
     * @param side the side that it is a change of
     */
    void addBehind(Queue queue, Delta delta, JoinSide side) {
        for (int i = queue.pending.size() - 1; i >= 0 && delta.before() != null; i--) {
            Pending earlier = queue.pending.get(i);
            Row from = earlier.delta.after();
            if (from != null && side.same(from, delta.before())) {
                if (!earlier.begun() && earlier.delta.weight() == delta.weight()) {
                    join(queue, earlier, delta, side);
                    return;
                }
                break;
            }
        }
        add(queue.isLeft, queue.key, delta, Arrangement.START);
    }

    private void join(Queue queue, Pending earlier, Delta later, JoinSide side) {
        Row before = earlier.delta.before();
        Row after = later.after();
        boolean nothing = before == null ? after == null : after != null && side.same(before, after);
        if (nothing) {
            remove(queue, earlier);
        } else {
            earlier.delta = new Delta(before, after, later.weight(), later.origin());
            store(queue, earlier);
        }
    }

    /** Takes note up to where the first change has met the other side's rows. */
    void reached(Queue queue, byte[] position) {
        Pending head = queue.pending.get(0);
        head.reached = position;
        store(queue, head);
    }

    /** Removes the first change, which has met all rows. */
    void finished(Queue queue) {
        remove(queue, queue.pending.get(0));
    }

    private void remove(Queue queue, Pending pending) {
        state.delete(storeKey(pending));
        queue.pending.remove(pending);
        size--;
        if (queue.pending.isEmpty()) {
            queues(queue.isLeft).remove(ByteBuffer.wrap(queue.key));
            turns.remove(queue);
        }
    }

    private Map<ByteBuffer, Queue> queues(boolean isLeft) {
        return isLeft ? ofLeft : ofRight;
    }

    private Queue queueOf(boolean isLeft, byte[] key) {
        return queues(isLeft).computeIfAbsent(ByteBuffer.wrap(key), any -> {
            Queue queue = new Queue(isLeft, key);
            turns.add(queue);
            return queue;
        });
    }

    private void append(Queue queue, Pending pending) {
        queue.pending.add(pending);
        size++;
    }

    private void open() {
        if (opened) {
            return;
        }
        opened = true;
        state.scan(ALL, (storeKey, value) -> {
            ByteReader in = new ByteReader(value);
            boolean isLeft = in.readByte() == 1;
            byte[] key = in.readBytes(in.readCount());
            byte[] reached = in.readBytes(in.readCount());
            Delta delta = (isLeft ? left : right).decode(in);
            long number = new ByteReader(storeKey).readLong();
            append(queueOf(isLeft, key), new Pending(number, delta, reached));
            nextNumber = number + 1;
            return true;
        });
    }

    private void store(Queue queue, Pending pending) {
        ByteWriter out = new ByteWriter();
        out.putByte(queue.isLeft ? 1 : 0);
        out.putVarint(queue.key.length);
        out.putBytes(queue.key);
        out.putVarint(pending.reached.length);
        out.putBytes(pending.reached);
        (queue.isLeft ? left : right).append(out, pending.delta);
        state.put(storeKey(pending), out.toByteArray());
    }

    private static byte[] storeKey(Pending pending) {
        ByteWriter out = new ByteWriter();
        out.putLong(pending.number);
        return out.toByteArray();
    }
}
