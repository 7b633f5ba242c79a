package io.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.grammar.CreateTableStatement;
import io.millrace.grammar.CreateViewStatement;
import io.millrace.grammar.Script;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlAbstractParserImpl;
import org.apache.calcite.sql.parser.SqlParser;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every keyword of PostgreSQL as a name: where PostgreSQL takes it without quotes, so do we. */
final class NamesTest {
    private static final String DECLARATION =
            "CREATE TABLE t (id bigint PRIMARY KEY, WORD bigint, x text, UNIQUE (id, WORD))";

    /** Queries of a table t that has a column named WORD. */
    private static final List<String> QUERIES = List.of(
            "SELECT WORD FROM t",
            "SELECT id, WORD FROM t",
            "SELECT WORD, id FROM t",
            "SELECT t.WORD FROM t",
            "SELECT t.WORD, t.id FROM t",
            "SELECT WORD + 1 AS x FROM t",
            "SELECT 1 + WORD AS x FROM t",
            "SELECT - WORD AS x FROM t",
            "SELECT WORD::bigint AS x FROM t",
            "SELECT coalesce(WORD, 0) AS x, abs(WORD) AS y FROM t",
            "SELECT max(WORD) AS x, count(DISTINCT WORD) AS y FROM t",
            "SELECT id FROM t WHERE WORD IS NOT NULL",
            "SELECT id FROM t WHERE WORD = 1 AND 2 > WORD",
            "SELECT id FROM t WHERE WORD BETWEEN 1 AND 2 OR WORD IN (1, 3)",
            "SELECT CASE WORD WHEN 1 THEN 2 ELSE WORD END AS x FROM t",
            "SELECT CASE WHEN WORD > 1 THEN WORD END AS x FROM t",
            "SELECT (WORD) AS x FROM t",
            "SELECT WORD FROM t GROUP BY WORD HAVING count(*) > 1",
            "SELECT WORD FROM t ORDER BY WORD",
            "SELECT a.id FROM t a JOIN t b ON a.WORD = b.WORD AND b.WORD > 0",
            "SELECT a.id AS x FROM t a JOIN t b USING (WORD)",
            "SELECT id AS WORD FROM t",
            "SELECT id AS WORD, id + 1 AS x FROM t",
            "SELECT id WORD FROM t",
            "SELECT id WORD, id + 1 x FROM t",
            "SELECT (id + 1) WORD FROM t",
            "SELECT WORD.id FROM t AS WORD",
            "SELECT WORD.id FROM t WORD",
            "SELECT WORD.id FROM t a JOIN t WORD ON a.id = WORD.id",
            "SELECT WORD.x FROM (SELECT id AS x FROM t) WORD",
            "WITH WORD AS (SELECT id FROM t) SELECT id FROM WORD",
            "WITH c (WORD) AS (SELECT id FROM t) SELECT c.WORD FROM c");

    private static EmbeddedPostgres server;
    private static Connection connection;

    @BeforeAll
    static void start() throws IOException, SQLException {
        server = EmbeddedPostgres.builder().start();
        connection = server.getPostgresDatabase().getConnection();
    }

    @AfterAll
    static void stop() throws IOException, SQLException {
        connection.close();
        server.close();
    }

    @Test
    void whereverPostgresTakesAWordForANameSoDoWe() throws SQLException {
        List<String> differing = new ArrayList<>();
        int taken = 0;
        for (String word : words()) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("DROP TABLE IF EXISTS t; " + declared(quoted(word)));
            }
            List<String> statements = new ArrayList<>();
            statements.add(DECLARATION);
            for (String query : QUERIES) {
                statements.add("CREATE VIEW v AS " + query);
            }
            statements.add("CREATE VIEW WORD AS SELECT id FROM t");
            statements.add("CREATE TABLE WORD (id bigint PRIMARY KEY)");
            for (String sql : statements) {
                if (isNameToPostgres(sql, word)) {
                    taken++;
                    String ours = parsed(sql.replace("WORD", word));
                    if (!ours.equals(parsed(sql.replace("WORD", quoted(word))))) {
                        differing.add(word + ": " + sql + " -> " + ours);
                    }
                }
            }
        }
        assertThat(taken).isGreaterThan(10_000);
        assertThat(differing).isEmpty();
    }

    private static String declared(String word) {
        return DECLARATION.replace("WORD", word);
    }

    private static String quoted(String word) {
        return '"' + word + '"';
    }

    /** PostgreSQL's keywords, and those of our grammar that PostgreSQL does not have. */
    private static Set<String> words() throws SQLException {
        Set<String> words = new TreeSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT word FROM pg_get_keywords()")) {
            while (result.next()) {
                words.add(result.getString(1));
            }
        }
        SqlAbstractParserImpl.Metadata grammar =
                SqlParser.create("", Script.config()).getMetadata();
        for (String token : grammar.getTokens()) {
            if (grammar.isKeyword(token) && token.matches("[A-Z_]+")) {
                words.add(token.toLowerCase(Locale.ROOT));
            }
        }
        return words;
    }

    /** Whether PostgreSQL takes the statement and it means to PostgreSQL what it means with the word in quotes. */
    private static boolean isNameToPostgres(String sql, String word) throws SQLException {
        String plain = explained(sql.replace("WORD", word));
        return plain != null && plain.equals(explained(sql.replace("WORD", quoted(word))));
    }

    /** PostgreSQL's plan; null when it refuses the statement. */
    private static String explained(String sql) throws SQLException {
        return sql.startsWith("CREATE VIEW v AS ")
                ? planned(sql.substring("CREATE VIEW v AS ".length()))
                : created((sql.startsWith("CREATE TABLE") ? "DROP TABLE t; " : "") + sql);
    }

    private static String planned(String query) {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("EXPLAIN (VERBOSE, COSTS OFF) " + query)) {
            StringBuilder plan = new StringBuilder();
            while (result.next()) {
                plan.append(result.getString(1)).append('\n');
            }
            return plan.toString();
        } catch (SQLException e) {
            return null;
        }
    }

    private static String created(String sql) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
            return "";
        } catch (SQLException e) {
            return null;
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private static String parsed(String sql) {
        Script script = Script.read(sql);
        if (!script.errors().isEmpty()) {
            return script.errors().toString();
        }
        SqlNode statement = script.parsed().get(0).statement();
        if (statement instanceof CreateViewStatement view) {
            return (view.name() + " AS " + view.query()).replace("`", "").toLowerCase(Locale.ROOT);
        }
        CreateTableStatement table = (CreateTableStatement) statement;
        return table.name() + " ("
                + table.columns().stream().map(c -> c.name() + " " + c.type()).toList();
    }
}
