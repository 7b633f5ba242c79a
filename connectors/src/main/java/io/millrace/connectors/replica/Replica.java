package io.millrace.connectors.replica;

import io.millrace.connectors.replica.KeyState.Entry;
import io.millrace.connectors.replica.KeyState.Outcome;
import io.millrace.connectors.replica.RowStatements.Row;
import io.millrace.connectors.replica.TargetTable.Aligned;
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

/** One topic's table: folds a batch's changes to one a key and writes them. Used by one task. */
final class Replica {
    /** Deletions whose tombstone has not come yet; one follows the other closely. */
    private static final int MAX_AWAITED_TOMBSTONES = 10_000;

    private final String topic;
    private final Dialect dialect;
    private final Table table;
    private final Memory memory;
    private final Set<KeyOfShard> awaitedTombstones = new LinkedHashSet<>();
    private Rows statements;
    private boolean byPosition;

    private record KeyOfShard(String shard, List<String> key) {}

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

    Replica(ReplicaSinkConfig config, Dialect dialect, String topic) {
        this.topic = topic;
        this.dialect = dialect;
        this.table = dialect.table(config, topic);
        this.memory = dialect.memory(config.name(), topic);
    }

    /** Sees to it that the table takes the changes' rows; in transactions of its own. */
    void prepare(Connection connection, List<Change> changes, Offsets offsets) throws SQLException {
        for (Change change : changes) {
            TableShape shape = change.shape();
            if (!table.knows(shape)) {
                if (table.ensure(
                        connection,
                        shape,
                        offsets.hasApplied(connection, change.record().originalTopic()))) {
                    byPosition |= shape.sharded();
                    statements = dialect.rows(table, shape.keyNames(), byPosition);
                }
                connection.commit();
            }
        }
    }

    /** Forgets what is known of the table, as after a failure. */
    void forget() {
        table.forget();
        statements = null;
    }

    /**
     * Applies changes, in their order, in the connection's transaction.
     *
     * @param copying whether they are whole rows of keys that have none yet, so that COPY writes them
     */
    Applied apply(Connection connection, List<Change> changes, boolean copying) throws SQLException {
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
            statements.copy(connection, changes.stream().map(this::row).toList());
            return new Applied(changes.size(), 0, 0);
        }
        return byPosition ? applyByPosition(connection, changes) : applyByOrder(connection, changes);
    }

    /** Whether changes are whole rows of as many keys, as the first ones are that a topic has. */
    static boolean areWholeRows(List<Change> changes) {
        Set<List<String>> keys = new HashSet<>();
        return changes.stream()
                .allMatch(change ->
                        change.kind() == Change.Kind.UPSERT && change.unchanged() == null && keys.add(change.key()));
    }

    private Row row(Change change) {
        return new Row(
                change.key(),
                table.align(change.shape(), change.values(), null).values(),
                change.shard(),
                change.position(),
                change.committedAtMicros());
    }

    /** The topic's order holds: the last change of each key says what becomes of it. */
    private Applied applyByOrder(Connection connection, List<Change> changes) throws SQLException {
        Map<List<String>, Change> last = new LinkedHashMap<>();
        for (Change change : changes) {
            last.put(change.key(), change);
        }
        List<List<String>> deletions = new ArrayList<>();
        List<Row> upserts = new ArrayList<>();
        for (Change change : last.values()) {
            if (change.kind() == Change.Kind.UPSERT) {
                upserts.add(row(change));
            } else {
                deletions.add(change.key());
            }
        }
        write(connection, deletions, upserts, Map.of());
        return new Applied(upserts.size(), deletions.size(), 0);
    }

    /** The positions in the shards' logs hold, whatever the order of the topic. */
    private Applied applyByPosition(Connection connection, List<Change> changes) throws SQLException {
        Map<List<String>, KeyState> states = load(connection, changes);
        long duplicates = 0;
        for (Change change : changes) {
            KeyState state = Objects.requireNonNull(states.get(change.key()));
            // A tombstone that does not name its shard follows the deletion that does.
            if (isExpectedTombstone(change) || !change.shape().sharded()) {
                continue;
            }
            Aligned aligned = change.values() == null
                    ? new Aligned(null, null)
                    : table.align(change.shape(), change.values(), change.unchanged());
            if (state.apply(change, aligned.values(), aligned.unchanged()) == Outcome.DUPLICATE
                    && change.kind() != Change.Kind.TOMBSTONE) {
                duplicates++;
            }
        }
        return save(connection, List.copyOf(states.values()), duplicates);
    }

    /**
     * A tombstone right behind its deletion says nothing new. It has no position of its own: where the deletion was a
     * duplicate, it must not delete the row that came afterwards.
     */
    private boolean isExpectedTombstone(Change change) {
        KeyOfShard key = new KeyOfShard(change.shard(), change.key());
        if (change.kind() == Change.Kind.TOMBSTONE) {
            return awaitedTombstones.remove(key);
        }
        if (change.kind() == Change.Kind.DELETE) {
            awaitedTombstones.add(key);
            if (awaitedTombstones.size() > MAX_AWAITED_TOMBSTONES) {
                awaitedTombstones.remove(awaitedTombstones.iterator().next());
            }
        }
        return false;
    }

    private Map<List<String>, KeyState> load(Connection connection, List<Change> changes) throws SQLException {
        Map<List<String>, KeyState> states = new LinkedHashMap<>();
        Map<List<String>, Set<String>> shards = new HashMap<>();
        for (Change change : changes) {
            states.computeIfAbsent(change.key(), KeyState::new);
            shards.computeIfAbsent(change.key(), key -> new LinkedHashSet<>()).add(change.shard());
        }
        List<KeyState> all = List.copyOf(states.values());
        statements.loadShown(connection, all);
        memory.load(connection, all, columnNames());
        List<KeyState> contested = all.stream()
                .filter(state ->
                        state.shownShard() != null && !shards.get(state.key()).equals(Set.of(state.shownShard())))
                .toList();
        statements.loadShownValues(connection, contested);
        return states;
    }

    private Applied save(Connection connection, List<KeyState> states, long duplicates) throws SQLException {
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
        write(connection, deletions, upserts, updates);
        memory.save(connection, states, columnNames());
        long updated = updates.values().stream().mapToLong(List::size).sum();
        return new Applied(upserts.size() + updated, deletions.size(), duplicates);
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

    /** Notes, in the connection's transaction, that a change is in the dead letters: its row is not whole any more. */
    void markIncomplete(Connection connection, Change change) throws SQLException {
        if (statements == null || !byPosition || !change.shape().sharded()) {
            return;
        }
        Map<List<String>, KeyState> states = load(connection, List.of(change));
        states.values().forEach(state -> state.markIncomplete(change.shard()));
        memory.save(connection, List.copyOf(states.values()), columnNames());
    }
}
