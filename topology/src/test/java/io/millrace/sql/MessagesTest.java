package io.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said about a mistake: where it is, what it is, and what to do. */
final class MessagesTest {
    private static final String TABLES = """
            CREATE TABLE users (user_id bigint PRIMARY KEY, name text NOT NULL, born date);
            CREATE TABLE photos (photo_id bigint PRIMARY KEY, user_id bigint NOT NULL, caption text, likes integer);
            """;

    private static List<UserError> errors(String views) {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(TABLES, "tables.sql", "test", errors);
        ViewsFile.read(views, "views.sql", catalog, errors);
        return errors;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", quoteCharacter = '`', textBlock = """
            SELECT nam FROM users | 25 | column "nam" does not exist | did you mean "name"?
            SELECT u.nmae FROM users u | 27 | column "u.nmae" does not exist | did you mean "name"?
            SELECT zzzzzz FROM users | 25 | column "zzzzzz" does not exist | there are born, name, user_id
            SELECT user_id FROM user | 38 | syntax error at or near "user" | if it is a name, quote it: "user"
            SELECT user_id FROM usres | 38 | relation "usres" does not exist | did you mean "users"?
            SELECT user_id FROM orders | 38 | relation "orders" does not exist | declare it in tables.sql, or define the view before this one
            SELECT uper(name) AS n FROM users | 25 | function uper does not exist | did you mean "upper"?
            SELECT to_tsvector(name) AS n FROM users | 25 | function to_tsvector is not maintained | docs/sql.md lists the functions that are
            SELECT user_id FROM users u JOIN photos p ON u.user_id = p.user_id | 25 | column reference "user_id" is ambiguous | write the table's name or alias before it: table.column
            SELECT name FROM users WHERE user_id = name | 47 | operator does not exist: bigint = text | give both sides one type with a cast: value::type
            SELECT CASE WHEN user_id > 1 THEN name ELSE born END AS x FROM users | 25 | the results of CASE or COALESCE have types that cannot be matched | give both sides one type with a cast: value::type
            SELECT name FROM users WHERE count(*) > 1 | 47 | aggregate functions are not allowed in WHERE | HAVING takes conditions on aggregates
            SELECT user_id FROM users UNION ALL SELECT user_id, name FROM users | 61 | each UNION ALL query must have the same number of columns | -
            SELECT name FROM users WHERE user_id > ALL (SELECT user_id FROM photos) | 47 | > ALL of a query is not maintained | compare with (SELECT min(...) ...) or (SELECT max(...) ...)
            SELECT name, count(*) AS n FROM users GROUP BY name, ROLLUP (name) | 71 | grouping sets that are combined, or named twice, are not maintained | list each set once: GROUPING SETS ((a, b), (a), ())
            SELECT user_id, FROM users | 34 | syntax error at or near "FROM" | an expression could stand here
            SELECT (user_id FROM users | 34 | syntax error at or near "FROM" | here could stand: , )
            SELECT user_id FROM users WHERE | 48 | the statement ends too early | an expression could stand here
            """)
    void aMistakeInAQuerySaysWhereItIsAndWhatToDo(String query, int column, String message, String hint) {
        List<UserError> errors = errors("CREATE VIEW v AS " + query + ";");
        assertThat(errors).hasSize(1);
        UserError error = errors.get(0);
        assertThat(error.place().orElseThrow() + " " + error.getMessage() + " / "
                        + error.hint().orElse("-"))
                .isEqualTo("views.sql:1:" + column + " " + message + " / " + (hint == null ? "-" : hint));
    }

    /** What pg_dump writes besides tables is passed over, a slip of the hand is not. */
    @Test
    void aStatementThatPostgresHasNotIsAMistakeInTablesSql() {
        List<UserError> errors = new ArrayList<>();
        TablesFile.read("""
                SET statement_timeout = 0;
                CREATE EXTENSION IF NOT EXISTS hstore;
                CREATE TABEL t (id integer PRIMARY KEY);
                CRAETE TABLE u (id integer PRIMARY KEY);
                GRANT SELECT ON t TO reader;
                """, "tables.sql", "test", errors);
        assertThat(errors.stream().map(error -> error.place().orElseThrow() + " " + error.getMessage()))
                .containsExactly(
                        "tables.sql:3:8 syntax error at or near \"TABEL\"",
                        "tables.sql:4:1 syntax error at or near \"CRAETE\"");
    }

    @Test
    void severalMistakesInOneFileAreAllReported() {
        String places = errors("""
                        CREATE VIEW a AS SELECT nam FROM users;
                        CREATE VIEW b AS SELECT user_id FROM usres;
                        CREAT VIEW c AS SELECT user_id FROM users;
                        CREATE VIEW d AS SELECT user_id FROM users WHERE;
                        CREATE VIEW e AS SELECT user_id, name FROM users;
                        """).stream()
                .map(error -> error.place().orElseThrow().toString())
                .sorted()
                .collect(Collectors.joining(" "));
        assertThat(places).isEqualTo("views.sql:1:25 views.sql:2:38 views.sql:3:1 views.sql:4:48");
    }

    @Test
    void aMistakeInADeclarationSaysWhatCouldStandThere() {
        List<UserError> errors = new ArrayList<>();
        TablesFile.read("CREATE TABLE t (id bigint PRIMARY KEY,\n  all text);", "tables.sql", "test", errors);
        assertThat(errors)
                .extracting(UserError::render)
                .hasSize(1)
                .first()
                .asString()
                .contains("tables.sql:2:3: syntax error at or near \"all\"")
                .contains("quote it: \"all\"");
    }
}
