package io.millrace.cli;

import io.millrace.catalog.Column;
import io.millrace.catalog.Table;
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
import java.util.LinkedHashMap;
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
            SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
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
            List<Connection> sources = List.copyOf(connections);
            TargetTable writtenTo = TargetTable.open(target, connections);
            String source = DatabaseRows.quoted(table.schema()) + "." + DatabaseRows.quoted(table.name());
            Map<String, String> types = types(sources.get(0), source);
            table.columns().stream()
                    .map(Column::name)
                    .filter(name -> !writtenTo.has(name))
                    .findFirst()
                    .ifPresent(name -> {
                        throw writtenTo.lacks(name);
                    });
            List<String> columns =
                    types.keySet().stream().filter(writtenTo::has).toList();
            List<Integer> key = table.primaryKey().stream()
                    .map(column -> columns.indexOf(table.columns().get(column).name()))
                    .toList();
            return new SinkVerification(
                    sink,
                    progress,
                    connections,
                    columns,
                    compared(writtenTo.comparedWith(
                            sources,
                            source,
                            columns,
                            columns.stream().map(types::get).toList(),
                            key)));
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
            TargetTable writtenTo = TargetTable.open(target, connections);
            List<String> columns =
                    view.fields().stream().map(field -> field.name()).toList();
            columns.stream().filter(name -> !writtenTo.has(name)).findFirst().ifPresent(name -> {
                throw writtenTo.lacks(name);
            });
            return new SinkVerification(
                    sink,
                    progress,
                    connections,
                    columns,
                    compared(writtenTo.comparedWith(reader -> client.pages(view.name(), reader), view)));
        } catch (SQLException | RuntimeException e) {
            close(connections);
            throw e;
        }
    }

    private static Comparison compared(TargetTable.Sides sides) {
        return new Comparison(sides.source(), sides.target(), MOST_FETCHED, MOST_DIFFERENCES);
    }

    /** A shard's columns in their order, each with its type. */
    private static Map<String, String> types(Connection connection, String table) throws SQLException {
        Map<String, String> types = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setString(1, table);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    types.put(rows.getString(1), rows.getString(2));
                }
            }
        }
        if (types.isEmpty()) {
            throw TargetTable.missing("shard's", table);
        }
        return types;
    }

    private static Connection connect(String url) throws SQLException {
        try {
            Connection connection = DriverManager.getConnection(url);
            DatabaseRows.prepare(connection);
            return connection;
        } catch (SQLException e) {
            throw VerifyCommand.unreachable(e, url);
        }
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
