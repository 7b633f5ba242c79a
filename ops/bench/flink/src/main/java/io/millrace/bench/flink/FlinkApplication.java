package io.millrace.bench.flink;

import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.TableDescriptor;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.types.DataType;

/** Maintains one view with Flink SQL in a mini-cluster of this process, until the process is ended. */
public final class FlinkApplication {
    private static final String VIEW = "bench_view";
    private static final String SINK = "bench_sink";
    private static final String PREFIX = "flink.";

    private FlinkApplication() {}

    /**
     * Runs a job.
     *
     * @param arguments a file of properties: {@code tables} and {@code view}, files of statements; {@code key}, the view's key
     *     columns; {@code conflict}, the clause for rows of one key; {@code brokers} and {@code topic}, where the view goes; {@code flink.*}, Flink's own configuration
     */
    public static void main(String[] arguments) throws Exception {
        Properties job = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(arguments[0]))) {
            job.load(reader);
        }
        Configuration configuration = new Configuration();
        job.stringPropertyNames().stream()
                .filter(name -> name.startsWith(PREFIX))
                .forEach(name -> configuration.setString(name.substring(PREFIX.length()), job.getProperty(name)));
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(configuration);
        StreamTableEnvironment tables = StreamTableEnvironment.create(
                environment, EnvironmentSettings.newInstance().withConfiguration(configuration).build());
        execute(tables, job.getProperty("tables"));
        execute(tables, job.getProperty("view"));
        tables.createTemporaryTable(SINK, sink(tables, job));
        StatementSet statements = tables.createStatementSet();
        statements.addInsertSql("INSERT INTO " + SINK + " SELECT * FROM " + VIEW + " " + job.getProperty("conflict"));
        System.out.println(statements.explain());
        statements.execute().await();
    }

    private static void execute(StreamTableEnvironment tables, String file) throws Exception {
        for (String statement : Files.readString(Path.of(file)).split(";")) {
            if (!statement.isBlank()) {
                tables.executeSql(statement);
            }
        }
    }

    /** A topic of the view's rows by their key. */
    private static TableDescriptor sink(StreamTableEnvironment tables, Properties job) {
        List<String> key = List.of(job.getProperty("key").split(","));
        Schema.Builder schema = Schema.newBuilder();
        for (Column column : tables.from(VIEW).getResolvedSchema().getColumns()) {
            DataType type = column.getDataType();
            schema.column(column.getName(), key.contains(column.getName()) ? type.notNull() : type);
        }
        return TableDescriptor.forConnector("upsert-kafka")
                .schema(schema.primaryKey(key).build())
                .option("topic", job.getProperty("topic"))
                .option("properties.bootstrap.servers", job.getProperty("brokers"))
                .option("properties.transaction.timeout.ms", "600000")
                .option("sink.delivery-guarantee", "exactly-once")
                .option("sink.transactional-id-prefix", job.getProperty("topic"))
                .option("key.format", "json")
                .option("value.format", "json")
                .build();
    }
}
