package io.millrace.cdn;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Puts together what many rows of one change of the source do to one target, on its way to where the target's changes are gathered: the
 * rename of a user with many photos is one record of the user's tag in a portion, not one for each photo.
 *
 * <p>What is held back is in memory, and lost in a crash. It may be, since of each target that is held back another record is in the same
 * transaction as the rows: it is seen only once all rows of that transaction were read, so that the invalidation that it leads to comes after
 * them. Only their number would be less. Bounded: the {@value #MOST_TARGETS} targets are known that came last. Used by one thread.
 */
public final class CombinedChanges {
    private static final int MOST_TARGETS = 10_000;

    private final Consumer<TargetChange> out;
    /** The one that came last is the last. */
    private final Map<TargetChange, Held> changes = new LinkedHashMap<>(16, 0.75f, true);

    private long transaction;
    private int held;

    /** Of one target by one change of the source. */
    private static final class Held {
        private long sent;
        private long waiting;
    }

    /** Puts changes together before they go out. */
    public CombinedChanges(Consumer<TargetChange> out) {
        this.out = out;
    }

    /**
     * Takes a change of one row. It goes on at once if it is among the first of its target in the transaction: then whoever gathers them
     * has what tells few rows from many.
     *
     * @param inTransaction which transaction of the thread the row is read in
     */
    public void add(TargetChange change, long inTransaction) {
        if (inTransaction != transaction) {
            flush();
            // Of what is known to be a mass one more record will do; what came in the last transaction no more has
            // ended.
            changes.values().removeIf(of -> of.sent < Coalescing.MASS_ROWS);
            changes.values().forEach(of -> of.sent = Coalescing.MASS_ROWS - 1);
            transaction = inTransaction;
        }
        if (change.origin().position() == 0) {
            // It is not known whether others are of the same change.
            out.accept(change);
            return;
        }
        Held of = changes.computeIfAbsent(change, any -> new Held());
        if (of.sent < Coalescing.MASS_ROWS) {
            of.sent++;
            out.accept(change);
        } else {
            held += of.waiting == 0 ? 1 : 0;
            of.waiting += change.rows();
        }
        if (changes.size() > MOST_TARGETS) {
            forgetOne();
        }
    }

    private void forgetOne() {
        Iterator<Map.Entry<TargetChange, Held>> oldest = changes.entrySet().iterator();
        Map.Entry<TargetChange, Held> one = oldest.next();
        if (one.getValue().waiting > 0) {
            out.accept(one.getKey().ofRows(one.getValue().waiting));
            held--;
        }
        oldest.remove();
    }

    /** Sends on what is held back. */
    public void flush() {
        if (held == 0) {
            return;
        }
        changes.forEach((change, of) -> {
            if (of.waiting > 0) {
                out.accept(change.ofRows(of.waiting));
                of.waiting = 0;
            }
        });
        held = 0;
    }

    /** Whether anything is held back. */
    public boolean isHolding() {
        return held > 0;
    }
}
