package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.plan.PlanNode;
import io.millrace.row.Row;
import io.millrace.row.RowJson;
import io.millrace.row.SqlText;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.sql.ViewDefinition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A view's rows as PostgreSQL computes them: all shards' rows of the tables that it reads are copied into temporary tables
 * of one session, and the view's own SQL is run there. Nothing else is written.
 */
final class Recomputation {
    static final int BATCH = 1_000;

    private final PlannedPipeline planned;
    private final ViewDefinition definition;
    private final List<String> shards;
    private final String scratch;
    private final String brokers;
    private final ObjectMapper json = ExactJson.mapper();

    Recomputation(
            PlannedPipeline planned, ViewDefinition definition, List<String> shards, String scratch, String brokers) {
        this.planned = planned;
        this.definition = definition;
        this.shards = shards;
        this.scratch = scratch;
        this.brokers = brokers;
    }

    /** The rows now, each as the HTTP interface would show it. */
    List<JsonNode> rows() throws SQLException {
        try (Connection connection = connect(scratch);
                Statement statement = connection.createStatement()) {
            statement.execute("SET timezone = 'UTC'");
            statement.execute("SET search_path = pg_temp, public");
            createEnums(statement);
            for (Table table : tables()) {
                copy(table, connection);
            }
            for (ViewDefinition view : planned.pipeline().views()) {
                if (view.name().equals(definition.name())) {
                    break;
                }
                createView(statement, view);
            }
            PlanNode.View plan = planned.plan().views().stream()
                    .filter(view -> view.name().equals(definition.name()))
                    .findFirst()
                    .orElseThrow();
            return query(statement, plan);
        }
    }

    private static void createView(Statement statement, ViewDefinition view) throws SQLException {
        String columns = view.columnNames().stream().map(Recomputation::quoted).collect(Collectors.joining(", "));
        statement.execute("CREATE TEMP VIEW " + quoted(view.name()) + " (" + columns + ") AS " + view.sql());
    }

    /** All declared tables, since an earlier view may read any of them. */
    private List<Table> tables() {
        return List.copyOf(planned.pipeline().catalog().tables().values());
    }

    private void copy(Table table, Connection to) throws SQLException {
        String columns = table.columns().stream()
                .map(column -> quoted(column.name()) + " " + typeName(column.type()))
                .collect(Collectors.joining(", "));
        try (Statement statement = to.createStatement()) {
            statement.execute("CREATE TEMP TABLE " + quoted(table.name()) + " (" + columns + ")");
        }
        String insert = "INSERT INTO " + quoted(table.name()) + " VALUES ("
                + table.columns().stream()
                        .map(column -> "?::text::" + typeName(column.type()))
                        .collect(Collectors.joining(", "))
                + ")";
        try (PreparedStatement rows = to.prepareStatement(insert)) {
            if (table.appendOnly()) {
                new EventRows(table, brokers).copy(to, rows);
            } else {
                for (String shard : shards) {
                    copyShard(table, shard, rows);
                }
            }
        }
    }

    /** The scratch database need not have the enums: they are types of the session. */
    private void createEnums(Statement statement) throws SQLException {
        for (SqlType type : planned.pipeline().catalog().enums().values()) {
            String labels = type.labels().stream()
                    .map(label -> "'" + label.replace("'", "''") + "'")
                    .collect(Collectors.joining(", "));
            statement.execute("CREATE TYPE pg_temp." + quoted(type.name()) + " AS ENUM (" + labels + ")");
        }
    }

    private static String typeName(SqlType type) {
        return switch (type.kind()) {
            case ENUM -> "pg_temp." + quoted(type.name());
            case ARRAY -> typeName(type.element()) + "[]";
            default -> type.toString();
        };
    }

    private static void copyShard(Table table, String shard, PreparedStatement rows) throws SQLException {
        String select = "SELECT "
                + table.columns().stream()
                        .map(column -> quoted(column.name()) + "::text")
                        .collect(Collectors.joining(", "))
                + " FROM " + quoted(table.schema()) + "." + quoted(table.name());
        try (Connection connection = connect(shard);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.execute("SET LOCAL timezone = 'UTC'");
            statement.setFetchSize(BATCH);
            try (ResultSet result = statement.executeQuery(select)) {
                int pending = 0;
                while (result.next()) {
                    for (int i = 1; i <= table.columns().size(); i++) {
                        rows.setString(i, result.getString(i));
                    }
                    pending = add(rows, pending);
                }
                flush(rows, pending);
            }
        }
    }

    /** Adds a row to a batch of so many; returns how many are in it then. */
    static int add(PreparedStatement rows, int pending) throws SQLException {
        rows.addBatch();
        if (pending + 1 < BATCH) {
            return pending + 1;
        }
        rows.executeBatch();
        return 0;
    }

    /** Writes the rest of a batch. */
    static void flush(PreparedStatement rows, int pending) throws SQLException {
        if (pending > 0) {
            rows.executeBatch();
        }
    }

    private List<JsonNode> query(Statement statement, PlanNode.View plan) throws SQLException {
        RowJson writer = RowJson.of(definition.columnNames(), plan.types());
        List<JsonNode> rows = new ArrayList<>();
        try (ResultSet result = statement.executeQuery(definition.sql())) {
            while (result.next()) {
                Object[] values = new Object[plan.fields().size()];
                for (int i = 0; i < values.length; i++) {
                    String text = result.getString(i + 1);
                    values[i] = text == null ? null : SqlText.parse(plan.types().get(i), text);
                }
                rows.add(json.readTree(writer.write(Row.of(values))));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows;
    }

    private static Connection connect(String url) throws SQLException {
        try {
            return DriverManager.getConnection(url);
        } catch (SQLException e) {
            throw VerifyCommand.unreachable(e, url);
        }
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
