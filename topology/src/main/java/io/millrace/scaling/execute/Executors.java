package io.millrace.scaling.execute;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.alert.SignedHook;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.scaling.policy.ScalingPolicy;
import io.millrace.scaling.policy.ServicePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The executors that a pipeline's properties name, running. */
public final class Executors implements AutoCloseable {
    private static final Duration WEBHOOK_PATIENCE = Duration.ofSeconds(10);

    private final List<ExecutorRunner> runners;

    private Executors(List<ExecutorRunner> runners) {
        this.runners = runners;
    }

    /** Starts them; there may be none. @throws UserError if one lacks what it needs */
    public static Executors start(ScalingPolicy policy, PipelineConfig config, MeterRegistry registry) {
        List<Executor> executors = new ArrayList<>();
        for (String name : names(config)) {
            executors.add(executor(name, config));
        }
        List<String> services =
                policy.services().stream().map(ServicePolicy::name).toList();
        return new Executors(executors.stream()
                .map(executor -> ExecutorRunner.start(executor, config, services, registry))
                .toList());
    }

    /** The names that the properties give. */
    public static List<String> names(PipelineConfig config) {
        return config.get(PipelineConfig.SCALING_EXECUTORS)
                .map(names ->
                        List.of(names.split("\\s*,\\s*")).stream().distinct().toList())
                .orElse(List.of());
    }

    private static Executor executor(String name, PipelineConfig config) {
        return switch (name) {
            case WebhookExecutor.NAME ->
                SignedHook.of(
                                config,
                                PipelineConfig.SCALING_WEBHOOK_URL,
                                PipelineConfig.SCALING_WEBHOOK_SECRET,
                                WEBHOOK_PATIENCE)
                        .map(WebhookExecutor::new)
                        .orElseThrow(() -> missing(name, PipelineConfig.SCALING_WEBHOOK_URL.name()));
            case KubernetesExecutor.NAME ->
                new KubernetesExecutor(
                        KubernetesExecutor.client(),
                        config.get(PipelineConfig.SCALING_KUBERNETES_NAMESPACE),
                        config.get(PipelineConfig.SCALING_KUBERNETES_RESOURCE));
            case ProcessExecutor.NAME -> processes(config);
            default -> throw new IllegalStateException("the properties let no executor " + name + " through");
        };
    }

    private static Executor processes(PipelineConfig config) {
        String command = config.get(PipelineConfig.SCALING_PROCESS_COMMAND)
                .orElseThrow(() -> missing(ProcessExecutor.NAME, PipelineConfig.SCALING_PROCESS_COMMAND.name()));
        try {
            return new ProcessExecutor(new ProcessExecutor.Settings(
                    command,
                    config.get(PipelineConfig.SCALING_PROCESS_DIRECTORY),
                    config.get(PipelineConfig.SCALING_PROCESS_GRACE_MS),
                    config.get(PipelineConfig.SCALING_PROCESS_LOG_BYTES)));
        } catch (ExecutionFailure e) {
            throw UserError.of(
                    Category.INVALID_PIPELINE,
                    e.getMessage(),
                    "end the other one, or set " + PipelineConfig.SCALING_PROCESS_DIRECTORY.name());
        }
    }

    private static UserError missing(String executor, String property) {
        return UserError.of(
                Category.INVALID_PIPELINE,
                "the executor " + executor + " needs " + property,
                "set it, or take the executor out");
    }

    /** Adds what is to be watched of them. */
    void watchedBy(Health health) {
        runners.forEach(runner -> health.watch("executor " + runner.name(), runner::isAlive));
    }

    @Override
    public void close() {
        runners.forEach(ExecutorRunner::close);
    }
}
