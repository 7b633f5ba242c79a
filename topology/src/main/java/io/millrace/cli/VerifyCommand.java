package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.catalog.UserError;
import io.millrace.plan.PlanNode;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.serve.RowParameters;
import io.millrace.sink.SinkType;
import io.millrace.sql.SinkDefinition;
import io.millrace.sql.ViewDefinition;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code millrace verify VIEW}: computes the view's SQL over all shards' rows in PostgreSQL and compares row by row. While
 * changes flow the two are never of the same moment, so rows that differ are looked at again: a row is wrong only if it
 * differs in the same way every time, a last time after the view has read what there was to read, or a minute has passed.
 * {@code millrace verify --sink SINK} compares a sink's source with its target, see {@link SinkVerification}.
 */
@Command(
        name = "verify",
        description =
                "Compute a view's SQL in PostgreSQL over all shards' rows and compare with the view, row by row; or,"
                        + " with --sink, compare what a sink reads with what its target holds, by checksums.")
final class VerifyCommand implements Callable<Integer> {
    private static final int ROUNDS = 5;
    private static final long PAUSE_NANOS = 700_000_000L;

    /** How long a view that is behind is waited for. */
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "VIEW", arity = "0..1", description = "The view to verify.")
    private String view;

    @Option(names = "--sink", paramLabel = "SINK", description = "The sink to verify, instead of a view.")
    private String sink;

    @Option(
            names = "--target",
            paramLabel = "JDBC_URL",
            description =
                    "With --sink, the database that the sink writes to; default: the sink's own address, references in"
                            + " it looked up in this process's environment and files.")
    private String target;

    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "The server's address; default: MILLRACE_SERVER, else the running stack's.")
    private String server;

    @Option(
            names = "--shard",
            paramLabel = "JDBC_URL",
            description = "A shard's database; write it once for each. Default: the running stack's.")
    private List<String> shards = new ArrayList<>();

    @Option(
            names = "--scratch",
            paramLabel = "JDBC_URL",
            description =
                    "A database to compute in; only temporary tables are made there. Default: the running stack's replica.")
    private String scratch;

    @Option(
            names = "--bootstrap-server",
            paramLabel = "HOST:PORT",
            description = "The brokers to read event topics from; default: the running stack's.")
    private String brokers;

    @Option(
            names = "--pipeline",
            paramLabel = "DIR",
            description = "The pipeline's folder; default: the running stack's.")
    private Path folder;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Read these properties instead of the folder's millrace.properties.")
    private Path config;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "How many rows that differ are printed; default: ${DEFAULT-VALUE}.")
    private int limit = 20;

    @Option(names = "--json", description = "With --sink, print JSON, for scripts.")
    private boolean json;

    /** A row that is not the same on both sides; null where it is missing. */
    private record Difference(String expected, String actual) {}

    @Override
    public Integer call() throws SQLException {
        if ((view == null) == (sink == null)) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "verify takes a view or a sink",
                    "millrace verify VIEW, or millrace verify --sink SINK");
        }
        return sink == null ? verifyView() : verifySink();
    }

    private int verifySink() {
        if (limit < 0) {
            throw UserError.of(UserError.Category.USAGE, "--limit is below 0", "write how many rows to print");
        }
        Optional<RunningStack> stack = config == null ? RunningStack.find() : Optional.empty();
        SinkAccess access = SinkAccess.open(
                PipelineOptions.folder(Optional.ofNullable(folder), stack),
                Optional.ofNullable(config),
                Optional.ofNullable(brokers),
                stack);
        try (access;
                SinkVerification verification = verification(access, stack)) {
            return report(verification.run());
        } catch (SQLException e) {
            throw UserError.of(
                    UserError.Category.UNREACHABLE,
                    "sink " + sink + " could not be verified: " + e.getMessage(),
                    "may the user read the tables, do all shards have the same columns, and do the databases answer?");
        }
    }

    private SinkVerification verification(SinkAccess access, Optional<RunningStack> stack) throws SQLException {
        SinkDefinition definition = access.definition(sink);
        if (!definition.sink().type().equals(SinkType.POSTGRES.name())
                && !definition.sink().type().equals(SinkType.MYSQL.name())) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "sink " + sink + " is of type '" + definition.sink().type() + "', and those of '"
                            + SinkType.POSTGRES.name() + "' and '" + SinkType.MYSQL.name() + "' alone are verified",
                    "millrace lag " + sink + " shows whether it has applied all changes");
        }
        SinkTarget writtenTo = new SinkTarget(definition.sink(), Optional.ofNullable(target), stack);
        if (definition.source() instanceof SinkDefinition.OfTable of) {
            List<String> databases =
                    shards.isEmpty() ? stack.orElseGet(RunningStack::orThrow).shardUrls() : shards;
            return SinkVerification.ofTable(definition.sink(), of.table(), databases, writtenTo, access.progress());
        }
        return SinkVerification.ofView(
                definition.sink(),
                access.view(definition.source().name()),
                ViewClient.of(server),
                writtenTo,
                access.progress());
    }

    private int report(SinkVerification.Outcome outcome) {
        PrintWriter out = spec.commandLine().getOut();
        SinkReport report = new SinkReport(sink, outcome, limit);
        if (json) {
            out.println(report.json());
        } else {
            report.print(out);
        }
        out.flush();
        return outcome.isEqual() ? Millrace.OK : Millrace.FAILURE;
    }

    private int verifyView() throws SQLException {
        boolean needsStack = shards.isEmpty() || scratch == null || folder == null || brokers == null;
        RunningStack stack = needsStack ? RunningStack.orThrow() : null;
        PlannedPipeline planned = PlannedPipeline.readOrThrow(
                folder != null ? folder : stack.pipeline().orElse(Path.of(".")), Optional.ofNullable(config));
        ViewDefinition definition = planned.pipeline().views().stream()
                .filter(each -> each.name().equals(view))
                .findFirst()
                .orElseThrow(() -> Names.unknown(
                        "view",
                        view,
                        planned.pipeline().views().stream()
                                .map(ViewDefinition::name)
                                .toList()));
        PlanNode.View plan = planned.plan().views().stream()
                .filter(each -> each.name().equals(view))
                .findFirst()
                .orElseThrow();
        Recomputation recomputation = new Recomputation(
                planned,
                definition,
                shards.isEmpty() ? stack.shardUrls() : shards,
                scratch == null ? stack.replicaUrl() : scratch,
                brokers == null ? stack.kafka() : brokers);
        return compare(ViewClient.of(server), recomputation, plan);
    }

    private int compare(ViewClient client, Recomputation recomputation, PlanNode.View plan) throws SQLException {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, Difference> standing = null;
        long rows = 0;
        long start = System.nanoTime();
        boolean behind = true;
        for (int round = 0; round < ROUNDS || (behind && System.nanoTime() - start < PATIENCE_NANOS); round++) {
            if (round > 0) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            behind = client.view(view).path("lagRecords").asLong() > 0;
            Map<String, Integer> expected = counted(recomputation.rows());
            Map<String, Integer> actual =
                    counted(client.rows(view, List.of(), RowParameters.NONE, Integer.MAX_VALUE).stream()
                            .flatMap(row -> copies(row, plan))
                            .toList());
            rows = expected.values().stream().mapToInt(Integer::intValue).sum();
            Map<String, Difference> differences = differences(expected, actual);
            if (standing == null) {
                standing = differences;
            } else {
                standing.entrySet().removeIf(entry -> !entry.getValue().equals(differences.get(entry.getKey())));
            }
            if (standing.isEmpty()) {
                out.println(view + ": " + rows + " rows, all equal to PostgreSQL's"
                        + (round == 0 ? "" : " (changes flow; looked " + (round + 1) + " times)"));
                out.flush();
                return Millrace.OK;
            }
        }
        report(out, standing);
        return Millrace.FAILURE;
    }

    private static java.util.stream.Stream<JsonNode> copies(JsonNode row, PlanNode.View plan) {
        if (!plan.multiset()) {
            return java.util.stream.Stream.of(row);
        }
        long copies = row.path("__multiplicity").asLong(1);
        com.fasterxml.jackson.databind.node.ObjectNode plain = row.deepCopy();
        plain.remove("__multiplicity");
        return java.util.stream.Stream.generate(() -> (JsonNode) plain).limit(copies);
    }

    private static Map<String, Integer> counted(List<JsonNode> rows) {
        Map<String, Integer> counted = new TreeMap<>();
        rows.forEach(row -> counted.merge(row.toString(), 1, Integer::sum));
        return counted;
    }

    private static Map<String, Difference> differences(Map<String, Integer> expected, Map<String, Integer> actual) {
        Map<String, Difference> differences = new TreeMap<>();
        expected.forEach((row, count) -> {
            if (actual.getOrDefault(row, 0) < count) {
                differences.put("<" + row, new Difference(row, null));
            }
        });
        actual.forEach((row, count) -> {
            if (expected.getOrDefault(row, 0) < count) {
                differences.put(">" + row, new Difference(null, row));
            }
        });
        return differences;
    }

    private void report(PrintWriter out, Map<String, Difference> differences) {
        out.println(view + ": " + differences.size() + " rows differ (- PostgreSQL's, + the view's)");
        differences.values().stream().limit(limit).forEach(difference -> {
            if (difference.expected != null) {
                out.println("- " + difference.expected);
            }
            if (difference.actual != null) {
                out.println("+ " + difference.actual);
            }
        });
        if (differences.size() > limit) {
            out.println("... and " + (differences.size() - limit) + " more");
        }
        out.flush();
    }

    static UserError unreachable(SQLException e, String url) {
        // Neither a user with a password nor parameters are shown, and the driver's message may hold the whole address.
        String shown = url.replaceFirst("\\?.*", "").replaceFirst("//[^/@]*@", "//");
        return UserError.of(
                UserError.Category.UNREACHABLE,
                "the database " + shown + " does not answer: "
                        + String.valueOf(e.getMessage()).replace(url, shown),
                "is it running, and do user and password fit?");
    }
}
