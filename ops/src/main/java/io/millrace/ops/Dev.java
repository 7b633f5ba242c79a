package io.millrace.ops;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.cli.Millrace;
import io.millrace.ops.demo.Demo;
import io.millrace.ops.demo.Traffic;
import io.millrace.ops.demo.TrafficRunner;
import io.millrace.ops.images.ImagesDemo;
import io.millrace.ops.pages.PagesDemo;
import io.millrace.ops.pages.Varnish;
import io.millrace.ops.stack.Ports;
import io.millrace.ops.stack.Stack;
import io.millrace.ops.stack.StackOptions;
import io.millrace.plan.PlanNode;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.scaling.policy.PolicyFile;
import io.millrace.scaling.policy.ScalingPolicy;
import io.millrace.serve.PipelineServer;
import io.millrace.sink.SinkKind;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
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
        exitCodeListHeading = "Exit codes are those of millrace --help; Ctrl-C ends it with 130.%n")
public final class Dev implements Callable<Integer> {
    private static final Path STATUS_FILE = home().resolve(".millrace/dev.json");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String PHOTOS = "photos";
    private static final String IMAGES = "images";
    private static final String PAGES = "pages";
    /** The example pipelines that have a demo, and how many actions a second it makes. */
    private static final Map<String, Integer> DEMO_RATES = Map.of(PHOTOS, 300, IMAGES, 1, PAGES, 300);

    /** With workers that are scaled the queue is one for several of them, and the waves are as high as that needs. */
    private static final int SCALED_PARTITIONS = 4;

    private static final int SCALED_RATE = 6;

    private static final int MAX_SHARDS = 16;

    /** With more to catch up on the demo's traffic pauses, so that a busy machine shows slower traffic and not old views. */
    private static final long MAX_LAG_RECORDS = 2_000;

    private static final int PARTITIONS = 2;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--pipeline",
            paramLabel = "DIR",
            description = "The pipeline's folder; default: pipelines/photos, the demo; with --cdn pipelines/pages, with"
                    + " --autoscale pipelines/images.")
    private Path pipeline;

    @Option(
            names = "--cdn",
            description =
                    "Serve pages of the views through a cache, Varnish, that is purged of what changes. It must be installed.")
    private boolean cdn;

    @Option(
            names = "--autoscale",
            description =
                    "Have processes make the thumbnails of pipelines/images, as many as its scaling.yaml says, while"
                            + " uploads come in waves.")
    private boolean autoscale;

    @Option(
            names = "--shards",
            paramLabel = "N",
            description = "How many PostgreSQL shards to start; default: ${DEFAULT-VALUE}.")
    private int shards = 2;

    @Option(
            names = "--init",
            paramLabel = "FILE",
            description = "SQL to run on every shard once its tables exist, the first time that its data is new.")
    private Path init;

    @Option(names = "--no-demo", description = "Make no demo traffic; needed with a pipeline of your own.")
    private boolean noDemo;

    @Option(
            names = "--status-file",
            paramLabel = "FILE",
            description =
                    "The file that says where everything is: it appears when all is ready and goes at the end. Default:"
                            + " .millrace/dev.json, where the other commands look for it.")
    private Path statusFile = STATUS_FILE;

    @Option(
            names = "--port",
            paramLabel = "P",
            description = "The port to serve views on, 0 for a free one; default: ${DEFAULT-VALUE}.")
    private int port = 8080;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Keep all data in this folder, and go on with what is there; by default nothing is kept.")
    private Path data;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description =
                    "Demo actions a second, fewer while the views cannot keep up; default: 300 of pipelines/photos, 1"
                            + " upload of pipelines/images, with --autoscale 6 when there are most.")
    private Integer rate;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "The demo traffic's seed: the same gives the same rows; default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private long startNanos;
    private int cachePort;

    public static void main(String[] arguments) {
        // Kafka and PostgreSQL leave threads behind that would keep the process.
        System.exit(Millrace.reporting(new CommandLine(new Dev())).execute(arguments));
    }

    private static Path home() {
        return Path.of(System.getenv().getOrDefault("MILLRACE_HOME", "."));
    }

    @Override
    public Integer call() throws Exception {
        startNanos = System.nanoTime();
        if (pipeline == null) {
            pipeline = home().resolve("pipelines").resolve(cdn ? PAGES : autoscale ? IMAGES : PHOTOS);
        }
        checkOptions();
        PlannedPipeline planned = PlannedPipeline.read(
                pipeline, cdn ? Optional.of(propertiesWithCache()) : Optional.empty(), System.getenv());
        PrintWriter err = spec.commandLine().getErr();
        planned.warnings().forEach(warning -> err.println("millrace: warning: " + warning.render()));
        planned.errors().forEach(error -> err.println("millrace: " + error.render()));
        if (!planned.errors().isEmpty()) {
            return 1;
        }
        say("planned " + planned.plan().views().size() + " views of " + pipeline);
        Path directory = data != null ? data.toAbsolutePath() : Files.createTempDirectory("millrace-dev");
        Files.createDirectories(directory);
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "millrace-shutdown"));
        if (data == null) {
            push(() -> delete(directory));
        }
        PagesDemo.Edge edge = cdn ? edge(directory) : null;
        Stack stack = new Stack(options(planned, directory), this::say);
        push(stack);
        stack.open();
        PipelineServer server = PipelineServer.start(
                planned, config(planned, stack, directory), new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        push(server);
        stack.awaitCapturing();
        server.awaitReady(PATIENCE);
        say("views at " + server.url());
        Demo demo = noDemo ? null : demo(stack, server, planned, directory, edge);
        push(StatusFile.write(statusFile, stack, pipeline, server.url(), demo == null ? Map.of() : demo.status()));
        ready(stack, server, planned, demo == null ? List.of() : demo.suggestions());
        report(server, planned.plan().views(), demo);
        return 0;
    }

    /** What can be said before anything is started. */
    private void checkOptions() {
        check(shards >= 1 && shards <= MAX_SHARDS, "--shards is " + shards, "it takes 1 to " + MAX_SHARDS);
        check(rate == null || rate >= 1, "--rate is " + rate, "it takes 1 or more; --no-demo is no traffic at all");
        check(
                init == null || Files.isReadable(init),
                "the file " + init + " cannot be read",
                "--init names a file of SQL");
        check(
                noDemo || DEMO_RATES.containsKey(folder()),
                "the demo's traffic is for pipelines/photos, pipelines/images and pipelines/pages alone",
                "add --no-demo");
        check(
                !cdn || folder().equals(PAGES) && !noDemo,
                "--cdn is for pipelines/pages and its demo alone",
                "leave out --pipeline and --no-demo; docs/cdn-edge.md tells how a pipeline of your own gets a cache");
        check(
                !autoscale || folder().equals(IMAGES) && !noDemo,
                "--autoscale is for pipelines/images and its demo alone",
                "leave out --pipeline, --cdn and --no-demo; docs/autoscaling.md tells how services of your own are scaled");
        if (cdn) {
            Varnish.missing().ifPresent(why -> check(false, "--cdn needs Varnish with xkey", why));
        }
        StatusFile.running(statusFile).ifPresent(pid -> {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "a stack runs already, process " + pid + ", as " + statusFile + " says",
                    "stop it, or give this one a --status-file and a --port of its own");
        });
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        } catch (IOException | IllegalArgumentException e) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "port " + port + " cannot be had: " + e.getMessage(),
                    "choose another with --port; 0 takes a free one");
        }
    }

    /** The pipeline's properties, and where the cache will be. */
    private Path propertiesWithCache() throws IOException {
        cachePort = Ports.free();
        Path file = Files.createTempFile("millrace-dev", ".properties");
        file.toFile().deleteOnExit();
        Files.writeString(
                file,
                Files.readString(pipeline.resolve("millrace.properties"))
                        + "\ncdn.caches = edge\ncdn.cache.edge.provider = varnish\ncdn.cache.edge.url = http://127.0.0.1:"
                        + cachePort + "\n");
        return file;
    }

    /** The pages and the cache before them, which are up before the views are. */
    private PagesDemo.Edge edge(Path directory) throws IOException {
        PagesDemo.Edge edge = PagesDemo.Edge.start(
                home(),
                pipeline.resolve("assets"),
                directory.resolve("varnish"),
                cachePort,
                URI.create("http://127.0.0.1:" + port));
        push(edge);
        say("Varnish at " + edge.url());
        return edge;
    }

    private String folder() {
        Path name = pipeline.toAbsolutePath().normalize().getFileName();
        return name == null ? "" : name.toString();
    }

    private static void check(boolean holds, String message, String hint) {
        if (!holds) {
            throw UserError.of(UserError.Category.USAGE, message, hint);
        }
    }

    private StackOptions options(PlannedPipeline planned, Path directory) throws IOException {
        return new StackOptions(
                planned.pipeline().config().get(PipelineConfig.DATABASE),
                shards,
                Files.readString(pipeline.resolve("tables.sql")),
                init == null ? null : Files.readString(init),
                directory,
                data != null,
                partitions(),
                0);
    }

    /** The pipeline's own configuration, but for what this stack decides. */
    private PipelineConfig config(PlannedPipeline planned, Stack stack, Path directory) {
        return planned.pipeline()
                .config()
                .with(PipelineConfig.BOOTSTRAP_SERVERS, stack.broker().bootstrapServers())
                .with(PipelineConfig.SCHEMA_REGISTRY_URL, stack.registry().url())
                .with(PipelineConfig.CONNECT_URL, Optional.of(stack.connectUrl()))
                .with(PipelineConfig.PARTITIONS, partitions())
                .with(PipelineConfig.HTTP_PORT, port)
                .with(PipelineConfig.STATE_DIR, directory.resolve("state"));
    }

    private Demo demo(Stack stack, PipelineServer server, PlannedPipeline planned, Path directory, PagesDemo.Edge edge)
            throws Exception {
        Demo demo = folder().equals(IMAGES) ? images(stack, server, planned, directory) : traffic(stack);
        if (edge != null) {
            demo = PagesDemo.start(
                    edge,
                    demo,
                    URI.create(server.url()),
                    stack.broker().bootstrapServers(),
                    stack.registry().url(),
                    seed);
        }
        push(demo);
        return demo;
    }

    private int rate() {
        return rate != null ? rate : autoscale ? SCALED_RATE : DEMO_RATES.get(folder());
    }

    private int partitions() {
        return autoscale ? SCALED_PARTITIONS : PARTITIONS;
    }

    private Demo images(Stack stack, PipelineServer server, PlannedPipeline planned, Path directory)
            throws IOException {
        return ImagesDemo.start(
                pipeline,
                planned,
                config(planned, stack, directory),
                stack.shards(),
                directory.resolve(IMAGES),
                URI.create(server.url()),
                new ImagesDemo.Options(seed, rate(), port == 0 ? 0 : port + 1, scaling()),
                this::say);
    }

    private Optional<ScalingPolicy> scaling() {
        return autoscale
                ? Optional.of(PolicyFile.read(pipeline.resolve(PolicyFile.NAME)).orThrow())
                : Optional.empty();
    }

    private Demo traffic(Stack stack) throws Exception {
        // Ids of a run begin above those of all runs before, whose rows may still be there.
        long firstId = data == null ? 1 : System.currentTimeMillis() / 1000 * 1_000_000;
        return TrafficRunner.start(
                new Traffic(seed, shards, firstId),
                rate(),
                stack.shards(),
                stack.broker().bootstrapServers(),
                this::say);
    }

    private void ready(Stack stack, PipelineServer server, PlannedPipeline planned, List<String> suggestions) {
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
        if (!statusFile.equals(STATUS_FILE)) {
            out.println("  export MILLRACE_STATUS_FILE=" + statusFile.toAbsolutePath());
        }
        out.println("  ./millrace views");
        out.println("  ./millrace query " + view + " --all --limit 5");
        out.println("  ./millrace verify " + view);
        SinkKind.withConnector(planned.pipeline().text().sinks()).stream()
                .findFirst()
                .ifPresent(sink -> out.println("  ./millrace verify --sink " + sink.name()));
        suggestions.forEach(line -> out.println("  " + line));
        out.println();
        out.flush();
    }

    /** A line a second on what flows, until the stack is stopped. */
    private void report(PipelineServer server, List<PlanNode.View> views, Demo traffic) throws InterruptedException {
        long before = traffic == null ? 0 : traffic.changes();
        while (!stopped.await(1, TimeUnit.SECONDS)) {
            long now = traffic == null ? 0 : traffic.changes();
            long rows = 0;
            long lag = 0;
            double p50 = 0;
            double p99 = 0;
            for (PlanNode.View planned : views) {
                // What is deployed was planned of its record, and is not the very same.
                Optional<PlanNode.View> served = server.served(planned.name());
                if (served.isPresent()) {
                    PlanNode.View view = served.get();
                    rows += server.views().rows(view);
                    lag = Math.max(lag, server.views().lagRecords(view));
                    p50 = Math.max(p50, server.views().latencyMs(view, 0.5));
                    p99 = Math.max(p99, server.views().latencyMs(view, 0.99));
                }
            }
            if (traffic != null && lag > MAX_LAG_RECORDS) {
                traffic.pause();
            } else if (traffic != null) {
                traffic.resume();
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
            String more = traffic == null ? "" : traffic.report();
            if (!more.isEmpty()) {
                spec.commandLine().getOut().println("                 " + more);
            }
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
        while (true) {
            AutoCloseable part;
            synchronized (started) {
                part = started.poll();
            }
            if (part == null) {
                say("stopped");
                return;
            }
            try {
                part.close();
            } catch (Exception e) {
                say("could not stop cleanly: " + e.getMessage());
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
