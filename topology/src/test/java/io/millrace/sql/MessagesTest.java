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
            SELECT v.x FROM (VALUES (1), ('2'), (true)) AS v (x) | 55 | VALUES types integer and boolean cannot be matched | give both sides one type with a cast: value::type
            SELECT user_id FROM users ORDER BY name COLLATE "de_DE" LIMIT 1 | 66 | collation "de_DE" is not maintained | text is compared by code points: write COLLATE "C", or leave it out
            SELECT lower(name COLLATE "C") AS x FROM users | 44 | lower of text in collation "C" is not maintained | leave COLLATE out: the case of all letters is known
            SELECT name FROM users WHERE count(*) > 1 | 47 | aggregate functions are not allowed in WHERE | HAVING takes conditions on aggregates
            SELECT user_id FROM users UNION ALL SELECT user_id, name FROM users | 61 | each UNION ALL query must have the same number of columns | -
            WITH RECURSIVE r AS (SELECT user_id FROM users UNION SELECT user_id FROM r) SELECT user_id FROM r | 91 | WITH RECURSIVE that reads itself is not maintained | join the table with itself once for each level that rows have at most: LEFT JOIN t AS t2 ON t2.id = t1.parent LEFT JOIN t AS t3 ON t3.id = t2.parent
            SELECT name, born, count(*) AS n FROM users GROUP BY name | 31 | column "born" must appear in the GROUP BY clause or be used in an aggregate function | -
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

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", quoteCharacter = '`', textBlock = """
            CREATE INDEX ON v (nam) | 20 | column "nam" does not exist | did you mean "name"? v has user_id, name, doc
            CREATE INDEX ON w (name) | 17 | there is no view "w" before this index | there are v
            CREATE INDEX ON users (name) | 17 | there is no view "users" before this index | indexes are of views; a table's are the database's own
            CREATE UNIQUE INDEX ON v (name) | 1 | an index of a view is not UNIQUE | leave UNIQUE out; what a view's rows are told apart by is its PRIMARY KEY: CREATE VIEW v (PRIMARY KEY (column, ...)) AS ...
            CREATE INDEX ON v USING gin (name) | 25 | an index of a view is ordered, as PostgreSQL's btree is | leave USING gin out
            CREATE INDEX ON v (name, user_id, name) | 35 | column "name" is in the index twice | name it once
            CREATE INDEX ON v (doc) | 20 | column "doc" is jsonb, which has no order that an index could have | give the view a column with the part that is looked up, doc ->> 'member', and index that
            CREATE INDEX v ON v (name) | 14 | "v" is defined twice | an index needs a name of its own
            CREATE INDEX ON v (lower(name)) | 25 | syntax error at or near "(" | here could stand: , )
            CREATE INDEX ON v | 17 | the statement ends too early | here could stand: ( USING
            """)
    void aMistakeInAnIndexSaysWhereItIsAndWhatToDo(String index, int column, String message, String hint) {
        List<UserError> errors =
                errors("CREATE VIEW v AS SELECT user_id, name, name::jsonb AS doc FROM users;\n" + index + ";");
        assertThat(errors).hasSize(1);
        assertThat(errors.get(0).place().orElseThrow() + " " + errors.get(0).getMessage() + " / "
                        + errors.get(0).hint().orElse("-"))
                .isEqualTo("views.sql:2:" + column + " " + message + " / " + hint);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", quoteCharacter = '`', textBlock = """
            (PRIMARY KEY (nam)) | 29 | column "nam" named in key does not exist | the view has user_id, name
            (a, PRIMARY KEY (a, a)) | 35 | column "a" appears twice in primary key constraint | name it once
            (PRIMARY KEY (name), PRIMARY KEY (user_id)) | 36 | multiple primary keys for view "v" are not allowed | name all columns of the key in one PRIMARY KEY (column, ...)
            (a, b, c) | 22 | CREATE VIEW specifies more column names than columns | the query has 2
            (a, UNIQUE (a)) | 19 | syntax error at or near "UNIQUE" | here could stand: a name
            """)
    void aMistakeInADeclaredKeySaysWhereItIsAndWhatToDo(String key, int column, String message, String hint) {
        List<UserError> errors = errors("CREATE VIEW v " + key + " AS SELECT user_id, name FROM users;");
        assertThat(errors).hasSize(1);
        assertThat(errors.get(0).place().orElseThrow() + " " + errors.get(0).getMessage() + " / "
                        + errors.get(0).hint().orElse("-"))
                .isEqualTo("views.sql:1:" + column + " " + message + " / " + hint);
    }

    @Test
    void anIndexWithoutANameGetsThatOfPostgresAndNoOtherThatIsTaken() {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(TABLES, "tables.sql", "test", errors);
        List<ViewDefinition> views = ViewsFile.read("""
                CREATE VIEW v AS SELECT user_id, name FROM users;
                CREATE INDEX ON v (name, user_id);
                CREATE INDEX ON v USING btree (name DESC, user_id ASC NULLS FIRST);
                CREATE INDEX IF NOT EXISTS second ON public.v (name DESC NULLS LAST);
                CREATE INDEX third ON v (name DESC NULLS LAST);
                """, "views.sql", catalog, errors);
        assertThat(errors.stream().map(UserError::render))
                .containsExactly("views.sql:5:14: view v has that index already: second" + System.lineSeparator()
                        + "  hint: leave one of them out");
        assertThat(views.get(0).indexes().stream().map(IndexDefinition::name))
                .containsExactly("v_name_user_id_idx", "v_name_user_id_idx1", "second");
    }

    @Test
    void indexesOfTablesArePassedOver() {
        List<UserError> errors = new ArrayList<>();
        TablesFile.read("""
                CREATE TABLE t (id integer PRIMARY KEY, name text);
                CREATE UNIQUE INDEX ON t (lower(name));
                CREATE INDEX i ON public.t USING btree (name);
                """, "tables.sql", "test", errors);
        assertThat(errors).isEmpty();
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
