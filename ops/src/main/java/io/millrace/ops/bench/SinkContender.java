package io.millrace.ops.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ops.stack.ConnectRest;
import io.millrace.ops.stack.ConnectWorker;
import io.millrace.ops.stack.Ports;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.connect.cli.ConnectDistributed;

/** A sink connector in a Connect worker of its own, which stays from round to round and so is warm. */
final class SinkContender implements ReplicaContender {
    private static final String FETCH_BYTES = Integer.toString(8 << 20);

    private final ReplicaData data;
    private final String name;
    private final String url;
    private final boolean createsTable;
    private final Properties properties;
    private final BenchProcess worker;
    private final ConnectRest rest;
    private String connector;

    private SinkContender(
            ReplicaData data, String name, String url, boolean createsTable, Properties properties, Path directory)
            throws IOException {
        this.data = data;
        this.name = name;
        this.url = url;
        this.createsTable = createsTable;
        this.properties = properties;
        int port = Ports.free();
        this.worker = startWorker(Files.createDirectories(directory.resolve(name)), port);
        this.rest = new ConnectRest("http://127.0.0.1:" + port);
    }

    /** Ours, as docs/replicas.md deploys it. */
    static SinkContender ofMillrace(ReplicaData data, String url, Path directory, Map<String, String> more)
            throws IOException {
        Properties properties = common(data);
        properties.put("connector.class", "io.millrace.connectors.replica.ReplicaSinkConnector");
        properties.put("connection.url", url);
        properties.put("connection.user", "postgres");
        properties.putAll(more);
        return new SinkContender(data, "millrace", url, true, properties, directory);
    }

    /** Debezium's JDBC sink with all that makes it fast, and no work on schemas. */
    static SinkContender ofDebezium(ReplicaData data, String url, Path directory, Map<String, String> more)
            throws IOException {
        Properties properties = common(data);
        properties.put("connector.class", "io.debezium.connector.jdbc.JdbcSinkConnector");
        properties.put("connection.url", url + "&reWriteBatchedInserts=true");
        properties.put("connection.username", "postgres");
        properties.put("connection.password", "postgres");
        properties.put("insert.mode", "upsert");
        properties.put("delete.enabled", "true");
        properties.put("primary.key.mode", "record_key");
        properties.put("primary.key.fields", "id");
        properties.put("schema.evolution", "none");
        properties.put("batch.size", "5000");
        properties.put("use.reduction.buffer", "true");
        properties.put("dialect.postgres.unnest.insert.enabled", "true");
        properties.putAll(more);
        return new SinkContender(data, "debezium", url, false, properties, directory);
    }

    private static Properties common(ReplicaData data) {
        Properties properties = new Properties();
        properties.put("tasks.max", Integer.toString(data.partitions()));
        for (String side : List.of("key.converter", "value.converter")) {
            properties.put(side, "io.millrace.schemas.AvroConverter");
            properties.put(
                    side + ".schema.registry.url", data.stack().registry().url());
        }
        properties.put("consumer.override.isolation.level", "read_committed");
        properties.put("consumer.override.max.poll.records", "5000");
        properties.put("consumer.override.max.partition.fetch.bytes", FETCH_BYTES);
        return properties;
    }

    private BenchProcess startWorker(Path directory, int port) throws IOException {
        Properties worker = new Properties();
        worker.putAll(ConnectWorker.properties(data.stack().broker().bootstrapServers(), directory, port));
        worker.put("group.id", "bench-" + name);
        for (String storage : List.of("config", "offset", "status")) {
            worker.put(storage + ".storage.topic", "_bench_" + name + "_" + storage);
        }
        worker.put("plugin.discovery", "hybrid_warn");
        worker.put(
                "plugin.path",
                BenchProcess.home()
                        .resolve("ops/bench/debezium-jdbc/target/plugins")
                        .toAbsolutePath()
                        .toString());
        Path file = directory.resolve("worker.properties");
        try (Writer writer = Files.newBufferedWriter(file)) {
            worker.store(writer, null);
        }
        return BenchProcess.ofClass(ConnectDistributed.class, directory.resolve("log"), file.toString());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String targetUrl() {
        return url;
    }

    @Override
    public void begin(ReplicaData.Load load, int round) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS " + load.table);
            if (!createsTable) {
                statement.execute(ReplicaData.table(load.table));
            }
        }
        connector = name + "-" + load.table + "-" + round;
        Map<String, Object> config = new HashMap<>();
        properties.forEach((key, value) -> config.put(key.toString(), value));
        config.put("topics", load.topic());
        config.put(createsTable ? "table.name" : "collection.name.format", load.table);
        rest.call(
                "PUT",
                "/connectors/" + connector + "/config",
                new ObjectMapper().valueToTree(config).toString());
    }

    @Override
    public void end() {
        rest.call("DELETE", "/connectors/" + connector, null);
    }

    /** Fails when the connector has. */
    void check() {
        String status =
                rest.call("GET", "/connectors/" + connector + "/status", null).toString();
        if (status.contains("FAILED")) {
            throw new IllegalStateException(connector + " has failed: " + status);
        }
    }

    @Override
    public double processorSeconds() {
        return worker.processorSeconds();
    }

    @Override
    public void close() {
        worker.close();
    }
}
