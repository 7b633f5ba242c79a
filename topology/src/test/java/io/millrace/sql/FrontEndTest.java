package io.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.Table;
import io.millrace.catalog.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FrontEndTest {
    @TempDir
    private Path root;

    private Path folder(String tables, String views) throws IOException {
        Path folder = Files.createDirectory(root.resolve("photos"));
        Files.writeString(folder.resolve("tables.sql"), tables);
        Files.writeString(folder.resolve("views.sql"), views);
        return folder;
    }

    private static Pipeline read(Path folder) {
        return FrontEnd.read(folder, Optional.empty(), Map.of());
    }

    @Test
    void aFolderIsReadWhole() throws IOException {
        Path folder = folder(
                "CREATE TABLE users (id bigint PRIMARY KEY, name text);",
                "CREATE VIEW names AS SELECT id, name FROM users;");
        Files.writeString(folder.resolve("millrace.properties"), "database = app\nhttp.prot = 1\n");
        Pipeline pipeline = read(folder);
        assertThat(pipeline.errors()).isEmpty();
        assertThat(pipeline.warnings()).hasSize(1);
        assertThat(pipeline.config().get(PipelineConfig.APPLICATION_ID)).isEqualTo("photos");
        assertThat(pipeline.catalog().table("users").orElseThrow().source()).isEqualTo(new Table.Captured("app.users"));
        assertThat(pipeline.views()).extracting(ViewDefinition::name).containsExactly("names");
    }

    @Test
    void theMistakesOfAllFilesAreReportedTogether() throws IOException {
        Path folder = folder(
                "CREATE TABLE users (id nosuch PRIMARY KEY, id2 wrong);\nCREATE TABEL t ();\nCREATE TABLE x (;",
                "CREATE VIEW a AS SELECT nosuch FROM users;\nCREATE VIEW b AS SELECT id FROM missing;");
        Files.writeString(folder.resolve("millrace.properties"), "threads = many\n");
        assertThat(read(folder).errors())
                .extracting(UserError::render)
                .anyMatch(text -> text.contains("millrace.properties:1: threads cannot be 'many'"))
                .anyMatch(text -> text.contains("tables.sql:1:24: type \"nosuch\" does not exist"))
                .anyMatch(text -> text.contains("tables.sql:1:48: type \"wrong\" does not exist"))
                .anyMatch(text -> text.contains("tables.sql:3:16: "))
                .anyMatch(text -> text.contains("views.sql:1:25: column \"nosuch\" does not exist"))
                .anyMatch(text -> text.contains("views.sql:2:33: relation \"missing\" does not exist"));
    }

    @Test
    void aFunctionThatIsNotMaintainedIsRefusedAtItsPlaceWithAHint() throws IOException {
        Path folder = folder("CREATE TABLE users (id bigint PRIMARY KEY, name text);", """
                CREATE VIEW a AS SELECT id, soundex(name) AS s FROM users;
                CREATE VIEW b AS SELECT id, round(name) AS r FROM users;
                CREATE VIEW c AS SELECT id, id + name AS p FROM users;
                """);
        assertThat(read(folder).errors())
                .extracting(UserError::render)
                .anyMatch(text -> text.contains("views.sql:1:29: function soundex is not maintained")
                        && text.contains("hint: docs/sql.md lists the functions that are"))
                .anyMatch(text -> text.contains("views.sql:2:29: function round(text) does not exist"))
                .anyMatch(text -> text.contains("views.sql:3:29: operator does not exist: bigint + text")
                        && text.contains("a cast may be missing"));
    }

    @Test
    void arraysOfOtherTypesAreNotCompared() throws IOException {
        Path folder = folder("CREATE TABLE t (id bigint PRIMARY KEY, s text[], e integer[], b bigint[]);", """
                CREATE VIEW a AS SELECT id FROM t WHERE s = e;
                CREATE VIEW b AS SELECT id FROM t WHERE b < e;
                CREATE VIEW c AS SELECT x.id FROM t x JOIN t y ON x.s = y.e;
                CREATE VIEW d AS SELECT id FROM t WHERE s IS DISTINCT FROM e;
                CREATE VIEW e AS SELECT id FROM t WHERE s IN (e);
                CREATE VIEW f AS SELECT id FROM t WHERE s IN (SELECT e FROM t);
                CREATE VIEW g AS SELECT id FROM t WHERE s = '{a}' AND e <> ARRAY[1] AND b IN (b, '{1}') AND s IN (SELECT s FROM t);
                """);
        assertThat(read(folder).errors())
                .hasSize(6)
                .extracting(UserError::render)
                .allMatch(text -> text.contains("operator does not exist"));
    }

    @Test
    void aFolderWithoutFilesSaysWhichItNeeds() {
        assertThat(read(root.resolve("nowhere")).errors())
                .extracting(UserError::getMessage)
                .containsExactly("does not exist", "does not exist");
    }

    @Test
    void anotherPropertiesFileIsReadWhereOneIsNamed() throws IOException {
        Path folder = folder("", "");
        Path production = Files.writeString(root.resolve("production.properties"), "partitions = 12");
        assertThat(FrontEnd.read(folder, Optional.of(production), Map.of())
                        .config()
                        .get(PipelineConfig.PARTITIONS))
                .isEqualTo(12);
        assertThat(FrontEnd.read(folder, Optional.of(root.resolve("none")), Map.of())
                        .errors())
                .hasSize(1);
    }
}
