package io.millrace.ops.slt;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.UserError;
import io.millrace.cli.Millrace;
import io.millrace.grammar.CreateViewStatement;
import io.millrace.grammar.Script;
import io.millrace.ops.slt.FileReport.Finding;
import io.millrace.ops.stack.PostgresServer;
import io.millrace.runtime.PlannedPipeline;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code millrace test}: runs test files on a PostgreSQL server that it starts for them, and in this process or, with
 * {@code --stack}, through everything that a change passes in production.
 */
@Command(
        name = "millrace test",
        description = "Run tests of views (sqllogictest files): every view is compared with PostgreSQL itself.",
        exitCodeListHeading = "Exit codes are those of millrace --help: 1 where rows differ.%n")
public final class TestCommand implements Callable<Integer> {
    private static final int FAILURE = 1;

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "FILE",
            arity = "0..*",
            description = "Test files, each with tables and views of its own. Default: tests/*.slt of the pipeline's"
                    + " folder, with its tables and views.")
    private List<Path> files = new ArrayList<>();

    @Option(
            names = "--pipeline",
            paramLabel = "DIR",
            description = "Begin every file with the tables and views of this pipeline's folder; default without FILE:"
                    + " the current one.")
    private Path pipeline;

    @Option(names = "--junit", paramLabel = "FILE", description = "Write a report in JUnit's XML to this file.")
    private Path junit;

    @Option(names = "--strict", description = "Fail where something is not supported, too.")
    private boolean strict;

    @Option(
            names = "--stack",
            description =
                    "Have every change captured from PostgreSQL by Debezium, sent through Kafka and maintained by a"
                            + " running pipeline, all started for the run. Slower; without it the operators run in this process.")
    private boolean onStack;

    public static void main(String[] arguments) {
        System.exit(Millrace.reporting(new CommandLine(new TestCommand())).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        Path folder = pipeline == null && files.isEmpty() ? Path.of("") : pipeline;
        List<Path> tests = files.isEmpty() ? testsOf(folder) : files;
        tests.forEach(TestCommand::checkReadable);
        if (folder != null) {
            PlannedPipeline.readOrThrow(folder);
        }
        Path data = Files.createTempDirectory("millrace-test");
        List<FileReport> reports = onStack ? onStack(data, tests, folder) : inProcess(data, tests, folder);
        if (junit != null) {
            JUnitReport.write(junit, reports, strict);
        }
        return summary(reports);
    }

    private List<FileReport> inProcess(Path data, List<Path> tests, Path folder) throws IOException, SQLException {
        List<FileReport> reports = new ArrayList<>();
        try (PostgresServer server = PostgresServer.start("test", data, false)) {
            Engine.Maker engines = (database, declared, unsupported) -> new InProcess(database, declared);
            for (Path test : tests) {
                FileReport report = run(server, engines, "test" + reports.size(), test, folder);
                reports.add(report);
                print(report);
            }
        }
        return reports;
    }

    private List<FileReport> onStack(Path data, List<Path> tests, Path folder) throws Exception {
        List<FileReport> reports = new ArrayList<>();
        spec.commandLine().getErr().println("millrace: starting PostgreSQL, Kafka, registry and Connect ...");
        spec.commandLine().getErr().flush();
        try (TestStack stack = TestStack.start(data)) {
            try {
                for (Path test : tests) {
                    FileReport report = run(stack.postgres(), stack::engine, "test" + reports.size(), test, folder);
                    stack.awaitEndOfProcess();
                    reports.add(report);
                    print(report);
                }
            } catch (IOException | SQLException | RuntimeException e) {
                stack.awaitEndOfProcess();
                throw e;
            }
        }
        return reports;
    }

    private static List<Path> testsOf(Path folder) throws IOException {
        Path tests = folder.resolve("tests");
        if (!Files.isDirectory(tests)) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "there is no folder " + tests,
                    "name test files, or a pipeline with --pipeline DIR; docs/testing-views.md says how to write tests");
        }
        try (Stream<Path> found = Files.list(tests)) {
            List<Path> files = found.filter(file -> file.toString().endsWith(".slt"))
                    .sorted()
                    .toList();
            if (files.isEmpty()) {
                throw UserError.of(
                        UserError.Category.USAGE,
                        "no file in " + tests + " ends with .slt",
                        "docs/testing-views.md says how to write tests");
            }
            return files;
        }
    }

    private static void checkReadable(Path test) {
        if (!Files.isReadable(test) || Files.isDirectory(test)) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    test + (Files.exists(test) ? " is not a file that can be read" : " does not exist"),
                    "name test files; without any, those of the pipeline's folder are run");
        }
    }

    private static FileReport run(PostgresServer server, Engine.Maker engines, String name, Path test, Path folder)
            throws IOException, SQLException {
        long start = System.nanoTime();
        List<SltRecord> records;
        try {
            records = SltFile.read(test);
        } catch (UserError e) {
            SourcePlace place = e.place().orElse(new SourcePlace(test.toString(), 0, 0));
            Finding mistake = new Finding(
                    place,
                    e.getMessage(),
                    e.hint().map(hint -> List.of("hint: " + hint)).orElse(List.of()));
            return new FileReport(test.toString(), 0, List.of(mistake), List.of(), 0);
        }
        try (TestDatabase database = new TestDatabase(server, name);
                Runner runner = new Runner(database, engines)) {
            if (folder != null) {
                load(runner, folder);
            }
            return runner.run(test.toString(), records, start);
        }
    }

    private static void load(Runner runner, Path folder) throws IOException {
        Path tables = folder.resolve("tables.sql");
        runner.prepare(Files.readString(tables), new SourcePlace(tables.toString(), 1, 0));
        Path views = folder.resolve("views.sql");
        String text = Files.readString(views);
        for (Script.Parsed parsed : Script.read(text).parsed()) {
            if (parsed.statement() instanceof CreateViewStatement) {
                int line = (int) text.substring(0, parsed.offset())
                                .chars()
                                .filter(c -> c == '\n')
                                .count()
                        + 1;
                runner.prepare(parsed.text(), new SourcePlace(views.toString(), line, 0));
            }
        }
    }

    private void print(FileReport report) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                Locale.ROOT,
                "%s %s %d checks %.1f s%n",
                report.failed() ? "FAILED" : "ok",
                report.file(),
                report.checks(),
                report.millis() / 1e3);
        report.differences().forEach(finding -> print(out, "", finding));
        report.unsupported().forEach(finding -> print(out, "unsupported: ", finding));
        out.flush();
    }

    private static void print(PrintWriter out, String kind, Finding finding) {
        out.println("  " + finding.place() + ": " + kind + finding.message());
        finding.lines().forEach(line -> out.println("    " + line));
    }

    private int summary(List<FileReport> reports) {
        long failed = reports.stream().filter(FileReport::failed).count();
        int checks = reports.stream().mapToInt(FileReport::checks).sum();
        int differences =
                reports.stream().mapToInt(report -> report.differences().size()).sum();
        int unsupported =
                reports.stream().mapToInt(report -> report.unsupported().size()).sum();
        PrintWriter out = spec.commandLine().getOut();
        out.println(counted(reports.size(), "file") + ", " + counted(checks, "check") + ": "
                + (failed == 0
                        ? "all right"
                        : counted(differences, "difference") + " in " + counted((int) failed, "file"))
                + (unsupported == 0 ? "" : ", " + unsupported + " unsupported"));
        out.flush();
        return failed > 0 || (strict && unsupported > 0) ? FAILURE : 0;
    }

    private static String counted(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
