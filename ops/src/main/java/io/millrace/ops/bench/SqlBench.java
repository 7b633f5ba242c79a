package io.millrace.ops.bench;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.DoubleStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Changes a second of Nexmark's and TPC-H's views, by Millrace, by Flink SQL and by a program that only copies the changes,
 * which is the limit: in turns, exactly-once, each in a process of its own, on the same records. Each is timed from the commit
 * with which it has read the warm-up part of all changes to the commit with which it has read them all; its view's rows must then
 * be those that PostgreSQL answers.
 */
@Command(name = "sql", description = "Nexmark's and TPC-H's views beside a copy and beside Flink SQL.")
final class SqlBench implements Callable<Integer> {
    private static final double WARM_UP_SHARE = 0.3;
    private static final long LOOK_NANOS = 200_000_000L;
    private static final int LOOKS = 100;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--views",
            paramLabel = "NAMES",
            description = "Of q3,q4,q18,q20,tpch3,tpch5,tpch10; default all but q20.")
    private String views = "q3,q4,q18,tpch3,tpch5,tpch10";

    @Option(names = "--changes", paramLabel = "N", description = "Changes for each view; default ${DEFAULT-VALUE}.")
    private int changes = 600_000;

    @Option(names = "--rounds", paramLabel = "N", description = "Turns of all; default ${DEFAULT-VALUE}.")
    private int rounds = 1;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            description = "Partitions of topics, and threads of each program; default ${DEFAULT-VALUE}.")
    private int partitions = 1;

    @Option(
            names = "--checkpoint-ms",
            paramLabel = "MS",
            description =
                    "How often Flink makes a checkpoint, and so commits; default ${DEFAULT-VALUE}. Millrace commits"
                            + " as it does by default, every 100 ms under load.")
    private int checkpointMs = 1000;

    @Option(
            names = "--flink",
            paramLabel = "NAME=VALUE",
            description = "Configuration of Flink's, which goes before what is set here.")
    private Map<String, String> flink = new LinkedHashMap<>();

    @Option(names = "--only", split = ",", paramLabel = "NAMES", description = "Only some of ${COMPLETION-CANDIDATES}.")
    private List<Contender> only = List.of(Contender.values());

    private Path directory;
    private ChangeTopics topics;
    private PrintWriter out;

    /** What is measured. Flink drops duplicates, as its documentation advises and Millrace does, or trusts that there are none. */
    enum Contender {
        COPY,
        MILLRACE,
        FLINK,
        FLINK_MINI_BATCH,
        FLINK_TRUSTING,
        FLINK_TRUSTING_MINI_BATCH;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        boolean miniBatch() {
            return this == FLINK_MINI_BATCH || this == FLINK_TRUSTING_MINI_BATCH;
        }

        boolean dropsDuplicates() {
            return this == FLINK || this == FLINK_MINI_BATCH;
        }
    }

    /**
     * What a program gave.
     *
     * @param changesPerSecond by the clock
     * @param processorMicros the processor time that its process took, for each change
     */
    private record Rate(double changesPerSecond, double processorMicros) {}

    /** A view's tables, filled. */
    private record Data(
            SqlView view, String database, Catalog catalog, Collection<String> read, long records, ViewRows expected) {}

    @Override
    public Integer call() throws Exception {
        directory = Files.createTempDirectory("millrace-bench");
        out = spec.commandLine().getOut();
        List<SqlView> chosen = SqlView.named(views);
        print("%d partitions, in %s%n", partitions, directory);
        try (ChangeTopics started = ChangeTopics.start(directory, partitions)) {
            topics = started;
            for (SqlView view : chosen) {
                measure(view);
            }
        }
        return 0;
    }

    private void measure(SqlView view) throws Exception {
        Data data = fill(view);
        print("%s: %,d changes, %,d rows of the view in the end%n", view.name(), data.records, data.expected.size());
        Map<Contender, List<Rate>> rates = new EnumMap<>(Contender.class);
        for (int round = 1; round <= rounds; round++) {
            for (Contender contender : only) {
                Rate rate = measure(data, contender, round);
                if (Double.isNaN(rate.changesPerSecond)) {
                    print("  round %d  %-25s is not timed: it needs more --changes%n", round, contender);
                    continue;
                }
                rates.computeIfAbsent(contender, key -> new ArrayList<>()).add(rate);
                print(
                        "  round %d  %-25s %,9.0f changes/s  %6.1f us of processors a change%n",
                        round, contender, rate.changesPerSecond, rate.processorMicros);
            }
        }
        report(view, rates);
        topics.delete(data.database + ".");
    }

    private Data fill(SqlView view) throws Exception {
        String database = view.name() + "data";
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(Files.readString(view.tablesFile()), "tables.sql", database, errors);
        List<String> read = view.reads().stream()
                .map(table -> catalog.table(table).orElseThrow().source().topic())
                .toList();
        topics.create(read);
        LiveTables tables = new LiveTables(catalog, view.reads(), topics);
        view.workload().get().run(changes, tables);
        topics.flush();
        ViewRows expected = ExpectedRows.of(view, catalog, tables, directory.resolve("expected-" + view.name()));
        return new Data(view, database, catalog, read, topics.count(read), expected);
    }

    /** NaN where there are too few changes. */
    private Rate measure(Data data, Contender contender, int round) throws Exception {
        String applicationId = "bench-" + data.view.name() + "-" + contender + "-" + round;
        Path own = Files.createDirectories(directory.resolve(applicationId));
        try (BenchProcess process = start(data, contender, applicationId, own)) {
            GroupProgress progress = new GroupProgress(topics.admin(), applicationId, process);
            long first = progress.awaitTotal(data.read, (long) (data.records * WARM_UP_SHARE));
            long start = System.nanoTime();
            double processorStart = process.processorSeconds();
            progress.awaitTotal(data.read, data.records);
            progress.awaitAllRead();
            double seconds = (System.nanoTime() - start) / 1e9;
            double processor = process.processorSeconds() - processorStart;
            check(data, contender, applicationId);
            long timed = data.records - first;
            // With few changes a commit takes most of them at once, and what is left says nothing.
            return timed < data.records / 2
                    ? new Rate(Double.NaN, Double.NaN)
                    : new Rate(timed / seconds, 1e6 * processor / timed);
        } finally {
            topics.delete(applicationId);
        }
    }

    private BenchProcess start(Data data, Contender contender, String applicationId, Path own) throws Exception {
        if (contender != Contender.MILLRACE) {
            topics.create(List.of(PeerStreams.output(applicationId)));
        }
        return switch (contender) {
            case COPY ->
                BenchProcess.ofClass(
                        CopyApplication.class,
                        own.resolve("log"),
                        applicationId,
                        topics.brokers(),
                        own.resolve("state").toString(),
                        String.join(",", data.read),
                        Integer.toString(partitions));
            case MILLRACE -> startMillrace(data, applicationId, own);
            case FLINK, FLINK_MINI_BATCH, FLINK_TRUSTING, FLINK_TRUSTING_MINI_BATCH ->
                new FlinkJob(
                                data.view,
                                data.catalog,
                                topics,
                                applicationId,
                                checkpointMs,
                                contender.miniBatch(),
                                contender.dropsDuplicates(),
                                flink)
                        .start(own);
        };
    }

    private BenchProcess startMillrace(Data data, String applicationId, Path own) throws IOException {
        Path pipeline = Files.createDirectories(own.resolve("pipeline"));
        Files.copy(data.view.tablesFile(), pipeline.resolve("tables.sql"));
        Files.writeString(pipeline.resolve("views.sql"), data.view.withKey(Files.readString(data.view.viewFile())));
        String threads = Integer.toString(partitions);
        Path config = MillraceConfig.write(
                own,
                topics.brokers(),
                topics.registryUrl(),
                data.database,
                applicationId,
                Map.of("partitions", threads, "threads", threads));
        return BenchProcess.ofTopology(pipeline, config, own.resolve("log"));
    }

    /** Compares the view's rows with PostgreSQL's; what was committed last may take a moment to be seen. */
    private void check(Data data, Contender contender, String applicationId) throws IOException {
        if (contender == Contender.COPY) {
            return;
        }
        ViewTopicReader reader = new ViewTopicReader(topics);
        Optional<String> difference = Optional.empty();
        for (int look = 0; look < LOOKS; look++) {
            ViewRows rows = contender == Contender.MILLRACE
                    ? reader.ofMillrace(applicationId + "." + SqlView.VIEW, data.expected)
                    : reader.ofJson(PeerStreams.output(applicationId), data.expected);
            difference = data.expected.difference(rows);
            if (difference.isEmpty()) {
                return;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        throw new IllegalStateException(contender + "'s rows are not PostgreSQL's: it " + difference.get());
    }

    private void report(SqlView view, Map<Contender, List<Rate>> rates) {
        double millrace = median(rates, Contender.MILLRACE);
        double flink = better(rates, Contender.FLINK, Contender.FLINK_MINI_BATCH);
        double trusting = better(rates, Contender.FLINK_TRUSTING, Contender.FLINK_TRUSTING_MINI_BATCH);
        print(
                "  %s: millrace at %.1f %% of the copy, %s, %s%n",
                view.name(),
                100 * millrace / median(rates, Contender.COPY),
                times(millrace / flink, "Flink's better"),
                times(millrace / trusting, "the trusting Flink's better"));
    }

    private static String times(double ratio, String whose) {
        return Double.isNaN(ratio) ? whose + " not timed" : String.format(Locale.ROOT, "%.2f times %s", ratio, whose);
    }

    /** The better of two; what was not measured does not count. */
    private static double better(Map<Contender, List<Rate>> rates, Contender one, Contender other) {
        return DoubleStream.of(median(rates, one), median(rates, other))
                .filter(rate -> !Double.isNaN(rate))
                .max()
                .orElse(Double.NaN);
    }

    private static double median(Map<Contender, List<Rate>> rates, Contender contender) {
        double[] sorted = rates.getOrDefault(contender, List.of()).stream()
                .mapToDouble(Rate::changesPerSecond)
                .sorted()
                .toArray();
        return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
    }

    private void print(String format, Object... arguments) {
        out.printf(Locale.ROOT, format, arguments);
        out.flush();
    }
}
