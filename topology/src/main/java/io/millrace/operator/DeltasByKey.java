package io.millrace.operator;

import io.millrace.row.Delta;
import java.util.Arrays;

/** Brings a delta to the keys of its rows: as it is to a key that stays, in two parts where the key changes. */
final class DeltasByKey {
    private DeltasByKey() {}

    /** Takes what changes under a key. */
    @FunctionalInterface
    interface Visitor {
        void visit(byte[] key, Delta delta);
    }

    /**
     * Visits the keys.
     *
     * @param before the key of the row before; null if there is none, or it is kept under no key
     * @param after the key of the row after; null likewise
     */
    static void visit(Delta delta, byte[] before, byte[] after, Visitor visitor) {
        if (before != null && Arrays.equals(before, after)) {
            visitor.visit(before, delta);
            return;
        }
        if (before != null) {
            visitor.visit(before, delta.retraction());
        }
        if (after != null) {
            visitor.visit(after, delta.insertion());
        }
    }
}
