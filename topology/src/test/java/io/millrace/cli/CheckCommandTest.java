package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code millrace check} says of views that can be maintained but are worth a look. */
final class CheckCommandTest {
    private static final String TABLES = """
            CREATE TABLE users (user_id bigint PRIMARY KEY, name text);
            CREATE TABLE photos (photo_id bigint PRIMARY KEY, user_id bigint NOT NULL, likes integer);
            """;

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void declareTables() throws IOException {
        Files.writeString(folder.resolve("tables.sql"), TABLES);
    }

    private void check(String views) throws IOException {
        Files.writeString(folder.resolve("views.sql"), views);
        int code = Millrace.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute("check", "--pipeline", folder.toString());
        assertThat(code).as(err.toString()).isEqualTo(Millrace.OK);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            SELECT p.photo_id, u.name FROM photos p CROSS JOIN users u | 1:64 | photos and users
            SELECT p.photo_id, u.name FROM photos p, users u | 1:57 | photos and users
            SELECT p.photo_id, u.name FROM photos p JOIN users u ON p.user_id > u.user_id | 1:58 | photos and users
            SELECT p.photo_id, u.name FROM photos p LEFT JOIN users u ON p.user_id > u.user_id | 1:63 | photos and users
            SELECT p.photo_id, q.photo_id AS other, u.name FROM photos p, photos q, users u WHERE q.user_id = u.user_id | 1:13 | photos
            """)
    void aJoinWithoutAnEqualityIsWarnedOf(String query, String place, String sides) throws IOException {
        check("CREATE VIEW v AS " + query);
        assertThat(err.toString().lines())
                .filteredOn(line -> line.contains("warning"))
                .hasSize(1)
                .first()
                .asString()
                .contains("views.sql:" + place + ": view v joins ", sides)
                .endsWith(
                        "without an equality: all rows of both meet in one partition, each with every row of the other side");
        assertThat(err.toString()).contains("hint: keep one side small, or add an equality to the join's condition");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT p.photo_id, u.name FROM photos p, users u WHERE u.user_id = p.user_id",
                "SELECT p.photo_id, u.name FROM photos p JOIN users u ON u.user_id = p.user_id AND p.likes > u.user_id",
                "SELECT photo_id FROM photos WHERE likes > (SELECT avg(likes) FROM photos)",
                "SELECT photo_id FROM photos WHERE user_id NOT IN (SELECT user_id FROM users)",
                "SELECT photo_id FROM photos WHERE likes NOT IN (SELECT likes FROM photos)",
                "SELECT photo_id FROM photos CROSS JOIN (SELECT count(*) AS users FROM users) c",
                "SELECT photo_id FROM photos WHERE EXISTS (SELECT 1 FROM users)"
            })
    void aJoinWithAnEqualityOrWithOneRowIsNot(String query) throws IOException {
        check("CREATE VIEW v AS " + query);
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void aTableWithoutAKeyIsWarnedOfUnlessItsOldRowsAreLogged() throws IOException {
        Files.writeString(folder.resolve("tables.sql"), """
                CREATE TABLE logs (line text);
                CREATE TABLE visits (page text);
                ALTER TABLE ONLY public.visits REPLICA IDENTITY FULL;
                CREATE TABLE clicks (page text) WITH (topic = 'clicks', format = 'json');
                """);
        check("CREATE VIEW pages AS SELECT page, count(*) AS n FROM visits GROUP BY page");
        assertThat(err.toString().lines())
                .containsExactly(
                        "millrace: warning: " + folder.resolve("tables.sql")
                                + ":1:14: table logs has no primary key: once it is captured, PostgreSQL"
                                + " refuses to update and delete its rows unless its log has the old rows",
                        "  hint: run ALTER TABLE logs REPLICA IDENTITY FULL in the databases and write it here, or declare"
                                + " the table's primary key");
    }

    @Test
    void aDeclaredKeyThatDoesNotFollowIsWarnedOfAndIndexesAreListed() throws IOException {
        check("""
                CREATE VIEW named (PRIMARY KEY (name)) AS SELECT name, user_id FROM users;
                CREATE VIEW sure (PRIMARY KEY (user_id)) AS SELECT name, user_id FROM users;
                CREATE INDEX ON sure (name DESC, user_id);
                """);
        assertThat(out.toString().lines())
                .containsExactly(
                        "named: (name text, user_id bigint), key name",
                        "  warning: its PRIMARY KEY (name) does not follow from the tables' keys, so rows may break it; those"
                                + " that do go to the view's dead letters and are not shown",
                        "sure: (name text, user_id bigint), key user_id",
                        "  index sure_name_user_id_idx by name DESC, user_id",
                        "2 views, 2 tables: all is well");
    }

    @Test
    void aViewWhoseNameNoTopicCanHaveIsRefused() throws IOException {
        Files.writeString(folder.resolve("views.sql"), "CREATE VIEW \"on top\" AS SELECT user_id FROM users;");
        int code = Millrace.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute("check", "--pipeline", folder.toString());
        assertThat(code).isEqualTo(Millrace.FAILURE);
        assertThat(err.toString()).contains("views.sql:1:13: no topic can have the name \"on top\"");
    }
}
