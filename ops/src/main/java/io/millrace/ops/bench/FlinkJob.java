package io.millrace.ops.bench;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.Column;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * A view for Flink SQL, as {@code ops/bench/flink} runs it: declared on the tables' own topics, with state in RocksDB,
 * exactly-once, and a result that goes to a topic by its key.
 *
 * @param view the view
 * @param catalog its tables
 * @param topics where their changes are
 * @param applicationId the consumer group, and the name of the result's topic
 * @param checkpointMs how often Flink commits
 * @param miniBatch whether it gathers changes before it applies them
 * @param dropDuplicates whether it keeps the tables' rows, to drop what Debezium sends twice after a failure, as Millrace does
 * @param more further configuration of Flink's, which goes before what is set here
 */
record FlinkJob(
        SqlView view,
        Catalog catalog,
        ChangeTopics topics,
        String applicationId,
        int checkpointMs,
        boolean miniBatch,
        boolean dropDuplicates,
        Map<String, String> more) {
    /** As much as Millrace gives RocksDB by default. */
    private static final String MANAGED_MEMORY = "256m";

    private static final String BATCH_WAIT = "500 ms";
    private static final String BATCH_ROWS = "5000";

    /** What Flink's own scripts open on Java 17. */
    private static final List<String> JVM_OPTIONS = List.of(
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.net=ALL-UNNAMED",
            "--add-opens=java.base/java.io=ALL-UNNAMED",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
            "--add-opens=java.base/java.text=ALL-UNNAMED",
            "--add-opens=java.base/java.time=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
            "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
            "--add-opens=java.base/java.util.concurrent.locks=ALL-UNNAMED");

    /** Starts it; its files are kept in that folder. */
    BenchProcess start(Path directory) throws IOException {
        Path job = directory.resolve("job.properties");
        try (Writer writer = Files.newBufferedWriter(job)) {
            properties(directory).store(writer, null);
        }
        Path built = BenchProcess.home().resolve("ops/bench/flink/target");
        return BenchProcess.ofClassPath(
                built.resolve("millrace-bench-flink.jar") + ":" + built.resolve("lib") + "/*",
                "io.millrace.bench.flink.FlinkApplication",
                JVM_OPTIONS,
                directory.resolve("log"),
                job.toString());
    }

    private Properties properties(Path directory) throws IOException {
        Path tables = directory.resolve("flink-tables.sql");
        Files.writeString(
                tables,
                view.reads().stream()
                        .map(name -> declaration(catalog.table(name).orElseThrow()))
                        .collect(Collectors.joining(";\n")));
        Properties properties = new Properties();
        properties.put("tables", tables.toString());
        properties.put("view", view.viewFile().toString());
        properties.put("key", String.join(",", view.key()));
        properties.put("brokers", topics.brokers());
        properties.put("topic", PeerStreams.output(applicationId));
        properties.put("flink.parallelism.default", Integer.toString(topics.partitions()));
        properties.put("flink.state.backend.type", "rocksdb");
        properties.put("flink.execution.checkpointing.mode", "EXACTLY_ONCE");
        properties.put("flink.execution.checkpointing.interval", checkpointMs + " ms");
        properties.put("flink.execution.checkpointing.incremental", "true");
        properties.put(
                "flink.execution.checkpointing.dir",
                directory.resolve("checkpoints").toUri().toString());
        properties.put("flink.io.tmp.dirs", directory.resolve("state").toString());
        properties.put("flink.taskmanager.memory.managed.size", MANAGED_MEMORY);
        properties.put("flink.pipeline.object-reuse", "true");
        properties.put("flink.table.exec.source.cdc-events-duplicate", Boolean.toString(dropDuplicates));
        if (topics.partitions() == 1 && view.joinsAlone()) {
            // Nothing overtakes anything on its way to the sink, so that Flink need not keep all rows there to put them
            // in order.
            properties.put("conflict", "");
            properties.put("flink.table.exec.sink.require-on-conflict", "false");
            properties.put("flink.table.exec.sink.upsert-materialize", "NONE");
        } else {
            properties.put("conflict", "ON CONFLICT DO DEDUPLICATE");
        }
        if (miniBatch) {
            properties.put("flink.table.exec.mini-batch.enabled", "true");
            properties.put("flink.table.exec.mini-batch.allow-latency", BATCH_WAIT);
            properties.put("flink.table.exec.mini-batch.size", BATCH_ROWS);
        }
        more.forEach((name, value) -> properties.put("flink." + name, value));
        return properties;
    }

    private String declaration(Table table) {
        String columns = table.columns().stream()
                .map(column -> "  `" + column.name() + "` " + type(column))
                .collect(Collectors.joining(",\n"));
        String key = table.primaryKey().stream()
                .map(position -> "`" + table.columns().get(position).name() + "`")
                .collect(Collectors.joining(", "));
        return "CREATE TABLE `" + table.name() + "` (\n" + columns + ",\n  PRIMARY KEY (" + key + ") NOT ENFORCED\n"
                + ") WITH (\n"
                + "  'connector' = 'kafka',\n"
                + "  'topic' = '" + table.source().topic() + "',\n"
                + "  'properties.bootstrap.servers' = '" + topics.brokers() + "',\n"
                + "  'properties.group.id' = '" + applicationId + "',\n"
                + "  'scan.startup.mode' = 'earliest-offset',\n"
                + "  'format' = 'change-events',\n"
                + "  'change-events.registry' = '" + topics.registryUrl() + "'\n)";
    }

    private static String type(Column column) {
        SqlType type = column.type();
        String name =
                switch (type.kind()) {
                    case INTEGER -> "INT";
                    case BIGINT -> "BIGINT";
                    case TEXT -> "STRING";
                    case DATE -> "DATE";
                    case TIMESTAMP -> "TIMESTAMP(6)";
                    case NUMERIC -> "DECIMAL(" + type.precision() + ", " + type.scale() + ")";
                    default -> throw new IllegalArgumentException("no table of the benchmark has a column of " + type);
                };
        return column.nullable() ? name : name + " NOT NULL";
    }
}
