package io.millrace.plan;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.PipelineProperties;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.sql.ViewDefinition;
import io.millrace.sql.ViewsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A pipeline's folder, read and planned: {@code tables.sql}, {@code views.sql} and {@code millrace.properties}. The folder
 * alone decides the plan; no server is asked. Immutable.
 *
 * @param name the folder's name
 * @param properties what millrace.properties says, environment variables over it
 * @param catalog the declared tables
 * @param views the views' definitions, in order
 * @param plan their plan
 */
public record Pipeline(
        String name, PipelineProperties properties, Catalog catalog, List<ViewDefinition> views, Plan plan) {

    /** The outcome of reading a folder: a pipeline, or what is wrong with it. */
    public record Reading(Pipeline pipeline, List<UserError> errors) {
        /** The pipeline. @throws UserError the first of its errors, if there are any */
        public Pipeline orThrow() {
            if (!errors.isEmpty()) {
                throw errors.get(0);
            }
            return pipeline;
        }
    }

    /**
     * Reads a folder; collects every mistake in every file.
     *
     * @param environment variables, of which MILLRACE_* override properties
     */
    public static Reading read(Path folder, Map<String, String> environment) {
        List<UserError> errors = new ArrayList<>();
        Path tablesFile = folder.resolve("tables.sql");
        Path viewsFile = folder.resolve("views.sql");
        if (!Files.isDirectory(folder)) {
            errors.add(UserError.of(
                    UserError.Category.NOT_FOUND,
                    folder + " is no folder",
                    "a pipeline is a folder with tables.sql and views.sql"));
            return new Reading(null, errors);
        }
        String name = folder.toAbsolutePath().normalize().getFileName().toString();
        PipelineProperties properties = PipelineProperties.read(folder.resolve("millrace.properties"), environment);
        Catalog catalog = TablesFile.read(
                text(tablesFile, errors),
                tablesFile.toString(),
                properties.database().orElse(name),
                errors);
        List<ViewDefinition> views = ViewsFile.read(text(viewsFile, errors), viewsFile.toString(), catalog, errors);
        Plan plan = planned(views, errors);
        return new Reading(errors.isEmpty() ? new Pipeline(name, properties, catalog, views, plan) : null, errors);
    }

    private static Plan planned(List<ViewDefinition> views, List<UserError> errors) {
        List<UserError> refused = new ArrayList<>();
        for (ViewDefinition view : views) {
            try {
                Planner.plan(List.of(view));
            } catch (UserError e) {
                refused.add(
                        e.place().isPresent()
                                ? e
                                : new UserError(
                                        e.category(),
                                        view.place(),
                                        "view " + view.name() + ": " + e.getMessage(),
                                        e.hint().orElse(null)));
            }
        }
        errors.addAll(refused);
        return refused.isEmpty() ? Planner.plan(views) : null;
    }

    private static String text(Path file, List<UserError> errors) {
        if (!Files.exists(file)) {
            errors.add(UserError.of(
                    UserError.Category.NOT_FOUND,
                    file + " does not exist",
                    "a pipeline is a folder with tables.sql and views.sql"));
            return "";
        }
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
