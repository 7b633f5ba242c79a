package io.millrace.connectors.replica;

import io.millrace.connectors.replica.KeyState.Entry;
import io.millrace.connectors.replica.KeyState.Outcome;
import io.millrace.connectors.replica.RowStatements.Row;
import io.millrace.connectors.replica.TargetTable.Aligned;
import io.millrace.schemas.ChangePosition;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;

/** One topic's table: folds a batch's changes to one a key and writes them. Used by one thread at a time. */
final class Replica {
    /** So many keys are held here; with more, all are looked up in each batch. */
    private static final int MOST_REMEMBERED = 200_000;

    private final String topic;
    private final Dialect dialect;
    private final Table table;
    private final Memory memory;
    private final Offsets offsets;
    private Rows statements;
    private boolean byPosition;
    /** The keys of which something is remembered; null where that is not known. */
    private Set<List<String>> remembered;

    private boolean rememberedTooMany;
    /** Of what another task has noted of this one's keys; see {@link Offsets#memoryVersion}. */
    private long memoryVersion;

    /**
     * What a batch came to.
     *
     * @param upserts rows written
     * @param deletions rows deleted
     * @param duplicates changes that were applied before or are older than their row
     */
    record Applied(long upserts, long deletions, long duplicates) {
        static final Applied NOTHING = new Applied(0, 0, 0);

        Applied plus(Applied other) {
            return new Applied(upserts + other.upserts, deletions + other.deletions, duplicates + other.duplicates);
        }
    }

    /** A change that is at fault, and why. */
    record Fault(Change change, Exception reason) {}

    /** A change whose row cannot be made, and why. */
    private record Refused(Change change, DataException reason) {
        Fault fault() {
            return new Fault(change, reason);
        }
    }

    /**
     * Changes that do nothing to the target, by identity.
     *
     * @param tombstones those that follow their deletion
     * @param refused those that are in the dead letters, so that their rows are not whole any more
     */
    record Passed(Set<Change> tombstones, Set<Change> refused) {}

    Replica(ReplicaSinkConfig config, Dialect dialect, String topic) {
        this.topic = topic;
        this.dialect = dialect;
        this.table = dialect.table(config, topic);
        this.memory = dialect.memory(config.name(), topic);
        this.offsets = dialect.offsets(config.name());
    }

    /** Sees to it that the table takes the changes' rows; in transactions of its own. */
    @SuppressWarnings("ReferenceEquality") // To compare shapes takes long, and nearly always it is the same one.
    void prepare(Connection connection, List<Change> changes) throws SQLException {
        TableShape last = null;
        for (Change change : changes) {
            TableShape shape = change.shape();
            if (shape != last && !table.knows(shape)) {
                if (table.ensure(
                        connection,
                        shape,
                        offsets.hasApplied(
                                connection,
                                change.isReplay() ? topic : change.record().originalTopic()))) {
                    byPosition |= shape.sharded();
                    statements = dialect.rows(table, shape.keyNames(), byPosition);
                }
                connection.commit();
            }
            last = shape;
        }
    }

    /** Forgets what is known of the table, as after a failure. */
    void forget() {
        table.forget();
        statements = null;
        remembered = null;
    }

    /** Forgets which keys are remembered, as another task may have had some of them. */
    void forgetRemembered() {
        remembered = null;
    }

    /**
     * Forgets which keys are remembered where another task, to which dead letters are delivered, has added some.
     *
     * @return whether one ever has
     */
    boolean refreshRemembered(Connection connection) throws SQLException {
        long version = offsets.memoryVersion(connection, topic);
        if (version != memoryVersion) {
            memoryVersion = version;
            remembered = null;
        }
        return version > 0;
    }

    /**
     * Applies changes, in their order, in the connection's transaction.
     *
     * @param copying whether they are whole rows of keys that have none yet, so that COPY writes them
     */
    Applied apply(Connection connection, List<Change> changes, boolean copying, Passed passed) throws SQLException {
        if (statements == null) {
            // Nothing but tombstones, and there is no table to delete from.
            return Applied.NOTHING;
        }
        if (byPosition
                && changes.stream()
                        .anyMatch(change ->
                                change.shape().whole() && !change.shape().sharded())) {
            throw new ConnectException("topic " + topic + " has both changes of a table and rows of something else");
        }
        if (copying) {
            statements.copy(connection, changes);
            return new Applied(changes.size(), 0, 0);
        }
        return byPosition && statements.upsertsNewer()
                ? applySplit(connection, changes, passed)
                : applyPlanned(connection, changes, passed);
    }

    private Applied applyPlanned(Connection connection, List<Change> changes, Passed passed) throws SQLException {
        Plan plan = plan(connection, changes, passed);
        if (!plan.refused().isEmpty()) {
            throw plan.refused().get(0).reason();
        }
        write(connection, plan.deletions(), plan.upserts(), plan.updates());
        memory.save(connection, plan.states(), columnNames());
        plan.states().stream()
                .filter(state -> !state.toRemember().isEmpty())
                .forEach(state -> noteRemembered(state.key()));
        if (changes.stream().anyMatch(Change::isReplay)
                && plan.states().stream().anyMatch(KeyState::isRememberedAnew)) {
            offsets.raiseMemoryVersion(connection, topic);
        }
        return plan.applied();
    }

    /**
     * Most keys have whole rows only, of one shard, and nothing is remembered of them: the last is written where the target
     * has none or an older one of that shard, in one statement. What it leaves alone, and all other keys, need a look at what
     * is there.
     */
    private Applied applySplit(Connection connection, List<Change> changes, Passed passed) throws SQLException {
        Set<List<String>> known = remembered(connection);
        if (known == null) {
            return applyPlanned(connection, changes, passed);
        }
        Map<List<String>, Change> plain = new LinkedHashMap<>();
        Set<List<String>> others = new HashSet<>();
        for (Change change : changes) {
            if (!passed.tombstones().contains(change) && change.shape().sharded()) {
                Change last = plain.get(change.key());
                if (!isPlain(change, passed) || (last != null && !last.shard().equals(change.shard()))) {
                    others.add(change.key());
                } else if (last == null || change.position() > last.position()) {
                    plain.put(change.key(), change);
                }
            }
        }
        if (!known.isEmpty()) {
            plain.keySet().stream().filter(known::contains).forEach(others::add);
        }
        Applied sum = others.isEmpty()
                ? Applied.NOTHING
                : applyPlanned(
                        connection,
                        changes.stream()
                                .filter(change -> others.contains(change.key()))
                                .toList(),
                        passed);
        plain.keySet().removeAll(others);
        return plain.isEmpty() ? sum : sum.plus(applyPlain(connection, changes, passed, plain));
    }

    private Applied applyPlain(
            Connection connection, List<Change> changes, Passed passed, Map<List<String>, Change> plain)
            throws SQLException {
        int written = statements.upsertNewer(
                connection, plain.values().stream().map(this::row).toList());
        if (written == plain.size()) {
            return new Applied(written, 0, 0);
        }
        // Those that were written are duplicates now.
        Applied rest = applyPlanned(
                connection,
                changes.stream()
                        .filter(change -> plain.containsKey(change.key()))
                        .toList(),
                passed);
        return new Applied(
                written + rest.upserts(), rest.deletions(), Math.max(0, plain.size() - written - rest.upserts()));
    }

    private static boolean isPlain(Change change, Passed passed) {
        return change.kind() == Change.Kind.UPSERT
                && change.unchanged() == null
                && !change.isReplay()
                && !ChangePosition.isSnapshot(change.position())
                && !passed.refused().contains(change);
    }

    /** The keys of which something is remembered, and perhaps others; null where they are too many to hold. */
    private Set<List<String>> remembered(Connection connection) throws SQLException {
        if (remembered == null) {
            remembered = memory.keys(connection, MOST_REMEMBERED);
            rememberedTooMany = remembered.size() > MOST_REMEMBERED;
            if (rememberedTooMany) {
                remembered = new HashSet<>();
            }
        }
        return rememberedTooMany ? null : remembered;
    }

    private void noteRemembered(List<String> key) {
        if (remembered != null && !rememberedTooMany) {
            remembered.add(key);
            if (remembered.size() > MOST_REMEMBERED) {
                rememberedTooMany = true;
                remembered = new HashSet<>();
            }
        }
    }

    private Plan plan(Connection connection, List<Change> changes, Passed passed) throws SQLException {
        return byPosition ? planByPosition(connection, changes, passed) : planByOrder(connection, changes, passed);
    }

    /**
     * Looks for changes that are at fault, as far as that shows without all of them being written for good. What was tried
     * is in the connection's transaction, which the caller rolls back.
     *
     * @return each with its failure; there may be more, and where the transaction has failed there may be none
     */
    List<Fault> faults(Connection connection, List<Change> changes, Passed passed) throws SQLException {
        if (statements == null) {
            return List.of();
        }
        Plan plan = plan(connection, changes, passed);
        List<Fault> faults =
                new ArrayList<>(plan.refused().stream().map(Refused::fault).toList());
        if (!plan.deletions().isEmpty()) {
            statements.delete(connection, plan.deletions());
        }
        if (!plan.upserts().isEmpty()) {
            statements.tryEach(connection, plan.upserts()).forEach((index, failure) -> {
                Row row = plan.upserts().get(index);
                Change change = plan.sources().get(row.key());
                // A row that is another change's, or several's, is left to be found by halving, and so is one that
                // others
                // may be in the way of: which they are, depends on what has been written by then.
                if (change != null
                        && change.kind() == Change.Kind.UPSERT
                        && Objects.equals(change.shard(), row.shard())
                        && change.position() == row.position()
                        && SqlFailure.isOfTheRowAlone(failure)) {
                    faults.add(new Fault(change, failure));
                }
            });
        }
        return faults;
    }

    /** Whether changes are whole rows, as the first ones are that a topic has. */
    static boolean areWholeRows(List<Change> changes) {
        return changes.stream().allMatch(change -> change.kind() == Change.Kind.UPSERT && change.unchanged() == null);
    }

    private Row row(Change change) {
        return new Row(
                change.key(),
                table.align(change.shape(), change.values(), null).values(),
                change.shard(),
                change.position(),
                change.committedAtMicros());
    }

    /**
     * What changes come to.
     *
     * @param states of the keys; where the topic's order holds, of those with a dead letter
     * @param sources the change that a row to write is of, where it is whole by itself
     * @param refused changes whose rows cannot be made, as they lack values which nobody has, or the target's types do
     */
    private record Plan(
            List<List<String>> deletions,
            List<Row> upserts,
            Map<BitSet, List<Row>> updates,
            List<KeyState> states,
            Map<List<String>, Change> sources,
            List<Refused> refused,
            long duplicates) {
        Applied applied() {
            long updated = updates.values().stream().mapToLong(List::size).sum();
            return new Applied(upserts.size() + updated, deletions.size(), duplicates);
        }
    }

    /** The topic's order holds: the last change of each key says what becomes of it. */
    private Plan planByOrder(Connection connection, List<Change> changes, Passed passed) throws SQLException {
        Map<List<String>, KeyState> states = loadRefused(connection, changes);
        Map<List<String>, Change> last = new LinkedHashMap<>();
        long outdated = 0;
        for (Change change : changes) {
            KeyState state = states.get(change.key());
            if (passed.refused().contains(change)) {
                states.computeIfAbsent(change.key(), KeyState::new).markRefused(change, null, null);
            } else if (change.isReplay() && (state == null || !state.lacks(change))) {
                // A later change of the row was applied, or is in the dead letters, too.
                outdated++;
            } else {
                last.put(change.key(), change);
                if (state != null) {
                    state.markWhole(change.shard());
                }
            }
        }
        List<List<String>> deletions = new ArrayList<>();
        List<Row> upserts = new ArrayList<>();
        Set<List<String>> refused = new HashSet<>();
        for (Change change : last.values()) {
            if (change.kind() == Change.Kind.UPSERT) {
                try {
                    upserts.add(row(change));
                } catch (DataException e) {
                    refused.add(change.key());
                }
            } else {
                deletions.add(change.key());
            }
        }
        return new Plan(
                deletions,
                upserts,
                Map.of(),
                List.copyOf(states.values()),
                last,
                unmade(changes, refused, passed),
                outdated);
    }

    /** Of keys whose last change's row cannot be made, all such changes: one before it would be the last without it. */
    private List<Refused> unmade(List<Change> changes, Set<List<String>> keys, Passed passed) {
        List<Refused> unmade = new ArrayList<>();
        for (Change change : keys.isEmpty() ? List.<Change>of() : changes) {
            if (keys.contains(change.key())
                    && change.kind() == Change.Kind.UPSERT
                    && !passed.refused().contains(change)) {
                try {
                    row(change);
                } catch (DataException e) {
                    unmade.add(new Refused(change, e));
                }
            }
        }
        return unmade;
    }

    /** Which of the keys that changes have lack one that is in the dead letters; few or none. */
    private Map<List<String>, KeyState> loadRefused(Connection connection, List<Change> changes) throws SQLException {
        Set<List<String>> known = remembered(connection);
        Map<List<String>, KeyState> states = new LinkedHashMap<>();
        for (Change change : changes) {
            // What another task has noted of a key shows in the database alone.
            if (change.isReplay() || known == null || known.contains(change.key())) {
                states.computeIfAbsent(change.key(), KeyState::new);
            }
        }
        if (!states.isEmpty()) {
            memory.load(connection, List.copyOf(states.values()), columnNames());
        }
        return states;
    }

    /** The positions in the shards' logs hold, whatever the order of the topic. */
    private Plan planByPosition(Connection connection, List<Change> changes, Passed passed) throws SQLException {
        Map<List<String>, KeyState> states = load(connection, changes);
        Map<List<String>, Change> sources = new HashMap<>();
        List<Refused> refused = new ArrayList<>();
        long duplicates = 0;
        for (Change change : changes) {
            KeyState state = Objects.requireNonNull(states.get(change.key()));
            // A tombstone that does not name its shard follows the deletion that does.
            if (passed.tombstones().contains(change) || !change.shape().sharded()) {
                continue;
            }
            if (passed.refused().contains(change)) {
                Aligned refusedRow = alignedIfPossible(change);
                state.markRefused(change, refusedRow.values(), refusedRow.unchanged());
                continue;
            }
            if (state.isPast(change)) {
                // First, as nobody needs the values of one that is sent again: they may be those for which it was
                // refused.
                duplicates++;
                continue;
            }
            try {
                Aligned aligned = aligned(change);
                if (state.apply(change, aligned.values(), aligned.unchanged()) == Outcome.APPLIED) {
                    sources.put(change.key(), change);
                } else if (change.kind() != Change.Kind.TOMBSTONE) {
                    duplicates++;
                }
            } catch (DataException e) {
                refused.add(new Refused(change, e));
            }
        }
        sources.values().removeIf(change -> change.unchanged() != null);
        return planOf(List.copyOf(states.values()), sources, refused, duplicates);
    }

    private Aligned aligned(Change change) {
        return change.values() == null
                ? new Aligned(null, null)
                : table.align(change.shape(), change.values(), change.unchanged());
    }

    /** The row's values, or none where they cannot be written, or the target's types do not have them. */
    private Aligned alignedIfPossible(Change change) {
        try {
            return aligned(change);
        } catch (DataException e) {
            return new Aligned(null, null);
        }
    }

    private static Plan planOf(
            List<KeyState> states, Map<List<String>, Change> sources, List<Refused> refused, long duplicates) {
        List<List<String>> deletions = new ArrayList<>();
        List<Row> upserts = new ArrayList<>();
        Map<BitSet, List<Row>> updates = new LinkedHashMap<>();
        for (KeyState state : states) {
            Entry entry = state.upserted();
            if (state.deletes()) {
                deletions.add(state.key());
            } else if (entry != null) {
                Row row = new Row(
                        state.key(), entry.values(), state.shownShard(), entry.position(), entry.committedAtMicros());
                if (entry.unchanged() == null) {
                    upserts.add(row);
                } else {
                    updates.computeIfAbsent(entry.unchanged(), columns -> new ArrayList<>())
                            .add(row);
                }
            }
        }
        return new Plan(deletions, upserts, updates, states, sources, refused, duplicates);
    }

    private Map<List<String>, KeyState> load(Connection connection, List<Change> changes) throws SQLException {
        Map<List<String>, KeyState> states = new LinkedHashMap<>();
        for (Change change : changes) {
            states.computeIfAbsent(change.key(), KeyState::new);
        }
        List<KeyState> all = List.copyOf(states.values());
        statements.loadShown(connection, all);
        memory.load(connection, all, columnNames());
        Set<KeyState> contested = new LinkedHashSet<>();
        for (Change change : changes) {
            KeyState state = Objects.requireNonNull(states.get(change.key()));
            if (state.shownShard() != null && !state.shownShard().equals(change.shard())) {
                contested.add(state);
            }
        }
        statements.loadShownValues(connection, List.copyOf(contested));
        return states;
    }

    private List<String> columnNames() {
        return table.columnNames();
    }

    private void write(
            Connection connection, List<List<String>> deletions, List<Row> upserts, Map<BitSet, List<Row>> updates)
            throws SQLException {
        if (!deletions.isEmpty()) {
            statements.delete(connection, deletions);
        }
        if (!upserts.isEmpty()) {
            statements.upsert(connection, upserts);
        }
        for (Map.Entry<BitSet, List<Row>> each : updates.entrySet()) {
            statements.update(connection, each.getValue(), each.getKey());
        }
    }
}
