package io.millrace.connectors.replica;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A database of the tests, asked by statements of its own connections. */
public interface SqlDatabase extends AutoCloseable {
    Connection connect() throws SQLException;

    /** Its address, without a user. */
    String url();

    /** A user who may do everything there, without a password. */
    String user();

    /** Ends the connections of a sink. */
    void endConnectionsOf(String sink) throws SQLException;

    @Override
    void close() throws IOException;

    default void execute(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** The rows that a query gives, each with its values joined by a bar; NULL is {@code -}. */
    default List<String> rows(String query) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            int columns = rows.getMetaData().getColumnCount();
            while (rows.next()) {
                List<String> values = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    values.add(rows.getString(i) == null ? "-" : rows.getString(i));
                }
                found.add(String.join("|", values));
            }
        }
        return found;
    }
}
