package io.millrace.ops;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.ops.demo.Traffic;
import io.millrace.ops.demo.TrafficRunner;
import io.millrace.ops.stack.Stack;
import io.millrace.ops.stack.StackOptions;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlannedPipeline;
import io.millrace.serve.PipelineServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace dev}: everything on this machine, real parts, with the demo's traffic. */
@Command(
        name = "millrace dev",
        description = "Run everything on this machine: databases, Kafka, capture, views, demo traffic.",
        mixinStandardHelpOptions = true)
public final class Dev implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Spec
    private CommandSpec spec;

    @Option(names = "--pipeline", paramLabel = "DIR", description = "The pipeline's folder; default: pipelines/photos.")
    private Path pipeline = home().resolve("pipelines/photos");

    @Option(names = "--shards", paramLabel = "N", description = "How many PostgreSQL shards; default ${DEFAULT-VALUE}.")
    private int shards = 2;

    @Option(names = "--init", paramLabel = "FILE", description = "SQL to run on each shard after its tables exist.")
    private Path init;

    @Option(names = "--no-demo", description = "No demo traffic.")
    private boolean noDemo;

    @Option(
            names = "--status-file",
            paramLabel = "FILE",
            description = "Where to say that all is ready; default: .millrace/dev.json.")
    private Path statusFile = home().resolve(".millrace/dev.json");

    @Option(names = "--port", paramLabel = "P", description = "HTTP's port; default ${DEFAULT-VALUE}.")
    private int port = 8080;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Keep all data there and go on with it; default: none is kept.")
    private Path data;

    @Option(names = "--rate", paramLabel = "N", description = "Demo changes a second; default ${DEFAULT-VALUE}.")
    private int rate = 300;

    @Option(names = "--seed", paramLabel = "N", description = "The demo traffic's seed; default ${DEFAULT-VALUE}.")
    private long seed = 1;

    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private long startNanos;

    public static void main(String[] arguments) {
        CommandLine line = new CommandLine(new Dev()).setExecutionExceptionHandler((failure, command, result) -> {
            if (failure instanceof UserError error) {
                command.getErr().println("millrace: " + error.render());
                return 1;
            }
            command.getErr().println("millrace: the stack could not be started; this is a bug");
            failure.printStackTrace(command.getErr());
            return 70;
        });
        // Kafka and PostgreSQL leave threads behind that would keep the process.
        System.exit(line.execute(arguments));
    }

    private static Path home() {
        return Path.of(System.getenv().getOrDefault("MILLRACE_HOME", "."));
    }

    @Override
    public Integer call() throws Exception {
        startNanos = System.nanoTime();
        Path directory = data != null ? data.toAbsolutePath() : Files.createTempDirectory("millrace-dev");
        Files.createDirectories(directory);
        PlannedPipeline planned = PlannedPipeline.read(pipeline, Optional.empty(), System.getenv());
        for (UserError error : planned.errors()) {
            spec.commandLine().getErr().println("millrace: " + error.render());
        }
        if (!planned.errors().isEmpty()) {
            return 1;
        }
        Thread hook = new Thread(this::stop, "millrace-shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        if (data == null) {
            started.push(() -> delete(directory));
        }
        Stack stack = Stack.start(
                new StackOptions(
                        planned.pipeline().config().get(PipelineConfig.DATABASE),
                        shards,
                        Files.readString(pipeline.resolve("tables.sql")),
                        init == null ? null : Files.readString(init),
                        directory,
                        data != null,
                        2,
                        0),
                this::say);
        push(stack);
        PipelineServer server = PipelineServer.start(
                planned, config(stack, directory), new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        push(server);
        server.awaitReady(PATIENCE);
        say("views at " + server.url());
        TrafficRunner traffic = noDemo ? null : traffic(stack);
        push(StatusFile.write(statusFile, stack, pipeline, server.url()));
        ready(stack, server, planned);
        report(server, planned, traffic);
        return 0;
    }

    private PipelineConfig config(Stack stack, Path directory) throws IOException {
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put("MILLRACE_KAFKA_BOOTSTRAP_SERVERS", stack.broker().bootstrapServers());
        environment.put("MILLRACE_SCHEMA_REGISTRY_URL", stack.registry().url());
        environment.put("MILLRACE_PARTITIONS", "2");
        environment.put("MILLRACE_HTTP_PORT", Integer.toString(port));
        environment.put("MILLRACE_STATE_DIR", directory.resolve("state").toString());
        return PlannedPipeline.read(pipeline, Optional.empty(), environment)
                .pipeline()
                .config();
    }

    private TrafficRunner traffic(Stack stack) throws Exception {
        // Ids of a run begin above those of all runs before, whose rows may still be there.
        long firstId = data == null ? 1 : System.currentTimeMillis() / 1000 * 1_000_000;
        TrafficRunner traffic = TrafficRunner.start(
                new Traffic(seed, shards, firstId),
                rate,
                stack.shards(),
                stack.broker().bootstrapServers(),
                this::say);
        push(traffic);
        return traffic;
    }

    private void ready(Stack stack, PipelineServer server, PlannedPipeline planned) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                Locale.ROOT,
                "%nready in %.1f s: views %s, Kafka %s, registry %s, Connect %s%n",
                (System.nanoTime() - startNanos) / 1e9,
                server.url(),
                stack.broker().bootstrapServers(),
                stack.registry().url(),
                stack.connect().url());
        stack.shards().forEach(shard -> out.println("  " + shard.name() + "  " + shard.jdbcUrl()));
        out.println("  " + stack.replica().name() + " " + stack.replica().jdbcUrl());
        String view = planned.plan().views().isEmpty()
                ? "VIEW"
                : planned.plan().views().get(0).name();
        out.println("try, in another terminal:");
        out.println("  ./millrace views");
        out.println("  ./millrace query " + view + " --all --limit 5");
        out.println("  ./millrace verify " + view);
        out.println();
        out.flush();
    }

    /** A line a second on what flows, until the stack is stopped. */
    private void report(PipelineServer server, PlannedPipeline planned, TrafficRunner traffic)
            throws InterruptedException {
        long before = traffic == null ? 0 : traffic.changes();
        while (!stopped.await(1, TimeUnit.SECONDS)) {
            long now = traffic == null ? 0 : traffic.changes();
            long rows = 0;
            long lag = 0;
            double p50 = 0;
            double p99 = 0;
            for (PlanNode.View view : planned.plan().views()) {
                rows += server.views().rows(view);
                lag = Math.max(lag, server.views().lagRecords(view));
                p50 = Math.max(p50, server.views().latencyMs(view, 0.5));
                p99 = Math.max(p99, server.views().latencyMs(view, 0.99));
            }
            spec.commandLine()
                    .getOut()
                    .printf(
                            Locale.ROOT,
                            "%5d changes/s  %8d view rows  commit to view p50 %4.0f ms p99 %4.0f ms  lag %d records%n",
                            now - before,
                            rows,
                            p50,
                            p99,
                            lag);
            spec.commandLine().getOut().flush();
            before = now;
        }
    }

    private void say(String text) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, "%5.1f s  %s%n", (System.nanoTime() - startNanos) / 1e9, text);
        out.flush();
    }

    private void push(AutoCloseable part) {
        synchronized (started) {
            started.push(part);
        }
    }

    private void stop() {
        stopped.countDown();
        synchronized (started) {
            while (!started.isEmpty()) {
                try {
                    started.pop().close();
                } catch (Exception e) {
                    say("could not stop cleanly: " + e.getMessage());
                }
            }
        }
        say("stopped");
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
