package io.millrace.ops.demo;

import io.millrace.catalog.UserError;
import io.millrace.cli.Millrace;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The demo's traffic on databases that somebody else runs, as the containers' are. */
@Command(
        name = "traffic",
        description = "Do on the shards of pipelines/photos what its users would do, until SIGTERM or Ctrl-C.")
public final class TrafficCommand implements Callable<Integer> {
    private static final Duration REPORT = Duration.ofSeconds(10);

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--shard",
            required = true,
            paramLabel = "JDBC_URL",
            description = "A shard's database; write it once for each.")
    private List<String> shards;

    @Option(names = "--user", required = true, description = "The user who owns the tables, or may write them.")
    private String user;

    @Option(
            names = "--password-file",
            required = true,
            paramLabel = "FILE",
            description = "The file with its password.")
    private Path passwordFile;

    @Option(
            names = "--bootstrap-server",
            required = true,
            paramLabel = "HOST:PORT",
            description = "The brokers that clicks are sent to.")
    private String brokers;

    @Option(names = "--rate", description = "Actions a second; default: ${DEFAULT-VALUE}.")
    private int rate = 50;

    @Option(names = "--seed", description = "The same gives the same actions; default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    public static void main(String[] arguments) {
        System.exit(Millrace.reporting(new CommandLine(new TrafficCommand())).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        List<Connection> connections = connections();
        // Ids of a run begin above those of all runs before, whose rows are still there.
        long firstId = System.currentTimeMillis() / 1000 * 1_000_000;
        TrafficRunner runner = TrafficRunner.startOn(
                new Traffic(seed, connections.size(), firstId),
                rate,
                connections,
                brokers,
                problem -> spec.commandLine().getErr().println("millrace: " + problem));
        long before = 0;
        while (!runner.isOverWithin(REPORT)) {
            long now = runner.changes();
            out.printf(Locale.ROOT, "%d changes, %.0f a second%n", now, (now - before) / (double) REPORT.toSeconds());
            out.flush();
            before = now;
        }
        return 1;
    }

    private List<Connection> connections() throws IOException {
        Properties account = new Properties();
        account.setProperty("user", user);
        account.setProperty("password", Files.readString(passwordFile).strip());
        List<Connection> connections = new ArrayList<>();
        for (String url : shards) {
            try {
                connections.add(DriverManager.getConnection(url, account));
            } catch (SQLException e) {
                throw UserError.of(
                        UserError.Category.UNREACHABLE,
                        "the database " + url + " does not answer: " + e.getMessage(),
                        "is it running, and do user and password fit?");
            }
        }
        return connections;
    }
}
