package io.millrace.sql;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads a pipeline's folder: tables.sql, views.sql and millrace.properties. */
public final class FrontEnd {
    private FrontEnd() {}

    /** Reads a folder with the process's environment. */
    public static Pipeline read(Path folder) {
        return read(folder, Optional.empty(), System.getenv());
    }

    /**
     * Reads a folder. Mistakes do not end the reading: all of them are in the result.
     *
     * @param properties the file that is read instead of the folder's millrace.properties
     * @param environment variables, of which {@code MILLRACE_*} override properties
     */
    public static Pipeline read(Path folder, Optional<Path> properties, Map<String, String> environment) {
        List<UserError> errors = new ArrayList<>();
        Path propertiesFile = properties.orElse(folder.resolve("millrace.properties"));
        boolean mayLack = properties.isEmpty();
        String propertiesText = mayLack && Files.notExists(propertiesFile)
                ? ""
                : textOf(propertiesFile, "name a file that exists", errors);
        Path name = folder.toAbsolutePath().normalize().getFileName();
        PipelineConfig.Reading config = PipelineConfig.read(
                propertiesText, propertiesFile.toString(), name == null ? "pipeline" : name.toString(), environment);
        errors.addAll(config.errors());
        Path tables = folder.resolve("tables.sql");
        Path viewsFile = folder.resolve("views.sql");
        PipelineText text = new PipelineText(
                config.config().get(PipelineConfig.DATABASE),
                textOf(tables, "a pipeline declares its tables there, by CREATE TABLE", errors),
                textOf(viewsFile, "a pipeline defines its views there, by CREATE VIEW name AS ...", errors));
        Catalog catalog = TablesFile.read(text.tables(), tables.toString(), text.database(), errors);
        ViewsFile.Reading defined = ViewsFile.readAll(text.views(), viewsFile.toString(), catalog, errors);
        return new Pipeline(
                config.config(), text, catalog, defined.views(), defined.sinks(), errors, config.warnings());
    }

    private static String textOf(Path file, String hint, List<UserError> errors) {
        SourcePlace place = new SourcePlace(file.toString(), 0, 0);
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            errors.add(new UserError(UserError.Category.INVALID_PIPELINE, place, "is not UTF-8", "save it as UTF-8"));
        } catch (IOException e) {
            String message = Files.notExists(file) ? "does not exist" : "cannot be read: " + e.getMessage();
            errors.add(new UserError(UserError.Category.INVALID_PIPELINE, place, message, hint));
        }
        return "";
    }
}
