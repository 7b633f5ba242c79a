package io.millrace.cli;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.Table;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.connectors.DebeziumConnectorConfig;
import io.millrace.connectors.DebeziumConnectorConfig.TableName;
import io.millrace.runtime.NewTopics;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.runtime.SourceTopics;
import io.millrace.sink.ConnectClient;
import io.millrace.sink.ConnectRefusal;
import io.millrace.sink.DeployedConnector;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace capture}: has Kafka Connect capture the declared tables of all shards. */
@Command(
        name = "capture",
        description = "Have Kafka Connect capture the declared tables of all shards: create the tables' topics and a"
                + " Debezium connector a shard where they lack, and give connectors that are there this configuration.")
final class CaptureCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final long LOOK_MS = 500;
    private static final long REQUEST_TIMEOUT_SECONDS = 30;
    private static final long HEARTBEAT_MS = 10_000;
    private static final String SHARD = "{shard}";

    @Spec
    private CommandSpec spec;

    @Mixin
    private PipelineOptions options;

    @Option(
            names = "--shard",
            required = true,
            paramLabel = "NAME=JDBC_URL",
            description =
                    "A shard's name, and its database as Kafka Connect reaches it, with the user that may replicate:"
                            + " s1=jdbc:postgresql://s1.internal:5432/app?user=millrace_capture. Write it once for each.")
    private Map<String, String> shards = new LinkedHashMap<>();

    @Option(
            names = "--password",
            required = true,
            paramLabel = "REFERENCE",
            description = "Where the Connect workers find that user's password, never the password itself:"
                    + " $${file:PATH:KEY}, $${directory:FOLDER:FILE} or $${env:NAME}; {shard} in it stands for the"
                    + " shard's name.")
    private String password;

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = "A property of the connectors in the place of Millrace's, or beside them; write it once for"
                    + " each.")
    private Map<String, String> overrides = new LinkedHashMap<>();

    @Option(names = "--dry-run", description = "Say what would be done, and do nothing.")
    private boolean dryRun;

    /** Something that Kafka Connect is asked. */
    private interface Request<T> {
        T answer() throws IOException, ConnectRefusal;
    }

    @Override
    public Integer call() {
        PlannedPipeline planned = PlannedPipeline.readOrThrow(options.folder(), options.config());
        PipelineConfig properties = options.addressed(planned.pipeline().config());
        Collection<Table> tables = planned.pipeline().catalog().tables().values();
        List<DebeziumConnectorConfig> connectors = new ArrayList<>();
        shards.forEach((shard, url) -> connectors.add(connector(shard, url, properties, tables)));
        ConnectClient connect = ConnectClient.of(properties)
                .orElseThrow(() -> UserError.of(
                        Category.USAGE,
                        PipelineConfig.CONNECT_URL.name() + " is not set",
                        "set it in millrace.properties or by " + PipelineConfig.CONNECT_URL.environmentVariable()));
        Map<String, DeployedConnector> deployed = patiently(connect::all);
        if (!dryRun) {
            createTopics(properties, tables);
        }
        Set<String> changed = new HashSet<>();
        for (DebeziumConnectorConfig connector : connectors) {
            String name = connector.connectorName();
            if (deploy(connect, connector, Optional.ofNullable(deployed.get(name)))) {
                changed.add(name);
            }
        }
        if (!dryRun) {
            awaitRunning(connect, connectors, new ConnectorWatch(changed));
        }
        return Millrace.OK;
    }

    private DebeziumConnectorConfig connector(
            String shard, String url, PipelineConfig properties, Collection<Table> tables) {
        ShardAddress address = ShardAddress.parse(shard, url);
        Map<String, String> more = new HashMap<>();
        address.sslMode().ifPresent(mode -> more.put("database.sslmode", mode));
        more.putAll(overrides);
        List<Table> captured =
                tables.stream().filter(table -> !table.appendOnly()).toList();
        try {
            return new DebeziumConnectorConfig(
                    properties.get(PipelineConfig.DATABASE),
                    shard,
                    address.host(),
                    address.port(),
                    address.database(),
                    address.user(),
                    password.replace(SHARD, shard),
                    captured.stream().map(CaptureCommand::nameOf).toList(),
                    captured.stream()
                            .filter(table -> !table.hasKey())
                            .map(CaptureCommand::nameOf)
                            .collect(Collectors.toSet()),
                    properties.get(PipelineConfig.SCHEMA_REGISTRY_URL),
                    properties.get(PipelineConfig.PARTITIONS),
                    HEARTBEAT_MS,
                    more);
        } catch (IllegalArgumentException e) {
            throw UserError.of(Category.USAGE, e.getMessage(), spec.qualifiedName() + " --help says what it takes");
        }
    }

    private static TableName nameOf(Table table) {
        return new TableName(table.schema(), table.name());
    }

    private void createTopics(PipelineConfig properties, Collection<Table> tables) {
        Optional<Short> replication = Optional.of(properties.get(PipelineConfig.REPLICATION_FACTOR))
                .filter(factor -> factor > 0)
                .map(Integer::shortValue);
        try (Admin admin = Admin.create(Map.copyOf(properties.kafka()))) {
            Set<String> there = admin.listTopics().names().get(REQUEST_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            List<NewTopic> missing = tables.stream()
                    .map(table -> SourceTopics.of(table, properties.get(PipelineConfig.PARTITIONS), replication))
                    .filter(topic -> !there.contains(topic.name()))
                    .toList();
            NewTopics.create(admin, missing);
            missing.forEach(topic -> say("topic " + topic.name() + ": created"));
        } catch (KafkaException e) {
            throw UserError.of(
                    Category.INVALID_PIPELINE,
                    "Kafka's clients cannot be set up: " + e.getMessage(),
                    "check millrace.properties");
        } catch (ExecutionException e) {
            throw brokers(e.getMessage() + ": " + e.getCause().getMessage());
        } catch (TimeoutException e) {
            throw brokers("they do not answer");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw brokers("interrupted");
        }
    }

    private static UserError brokers(String why) {
        return UserError.of(
                Category.UNREACHABLE,
                "the tables' topics cannot be created: " + why,
                "check " + PipelineConfig.BOOTSTRAP_SERVERS.name());
    }

    /** Whether the connector is another one than before, or would be. What others have set beside ours stays. */
    private boolean deploy(
            ConnectClient connect, DebeziumConnectorConfig connector, Optional<DeployedConnector> deployed) {
        String name = connector.connectorName();
        Map<String, String> wanted =
                deployed.map(each -> connector.render(each.properties())).orElseGet(connector::render);
        Set<String> differing =
                deployed.map(each -> differing(each.properties(), wanted)).orElse(Set.of());
        if (deployed.isPresent() && differing.isEmpty()) {
            say(name + ": stays as it is");
            return false;
        }
        if (!dryRun) {
            patiently(() -> {
                connect.put(name, wanted);
                return wanted;
            });
        }
        String tense = dryRun ? "would be " : "";
        say(name + ": " + tense + (deployed.isEmpty() ? "created" : "changed: " + String.join(", ", differing)));
        return true;
    }

    private static Set<String> differing(Map<String, String> deployed, Map<String, String> wanted) {
        Set<String> names = new TreeSet<>(deployed.keySet());
        names.addAll(wanted.keySet());
        names.removeIf(name -> Objects.equals(deployed.get(name), wanted.get(name)));
        return names;
    }

    private void awaitRunning(ConnectClient connect, List<DebeziumConnectorConfig> connectors, ConnectorWatch watch) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        List<String> waiting = new ArrayList<>(
                connectors.stream().map(DebeziumConnectorConfig::connectorName).toList());
        while (!waiting.isEmpty()) {
            Map<String, DeployedConnector> all = patiently(connect::all);
            waiting.removeIf(name -> isSettled(name, all.get(name), watch));
            if (!waiting.isEmpty() && System.nanoTime() - deadline >= 0) {
                throw UserError.of(
                        Category.UNREACHABLE,
                        "after " + PATIENCE.toSeconds() + " s these do not run yet: " + String.join(", ", waiting),
                        "Kafka Connect's log may say why");
            }
            if (!waiting.isEmpty()) {
                pause();
            }
        }
    }

    private boolean isSettled(String name, DeployedConnector connector, ConnectorWatch watch) {
        if (connector == null) {
            return false;
        }
        Optional<String> settled = watch.look(name, connector, System.nanoTime());
        settled.ifPresent(state -> {
            if (state.equals("FAILED")) {
                throw UserError.of(
                        Category.MISMATCH,
                        name + " has failed: " + connector.failure().orElse("no reason was given"),
                        "mend it, then POST /connectors/" + name + "/restart?includeTasks=true to Kafka Connect");
            }
            String resume = ", until PUT /connectors/" + name + "/resume is sent to Kafka Connect";
            say(name + ": " + state.toLowerCase(Locale.ROOT) + (ConnectorWatch.isHalted(state) ? resume : ""));
        });
        return settled.isPresent();
    }

    /** Asks until there is an answer: a worker that has just started, or a group that is rebalanced, gives none. */
    private static <T> T patiently(Request<T> request) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return request.answer();
            } catch (ConnectRefusal e) {
                throw UserError.of(
                        Category.MISMATCH,
                        "Kafka Connect refuses: " + e.getMessage(),
                        "docs/ingest.md has what a shard needs");
            } catch (IOException e) {
                if (System.nanoTime() - deadline >= 0) {
                    throw UserError.of(
                            Category.UNREACHABLE,
                            "Kafka Connect does not answer: " + e.getMessage(),
                            "check " + PipelineConfig.CONNECT_URL.name());
                }
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw UserError.of(Category.UNREACHABLE, "interrupted", "start it again");
        }
    }

    private void say(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }
}
