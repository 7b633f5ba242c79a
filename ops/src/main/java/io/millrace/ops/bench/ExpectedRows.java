package io.millrace.ops.bench;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.Column;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.ops.stack.PostgresServer;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.postgresql.PGConnection;

/** What PostgreSQL answers to a view's query over the tables as they are in the end. */
final class ExpectedRows {
    private ExpectedRows() {}

    /** Loads the tables into a server that is started in that folder for it. */
    static ViewRows of(SqlView view, Catalog catalog, LiveTables tables, Path directory)
            throws SQLException, IOException {
        try (PostgresServer server = PostgresServer.start("expected", directory, false);
                Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(Files.readString(view.tablesFile()));
            for (String name : view.reads()) {
                load(connection, catalog.table(name).orElseThrow(), tables);
            }
            statement.execute("ANALYZE");
            statement.execute(Files.readString(view.viewFile()));
            try (ResultSet result = statement.executeQuery("SELECT * FROM " + SqlView.VIEW)) {
                return ViewRows.of(result, view.key());
            }
        }
    }

    private static void load(Connection connection, Table table, LiveTables tables) throws SQLException, IOException {
        StringBuilder text = new StringBuilder();
        for (Object[] row : tables.rows(table.name())) {
            for (int i = 0; i < row.length; i++) {
                text.append(i == 0 ? "" : "\t").append(text(table.columns(), i, row[i]));
            }
            text.append('\n');
        }
        connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn("COPY " + table.name() + " FROM STDIN", new StringReader(text.toString()));
    }

    private static String text(List<Column> columns, int position, Object value) {
        if (value == null) {
            return "\\N";
        }
        SqlType.Kind kind = columns.get(position).type().kind();
        return switch (kind) {
            case DATE -> LocalDate.ofEpochDay((Integer) value).toString();
            case TIMESTAMP ->
                Instant.EPOCH.plus((Long) value, ChronoUnit.MICROS).toString();
            default -> value.toString();
        };
    }
}
