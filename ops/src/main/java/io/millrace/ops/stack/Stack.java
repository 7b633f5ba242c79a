package io.millrace.ops.stack;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.Table;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.connectors.DebeziumConnectorConfig;
import io.millrace.ops.registry.DevelopmentRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;

/**
 * Everything that Millrace reads from, started together: shards, a replica database, broker, registry, Connect with one
 * Debezium connector a shard. Closing stops what was started, in reverse order.
 */
public final class Stack implements AutoCloseable {
    private static final String ROLE = "millrace_capture";
    private static final String PASSWORD_KEY = "capture.password";
    private static final long HEARTBEAT_MS = 1000;

    private final StackOptions options;
    private final Consumer<String> progress;
    private final StartedParts parts;
    private final List<PostgresServer> shards = new ArrayList<>();
    private final List<DebeziumConnectorConfig> connectors = new ArrayList<>();
    private final Catalog catalog;
    private PostgresServer replica;
    private Broker broker;
    private DevelopmentRegistry registry;
    private volatile ConnectWorker connect;
    private int connectPort;

    private CompletableFuture<Void> capturing = CompletableFuture.completedFuture(null);

    /**
     * A stack that is not started yet.
     *
     * @param progress is told of each part, for people
     */
    public Stack(StackOptions options, Consumer<String> progress) {
        this.options = options;
        this.progress = progress;
        this.parts = new StartedParts(
                () -> new IllegalStateException("the stack was closed while it started"),
                (part, failure) -> progress.accept("could not stop cleanly: " + failure));
        List<UserError> errors = new ArrayList<>();
        this.catalog = TablesFile.read(options.tablesSql(), "tables.sql", options.database(), errors);
        if (!errors.isEmpty()) {
            throw errors.get(0);
        }
    }

    /** Starts a stack and waits until every connector streams. */
    public static Stack start(StackOptions options, Consumer<String> progress) throws Exception {
        Stack stack = new Stack(options, progress);
        try {
            stack.open();
            stack.awaitCapturing();
            return stack;
        } catch (Exception | Error e) {
            stack.close();
            throw e;
        }
    }

    /**
     * Starts everything and returns when a pipeline can start to read: broker and registry answer and the tables' topics are
     * there. Capture begins meanwhile, see {@link #awaitCapturing}.
     */
    public void open() throws Exception {
        Files.createDirectories(options.directory());
        Path secrets = Files.createDirectories(options.directory().resolve("secrets"));
        Path password = secrets.resolve("capture.properties");
        ExecutorService parallel = Executors.newFixedThreadPool(options.shards() + 2);
        try {
            Future<Broker> startingBroker = parallel.submit(this::startBroker);
            List<Future<PostgresServer>> starting = new ArrayList<>();
            for (int i = 1; i <= options.shards(); i++) {
                String name = "shard" + i;
                starting.add(parallel.submit(() -> startDatabase(name)));
            }
            Future<PostgresServer> startingReplica = parallel.submit(() -> startDatabase("replica"));
            for (Future<PostgresServer> each : starting) {
                shards.add(StartedParts.outcome(each));
            }
            replica = StartedParts.outcome(startingReplica);
            broker = StartedParts.outcome(startingBroker);
        } finally {
            parallel.shutdown();
        }
        connectPort = port(2) == 0 ? Ports.free() : port(2);
        CompletableFuture<Void> prepared = CompletableFuture.runAsync(() -> prepareShards(password));
        CompletableFuture<Void> connecting = CompletableFuture.runAsync(() -> startConnect(secrets));
        createTopics();
        registry = parts.add(DevelopmentRegistry.start(broker.bootstrapServers(), port(1)));
        progress.accept("schema registry at " + registry.url());
        capturing = CompletableFuture.allOf(prepared, connecting).thenRun(() -> capture(password));
    }

    /** Waits until every connector streams. */
    public void awaitCapturing() throws Exception {
        try {
            capturing.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private void startConnect(Path secrets) {
        connect = parts.add(ConnectWorker.start(broker.bootstrapServers(), secrets, connectPort, variables()));
        progress.accept("Kafka Connect at " + connect.url());
    }

    private int port(int offset) {
        return options.basePort() == 0 ? 0 : options.basePort() + offset;
    }

    private Broker startBroker() throws Exception {
        Broker starting = parts.add(Broker.start(options.directory().resolve("kafka"), port(0)));
        progress.accept("Kafka broker at " + starting.bootstrapServers());
        return starting;
    }

    private PostgresServer startDatabase(String name) throws IOException {
        PostgresServer server = parts.add(
                PostgresServer.startOneOfSeveral(name, options.directory().resolve(name), options.keep()));
        progress.accept("PostgreSQL " + name + " at port " + server.port());
        return server;
    }

    /** Creates the tables and a role that may replicate and read them, and nothing else. */
    private void prepareShards(Path passwordFile) {
        try {
            String password = password(passwordFile);
            for (PostgresServer shard : shards) {
                if (!exists(shard, "SELECT 1 FROM pg_roles WHERE rolname = '" + ROLE + "'")) {
                    execute(shard, "tables.sql", ShardSchema.ofDatabases(options.tablesSql()));
                    shard.execute("CREATE ROLE " + ROLE + " LOGIN REPLICATION PASSWORD '" + password + "'");
                    String tables = String.join(
                            ", ",
                            capturedTables().stream()
                                    .map(table -> "\"" + table.schema() + "\".\"" + table.name() + "\"")
                                    .toList());
                    shard.execute("GRANT SELECT ON " + tables + " TO " + ROLE);
                    shard.execute("CREATE PUBLICATION " + DebeziumConnectorConfig.slotName(options.database())
                            + " FOR TABLE " + tables);
                    if (options.initSql() != null) {
                        execute(shard, "the initial SQL", options.initSql());
                    }
                }
            }
        } catch (SQLException | IOException e) {
            throw new CompletionException(e);
        }
    }

    /** Runs what the user wrote, whose mistakes are the user's to mend. */
    private static void execute(PostgresServer shard, String what, String sql) {
        try {
            shard.execute(sql);
        } catch (SQLException e) {
            throw UserError.of(
                    UserError.Category.INVALID_PIPELINE,
                    shard.name() + " refused " + what + ": " + e.getMessage(),
                    "PostgreSQL runs it as it is written, in one transaction a shard");
        }
    }

    private static boolean exists(PostgresServer server, String query) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            return result.next();
        }
    }

    /** The password of the capturing role, made once, in a file that only its owner can read. */
    private static String password(Path file) throws IOException {
        Properties properties = new Properties();
        if (Files.exists(file)) {
            try (var reader = Files.newBufferedReader(file)) {
                properties.load(reader);
            }
            return properties.getProperty(PASSWORD_KEY);
        }
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        String password = HexFormat.of().formatHex(random);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, PASSWORD_KEY + "=" + password + "\n");
        return password;
    }

    private List<Table> capturedTables() {
        return catalog.tables().values().stream()
                .filter(table -> !table.appendOnly())
                .toList();
    }

    /** The tables' topics, so that the topology finds them before the first change; event topics, which nobody else makes. */
    private void createTopics() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            TableTopics.create(admin, catalog.tables().values(), options.partitions());
        }
    }

    private void capture(Path passwordFile) {
        List<DebeziumConnectorConfig.TableName> tables =
                capturedTables().stream().map(Stack::nameOf).toList();
        Set<DebeziumConnectorConfig.TableName> withoutKey = capturedTables().stream()
                .filter(table -> !table.hasKey())
                .map(Stack::nameOf)
                .collect(Collectors.toSet());
        for (PostgresServer shard : shards) {
            DebeziumConnectorConfig connector = new DebeziumConnectorConfig(
                    options.database(),
                    shard.name(),
                    "127.0.0.1",
                    shard.port(),
                    "postgres",
                    ROLE,
                    "${file:" + passwordFile + ":" + PASSWORD_KEY + "}",
                    tables,
                    withoutKey,
                    registry.url(),
                    options.partitions(),
                    HEARTBEAT_MS,
                    Map.of());
            connectors.add(connector);
            connect.deploy(connector);
        }
        connectors.forEach(connector -> {
            connect.awaitRunning(connector);
            progress.accept("capturing " + connector.connectorName());
        });
    }

    private static DebeziumConnectorConfig.TableName nameOf(Table table) {
        return new DebeziumConnectorConfig.TableName(table.schema(), table.name());
    }

    public List<PostgresServer> shards() {
        return List.copyOf(shards);
    }

    /** The database that replicas are written to. */
    public PostgresServer replica() {
        return replica;
    }

    public Broker broker() {
        return broker;
    }

    public DevelopmentRegistry registry() {
        return registry;
    }

    /** Where Kafka Connect answers, or will: it is known once the stack is open. */
    public String connectUrl() {
        return "http://127.0.0.1:" + connectPort;
    }

    /** What connectors may refer to by {@code ${env:...}}. */
    public Map<String, String> variables() {
        return Map.of(StackVariables.REPLICA_URL, replica.jdbcUrl());
    }

    public ConnectWorker connect() {
        return connect;
    }

    public List<DebeziumConnectorConfig> connectors() {
        return List.copyOf(connectors);
    }

    public Catalog catalog() {
        return catalog;
    }

    @Override
    public void close() {
        parts.end().forEach(parts::close);
    }
}
