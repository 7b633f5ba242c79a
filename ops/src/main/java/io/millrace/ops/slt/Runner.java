package io.millrace.ops.slt;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.Table;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.grammar.CreateViewStatement;
import io.millrace.grammar.Script;
import io.millrace.ops.slt.FileReport.Finding;
import io.millrace.ops.slt.SqlStatement.Kind;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.util.Util;

/** Runs the records of one test file on its database and the engine, and notes what differs. */
final class Runner implements AutoCloseable {
    private static final String NOT_A_TABLE = "42809";
    private static final String NO_SUCH_SETTING = "42704";

    private static final int STACK_LINES = 12;

    private final TestDatabase database;
    private final DeclaredReader declared;
    private final Engine engine;
    private final List<Finding> differences = new ArrayList<>();
    private final List<Finding> unsupported = new ArrayList<>();
    private final Map<String, Made> made = new LinkedHashMap<>();
    private final Map<String, Answer> labelled = new HashMap<>();
    private final Set<String> wrongViews = new HashSet<>();
    private SourcePlace current = new SourcePlace("", 0, 0);
    private int checks;

    /** A view that the test makes, until PostgreSQL has it. */
    private record Made(String sql, SourcePlace place) {}

    /** What is done for a record. */
    @FunctionalInterface
    private interface Step {
        void run() throws SQLException;
    }

    Runner(TestDatabase database, Engine.Maker engines) throws SQLException {
        this.database = database;
        this.declared = new DeclaredReader(database);
        this.engine = engines.make(database, declared.read(), this::leftOut);
    }

    private void leftOut(UserError reason) {
        unsupported.add(new Finding(reason.place().orElse(current), reason.getMessage(), hint(reason)));
    }

    /** Runs statements that every file begins with. @throws UserError when PostgreSQL refuses one */
    void prepare(String sql, SourcePlace place) {
        try {
            execute("default", sql, place);
        } catch (SQLException e) {
            throw new UserError(UserError.Category.INVALID_PIPELINE, place, message(e), null);
        }
    }

    /** Runs a file's records. */
    FileReport run(String file, List<SltRecord> records, long startNanos) throws SQLException {
        boolean goesOn = true;
        for (int i = 0; goesOn && i < records.size(); i++) {
            SltRecord record = records.get(i);
            goesOn = attempt(record.place(), () -> run(record));
        }
        SourcePlace end = records.isEmpty()
                ? new SourcePlace(file, 0, 0)
                : records.get(records.size() - 1).place();
        if (goesOn) {
            attempt(end, () -> compareViews(end));
        }
        return new FileReport(file, checks, differences, unsupported, (System.nanoTime() - startNanos) / 1_000_000);
    }

    /** @return whether the other records can be run all the same */
    private boolean attempt(SourcePlace place, Step step) throws SQLException {
        current = place;
        try {
            step.run();
        } catch (UserError e) {
            if (e.category() == UserError.Category.UNSUPPORTED) {
                leftOut(e);
            } else {
                differences.add(new Finding(place, e.getMessage(), hint(e)));
            }
            return e.category() != UserError.Category.UNREACHABLE;
        } catch (RuntimeException e) {
            differences.add(bug(place, e));
        }
        return true;
    }

    private static Finding bug(SourcePlace place, RuntimeException e) {
        List<String> lines = new ArrayList<>();
        lines.add(e.toString());
        Stream.of(e.getStackTrace()).limit(STACK_LINES).forEach(frame -> lines.add("  at " + frame));
        return new Finding(place, "this is a bug of Millrace's; please report it with what follows", lines);
    }

    private static List<String> hint(UserError error) {
        return error.hint().map(hint -> List.of("hint: " + hint)).orElse(List.of());
    }

    private void run(SltRecord record) throws SQLException {
        if (record instanceof SltRecord.Statement statement) {
            checks++;
            run(statement);
        } else if (record instanceof SltRecord.Query query) {
            checks++;
            run(query);
            compareViews(query.place());
        } else if (record instanceof SltRecord.Refused refused) {
            unsupported.add(new Finding(refused.place(), refused.what(), List.of()));
        }
    }

    private void run(SltRecord.Statement statement) {
        try {
            SourcePlace place = new SourcePlace(statement.place().file(), statement.sqlLine(), 0);
            Answer answer = execute(statement.connection(), statement.sql(), place);
            if (statement.error() != null) {
                differ(statement.place(), "the statement succeeds", "- " + statement.error());
            } else if (statement.count().isPresent() && statement.count().getAsLong() != answer.changed()) {
                differ(
                        statement.place(),
                        "the statement changes another number of rows",
                        "- " + statement.count().getAsLong(),
                        "+ " + answer.changed());
            }
        } catch (SQLException e) {
            failed(statement.place(), "statement", statement.error(), e);
        }
    }

    private void failed(SourcePlace place, String what, ExpectedError expected, SQLException e) {
        if (expected == null) {
            differ(place, "PostgreSQL refuses the " + what, message(e).split("\n"));
        } else if (!expected.fits(message(e))) {
            List<String> lines = new ArrayList<>();
            expected.toString().lines().forEach(line -> lines.add("- " + line));
            message(e).lines().forEach(line -> lines.add("+ " + line));
            differ(place, "the " + what + " fails with another error", lines.toArray(String[]::new));
        }
    }

    private void differ(SourcePlace place, String message, String... lines) {
        differences.add(new Finding(place, message, List.of(lines)));
    }

    private static String message(SQLException e) {
        return e.getMessage().lines().map(String::stripTrailing).collect(Collectors.joining("\n"));
    }

    /** Runs the statements of a text on PostgreSQL, and what they do through the engine; the last one's answer. */
    private Answer execute(String connection, String sql, SourcePlace place) throws SQLException {
        Answer answer = new Answer(List.of(), List.of(), 0);
        for (String text : Script.texts(sql)) {
            int line = (int) sql.substring(0, sql.indexOf(text)).lines().count();
            answer = execute(
                    connection,
                    SqlStatement.of(text),
                    new SourcePlace(place.file(), place.line() + Math.max(0, line - 1), 0));
        }
        return answer;
    }

    private Answer execute(String connection, SqlStatement statement, SourcePlace place) throws SQLException {
        engine.before(statement.kind());
        Answer answer = onPostgres(connection, statement);
        boolean reads = statement.kind() == Kind.READ || statement.kind() == Kind.NOTHING;
        if (statement.kind() == Kind.CREATE_VIEW) {
            made.put(statement.viewName(), new Made(statement.text(), place));
        }
        if (!reads && !database.inTransaction(connection)) {
            List<RowChange> changes = database.changes();
            if (statement.kind() != Kind.WRITE) {
                engine.follow(declared.read());
            }
            engine.apply(changes);
            defineMade();
        }
        return answer;
    }

    private Answer onPostgres(String connection, SqlStatement statement) throws SQLException {
        Answer nothing = new Answer(List.of(), List.of(), 0);
        try {
            return switch (statement.kind()) {
                case NOTHING -> nothing;
                case CREATE_TABLE -> createTable(connection, statement.text());
                case CREATE_VIEW -> database.run(connection, view(statement.text()));
                default -> database.run(connection, statement.text());
            };
        } catch (SQLException e) {
            boolean ofView = statement.kind() == Kind.CREATE_INDEX && NOT_A_TABLE.equals(e.getSQLState());
            boolean unknown = statement.kind() == Kind.SET && NO_SUCH_SETTING.equals(e.getSQLState());
            if (ofView || unknown) {
                return nothing;
            }
            throw e;
        }
    }

    /** PostgreSQL's views have no key. */
    private static String view(String sql) {
        return Script.readViews(sql).parsed().stream()
                .filter(parsed -> parsed.statement() instanceof CreateViewStatement view
                        && !view.keys().isEmpty())
                .findFirst()
                .map(Runner::withoutKey)
                .orElse(sql);
    }

    private static String withoutKey(Script.Parsed parsed) {
        CreateViewStatement view = (CreateViewStatement) parsed.statement();
        String columns = view.columns().stream()
                .map(column -> TestDatabase.quoted(((SqlIdentifier) column).getSimple()))
                .collect(Collectors.joining(", ", " (", ")"));
        String create =
                parsed.text().matches("(?is)CREATE\\s+OR\\s+REPLACE\\b.*") ? "CREATE OR REPLACE VIEW " : "CREATE VIEW ";
        return create + TestDatabase.quoted(Util.last(view.name().names))
                + (view.columns().isEmpty() ? "" : columns) + " AS" + parsed.textBehind(view.as());
    }

    /** An event topic is a plain table in PostgreSQL, which takes an event once where the topic says how events are known. */
    private Answer createTable(String connection, String sql) throws SQLException {
        Table alone = table(sql, new ArrayList<>());
        if (alone == null || !alone.appendOnly()) {
            return database.run(connection, sql);
        }
        List<UserError> errors = new ArrayList<>();
        Table table = table(sql + ";\n" + declared.read().typesSql(), errors);
        if (!errors.isEmpty()) {
            throw errors.get(0);
        }
        declared.events(table);
        Answer answer = database.run(
                connection,
                "CREATE TABLE " + TestDatabase.quoted(table.name()) + " ("
                        + table.columns().stream()
                                .map(column -> TestDatabase.quoted(column.name()) + " " + column.type()
                                        + (column.nullable() ? "" : " NOT NULL"))
                                .collect(Collectors.joining(", "))
                        + ")");
        if (table.deduplication().isPresent()) {
            int id = table.deduplication().get().column();
            database.deduplicate(
                    connection, table.name(), table.columns().get(id).name());
        }
        return answer;
    }

    /** The table that a text declares; null if it declares none. */
    private static Table table(String sql, List<UserError> errors) {
        Catalog catalog = TablesFile.read(sql, "tables", "test", errors);
        return catalog.tables().values().stream().findFirst().orElse(null);
    }

    /** Has the engine maintain the views that were made and are committed. */
    private void defineMade() throws SQLException {
        if (made.isEmpty()) {
            return;
        }
        Declared now = declared.read();
        for (String view : List.copyOf(made.keySet())) {
            if (now.views().contains(view)) {
                Made each = made.remove(view);
                wrongViews.remove(view);
                define(view, each);
            }
        }
    }

    private void define(String view, Made each) {
        try {
            engine.define(view, each.sql(), each.place());
        } catch (UserError e) {
            String prefix = e.getMessage().startsWith("view " + view) ? "" : "view " + view + ": ";
            unsupported.add(new Finding(e.place().orElse(each.place()), prefix + e.getMessage(), hint(e)));
        }
    }

    private void run(SltRecord.Query query) throws SQLException {
        Answer answer;
        try {
            answer = answer(query);
        } catch (SQLException e) {
            failed(query.place(), "query", query.error(), e);
            return;
        }
        List<String> untested = engine.refused().stream()
                .filter(view -> SqlStatement.mentions(query.sql(), view))
                .sorted()
                .toList();
        if (!untested.isEmpty()) {
            unsupported.add(new Finding(
                    query.place(),
                    "the query reads what is not maintained: " + String.join(", ", untested),
                    List.of()));
        }
        if (query.error() != null) {
            differ(query.place(), "the query succeeds", "- " + query.error());
            return;
        }
        if (query.results() != null) {
            List<String> lines = new ExpectedRows(query).differences(answer);
            if (!lines.isEmpty()) {
                differ(query.place(), "the query gives other rows", lines.toArray(String[]::new));
            }
        }
        compareLabelled(query, answer);
    }

    private void compareLabelled(SltRecord.Query query, Answer answer) {
        if (query.label() == null) {
            return;
        }
        Answer first = labelled.putIfAbsent(query.label(), answer);
        if (first != null && !sorted(first.rows()).equals(sorted(answer.rows()))) {
            List<String> lines = Differences.between(sorted(first.rows()), sorted(answer.rows()));
            differ(
                    query.place(),
                    "the query gives other rows than the first one labelled " + query.label(),
                    lines.toArray(String[]::new));
        }
    }

    /** PostgreSQL's answer, with the engine's rows in the place of the views that the engine maintains. */
    private Answer answer(SltRecord.Query query) throws SQLException {
        List<String> texts = Script.texts(query.sql());
        SqlStatement statement = SqlStatement.of(query.sql());
        engine.deploy();
        if (texts.size() != 1 || statement.kind() != Kind.READ || database.inTransaction(query.connection())) {
            return execute(query.connection(), query.sql(), query.place());
        }
        Map<String, List<List<String>>> read = new LinkedHashMap<>();
        for (String view : engine.views()) {
            if (SqlStatement.mentions(query.sql(), view)) {
                read.put(view, engine.rows(view));
            }
        }
        return read.isEmpty()
                ? database.run(query.connection(), texts.get(0))
                : database.runOver(query.connection(), texts.get(0), read);
    }

    /** Compares every maintained view with PostgreSQL's own answer, if anything changed. */
    private void compareViews(SourcePlace place) throws SQLException {
        engine.deploy();
        if (!engine.takeChanged()) {
            return;
        }
        for (String view : engine.views()) {
            checks++;
            compare(view, place);
        }
    }

    private void compare(String view, SourcePlace place) throws SQLException {
        List<String> expected;
        try {
            expected = sorted(database.committed("SELECT * FROM public." + TestDatabase.quoted(view))
                    .rows());
        } catch (SQLException e) {
            // A division by zero, say: PostgreSQL has no rows at all, the engine those that have a value.
            return;
        }
        List<String> actual = sorted(engine.rows(view));
        if (expected.equals(actual)) {
            wrongViews.remove(view);
        } else if (wrongViews.add(view)) {
            differ(
                    place,
                    "view " + view + " is not what PostgreSQL answers",
                    Differences.between(expected, actual).toArray(String[]::new));
        }
    }

    private static List<String> sorted(List<List<String>> rows) {
        return rows.stream()
                .map(row -> row.stream()
                        .map(value -> value == null ? "NULL" : value.isEmpty() ? "(empty)" : value)
                        .collect(Collectors.joining(" ")))
                .sorted()
                .toList();
    }

    @Override
    public void close() {
        engine.close();
    }
}
