package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.catalog.UserError;
import io.millrace.plan.PlanNode;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.serve.RowParameters;
import io.millrace.sql.ViewDefinition;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
 */
@Command(
        name = "verify",
        description = "Compute a view's SQL in PostgreSQL over all shards' rows and compare with the view, row by row.")
final class VerifyCommand implements Callable<Integer> {
    private static final int ROUNDS = 5;
    private static final long PAUSE_NANOS = 700_000_000L;

    /** How long a view that is behind is waited for. */
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private static final int SHOWN_DIFFERENCES = 20;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "VIEW", description = "The view to verify.")
    private String view;

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

    /** A row that is not the same on both sides; null where it is missing. */
    private record Difference(String expected, String actual) {}

    @Override
    public Integer call() throws SQLException {
        boolean needsStack = shards.isEmpty() || scratch == null || folder == null || brokers == null;
        RunningStack stack = needsStack ? RunningStack.orThrow() : null;
        PlannedPipeline planned = PlannedPipeline.readOrThrow(
                folder != null ? folder : stack.pipeline().orElse(Path.of(".")));
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
        differences.values().stream().limit(SHOWN_DIFFERENCES).forEach(difference -> {
            if (difference.expected != null) {
                out.println("- " + difference.expected);
            }
            if (difference.actual != null) {
                out.println("+ " + difference.actual);
            }
        });
        if (differences.size() > SHOWN_DIFFERENCES) {
            out.println("... and " + (differences.size() - SHOWN_DIFFERENCES) + " more");
        }
        out.flush();
    }

    static UserError unreachable(SQLException e, String url) {
        return UserError.of(
                UserError.Category.UNREACHABLE,
                "the database " + url.replaceFirst("\\?.*", "") + " does not answer: " + e.getMessage(),
                "is it running, and do user and password fit?");
    }
}
