package io.millrace.sql;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import java.util.List;

/**
 * A pipeline's folder as it was read, before it is planned. Immutable.
 *
 * @param config millrace.properties
 * @param text what tables.sql and views.sql hold
 * @param catalog tables.sql
 * @param views the valid views of views.sql, in their order
 * @param sinks the sinks of views.sql that read what exists, in their order
 * @param errors every mistake of every file; while there are any, the pipeline must not run
 * @param warnings what is worth a look
 */
public record Pipeline(
        PipelineConfig config,
        PipelineText text,
        Catalog catalog,
        List<ViewDefinition> views,
        List<SinkDefinition> sinks,
        List<UserError> errors,
        List<UserError> warnings) {
    public Pipeline {
        views = List.copyOf(views);
        sinks = List.copyOf(sinks);
        errors = List.copyOf(errors);
        warnings = List.copyOf(warnings);
    }
}
