package io.millrace.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.cdn.CdnSink;
import io.millrace.invalidation.InvalidationLog;
import io.millrace.runtime.PlannedPipeline;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where invalidations are, as all commands about them are told. */
final class CdnAccess {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Mixin
    private PipelineOptions options;

    @Option(names = "--json", description = "Print JSON, one object a line, for scripts.")
    private boolean json;

    private final ObjectMapper mapper = ExactJson.mapper();
    private PlannedPipeline planned;
    private PipelineConfig properties;

    /** What the options say, looked up. @throws io.millrace.catalog.UserError if the pipeline has mistakes */
    void open() {
        refuseDropped();
        planned = PlannedPipeline.readOrThrow(options.folder(), options.config());
        properties = options.addressed(planned.pipeline().config());
    }

    /** What stands before a command's name is of the command before it, which does not run then. */
    private void refuseDropped() {
        boolean inPurge = spec.parent() != null && spec.parent().userObject() instanceof PurgeCommand;
        if (inPurge
                && !spec.parent()
                        .commandLine()
                        .getParseResult()
                        .matchedOptions()
                        .isEmpty()) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "options stand before '" + spec.name() + "', where they say nothing",
                    "write them after it: millrace purge " + spec.name() + " ...");
        }
    }

    /** Whether an option is given. */
    boolean has(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    String application() {
        return properties.get(PipelineConfig.APPLICATION_ID);
    }

    /** Says how many records were left out, if any. */
    void tellUnreadable(InvalidationLog log) {
        if (log.unreadable() > 0) {
            spec.commandLine()
                    .getErr()
                    .println("millrace: " + log.unreadable() + " records could not be read and are left out");
            spec.commandLine().getErr().flush();
        }
    }

    boolean json() {
        return json;
    }

    PlannedPipeline planned() {
        return planned;
    }

    PipelineConfig properties() {
        return properties;
    }

    /** The sinks of type cdn that the folder has. */
    List<CdnSink> sinks() {
        return planned.pipeline().text().sinks().stream()
                .filter(CdnSink::isOne)
                .map(CdnSink::of)
                .toList();
    }

    InvalidationLog log() {
        return new InvalidationLog(properties);
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    ObjectNode object() {
        return mapper.createObjectNode();
    }
}
