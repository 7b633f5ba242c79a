package io.millrace.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.Table;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder of the corpus: a schema as a team would write it, and the views that the team wants. Immutable.
 *
 * @param name the folder's name
 * @param tables the text of tables.sql
 * @param views the text of views.sql: views that are maintained
 * @param later the text of later.sql: views that PostgreSQL takes and that are refused, each under a comment that says why;
 *     empty when there is none
 * @param domains the values that columns take, of domains.properties
 * @param catalog what tables.sql declares
 */
record CorpusSchema(String name, String tables, String views, String later, ValueDomains domains, Catalog catalog) {

    /** All folders, by name; only that of {@code -Dmillrace.corpus} where it is set. */
    static List<CorpusSchema> all() throws IOException, URISyntaxException {
        String only = System.getProperty("millrace.corpus", "");
        Path corpus = Path.of(CorpusSchema.class.getResource("/corpus").toURI());
        try (Stream<Path> folders = Files.list(corpus)) {
            List<CorpusSchema> schemas = new ArrayList<>();
            for (Path folder : folders.sorted().toList()) {
                if (only.isEmpty() || folder.endsWith(only)) {
                    schemas.add(read(folder));
                }
            }
            return schemas;
        }
    }

    private static CorpusSchema read(Path folder) throws IOException {
        String name = folder.getFileName().toString();
        String tables = Files.readString(folder.resolve("tables.sql"));
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(tables, name + "/tables.sql", name, errors);
        assertThat(errors.stream().map(UserError::render)).isEmpty();
        return new CorpusSchema(
                name,
                tables,
                Files.readString(folder.resolve("views.sql")),
                textOf(folder.resolve("later.sql")),
                new ValueDomains(textOf(folder.resolve("domains.properties"))),
                catalog);
    }

    private static String textOf(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file) : "";
    }

    /** The tables whose rows change. */
    List<Table> changing() {
        return List.copyOf(catalog.tables().values());
    }
}
