package io.millrace.ops.bench;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Updates of photos, joined with their owners, a second: by Millrace, by the Streams DSL's foreign-key join, and by a program
 * that only copies the updates, which is the limit. One partition, one thread, exactly-once, in turns; each program reads the
 * rows as they were inserted first, which warms it up, and is timed over the last four fifths of the updates.
 */
@Command(
        name = "maintain",
        description = "View maintenance beside a copy and beside the Streams DSL's foreign-key join.")
final class MaintainBench implements Callable<Integer> {
    private static final int WARM_UP_SHARE = 5;

    @Spec
    private CommandSpec spec;

    @Option(names = "--users", paramLabel = "N", description = "Users; default ${DEFAULT-VALUE}.")
    private int users = 20_000;

    @Option(names = "--photos", paramLabel = "N", description = "Photos; default ${DEFAULT-VALUE}.")
    private int photos = 200_000;

    @Option(names = "--updates", paramLabel = "N", description = "Updates of photos; default ${DEFAULT-VALUE}.")
    private int updates = 600_000;

    @Option(names = "--rounds", paramLabel = "N", description = "Turns of all three; default ${DEFAULT-VALUE}.")
    private int rounds = 3;

    @Option(names = "--only", paramLabel = "NAME", description = "Only copy, dsl or millrace.")
    private String only;

    private Path directory;
    private PhotosData data;

    /**
     * A program and what it gave.
     *
     * @param peer its main class; null for Millrace, which is deployed as users do
     * @param rates updates a second, by round
     */
    private record Contender(String name, Class<?> peer, List<Double> rates) {
        Contender(String name, Class<?> peer) {
            this(name, peer, new ArrayList<>());
        }

        double median() {
            double[] sorted =
                    rates.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
        }
    }

    @Override
    public Integer call() throws Exception {
        directory = Files.createTempDirectory("millrace-bench");
        PrintWriter out = spec.commandLine().getOut();
        List<Contender> contenders = List.of(
                new Contender("copy", CopyApplication.class),
                new Contender("dsl", ForeignKeyJoinApplication.class),
                new Contender("millrace", null));
        try (PhotosData started = PhotosData.start(directory.resolve("stack"), pipeline(), users, photos)) {
            data = started;
            data.update(updates);
            data.stopCapture();
            out.printf(Locale.ROOT, "%d users, %d photos, %d updates, in %s%n", users, photos, updates, directory);
            for (int round = 1; round <= rounds; round++) {
                for (Contender contender : contenders) {
                    if (only == null || contender.name.equals(only)) {
                        double rate = measure(contender, round);
                        contender.rates.add(rate);
                        out.printf(Locale.ROOT, "round %d  %-9s %,9.0f updates/s%n", round, contender.name, rate);
                        out.flush();
                    }
                }
            }
        }
        report(out, contenders.get(0), contenders.get(1), contenders.get(2));
        return 0;
    }

    static Path pipeline() {
        return BenchProcess.home().resolve("ops/bench/photos-users");
    }

    private double measure(Contender contender, int round) throws Exception {
        // A name of its own in each round: the group of the one before still has its positions.
        String applicationId = "bench-" + contender.name + "-" + round;
        Path own = Files.createDirectories(directory.resolve(contender.name + "-" + round));
        try (BenchProcess process = start(contender, applicationId, own)) {
            GroupProgress progress = new GroupProgress(data.admin(), applicationId, process);
            long last = data.records(PhotosData.PHOTOS);
            long first = progress.await(PhotosData.PHOTOS, last - updates + updates / WARM_UP_SHARE);
            long start = System.nanoTime();
            progress.await(PhotosData.PHOTOS, last);
            progress.awaitAllRead();
            return (last - first) / ((System.nanoTime() - start) / 1e9);
        } finally {
            data.deleteTopicsOf(applicationId);
        }
    }

    private BenchProcess start(Contender contender, String applicationId, Path own) throws Exception {
        Path log = own.resolve("log");
        if (contender.peer == null) {
            Path config = MillraceConfig.write(own, data.stack(), applicationId, Map.of());
            return BenchProcess.ofTopology(pipeline(), config, log);
        }
        data.createTopic(PeerStreams.output(applicationId));
        String brokers = data.stack().broker().bootstrapServers();
        String state = own.resolve("state").toString();
        return contender.peer == CopyApplication.class
                ? BenchProcess.ofClass(contender.peer, log, applicationId, brokers, state, PhotosData.PHOTOS, "1")
                : BenchProcess.ofClass(
                        contender.peer,
                        log,
                        applicationId,
                        brokers,
                        state,
                        data.stack().registry().url());
    }

    private static void report(PrintWriter out, Contender copy, Contender dsl, Contender millrace) {
        out.println();
        for (Contender each : Arrays.asList(copy, dsl, millrace)) {
            out.printf(Locale.ROOT, "median   %-9s %,9.0f updates/s%n", each.name, each.median());
        }
        out.printf(
                Locale.ROOT,
                "millrace is at %.1f %% of the copy and at %.2f times the DSL%n",
                100 * millrace.median() / copy.median(),
                millrace.median() / dsl.median());
        out.flush();
    }
}
