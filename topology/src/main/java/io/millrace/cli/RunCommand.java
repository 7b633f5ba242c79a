package io.millrace.cli;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.catalog.UserError;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.serve.PipelineServer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace run}: runs a pipeline until it is told to stop. */
@Command(
        name = "run",
        description = "Run a pipeline in production: maintain its views and serve them, until SIGTERM or Ctrl-C.")
final class RunCommand implements Callable<Integer> {
    private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(30);
    private static final Duration FAILURE_LOOK = Duration.ofMillis(500);

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--pipeline",
            required = true,
            paramLabel = "DIR",
            description = "The pipeline's folder: tables.sql, views.sql, millrace.properties.")
    private Path folder;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Read these properties instead of the folder's millrace.properties.")
    private Path config;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        PlannedPipeline planned = PlannedPipeline.read(folder, Optional.ofNullable(config), System.getenv());
        for (UserError warning : planned.warnings()) {
            spec.commandLine().getErr().println("millrace: warning: " + warning.render());
        }
        if (!planned.errors().isEmpty()) {
            planned.errors().forEach(error -> spec.commandLine().getErr().println("millrace: " + error.render()));
            return Millrace.FAILURE;
        }
        PipelineServer server = PipelineServer.start(
                planned, planned.pipeline().config(), new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        AtomicBoolean stopping = new AtomicBoolean();
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            stopping.set(true);
                            server.close();
                            stopped.countDown();
                        },
                        "millrace-shutdown"));
        try {
            // However long it takes: of many rows the first reading is hours, and to give up would be to begin again.
            while (!server.isReadyWithin(PROGRESS_INTERVAL)) {
                out.println("not ready yet: " + server.progress());
                out.flush();
            }
        } catch (UserError e) {
            if (stopping.get()) {
                // Told to stop before it was ready, which is no failure.
                return Millrace.OK;
            }
            throw e;
        }
        out.println("ready: " + server.servedViews() + " views at " + server.url() + "/v1/views");
        Set<String> building = server.views().building().keySet();
        if (!building.isEmpty()) {
            out.println("being built, then switched: " + String.join(", ", building));
        }
        out.flush();
        awaitStopped(server, stopped, stopping);
        return Millrace.OK;
    }

    /** Waits until it is told to stop. @throws UserError if it has stopped by itself, for whoever started it to start it again */
    private static void awaitStopped(PipelineServer server, CountDownLatch stopped, AtomicBoolean stopping)
            throws InterruptedException {
        while (!stopped.await(FAILURE_LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
            Optional<String> failure = stopping.get() ? Optional.empty() : server.failure();
            if (failure.isPresent() && !stopping.get()) {
                throw UserError.of(
                        UserError.Category.UNREACHABLE,
                        "the pipeline stopped: " + failure.get(),
                        "the log holds the details; state and offsets are those of the last commit");
            }
        }
    }
}
