package io.millrace.differential;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.plan.PlanNode;
import io.millrace.plan.SortColumn;
import io.millrace.row.SqlText;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.util.PSQLException;

/** PostgreSQL itself: it holds all shards' rows and answers the views' queries. */
public final class Oracle implements AutoCloseable {
    private static final String DROP_CONSTRAINTS = """
            DO $$
            DECLARE it record;
            BEGIN
                FOR it IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
                    WHERE contype IN ('f', 'c', 'u') AND connamespace = 'public'::regnamespace
                LOOP
                    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', it.owner, it.conname);
                END LOOP;
            END $$""";

    private final EmbeddedPostgres server;
    private final Connection connection;
    private String schemaSql = "";

    public Oracle() throws IOException, SQLException {
        server = EmbeddedPostgres.builder().start();
        try (Connection admin = server.getPostgresDatabase().getConnection();
                Statement statement = admin.createStatement()) {
            // Text orders by code points and upper() knows every letter, whatever the machine's locales are.
            statement.execute("CREATE DATABASE oracle TEMPLATE template0 ENCODING 'UTF8'"
                    + " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'");
        }
        connection = server.getDatabase("postgres", "oracle").getConnection();
        execute("SET timezone = 'UTC'");
        execute("SET client_min_messages = 'warning'");
        execute("CREATE SCHEMA clock; CREATE FUNCTION clock.now() RETURNS timestamptz STABLE RETURN"
                + " coalesce(nullif(current_setting('clock.now', true), '')::timestamptz, pg_catalog.now());"
                + " SET search_path = public, clock, pg_catalog");
    }

    /** Has now() give that time from now on, instead of the present. */
    public void setTime(long micros) throws SQLException {
        execute("SET clock.now = '" + SqlText.write(SqlType.TIMESTAMPTZ, micros) + "'");
    }

    /** Has what those statements make, and nothing else. */
    void create(String statements) throws SQLException {
        execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public; " + statements);
        schemaSql = "";
    }

    /** The rows of a query, each as the JSON that PostgreSQL makes of it, sorted; empty when PostgreSQL refuses it. */
    Optional<List<String>> rows(String query) throws SQLException {
        try {
            return Optional.of(read(query));
        } catch (SQLException e) {
            return Optional.empty();
        }
    }

    /** What PostgreSQL says when it fails on a query's rows; nothing when it does not. */
    String error(String query) {
        try {
            read(query);
            return "";
        } catch (PSQLException e) {
            return e.getServerErrorMessage().getMessage();
        } catch (SQLException e) {
            throw new AssertionError(query, e);
        }
    }

    /**
     * Has the tables of those statements, without the constraints that rows of several shards need not keep, and views
     * over them.
     */
    void create(String tables, String views) throws SQLException {
        create(tables);
        execute(DROP_CONSTRAINTS);
        execute(views);
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Has the tables of that schema, and no others. */
    public void create(RandomSchema schema) throws SQLException {
        if (!schema.sql().equals(schemaSql)) {
            execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public; " + schema.postgresSql());
            schemaSql = schema.sql();
        }
    }

    /** Takes over the rows that a history has led to. */
    public void load(RandomSchema schema, History history) throws SQLException {
        load(schema.tables(), history);
    }

    /** Takes over the rows of those tables that a history has led to. */
    void load(List<Table> tables, History history) throws SQLException {
        execute(tables.stream().map(history::load).collect(Collectors.joining(";")));
    }

    /** Takes over the rows of the databases' tables. */
    public void load(RandomSchema schema, List<Connection> shards) throws SQLException, IOException {
        CopyManager into = connection.unwrap(PGConnection.class).getCopyAPI();
        for (var table : schema.tables()) {
            execute("TRUNCATE " + table.name());
            for (Connection shard : shards) {
                StringWriter rows = new StringWriter();
                shard.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY " + table.name() + " TO STDOUT", rows);
                into.copyIn("COPY " + table.name() + " FROM STDIN", new StringReader(rows.toString()));
            }
        }
    }

    /** The rows of a view, each as the JSON that PostgreSQL makes of it, sorted. */
    public List<String> rows(RandomPipeline pipeline, PlanNode.View view) throws SQLException {
        return read(pipeline.queryOf(view));
    }

    /** The rows of a view in the order of an index of it, and else of the view's key. */
    public List<String> rows(RandomPipeline pipeline, PlanNode.Index index) throws SQLException {
        List<SortColumn> all = new ArrayList<>(index.order());
        all.addAll(index.view().order());
        String order = all.stream()
                .map(column -> RandomPipeline.quoted(
                                index.fields().get(column.column()).name())
                        + (column.descending() ? " DESC" : "")
                        + (column.nullsFirst() ? " NULLS FIRST" : " NULLS LAST"))
                .collect(Collectors.joining(", "));
        return readInOrder("SELECT * FROM (" + pipeline.queryOf(index.view()) + ") indexed ORDER BY " + order);
    }

    /** The rows of a view that a condition on the rows of its key holds for, the count of which is {@code copies}. */
    List<String> rows(RandomPipeline pipeline, PlanNode.View view, String condition) throws SQLException {
        String key = names(view, view.key());
        String counted = "SELECT *, count(*) OVER (PARTITION BY " + key + ") AS copies FROM (" + pipeline.queryOf(view)
                + ") rows";
        String columns = view.fields().stream()
                .map(field -> RandomPipeline.quoted(field.name()))
                .collect(Collectors.joining(", "));
        String nulls = "num_nulls(" + key + ")";
        return read("SELECT " + columns + " FROM (" + counted + ") c WHERE " + condition.replace("nulls", nulls));
    }

    private static String names(PlanNode.View view, List<Integer> columns) {
        return columns.stream()
                .map(column -> RandomPipeline.quoted(view.fields().get(column).name()))
                .collect(Collectors.joining(", "));
    }

    /** The rows of a query, each as the JSON that PostgreSQL makes of it, sorted. */
    List<String> read(String query) throws SQLException {
        List<String> rows = readInOrder(query);
        rows.sort(null);
        return rows;
    }

    private List<String> readInOrder(String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT row_to_json(answer) FROM (" + query + ") answer")) {
            List<String> rows = new ArrayList<>();
            while (result.next()) {
                rows.add(result.getString(1));
            }
            return rows;
        }
    }

    @Override
    public void close() throws IOException, SQLException {
        connection.close();
        server.close();
    }
}
