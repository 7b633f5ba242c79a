package io.millrace.cli;

import io.millrace.catalog.Column;
import io.millrace.catalog.Table;
import io.millrace.catalog.UserError;
import io.millrace.plan.PlanNode;
import io.millrace.sink.SinkProgress;
import io.millrace.sink.compare.Comparison;
import io.millrace.sink.compare.DatabaseRows;
import io.millrace.sink.compare.RowDifference;
import io.millrace.sql.Sink;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares a sink's source with its target. While changes flow the two are never of the same moment, so rows that differ are
 * looked at again: a row is wrong only if it differs in the same way every time, a last time after the sink has applied all that
 * its topic held before the look, or a minute has passed.
 */
final class SinkVerification implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SinkVerification.class);
    private static final int ROUNDS = 5;
    private static final long PAUSE_NANOS = 700_000_000L;
    private static final long PATIENCE_NANOS = 60_000_000_000L;
    private static final long WHOLE_PATIENCE_NANOS = 10 * PATIENCE_NANOS;
    private static final long MOST_FETCHED = 50_000;
    private static final int MOST_DIFFERENCES = 10_000;

    private static final String COLUMNS = """
            SELECT attname::text FROM pg_attribute
            WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum""";

    private final Sink sink;
    private final SinkProgress progress;
    private final List<Connection> connections;
    private final List<String> columns;
    private final Comparison comparison;

    /**
     * How a verification ended.
     *
     * @param rows how many rows the source has
     * @param looks how often it looked
     * @param more whether there may be more differences, as too many were found to compare all rows
     * @param behind whether the sink has not applied what its topic held when rows differed
     * @param columns the names of the values in the differences
     * @param differences those that stood
     */
    record Outcome(
            long rows, int looks, boolean more, boolean behind, List<String> columns, List<RowDifference> differences) {
        /** Whether all rows were seen to be equal. */
        boolean isEqual() {
            return differences.isEmpty() && !more && !behind;
        }
    }

    private SinkVerification(
            Sink sink,
            SinkProgress progress,
            List<Connection> connections,
            List<String> columns,
            Comparison comparison) {
        this.sink = sink;
        this.progress = progress;
        this.connections = connections;
        this.columns = columns;
        this.comparison = comparison;
    }

    /** Of a sink that reads a table of those shards. */
    static SinkVerification ofTable(
            Sink sink, Table table, List<String> shards, SinkTarget target, SinkProgress progress) throws SQLException {
        List<Connection> connections = new ArrayList<>();
        try {
            for (String shard : shards) {
                connections.add(connect(shard));
            }
            Connection writtenTo = prepared(target.connect());
            connections.add(writtenTo);
            String source = DatabaseRows.quoted(table.schema()) + "." + DatabaseRows.quoted(table.name());
            List<String> columns = new ArrayList<>(columns(connections.get(0), source, "shard's"));
            List<String> kept = columns(writtenTo, target.table(), "target's");
            table.columns().stream()
                    .map(Column::name)
                    .filter(name -> !kept.contains(name))
                    .findFirst()
                    .ifPresent(name -> {
                        throw lacks(target, name);
                    });
            columns.retainAll(kept);
            List<Integer> key = table.primaryKey().stream()
                    .map(column -> columns.indexOf(table.columns().get(column).name()))
                    .toList();
            List<String> texts = columns.stream().map(DatabaseRows::text).toList();
            Comparison comparison = new Comparison(
                    new DatabaseRows(connections.subList(0, shards.size()), source, texts, key),
                    new DatabaseRows(List.of(writtenTo), target.table(), texts, key),
                    MOST_FETCHED,
                    MOST_DIFFERENCES);
            return new SinkVerification(sink, progress, connections, columns, comparison);
        } catch (SQLException | RuntimeException e) {
            close(connections);
            throw e;
        }
    }

    /** Of a sink that reads a view of a running pipeline. */
    static SinkVerification ofView(
            Sink sink, PlanNode.View view, ViewClient client, SinkTarget target, SinkProgress progress)
            throws SQLException {
        List<Connection> connections = new ArrayList<>();
        try {
            Connection writtenTo = prepared(target.connect());
            connections.add(writtenTo);
            List<String> columns =
                    view.fields().stream().map(field -> field.name()).toList();
            List<String> kept = columns(writtenTo, target.table(), "target's");
            List<String> texts = new ArrayList<>();
            for (var field : view.fields()) {
                if (!kept.contains(field.name())) {
                    throw lacks(target, field.name());
                }
                texts.add(ServedRows.comparable(DatabaseRows.text(field.name()), field.type()));
            }
            Comparison comparison = new Comparison(
                    new ServedRows(reader -> client.pages(view.name(), reader), view),
                    new DatabaseRows(List.of(writtenTo), target.table(), texts, view.key()),
                    MOST_FETCHED,
                    MOST_DIFFERENCES);
            return new SinkVerification(sink, progress, connections, columns, comparison);
        } catch (SQLException | RuntimeException e) {
            close(connections);
            throw e;
        }
    }

    private static UserError lacks(SinkTarget target, String column) {
        return UserError.of(
                UserError.Category.MISMATCH,
                "table " + target.table() + " of " + target.address() + " has no column " + column,
                "the sink adds it with the first change that has it; millrace status says how the sink is");
    }

    private static List<String> columns(Connection connection, String table, String whose) throws SQLException {
        List<String> columns = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setString(1, table);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.add(rows.getString(1));
                }
            }
        }
        if (columns.isEmpty()) {
            throw UserError.of(
                    UserError.Category.MISMATCH,
                    "the " + whose + " database has no table " + table,
                    "a sink creates its table when the first row comes; millrace status says how the sink is");
        }
        return columns;
    }

    private static Connection connect(String url) throws SQLException {
        try {
            return prepared(DriverManager.getConnection(url));
        } catch (SQLException e) {
            throw VerifyCommand.unreachable(e, url);
        }
    }

    private static Connection prepared(Connection connection) throws SQLException {
        DatabaseRows.prepare(connection);
        return connection;
    }

    /** Compares, and looks again at what differs; all of it where there was too much to see at once, as while a sink begins. */
    Outcome run() throws SQLException {
        long start = System.nanoTime();
        Outcome outcome = look();
        while (outcome.more()
                && outcome.differences().isEmpty()
                && !outcome.behind()
                && System.nanoTime() - start < WHOLE_PATIENCE_NANOS) {
            outcome = look();
        }
        return outcome;
    }

    private Outcome look() throws SQLException {
        long start = System.nanoTime();
        Comparison.Result first = comparison.all();
        Map<String, RowDifference> standing = new TreeMap<>(first.differences());
        Map<TopicPartition, Long> held = heldNow();
        int looks = 1;
        boolean passed = false;
        while (!standing.isEmpty() && (looks < ROUNDS || (!passed && System.nanoTime() - start < PATIENCE_NANOS))) {
            LockSupport.parkNanos(PAUSE_NANOS);
            // What the topic held before the look is applied: a difference is not for want of time.
            passed = held.isEmpty() || progress.hasPassed(sink, held);
            held = heldNow();
            Map<String, RowDifference> again = new HashMap<>(comparison.again(standing.keySet()));
            standing.entrySet().removeIf(each -> !each.getValue().equals(again.get(each.getKey())));
            looks++;
        }
        // Rows that change all the time differ otherwise in each look, whether the sink goes on or not.
        while (!first.differences().isEmpty() && !passed && System.nanoTime() - start < PATIENCE_NANOS) {
            passed = held.isEmpty() || progress.hasPassed(sink, held);
            LockSupport.parkNanos(passed ? 0 : PAUSE_NANOS);
        }
        boolean behind = !first.differences().isEmpty() && !passed;
        return new Outcome(first.rows(), looks, first.more(), behind, columns, List.copyOf(standing.values()));
    }

    /** Where the sink's topic ends; nothing where the brokers do not say, so that only the rounds count. */
    private Map<TopicPartition, Long> heldNow() {
        try {
            return progress.ends(sink);
        } catch (KafkaException e) {
            return Map.of();
        }
    }

    @Override
    public void close() {
        progress.close();
        close(connections);
    }

    private static void close(List<Connection> connections) {
        for (Connection connection : connections) {
            try {
                connection.close();
            } catch (SQLException e) {
                LOG.debug("a connection that was only read from could not be closed", e);
            }
        }
    }
}
