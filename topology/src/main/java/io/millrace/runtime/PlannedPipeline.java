package io.millrace.runtime;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.Table;
import io.millrace.catalog.UserError;
import io.millrace.cdn.CdnMistakes;
import io.millrace.operator.expression.Constants;
import io.millrace.operator.window.FrameOffsets;
import io.millrace.plan.CrossJoins;
import io.millrace.plan.Plan;
import io.millrace.plan.Planner;
import io.millrace.sink.SinkMistakes;
import io.millrace.sink.UnheardSinks;
import io.millrace.sql.FrontEnd;
import io.millrace.sql.Pipeline;
import io.millrace.sql.ViewDefinition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A pipeline's folder, read and planned. The folder alone decides the plan; no server is asked. Immutable.
 *
 * @param pipeline what the folder says
 * @param plan the views' plan; null when there are errors
 * @param errors every mistake of every file, and every view that cannot be maintained
 * @param warnings what is worth a look
 */
public record PlannedPipeline(Pipeline pipeline, Plan plan, List<UserError> errors, List<UserError> warnings) {
    public PlannedPipeline {
        errors = List.copyOf(errors);
        warnings = List.copyOf(warnings);
    }

    /** Reads and plans a folder; mistakes are in the result. */
    public static PlannedPipeline read(Path folder, Optional<Path> properties, Map<String, String> environment) {
        Pipeline pipeline = FrontEnd.read(folder, properties, environment);
        List<UserError> errors = new ArrayList<>(pipeline.errors());
        List<UserError> warnings = new ArrayList<>(pipeline.warnings());
        for (ViewDefinition view : pipeline.views()) {
            mistakeInName(view).ifPresent(errors::add);
            List<UserError> ofConstants = Constants.mistakes(view.constants());
            errors.addAll(ofConstants);
            if (!ofConstants.isEmpty()) {
                continue;
            }
            try {
                Plan alone = Planner.plan(List.of(view));
                errors.addAll(FrameOffsets.mistakes(view, alone));
                warnings.addAll(CrossJoins.warnings(view, alone.views().get(0)));
            } catch (UserError e) {
                errors.add(e);
            }
        }
        pipeline.catalog().tables().values().forEach(table -> warningOf(table).ifPresent(warnings::add));
        errors.addAll(SinkMistakes.of(pipeline.sinks()));
        warnings.addAll(UnheardSinks.warnings(pipeline.sinks(), pipeline.config()));
        errors.addAll(CdnMistakes.of(pipeline.sinks(), pipeline.views()));
        Plan plan = errors.isEmpty() ? Planner.plan(pipeline.views()) : null;
        if (plan != null) {
            errors.addAll(SinkMistakes.ofKeys(pipeline.sinks(), pipeline.views(), plan));
            errors.addAll(CdnMistakes.ofKeys(pipeline.sinks(), plan));
        }
        return new PlannedPipeline(pipeline, errors.isEmpty() ? plan : null, errors, warnings);
    }

    /** A view's topic has its name. */
    private static Optional<UserError> mistakeInName(ViewDefinition view) {
        if (view.name().matches(PipelineConfig.TOPIC_NAME)) {
            return Optional.empty();
        }
        return Optional.of(new UserError(
                UserError.Category.INVALID_PIPELINE,
                view.place(),
                "no topic can have the name \"" + view.name() + "\", which this view's topic would have",
                "name it with letters, digits, '.', '_' and '-'"));
    }

    /** PostgreSQL refuses updates and deletions of a table that is captured and has neither key nor whole rows in the log. */
    private static Optional<UserError> warningOf(Table table) {
        if (table.hasKey() || !(table.source() instanceof Table.Captured captured) || captured.wholeRowsLogged()) {
            return Optional.empty();
        }
        String sql = "ALTER TABLE " + table.name() + " REPLICA IDENTITY FULL";
        return Optional.of(new UserError(
                UserError.Category.INVALID_PIPELINE,
                table.place(),
                "table " + table.name()
                        + " has no primary key: once it is captured, PostgreSQL refuses to update and delete"
                        + " its rows unless its log has the old rows",
                "run " + sql + " in the databases and write it here, or declare the table's primary key"));
    }

    /** Reads and plans a folder. @throws UserError the first mistake, if there is one */
    public static PlannedPipeline readOrThrow(Path folder) {
        return readOrThrow(folder, Optional.empty());
    }

    /** Reads and plans a folder with the properties of that file. @throws UserError the first mistake, if there is one */
    public static PlannedPipeline readOrThrow(Path folder, Optional<Path> properties) {
        PlannedPipeline read = read(folder, properties, System.getenv());
        if (!read.errors.isEmpty()) {
            throw read.errors.get(0);
        }
        return read;
    }
}
