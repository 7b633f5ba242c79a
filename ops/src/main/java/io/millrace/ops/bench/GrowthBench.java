package io.millrace.ops.bench;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.TablesFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What a change costs as data and views grow: updates of orders, in a view of what each user spent, a join and an aggregate.
 * The state is there before the updates that are timed. Every view is changed by every update; they share tables and join.
 */
@Command(name = "growth", description = "The cost of a change as rows and views grow.")
final class GrowthBench implements Callable<Integer> {
    private static final int WARM_UP_SHARE = 2;
    private static final int MOST_ROWS_TO_CHECK = 1_000_000;
    private static final long LOOK_NANOS = 200_000_000L;
    private static final int LOOKS = 50;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--rows",
            split = ",",
            paramLabel = "N",
            description = "Orders, each with the first number of views; default ${DEFAULT-VALUE}.")
    private List<Integer> rows = List.of(10_000, 1_000_000);

    @Option(
            names = "--views",
            split = ",",
            paramLabel = "N",
            description = "Views, the further ones with the first number of orders; default ${DEFAULT-VALUE}.")
    private List<Integer> views = List.of(1, 10, 50);

    @Option(
            names = "--updates",
            paramLabel = "N",
            description = "Updates of orders, of which the second half is timed; default ${DEFAULT-VALUE}.")
    private int updates = 400_000;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            description = "Partitions of topics, and threads; default ${DEFAULT-VALUE}.")
    private int partitions = 1;

    private Path directory;
    private ChangeTopics topics;
    private PrintWriter out;

    /** What one update took, by the clock and of processors. */
    private record Cost(double micros, double processorMicros) {}

    @Override
    public Integer call() throws Exception {
        directory = Files.createTempDirectory("millrace-bench");
        out = spec.commandLine().getOut();
        print("%,d updates, %d partitions, in %s%n", updates, partitions, directory);
        try (ChangeTopics started = ChangeTopics.start(directory, partitions)) {
            topics = started;
            Cost least = measure(rows.get(0), views.get(0), null);
            for (int more : rows.subList(1, rows.size())) {
                measure(more, views.get(0), least);
            }
            for (int more : views.subList(1, views.size())) {
                measure(rows.get(0), more, least);
            }
        }
        return 0;
    }

    private Cost measure(int orders, int viewCount, Cost least) throws Exception {
        String name = "growth-" + orders + "-" + viewCount;
        String tablesSql = Files.readString(tablesFile());
        Catalog catalog = TablesFile.read(tablesSql, "tables.sql", name, new ArrayList<>());
        List<String> read = catalog.tables().values().stream()
                .map(table -> table.source().topic())
                .toList();
        topics.create(read);
        String applicationId = "bench-" + name;
        Path own = Files.createDirectories(directory.resolve(name));
        GrowthData data = new GrowthData(catalog, orders, topics);
        try (BenchProcess process = start(name, applicationId, viewCount, own)) {
            // Written faster than they are read, so that all are there before the updates that are timed.
            data.insert();
            data.update(updates);
            topics.flush();
            Cost cost = timed(new GroupProgress(topics.admin(), applicationId, process), process, read, data.rows());
            check(data, applicationId + ".spent_" + viewCount, orders, viewCount);
            print(
                    "%,11d rows %3d views  %8.1f us an update  %8.1f us of processors",
                    orders, viewCount, cost.micros, cost.processorMicros);
            print(least == null ? "%n" : "  %.2f times the first%n", least == null ? 0 : cost.micros / least.micros);
            return cost;
        } finally {
            topics.delete(applicationId);
            topics.delete(name);
        }
    }

    private Cost timed(GroupProgress progress, BenchProcess process, List<String> read, long rowsBefore)
            throws Exception {
        long first = progress.awaitTotal(read, rowsBefore + updates / WARM_UP_SHARE);
        long start = System.nanoTime();
        double processorStart = process.processorSeconds();
        long last = progress.awaitTotal(read, rowsBefore + updates);
        progress.awaitAllRead();
        double micros = (System.nanoTime() - start) / 1e3;
        double processorMicros = 1e6 * (process.processorSeconds() - processorStart);
        return new Cost(micros / (last - first), processorMicros / (last - first));
    }

    private BenchProcess start(String database, String applicationId, int viewCount, Path own) throws IOException {
        Path pipeline = Files.createDirectories(own.resolve("pipeline"));
        Files.copy(tablesFile(), pipeline.resolve("tables.sql"));
        Files.writeString(
                pipeline.resolve("views.sql"),
                IntStream.rangeClosed(1, viewCount).mapToObj(GrowthBench::view).collect(Collectors.joining("\n")));
        String threads = Integer.toString(partitions);
        Path config = MillraceConfig.write(
                own,
                topics.brokers(),
                topics.registryUrl(),
                database,
                applicationId,
                Map.of("partitions", threads, "threads", threads));
        return BenchProcess.ofTopology(pipeline, config, own.resolve("log"));
    }

    /** The text of the tables. */
    static Path tablesFile() {
        return BenchProcess.home().resolve("ops/bench/growth/tables.sql");
    }

    /** The text of one of the views. */
    static String view(int number) {
        return "CREATE VIEW spent_" + number + " AS\n"
                + "SELECT u.user_id, u.username, count(*) AS orders, sum(o.amount + " + number + ") AS amount\n"
                + "FROM orders o JOIN users u ON u.user_id = o.user_id\n"
                + "GROUP BY u.user_id, u.username;\n";
    }

    /** Compares the last view's sums with the tables'. */
    private void check(GrowthData data, String topic, int orders, int viewCount) {
        if (orders > MOST_ROWS_TO_CHECK) {
            return;
        }
        ViewTopicReader reader = new ViewTopicReader(topics);
        long expected = data.amount() + (long) orders * viewCount;
        long counted = 0;
        long amount = 0;
        for (int look = 0; look < LOOKS; look++) {
            counted = reader.sum(topic, "orders");
            amount = reader.sum(topic, "amount");
            if (counted == orders && amount == expected) {
                return;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        throw new IllegalStateException(
                topic + " has " + counted + " orders of " + amount + ", the tables have " + orders + " of " + expected);
    }

    private void print(String format, Object... arguments) {
        out.printf(Locale.ROOT, format, arguments);
        out.flush();
    }
}
