package io.millrace.scaling;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The highest, or the lowest, number of a time that moves on. It keeps only those that no later one outdoes, so that it stays
 * small however many are added.
 */
final class SlidingExtreme {
    private final int sign;
    private final Deque<ServiceState.Recommendation> candidates = new ArrayDeque<>();

    private SlidingExtreme(int sign) {
        this.sign = sign;
    }

    static SlidingExtreme highest() {
        return new SlidingExtreme(1);
    }

    static SlidingExtreme lowest() {
        return new SlidingExtreme(-1);
    }

    /** Adds a number, and forgets those that are as old as the window. */
    void add(long timeMs, int count, long windowMs) {
        while (!candidates.isEmpty() && sign * candidates.peekLast().count() <= sign * count) {
            candidates.removeLast();
        }
        candidates.addLast(new ServiceState.Recommendation(timeMs, count));
        while (candidates.peekFirst().timeMs() <= timeMs - windowMs && candidates.size() > 1) {
            candidates.removeFirst();
        }
    }

    /** The extreme of the window that ended with the last addition. */
    int get() {
        return candidates.peekFirst().count();
    }

    void write(DataOutputStream out) throws IOException {
        out.writeInt(candidates.size());
        for (ServiceState.Recommendation each : candidates) {
            out.writeLong(each.timeMs());
            out.writeInt(each.count());
        }
    }

    void read(DataInputStream in) throws IOException {
        for (int left = in.readInt(); left > 0; left--) {
            candidates.addLast(new ServiceState.Recommendation(in.readLong(), in.readInt()));
        }
    }
}
