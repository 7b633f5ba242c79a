package io.millrace.cli;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.scaling.DecisionLog;
import io.millrace.scaling.execute.ExecutionLog;
import io.millrace.scaling.policy.PolicyFile;
import io.millrace.scaling.policy.ScalingPolicy;
import io.millrace.scaling.policy.ServicePolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Where a policy and its brokers are, as the commands about decisions are told. */
final class AutoscaleAccess {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Mixin
    private PipelineOptions options;

    private boolean warned;

    /** The folder's policy. @throws UserError its first mistake, if it has one */
    ScalingPolicy policy() {
        return PolicyFile.read(options.folder().resolve(PolicyFile.NAME)).orThrow();
    }

    /** The properties that hold here. A folder with a policy alone needs none. */
    PipelineConfig properties() {
        Path file = options.config().orElse(options.folder().resolve("millrace.properties"));
        String text = "";
        if (options.config().isPresent() || Files.exists(file)) {
            try {
                text = Files.readString(file);
            } catch (IOException e) {
                throw UserError.of(
                        Category.INVALID_PIPELINE,
                        file + " cannot be read: " + e.getMessage(),
                        "name a file that exists");
            }
        }
        Path name = options.folder().toAbsolutePath().normalize().getFileName();
        PipelineConfig.Reading reading = PipelineConfig.read(
                text, file.toString(), name == null ? "pipeline" : name.toString(), System.getenv());
        if (!reading.errors().isEmpty()) {
            throw reading.errors().get(0);
        }
        if (!warned) {
            warned = true;
            reading.warnings()
                    .forEach(warning -> spec.commandLine().getErr().println("millrace: warning: " + warning.render()));
        }
        return options.addressed(reading.config());
    }

    /** What became of decisions. */
    ExecutionLog executions() {
        return new ExecutionLog(properties());
    }

    DecisionLog decisions() {
        return new DecisionLog(properties());
    }

    /** The policy of a service. @throws UserError if there is none of that name */
    ServicePolicy service(String name) {
        ScalingPolicy policy = policy();
        List<String> names = policy.services().stream().map(ServicePolicy::name).toList();
        return policy.service(name).orElseThrow(() -> Names.unknown("service", name, names));
    }
}
