package io.millrace.ops.slt;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.catalog.Catalog;
import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.Table;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.operator.expression.Constants;
import io.millrace.plan.PlanNode;
import io.millrace.runtime.NotReady;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.runtime.RowRange;
import io.millrace.serve.PipelineServer;
import io.millrace.serve.ViewStore;
import io.millrace.sql.ViewDefinition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The views of one test file, maintained as in production: a connector captures the database, a pipeline of the file's own
 * reads the tables' topics, and rows are those that it serves.
 *
 * <p>Tables are captured and views deployed when the next row is written or a view is looked at. Views that are made later
 * change the pipeline. Where the product has its operator delete topics and state, as after TRUNCATE of a table with a primary
 * key, everything begins anew under another name, its <em>life</em>.
 */
final class OnStack implements Engine {
    static final int PARTITIONS = 2;

    private static final Logger LOG = LoggerFactory.getLogger(OnStack.class);
    private static final int THREADS = 2;
    private static final int PAGE_ROWS = 10_000;
    private static final long ROCKSDB_BYTES = 64L << 20;

    /** What the pipeline has not read after so long it is not going to. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** When nothing is left to read a view is right at once, but for a tick of the clock or a snapshot's end. */
    private static final Duration SECOND_LOOK = Duration.ofSeconds(3);

    private static final Pattern TOPIC_NAME = Pattern.compile("[A-Za-z0-9._-]+");
    private static final Duration PAUSE = Duration.ofMillis(10);

    private static final String NOT_CAPTURED = """
            SELECT c.relname, CASE WHEN c.relpersistence = 'u' THEN 'it is unlogged, so no change stream has its changes'
                ELSE 'no change stream has its generated column ' || quote_ident(min(a.attname)) END
            FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attgenerated <> '' AND NOT a.attisdropped
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
            GROUP BY c.oid, c.relname, c.relpersistence HAVING c.relpersistence = 'u' OR count(a.attname) > 0""";

    private final TestStack stack;
    private final TestDatabase database;
    private final Consumer<UserError> unsupported;
    private final Definitions definitions;
    private final EventTopics events;
    private final AtomicReference<PipelineServer> server = new AtomicReference<>();

    /** By name the tables whose topics are filled in this life. */
    private final Map<String, Filled> filled = new HashMap<>();

    private final Set<String> wrong = new HashSet<>();
    private int lives = 1;
    private Capture capture;
    private String deployed = "";
    private boolean outOfDate;
    private boolean outOfStep;
    private boolean changed;
    private boolean unsettled;
    private volatile boolean stopped;

    /**
     * A table as its topic has it.
     *
     * @param id its object id in PostgreSQL
     */
    private record Filled(long id, Table table) {
        boolean sameColumns(Table other) {
            return table.columns().equals(other.columns());
        }

        /** Whether the topic can go on with the table as it is now. */
        boolean continues(long now, Table other) {
            boolean sameKey = keyColumns(table).equals(keyColumns(other));
            return id == now && sameKey && (!table.appendOnly() || sameColumns(other));
        }

        private static List<Object> keyColumns(Table table) {
            return table.primaryKey().stream()
                    .map(position -> (Object) table.columns().get(position))
                    .toList();
        }
    }

    OnStack(TestStack stack, TestDatabase database, Declared declared, Consumer<UserError> unsupported)
            throws SQLException {
        this.stack = stack;
        this.database = database;
        this.unsupported = unsupported;
        this.definitions = new Definitions(captured(declared), OnStack::check);
        this.events = new EventTopics(stack);
    }

    /** What planning does not find: a constant that is none, which a pipeline's check does, and a name that no topic can have. */
    private static void check(ViewDefinition view) {
        Constants.mistakes(view.constants()).stream().findFirst().ifPresent(mistake -> {
            throw mistake;
        });
        if (!TOPIC_NAME.matcher(view.name()).matches()) {
            throw new UserError(
                    UserError.Category.UNSUPPORTED,
                    view.place(),
                    "no pipeline can have a view of the name \"" + view.name() + "\", since its topic has it, too",
                    "with --stack, use letters, digits and _");
        }
    }

    /** What is declared, but for the tables of which no change stream comes. */
    private Declared captured(Declared declared) throws SQLException {
        Map<String, String> reasons = new HashMap<>();
        database.committed(NOT_CAPTURED).rows().forEach(row -> reasons.put(row.get(0), row.get(1)));
        for (Table table : declared.tables().values()) {
            if (table.source() instanceof Table.Events topic && topic.format() == Table.Events.Format.AVRO) {
                reasons.put(table.name(), "with --stack, events are sent as JSON alone; write format = 'json'");
            } else if (table.appendOnly()) {
                reasons.remove(table.name());
            }
        }
        return declared.without(reasons);
    }

    /** A failure of the stack, after which nothing can be said of the views. */
    static UserError failed(String what, Throwable cause) {
        UserError error = UserError.of(
                UserError.Category.UNREACHABLE,
                cause == null ? what : what + ": " + cause.getMessage(),
                "the rest of the file is left out; .millrace/test.log in the checkout holds the details");
        if (cause != null) {
            error.initCause(cause);
        }
        return error;
    }

    @Override
    public void define(String name, String sql, SourcePlace place) {
        definitions.add(name, sql, place);
        outOfDate = true;
        definitions.check(name);
    }

    @Override
    public void follow(Declared now) throws SQLException {
        outOfDate |= definitions.follow(captured(now));
    }

    @Override
    public void before(SqlStatement.Kind next) throws SQLException {
        boolean changesRows = next == SqlStatement.Kind.WRITE || next == SqlStatement.Kind.DEFINE;
        if (changesRows && !database.inTransaction()) {
            deploy();
        }
    }

    @Override
    public void deploy() throws SQLException {
        if (!outOfDate || definitions.names().isEmpty()) {
            return;
        }
        Map<Long, Table> tables = definitions.declared().tables();
        boolean anew =
                outOfStep || !tables.entrySet().stream().allMatch(each -> continues(each.getKey(), each.getValue()));
        if (database.inTransaction() && (anew || !tables.values().stream().allMatch(this::isFilled))) {
            throw UserError.of(
                    UserError.Category.UNSUPPORTED,
                    "with --stack, tables are captured, and views of them maintained, from a moment on at which no"
                            + " transaction is open",
                    "end the transactions before the first view is looked at");
        }
        if (anew) {
            leave();
        }
        if (deployed.isEmpty() || !changesPipeline()) {
            deployFirst();
        }
        outOfDate = false;
        changed = true;
        unsettled = true;
        LOG.info("{}: deployed", name());
    }

    /** Deploys what there is on top of what is deployed; what the product refuses to change so begins anew. */
    private boolean changesPipeline() throws SQLException {
        try {
            deployAll();
            return true;
        } catch (UserError e) {
            if (e.category() == UserError.Category.UNREACHABLE) {
                throw e;
            }
            // Its place is in the folder's own views.sql, which nobody sees.
            unsupported.accept(UserError.of(
                    UserError.Category.UNSUPPORTED,
                    "the pipeline cannot be changed so, and begins anew: " + e.getMessage(),
                    e.hint().orElse(null)));
            leave();
            return false;
        }
    }

    private void deployFirst() throws SQLException {
        try {
            deployAll();
        } catch (UserError e) {
            throw e.category() == UserError.Category.UNREACHABLE ? e : failed("the pipeline does not start", e);
        }
    }

    private boolean continues(long id, Table table) {
        Filled before = filled.get(table.name());
        return before == null || before.continues(id, table);
    }

    private boolean isFilled(Table table) {
        return filled.containsKey(table.name()) && filled.get(table.name()).sameColumns(table);
    }

    /** The logical database, the pipeline and all that is named after them. */
    private String name() {
        return lives == 1 ? database.name() : database.name() + "_" + lives;
    }

    private void deployAll() throws SQLException {
        String tablesSql = tablesSql();
        String viewsSql = definitions.sql();
        String text = tablesSql + viewsSql;
        LOG.info("{}: deploying {}", name(), definitions.names());
        if (!text.equals(deployed)) {
            stop(server.getAndSet(null));
        }
        fill(TablesFile.read(tablesSql, "tables.sql", name(), new ArrayList<>()));
        if (!text.equals(deployed)) {
            LOG.info("{}: starting the pipeline", name());
            run(tablesSql, viewsSql);
        }
        LOG.info("{}: waiting for the capture", name());
        if (capture != null) {
            capture.awaitRunning();
        }
        deployed = text;
        LOG.info("{}: waiting for the pipeline", name());
        await("the views were not built", () -> server().settled() && served().containsAll(definitions.names()));
    }

    private Set<String> served() {
        return definitions.names().stream()
                .filter(view -> server().served(view).isPresent())
                .collect(Collectors.toSet());
    }

    /** The tables as tables.sql declares them; event topics are of this life, so that files do not meet in one. */
    private String tablesSql() {
        Declared declared = definitions.declared();
        StringBuilder sql = new StringBuilder(declared.typesSql());
        for (Table table : declared.catalog().tables().values()) {
            sql.append(declared.tablesSql().get(table.name()));
            if (table.appendOnly()) {
                String topic = name() + ".events." + table.source().topic();
                sql.append(" WITH (topic = '")
                        .append(topic)
                        .append("', format = 'json'")
                        .append(DeclaredReader.deduplication(table))
                        .append(")");
            } else if (!table.hasKey()) {
                sql.append(";\nALTER TABLE ")
                        .append(TestDatabase.quoted(table.name()))
                        .append(" REPLICA IDENTITY FULL");
            }
            sql.append(";\n");
        }
        return sql.toString();
    }

    /** Has the topics of all tables filled, with the rows that there are and with all changes from now on. */
    private void fill(Catalog catalog) throws SQLException {
        List<Table> wanted = new ArrayList<>();
        List<Table> added = new ArrayList<>();
        boolean snapshot = false;
        for (Map.Entry<Long, Table> each : definitions.declared().tables().entrySet()) {
            Table table = catalog.tables().get(each.getValue().name());
            Filled before = filled.put(table.name(), new Filled(each.getKey(), table));
            if (!table.appendOnly()) {
                wanted.add(table);
                if (before == null) {
                    added.add(table);
                } else {
                    snapshot |= !before.sameColumns(table);
                }
            } else if (before == null) {
                events.create(table);
                events.send(
                        table,
                        database.rows(table.name()).stream()
                                .map(row -> RowTexts.row(table, row))
                                .toList());
            }
        }
        if (!added.isEmpty() || snapshot) {
            if (capture == null) {
                capture = new Capture(stack, database, name());
            }
            capture.take(wanted, added, snapshot);
        }
    }

    /** Writes the pipeline's folder and runs an instance of it. */
    private void run(String tablesSql, String viewsSql) {
        PlannedPipeline planned;
        try {
            Path folder = stack.folder(name());
            Files.writeString(folder.resolve("tables.sql"), tablesSql);
            Files.writeString(folder.resolve("views.sql"), viewsSql);
            Files.writeString(folder.resolve("millrace.properties"), properties(folder));
            planned = PlannedPipeline.read(folder, Optional.empty(), Map.of());
        } catch (IOException e) {
            throw new UncheckedIOException("the pipeline's folder cannot be written", e);
        }
        if (!planned.errors().isEmpty()) {
            throw planned.errors().get(0);
        }
        server.set(PipelineServer.start(
                planned, planned.pipeline().config(), new PrometheusMeterRegistry(PrometheusConfig.DEFAULT)));
        if (stopped) {
            stop(server.getAndSet(null));
        }
    }

    private String properties(Path folder) {
        return String.join(
                "\n",
                "application.id = " + name(),
                "database = " + name(),
                "kafka.bootstrap.servers = " + stack.bootstrapServers(),
                "schema.registry.url = " + stack.registry().url(),
                "partitions = " + PARTITIONS,
                "threads = " + THREADS,
                "http.port = 0",
                "rocksdb.memory.bytes = " + ROCKSDB_BYTES,
                "state.dir = " + folder.resolve("state").toString().replace("\\", "\\\\"));
    }

    private PipelineServer server() {
        PipelineServer running = server.get();
        if (running == null) {
            throw failed("the pipeline was stopped", null);
        }
        return running;
    }

    private void await(String failure, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!holds(condition)) {
            server().failure().ifPresent(reason -> {
                throw failed("the pipeline stopped: " + reason, null);
            });
            if (System.nanoTime() - deadline > 0) {
                throw failed(failure + " within " + PATIENCE.toSeconds() + " s", null);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /** A broker may not answer in time; it is asked again. */
    private static boolean holds(BooleanSupplier condition) {
        try {
            return condition.getAsBoolean();
        } catch (KafkaException e) {
            LOG.info("not this time", e);
            return false;
        }
    }

    @Override
    public void apply(List<RowChange> changes) {
        for (RowChange change : changes) {
            Table table = definitions.declared().tables().get(change.table());
            if (table == null) {
                continue;
            }
            change.checkAllowed(table);
            changed = true;
            unsettled = true;
            Filled topic = filled.get(table.name());
            if (topic == null || topic.id() != change.table()) {
                continue;
            }
            if (table.appendOnly()) {
                events.send(topic.table(), List.of(RowTexts.row(topic.table(), change.after())));
            } else if (change.truncated() && table.hasKey() && !outOfStep) {
                outOfStep = true;
                outOfDate = true;
                unsupported.accept(UserError.of(
                        UserError.Category.UNSUPPORTED,
                        "TRUNCATE of " + table.name() + ", which has a primary key, is in no change stream; all tables"
                                + " are captured anew",
                        "use DELETE; docs/ingest.md says what is not carried"));
            }
        }
    }

    @Override
    public List<String> views() {
        return definitions.names();
    }

    @Override
    public Set<String> refused() {
        return definitions.refused();
    }

    @Override
    public boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    @Override
    public List<List<String>> rows(String view) {
        settle();
        return served(view);
    }

    /**
     * Waits until nothing is left to capture and to read. A view that is not what PostgreSQL answers then is looked at for a
     * moment more, once, since the clock's ticks come from the pipeline's own time.
     */
    private void settle() {
        if (!unsettled) {
            return;
        }
        if (capture != null) {
            capture.awaitAll();
        }
        await("changes were not read", server()::nothingLeft);
        long deadline = System.nanoTime() + SECOND_LOOK.toNanos();
        for (String view : definitions.names()) {
            while (!isRight(view)) {
                if (wrong.contains(view) || System.nanoTime() - deadline > 0) {
                    wrong.add(view);
                    break;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
        unsettled = false;
    }

    private boolean isRight(String view) {
        List<List<String>> expected;
        try {
            expected = database.committed("SELECT * FROM public." + TestDatabase.quoted(view))
                    .rows();
        } catch (SQLException e) {
            // A division by zero, say: there is nothing to wait for.
            return true;
        }
        boolean right = sorted(expected).equals(sorted(served(view)));
        if (right) {
            wrong.remove(view);
        }
        return right;
    }

    private static List<String> sorted(List<List<String>> rows) {
        return rows.stream().map(List::toString).sorted().toList();
    }

    /** The rows that the pipeline serves. */
    private List<List<String>> served(String name) {
        List<List<String>> rows = new ArrayList<>();
        await("view " + name + " could not be read", () -> {
            rows.clear();
            Optional<PlanNode.View> view = server().served(name);
            return view.isPresent() && read(view.get(), rows);
        });
        return rows;
    }

    private boolean read(PlanNode.View view, List<List<String>> rows) {
        byte[] after = null;
        while (true) {
            ViewStore.Part part;
            try {
                part = server().views().scan(RowRange.ofPrefix(view), after, PAGE_ROWS, Set.of());
            } catch (NotReady e) {
                return false;
            }
            for (ViewStore.Entry entry : part.entries()) {
                List<String> row = RowTexts.of(entry.row().row(), view.types());
                for (long copy = 0; copy < entry.row().weight(); copy++) {
                    rows.add(row);
                }
                after = entry.key();
            }
            if (part.entries().size() < PAGE_ROWS) {
                return part.elsewhere().isEmpty();
            }
        }
    }

    /** Ends a life: all that is named after it goes. */
    private void leave() throws SQLException {
        LOG.info("{}: removing all of it", name());
        stop(server.getAndSet(null));
        if (capture != null) {
            capture.remove();
            capture.close();
            capture = null;
        }
        deleteTopics();
        TestStack.delete(folder());
        filled.clear();
        deployed = "";
        outOfStep = false;
        LOG.info("{}: removed", name());
        lives++;
    }

    private Path folder() {
        try {
            return stack.folder(name());
        } catch (IOException e) {
            throw new UncheckedIOException("the pipeline's folder cannot be had", e);
        }
    }

    private void deleteTopics() {
        Set<String> prefixes = Set.of(name() + ".", name() + "-", "__debezium-heartbeat." + name() + "__");
        try {
            List<String> topics = stack.admin().listTopics().names().get().stream()
                    .filter(topic -> prefixes.stream().anyMatch(topic::startsWith))
                    .toList();
            stack.admin().deleteTopics(topics).all().get();
        } catch (ExecutionException e) {
            throw failed("topics could not be deleted", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed("topics could not be deleted", e);
        }
    }

    private static void stop(PipelineServer running) {
        if (running != null) {
            running.close();
        }
    }

    /** Stops the pipeline, from any thread; what else there is goes with the stack. */
    void stop() {
        stopped = true;
        stop(server.getAndSet(null));
    }

    @Override
    public void close() {
        try {
            if (!filled.isEmpty()) {
                leave();
            }
        } catch (SQLException | RuntimeException e) {
            // The file's outcome is known; what is left behind goes with the stack.
            LOG.warn("the pipeline of {} could not be removed", name(), e);
        } finally {
            stack.closed(this);
        }
    }
}
