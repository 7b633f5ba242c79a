package io.millrace.connectors.replica;

import io.millrace.schemas.ChangePosition;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is known of one primary key of a captured table, for each shard that has or had a row with it, nearly always one; and
 * what a change makes of it. Pure: it is filled from the database before a batch, and what differs afterwards is written back.
 *
 * <p>The replica shows one row. While a row moves and two shards have it, the one that was committed last is shown and the
 * other is kept aside, so that the deletion of either, whenever it arrives, leaves the right one.
 */
final class KeyState {
    private static final Entry NOTHING = new Entry(Place.NOWHERE, ChangePosition.NONE, 0, null, null, null);

    private final List<String> key;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Set<String> remembered = new HashSet<>();
    private final Set<String> touched = new HashSet<>();
    private String shown;
    private boolean inTarget;
    private boolean deleted;

    /** Where a shard's row is. */
    enum Place {
        /** The shard has no row, nor is a deletion remembered. */
        NOWHERE,
        /** In the target table. */
        SHOWN,
        /** Kept aside, since another shard's row is shown. */
        ASIDE,
        /** Deleted; the position is remembered, so that an older change that is sent again does not bring it back. */
        DELETED
    }

    /**
     * One shard's row.
     *
     * @param position of its last change
     * @param committedAtMicros of its last change
     * @param values null where it has none, or they are in the target alone
     * @param unchanged values that are in the target alone; null for none
     * @param refused what is in the dead letters, without which the row is not what it is in the source; null where nothing is
     */
    record Entry(
            Place place, long position, long committedAtMicros, String[] values, BitSet unchanged, Refused refused) {

        Entry at(Place newPlace) {
            return new Entry(newPlace, position, committedAtMicros, values, unchanged, refused);
        }

        boolean incomplete() {
            return refused != null;
        }

        /** Whether the row has, or lacks, what is later than a dead letter that is delivered again; its position need not tell. */
        private boolean isAfter(Change replay) {
            return incomplete()
                    ? refused.offset() > replay.offset()
                    // A snapshot's position may be greater than that of a change that was under way when it was taken.
                    : ChangePosition.isSnapshot(replay.position()) && position > 0;
        }

        /** What is written of it beside the target: of a row that is shown there, with its position, only what it lacks. */
        private Entry beside() {
            return place == Place.SHOWN ? new Entry(Place.NOWHERE, 0, committedAtMicros, null, null, refused) : this;
        }

        private Entry with(Refused other) {
            return new Entry(place, position, committedAtMicros, values, unchanged, other);
        }

        private boolean live() {
            return place == Place.SHOWN || place == Place.ASIDE;
        }
    }

    /**
     * The last change of a row that was set aside as a dead letter, after which no other was applied.
     *
     * @param offset where it was read; {@link #UNKNOWN} in what earlier versions wrote
     * @param alone whether it is the only one, so that the row is what it was before that change
     * @param values the row's values as this change and those before it have them, from which later ones are filled in; null where
     *     they are not known
     * @param unchanged values that none of these changes told, so that they are what the row has; null for none
     */
    record Refused(long offset, boolean alone, String[] values, BitSet unchanged) {
        static final long UNKNOWN = -1;

        boolean is(Change change) {
            return offset == UNKNOWN || offset == change.offset();
        }

        private boolean knowsTheRow() {
            return values != null;
        }
    }

    /** What a change came to. */
    enum Outcome {
        APPLIED,
        /** It was applied before, or is older than what the row holds. */
        DUPLICATE
    }

    KeyState(List<String> key) {
        // A view's key may hold NULL.
        this.key = Collections.unmodifiableList(new ArrayList<>(key));
    }

    List<String> key() {
        return key;
    }

    /** Takes up the row that the target shows. */
    void loadShown(String shard, long position, long committedAtMicros) {
        shown = shard;
        inTarget = true;
        Entry aside = entries.get(shard);
        entries.put(
                shard,
                new Entry(
                        Place.SHOWN, position, committedAtMicros, null, null, aside == null ? null : aside.refused()));
    }

    /** Takes up that the target has a row of which nobody says whose it is: it was there before, or somebody else wrote it. */
    void loadForeign() {
        inTarget = true;
    }

    /** Takes up all values of the row that the target shows. */
    void loadShownValues(String[] values) {
        entries.computeIfPresent(
                shown,
                (shard, entry) -> new Entry(
                        entry.place(), entry.position(), entry.committedAtMicros(), values, null, entry.refused()));
    }

    /** Takes up what is remembered of a shard's row beside the target. */
    void loadRemembered(String shard, Entry entry) {
        remembered.add(shard);
        Entry loaded = entries.get(shard);
        entries.put(
                shard,
                loaded == null || loaded.place() != Place.SHOWN
                        ? entry
                        : new Entry(
                                Place.SHOWN,
                                loaded.position(),
                                loaded.committedAtMicros(),
                                loaded.values(),
                                loaded.unchanged(),
                                entry.refused()));
    }

    /** The shard whose row the target shows; null for none. */
    String shownShard() {
        return shown;
    }

    /**
     * Applies a change of a row.
     *
     * @param values the row's values in the target's order; null for a deletion
     * @throws RejectedRecord if it lacks values that nobody has
     */
    Outcome apply(Change change, String[] values, BitSet unchanged) {
        Entry last = entries.get(change.shard());
        if (change.isReplay() && last != null) {
            if (last.isAfter(change)) {
                return Outcome.DUPLICATE;
            }
            // Where nothing else is missing the row has what the change leaves out.
            last = lacks(change) && last.refused().alone() && !last.refused().knowsTheRow() ? last.with(null) : last;
        }
        if (change.kind() == Change.Kind.TOMBSTONE) {
            return forget(change.shard(), last);
        }
        if (last != null && !ChangePosition.supersedes(change.position(), last.position())) {
            return Outcome.DUPLICATE;
        }
        if (values == null) {
            deleted = true;
            put(change.shard(), Place.DELETED, change, null, null);
            showNext(change.shard());
        } else {
            upsert(change, last, values, unchanged);
        }
        return Outcome.APPLIED;
    }

    /** Whether a change was applied before, or is older than what its row is known to be. */
    boolean isPast(Change change) {
        Entry last = entries.get(change.shard());
        return last != null
                && !change.isReplay()
                && change.kind() != Change.Kind.TOMBSTONE
                && !ChangePosition.supersedes(change.position(), last.position());
    }

    /** A tombstone whose deletion was not seen: compaction has dropped it, and its position with it. */
    private Outcome forget(String shard, Entry last) {
        if (last == null || !last.live()) {
            return Outcome.DUPLICATE;
        }
        entries.put(shard, NOTHING);
        touched.add(shard);
        deleted = true;
        showNext(shard);
        return Outcome.APPLIED;
    }

    private void upsert(Change change, Entry last, String[] values, BitSet unchanged) {
        BitSet missing = filledIn(last, values, unchanged);
        String shard = change.shard();
        if (shown == null || shown.equals(shard)) {
            put(shard, Place.SHOWN, change, values, missing);
            shown = shard;
        } else if (change.committedAtMicros() >= entries.get(shown).committedAtMicros()) {
            entries.computeIfPresent(shown, (other, entry) -> entry.at(Place.ASIDE));
            touched.add(shown);
            put(shard, Place.SHOWN, change, values, missing);
            shown = shard;
        } else {
            put(shard, Place.ASIDE, change, values, missing);
        }
    }

    private void put(String shard, Place place, Change change, String[] values, BitSet missing) {
        entries.put(shard, new Entry(place, change.position(), change.committedAtMicros(), values, missing, null));
        touched.add(shard);
    }

    /** Fills in the values that the source left out, as far as they are known here; what is left is in the target. */
    private static BitSet filledIn(Entry last, String[] values, BitSet unchanged) {
        if (unchanged == null || unchanged.isEmpty()) {
            return null;
        }
        BitSet missing = unchanged;
        if (last != null && last.incomplete()) {
            if (!last.refused().knowsTheRow()) {
                throw leavesOut("in the dead letters");
            }
            missing = filledIn(last.refused().values(), last.refused().unchanged(), values, missing);
        }
        if (!missing.isEmpty() && (last == null || !last.live())) {
            throw leavesOut("not there");
        }
        if (!missing.isEmpty() && last.values() != null) {
            missing = filledIn(last.values(), last.unchanged(), values, missing);
        }
        return missing.isEmpty() ? null : missing;
    }

    private static RejectedRecord leavesOut(String where) {
        return new RejectedRecord("the change leaves out values that it does not change, and the row that has them is "
                + where + ": a whole row is needed, as UPDATE of each of its large columns sends it");
    }

    /** Fills in what is missing, and says what is still. */
    private static BitSet filledIn(String[] known, BitSet unknown, String[] values, BitSet missing) {
        BitSet still = new BitSet();
        for (int i = missing.nextSetBit(0); i >= 0; i = missing.nextSetBit(i + 1)) {
            if (unknown != null && unknown.get(i)) {
                still.set(i);
            } else {
                values[i] = known[i];
            }
        }
        return still;
    }

    /** After a shard's row is gone: the row of another shard that was committed last is shown, if there is one. */
    private void showNext(String gone) {
        if (!gone.equals(shown)) {
            return;
        }
        shown = null;
        for (Map.Entry<String, Entry> each : entries.entrySet()) {
            if (each.getValue().place() == Place.ASIDE
                    && (shown == null
                            || each.getValue().committedAtMicros()
                                    > entries.get(shown).committedAtMicros())) {
                shown = each.getKey();
            }
        }
        if (shown != null) {
            entries.computeIfPresent(shown, (shard, entry) -> entry.at(Place.SHOWN));
            touched.add(shown);
        }
    }

    /**
     * Notes that a change was set aside as a dead letter.
     *
     * @param values the row's values in the target's order; null where they cannot be kept, and for a deletion
     */
    void markRefused(Change change, String[] values, BitSet unchanged) {
        Entry last = entries.getOrDefault(change.shard(), NOTHING);
        if (change.isReplay()) {
            // It is still what is missing, or is not known to be: then it is as if it had not come.
            return;
        }
        if (isPast(change)) {
            // It is sent again, and the row lacks nothing of it.
            return;
        }
        if (!last.incomplete() || last.refused().offset() != change.offset()) {
            entries.put(change.shard(), last.with(refused(last, change.offset(), values, unchanged)));
        }
        touched.add(change.shard());
    }

    private static Refused refused(Entry last, long offset, String[] values, BitSet unchanged) {
        try {
            BitSet missing = values == null ? null : filledIn(last, values, unchanged);
            return new Refused(offset, !last.incomplete(), values, missing);
        } catch (RejectedRecord e) {
            return new Refused(offset, !last.incomplete(), null, null);
        }
    }

    /** Whether a dead letter that is delivered again is what its row lacks. */
    boolean lacks(Change replay) {
        Entry last = entries.get(replay.shard());
        return last != null && last.incomplete() && last.refused().is(replay);
    }

    /** Notes that a shard's row is what a change says, and lacks nothing any more. */
    void markWhole(String shard) {
        if (entries.containsKey(shard)) {
            entries.computeIfPresent(shard, (same, entry) -> entry.with(null));
            touched.add(shard);
        }
    }

    /** Whether the target's row must go. */
    boolean deletes() {
        return inTarget && deleted && shown == null;
    }

    /** The row that the target must show from now on; null if it shows the right one or none. */
    Entry upserted() {
        return shown == null || !touched.contains(shown) || !changesTarget(entries.get(shown))
                ? null
                : entries.get(shown);
    }

    private static boolean changesTarget(Entry entry) {
        return entry.values() != null;
    }

    /** What is to be remembered beside the target, of shards of which that has changed. */
    Map<String, Entry> toRemember() {
        Map<String, Entry> rows = new LinkedHashMap<>();
        for (String shard : touched) {
            Entry entry = entries.get(shard);
            if (isRemembered(entry)) {
                rows.put(shard, entry.beside());
            }
        }
        return rows;
    }

    /** Whether something is to be remembered, and nothing was. */
    boolean isRememberedAnew() {
        return remembered.isEmpty() && !toRemember().isEmpty();
    }

    /** The shards of which nothing is to be remembered any more. */
    Set<String> toForget() {
        Set<String> shards = new HashSet<>(remembered);
        shards.retainAll(touched);
        shards.removeIf(shard -> isRemembered(entries.get(shard)));
        return shards;
    }

    private static boolean isRemembered(Entry entry) {
        return entry.place() == Place.ASIDE || entry.place() == Place.DELETED || entry.incomplete();
    }
}
