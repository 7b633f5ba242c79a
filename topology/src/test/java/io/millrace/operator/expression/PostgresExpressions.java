package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.plan.Expression;
import io.millrace.row.Row;
import io.millrace.row.SqlText;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** PostgreSQL's answers to expressions, and ours, in one form: type and text, NULL, or SQLSTATE and message. */
final class PostgresExpressions implements AutoCloseable {
    private final EmbeddedPostgres server;
    private final Connection connection;
    private int probes;

    PostgresExpressions() throws IOException, SQLException {
        server = EmbeddedPostgres.builder().start();
        try (Connection admin = server.getPostgresDatabase().getConnection();
                Statement statement = admin.createStatement()) {
            statement.execute("CREATE DATABASE oracle TEMPLATE template0 ENCODING 'UTF8'"
                    + " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'");
        }
        connection = server.getDatabase("postgres", "oracle").getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET timezone = 'UTC'");
            statement.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')");
            // format() prints by the type's output function; a cast to text would strip char(n).
            statement.execute("CREATE FUNCTION attempt(expression text) RETURNS text LANGUAGE plpgsql AS $$"
                    + " DECLARE answer text; BEGIN EXECUTE 'SELECT CASE WHEN v IS NULL THEN ''NULL'' ELSE"
                    + " format(''%s %s'', pg_typeof(v), v) END FROM (SELECT (' || expression || ') AS v) AS one'"
                    + " INTO answer; RETURN answer;"
                    + " EXCEPTION WHEN OTHERS THEN RETURN 'ERROR ' || SQLSTATE || ' ' || SQLERRM; END $$");
        }
    }

    /** Has that table and those rows of it. */
    void load(String sql, Table table, List<Row> rows) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
            // A column of a query by number, for each row by itself: an error of one row is that row's answer.
            statement.execute(
                    "CREATE FUNCTION value_of(expression text, number integer) RETURNS text LANGUAGE plpgsql AS $$"
                            + " DECLARE answer text; BEGIN EXECUTE 'SELECT CASE WHEN v IS NULL THEN ''NULL'' ELSE"
                            + " format(''%s'', v) END FROM (SELECT (' || expression || ') AS v FROM x WHERE id = ' || number || ')"
                            + " AS one' INTO answer; RETURN answer;"
                            + " EXCEPTION WHEN OTHERS THEN RETURN 'ERROR ' || SQLSTATE || ' ' || SQLERRM; END $$");
            for (Row row : rows) {
                List<String> values = new ArrayList<>();
                for (int i = 0; i < table.columns().size(); i++) {
                    SqlType type = table.columns().get(i).type();
                    values.add(Sql.of(new Expression.Literal(row.get(i), type)));
                }
                statement.execute("INSERT INTO " + table.name() + " VALUES (" + String.join(", ", values) + ")");
            }
        }
    }

    /** A column's name and type, then its values in the order of the rows; or why there is no such column. */
    List<String> column(String expression) throws SQLException {
        List<String> column = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT " + expression + " FROM x LIMIT 0")) {
            column.add(result.getMetaData().getColumnLabel(1));
        } catch (SQLException e) {
            return List.of(e.getMessage());
        }
        // Without rows nothing is evaluated, and the column has its type all the same.
        String type = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
                + " WHERE attrelid = 'probe'::regclass AND attnum = 1";
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE OR REPLACE TEMPORARY VIEW probe_" + probes + " AS SELECT " + expression + " FROM x");
            try (ResultSet result = statement.executeQuery(type.replace("probe", "probe_" + probes++))) {
                result.next();
                column.set(0, column.get(0) + " " + result.getString(1));
            }
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT value_of(?, id) FROM x ORDER BY id")) {
            statement.setString(1, expression);
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    column.add(result.getString(1));
                }
            }
        }
        return column;
    }

    /** PostgreSQL's answers, in order. */
    List<String> answers(List<String> expressions) throws SQLException {
        Array given = connection.createArrayOf("text", expressions.toArray());
        List<String> answers = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT attempt(e) FROM unnest(?::text[]) WITH ORDINALITY AS t(e, n) ORDER BY n")) {
            statement.setArray(1, given);
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    answers.add(result.getString(1));
                }
            }
        }
        return answers;
    }

    /** Our answer. */
    static String answer(Expression expression) {
        try {
            Object value = ExpressionCompiler.compile(expression).evaluate(Row.of());
            SqlType type = expression.type();
            return value == null ? "NULL" : new SqlTypeName(type).withoutPrecision() + " " + SqlText.write(type, value);
        } catch (EvaluationError e) {
            return "ERROR " + e.sqlState() + " " + e.getMessage();
        } catch (RuntimeException e) {
            return "BUG " + e;
        }
    }

    /** A type's name as pg_typeof prints it. */
    private record SqlTypeName(SqlType type) {
        String withoutPrecision() {
            return switch (type.kind()) {
                case ENUM -> type.name();
                case ARRAY -> new SqlTypeName(type.element()).withoutPrecision() + "[]";
                default -> type.kind().sqlName();
            };
        }
    }

    @Override
    public void close() throws IOException, SQLException {
        connection.close();
        server.close();
    }
}
