package io.millrace.ops.slt;

import io.millrace.ops.stack.PostgresServer;
import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * The PostgreSQL database of one test file: its sessions, and one session more that watches what they commit.
 *
 * <p>Row triggers write each change into a table. So a transaction's changes appear when it commits and never when it is rolled
 * back, old values are there without REPLICA IDENTITY FULL, and cascades, ON CONFLICT and MERGE are seen; a replication slot
 * would show the same, but each look at one costs a decoding of the log, and a new slot waits for open transactions.
 */
final class TestDatabase implements AutoCloseable {
    /** A trigger whose name comes first runs before a user's, whose own changes are later ones. */
    private static final String CAPTURE = """
            CREATE SCHEMA millrace_test;
            CREATE TABLE millrace_test.change (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, relation oid NOT NULL, before text, after text,
                truncated boolean NOT NULL DEFAULT false);
            CREATE FUNCTION millrace_test.capture() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
                SET search_path = pg_catalog SET timezone = 'UTC' SET datestyle = 'ISO' SET intervalstyle = 'postgres'
                SET extra_float_digits = 1 SET bytea_output = 'hex' AS $$
            BEGIN
                IF TG_OP = 'TRUNCATE' THEN
                    EXECUTE format('INSERT INTO millrace_test.change (relation, before, truncated)'
                        ' SELECT %s, "millrace row"::text, true FROM %s "millrace row"', TG_RELID, TG_RELID::regclass);
                ELSIF TG_OP = 'INSERT' THEN
                    INSERT INTO millrace_test.change (relation, after) VALUES (TG_RELID, NEW::text);
                ELSIF TG_OP = 'UPDATE' THEN
                    INSERT INTO millrace_test.change (relation, before, after) VALUES (TG_RELID, OLD::text, NEW::text);
                ELSE
                    INSERT INTO millrace_test.change (relation, before) VALUES (TG_RELID, OLD::text);
                END IF;
                RETURN NULL;
            END $$;
            CREATE FUNCTION millrace_test.deduplicate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
                SET search_path = pg_catalog SET timezone = 'UTC' SET datestyle = 'ISO' SET intervalstyle = 'postgres'
                SET extra_float_digits = 1 SET bytea_output = 'hex' AS $$
            DECLARE
                seen boolean;
            BEGIN
                EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I = $1.%2$I)', TG_RELID::regclass, TG_ARGV[0])
                    INTO seen USING NEW;
                INSERT INTO millrace_test.change (relation, after) VALUES (TG_RELID, NEW::text);
                IF seen THEN
                    RETURN NULL;
                END IF;
                RETURN NEW;
            END $$;
            CREATE FUNCTION millrace_test.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$
            DECLARE
                made record;
            BEGIN
                FOR made IN SELECT * FROM pg_event_trigger_ddl_commands()
                    WHERE object_type = 'table' AND schema_name = 'public'
                        AND command_tag IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO')
                LOOP
                    EXECUTE format('CREATE TRIGGER " millrace" AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW'
                        ' EXECUTE FUNCTION millrace_test.capture()', made.object_identity);
                    EXECUTE format('CREATE TRIGGER " millrace all" BEFORE TRUNCATE ON %s'
                        ' EXECUTE FUNCTION millrace_test.capture()', made.object_identity);
                    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER " millrace"', made.object_identity);
                END LOOP;
            END $$;
            CREATE EVENT TRIGGER millrace_test ON ddl_command_end
                WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') EXECUTE FUNCTION millrace_test.watch();
            """;

    private final PostgresServer server;
    private final String name;
    private final Connection watching;
    private final Map<String, Connection> sessions = new HashMap<>();

    TestDatabase(PostgresServer server, String name) throws SQLException {
        this.server = server;
        this.name = name;
        // Text orders by code points, as the engine orders it, whatever the machine's locales are.
        server.execute("CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8'"
                + " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'");
        watching = connect();
        execute(watching, CAPTURE);
    }

    private Connection connect() throws SQLException {
        // Simple queries and no binary values: every value is the text that the server writes.
        Connection connection = DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + server.port() + "/" + name
                + "?user=postgres&preferQueryMode=simple&binaryTransfer=false");
        execute(connection, "SET timezone = 'UTC'; SET client_min_messages = 'warning'; SET lock_timeout = '10s'");
        return connection;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }

    private Connection session(String session) throws SQLException {
        Connection open = sessions.get(session);
        if (open == null) {
            open = connect();
            sessions.put(session, open);
        }
        return open;
    }

    /** Runs a statement in one of the test's sessions. */
    Answer run(String session, String sql) throws SQLException {
        return answer(session(session), sql);
    }

    /**
     * Has a table take a row once whose value of a column it has already; the engine gets all of them, in the order in which they
     * come: those that are taken would be captured at the statement's end. In the session that made the table, since others need
     * not see it yet.
     */
    void deduplicate(String session, String table, String column) throws SQLException {
        String sql = """
                DROP TRIGGER " millrace" ON %1$s;
                CREATE TRIGGER " millrace" AFTER UPDATE OR DELETE ON %1$s FOR EACH ROW
                    EXECUTE FUNCTION millrace_test.capture();
                CREATE TRIGGER " millrace once" BEFORE INSERT ON %1$s FOR EACH ROW
                    EXECUTE FUNCTION millrace_test.deduplicate('%2$s');
                ALTER TABLE %1$s ENABLE ALWAYS TRIGGER " millrace", ENABLE ALWAYS TRIGGER " millrace once";
                CREATE INDEX %4$s ON %1$s USING hash (%3$s)
                """;
        execute(
                session(session),
                sql.formatted(
                        "public." + quoted(table),
                        column.replace("'", "''"),
                        quoted(column),
                        quoted(" millrace " + table)));
    }

    /** The rows of a query outside the test's sessions: what is committed. */
    Answer committed(String sql) throws SQLException {
        return answer(watching, sql);
    }

    private static Answer answer(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            if (!statement.execute(sql)) {
                return new Answer(List.of(), List.of(), Math.max(0, statement.getUpdateCount()));
            }
            try (ResultSet result = statement.getResultSet()) {
                return answer(result);
            }
        }
    }

    private static Answer answer(ResultSet result) throws SQLException {
        ResultSetMetaData about = result.getMetaData();
        List<String> columns = new ArrayList<>();
        for (int i = 1; i <= about.getColumnCount(); i++) {
            columns.add(about.getColumnTypeName(i));
        }
        List<List<String>> rows = new ArrayList<>();
        while (result.next()) {
            List<String> row = new ArrayList<>();
            for (int i = 1; i <= columns.size(); i++) {
                row.add(result.getString(i));
            }
            rows.add(row);
        }
        return new Answer(columns, rows, rows.size());
    }

    /** Whether a session is within BEGIN ... COMMIT. */
    boolean inTransaction(String session) throws SQLException {
        return session(session).unwrap(BaseConnection.class).getTransactionState() != TransactionState.IDLE;
    }

    /** Whether any session is within BEGIN ... COMMIT. */
    boolean inTransaction() throws SQLException {
        for (String session : sessions.keySet()) {
            if (inTransaction(session)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Runs a query that finds the given rows where it reads those views: temporary tables of the same columns hide the views
     * while it runs.
     */
    Answer runOver(String session, String sql, Map<String, List<List<String>>> views) throws SQLException {
        Connection connection = session(session);
        execute(connection, "BEGIN");
        try {
            for (Map.Entry<String, List<List<String>>> view : views.entrySet()) {
                String table = quoted(view.getKey());
                execute(
                        connection,
                        "CREATE TEMP TABLE " + table + " AS SELECT * FROM public." + table + " WITH NO DATA");
                copy(connection, "pg_temp." + table, view.getValue());
            }
            return answer(connection, sql);
        } finally {
            execute(connection, "ROLLBACK");
        }
    }

    private static void copy(Connection connection, String table, List<List<String>> rows) throws SQLException {
        String text = rows.stream()
                .map(row -> row.stream().map(TestDatabase::escaped).collect(Collectors.joining("\t", "", "\n")))
                .collect(Collectors.joining());
        try {
            connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn("COPY " + table + " FROM STDIN", new StringReader(text));
        } catch (IOException e) {
            throw new SQLException("the rows of " + table + " could not be sent", e);
        }
    }

    private static String escaped(String value) {
        return value == null
                ? "\\N"
                : value.replace("\\", "\\\\")
                        .replace("\t", "\\t")
                        .replace("\n", "\\n")
                        .replace("\r", "\\r");
    }

    /** The changes that were committed since the last call, in their order. */
    List<RowChange> changes() throws SQLException {
        Answer answer = committed("WITH taken AS (DELETE FROM millrace_test.change RETURNING *)"
                + " SELECT relation, before, after, truncated FROM taken ORDER BY id");
        return answer.rows().stream()
                .map(row -> new RowChange(
                        Long.parseLong(row.get(0)),
                        values(row.get(1)),
                        values(row.get(2)),
                        row.get(3).equals("t")))
                .toList();
    }

    /** All rows of a table. */
    List<List<String>> rows(String table) throws SQLException {
        String from = "SELECT \"millrace row\"::text FROM public." + quoted(table) + " \"millrace row\"";
        return committed(from).rows().stream().map(row -> values(row.get(0))).toList();
    }

    /** Whether a table has rows. */
    boolean holdsRows(String table) throws SQLException {
        return committed("SELECT 1 FROM public." + quoted(table) + " LIMIT 1").changed() > 0;
    }

    private static List<String> values(String row) {
        return row == null ? null : CompositeText.values(row);
    }

    /** Its name on the server. */
    String name() {
        return name;
    }

    /** The server's port. */
    int port() {
        return server.port();
    }

    static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    @Override
    public void close() throws SQLException {
        for (Connection session : sessions.values()) {
            session.close();
        }
        watching.close();
        server.execute("DROP DATABASE " + name + " WITH (FORCE)");
    }
}
