package io.millrace.ops.e2e;

import io.millrace.ops.stack.PostgresServer;
import io.millrace.ops.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The configuration of a replica sink as it is deployed, and what its databases hold. */
final class ReplicaSink {
    private ReplicaSink() {}

    /**
     * A sink's properties.
     *
     * @param secrets the folder whose files connectors may refer to
     * @param port where the target database is reached
     */
    static Map<String, String> properties(Stack stack, Path secrets, int port, List<String> topics, String name)
            throws IOException {
        Path password = secrets.resolve("replica.properties");
        Files.writeString(password, "replica.password=postgres\n");
        Map<String, String> sink = new HashMap<>();
        sink.put("connector.class", "io.millrace.connectors.replica.ReplicaSinkConnector");
        // More than the shards' connectors have, so that Connect gives some to each worker.
        sink.put("tasks.max", "4");
        sink.put(
                "consumer.override.partition.assignment.strategy",
                "org.apache.kafka.clients.consumer.RoundRobinAssignor");
        sink.put("topics", String.join(",", topics));
        sink.put("connection.url", "jdbc:postgresql://127.0.0.1:" + port + "/postgres");
        sink.put("connection.user", "postgres");
        sink.put("connection.password", "${file:" + password + ":replica.password}");
        for (String side : List.of("key.converter", "value.converter")) {
            sink.put(side, "io.millrace.schemas.AvroConverter");
            sink.put(side + ".schema.registry.url", stack.registry().url());
        }
        sink.put("errors.tolerance", "all");
        sink.put("errors.deadletterqueue.topic.name", name + ".dlq");
        sink.put("errors.deadletterqueue.topic.replication.factor", "1");
        sink.put("errors.deadletterqueue.context.headers.enable", "true");
        sink.put("consumer.override.isolation.level", "read_committed");
        sink.put("consumer.override.session.timeout.ms", "6000");
        sink.put("consumer.override.metadata.max.age.ms", "1000");
        return sink;
    }

    /** The first column of a query's rows, as text. */
    static List<String> rows(PostgresServer server, String query) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET timezone = 'UTC'");
            try (ResultSet rows = statement.executeQuery(query)) {
                while (rows.next()) {
                    found.add(rows.getString(1));
                }
            }
        }
        return found;
    }
}
