package io.millrace.ops.bench;

import io.millrace.ops.stack.PostgresServer;
import io.millrace.ops.stack.Stack;
import io.millrace.ops.stack.StackOptions;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/**
 * Tables of one shard, their changes in topics of one partition each unless more are asked for, as PostgreSQL wrote them and Debezium captured them; and, for
 * PostgreSQL's own replication, slots that stand where each table was before its changes.
 */
final class ReplicaData implements AutoCloseable {
    static final String DATABASE = "bench";

    /** So many rows a partition say where what is timed begins and ends, that each partition has some among all of them. */
    private static final int MARKS_A_PARTITION = 16;

    private static final int PER_TRANSACTION = 10;
    private static final int PER_INSERT = 1_000;
    private static final double ZIPF_EXPONENT = 1.0;
    private static final long LOOK_NANOS = 100_000_000L;

    private final Stack stack;
    private final Admin admin;
    private final Sizes sizes;

    /** What is measured, each with a table of its own. */
    enum Load {
        /** Rows that were there before the capture began. */
        COPY("copied"),
        INSERTS("inserted"),
        /** Eight of ten are updates of rows by Zipf's law, one inserts and one deletes. */
        MIXED("changed"),
        /** For the lag: changes as they are made. */
        LIVE("live");

        final String table;

        Load(String table) {
            this.table = table;
        }

        String topic() {
            return DATABASE + "." + table;
        }

        String publication() {
            return "native_" + table;
        }

        /** The slot that native replication reads a round by. */
        String slot(int round) {
            return "native_" + table + "_" + round;
        }
    }

    /**
     * How much there is.
     *
     * @param copied rows of the initial copy
     * @param warmUp rows before what is timed of the other loads
     * @param inserts rows inserted
     * @param changes of the mixed load
     * @param rounds how often native replication reads them
     * @param partitions of each topic
     */
    record Sizes(int copied, int warmUp, int inserts, int changes, int rounds, int partitions) {
        /** How many rows mark a place in all partitions. */
        int marks() {
            return partitions == 1 ? 1 : MARKS_A_PARTITION * partitions;
        }
    }

    private ReplicaData(Stack stack, Sizes sizes) {
        this.stack = stack;
        this.sizes = sizes;
        this.admin = Admin.create(Map.of("bootstrap.servers", stack.broker().bootstrapServers()));
    }

    /** Starts a stack in that folder, and returns when everything is in the topics. */
    static ReplicaData start(Path directory, Sizes sizes) throws Exception {
        StringBuilder tables = new StringBuilder();
        for (Load load : Load.values()) {
            tables.append(table(load.table)).append(";\n");
        }
        Stack stack = Stack.start(
                new StackOptions(
                        DATABASE,
                        1,
                        tables.toString(),
                        rows(Load.COPY.table, 1, sizes.copied)
                                + ";" + rows(Load.LIVE.table, 1, sizes.warmUp)
                                + ";INSERT INTO live " + row("0"),
                        directory,
                        false,
                        sizes.partitions,
                        0),
                progress -> {});
        ReplicaData data = new ReplicaData(stack, sizes);
        data.keepEveryRecord();
        data.publish();
        data.awaitRecords(Load.COPY, sizes.copied);
        data.insert();
        data.change();
        return data;
    }

    /** A table's definition, which the targets have too. */
    static String table(String name) {
        return "CREATE TABLE " + name
                + " (id bigint PRIMARY KEY, owner bigint NOT NULL, title text NOT NULL, body text,"
                + " views integer NOT NULL, score double precision, published boolean, created bigint NOT NULL)";
    }

    private static String rows(String table, long first, long last) {
        return "INSERT INTO " + table + " " + row("n") + " FROM generate_series(" + first + ", " + last + ") n";
    }

    private static String row(String id) {
        return "SELECT " + id + ", (" + id + " * 7919::bigint) % 20000, 'title of row ' || " + id
                + ", 'a body as they are: ' || md5((" + id + ")::text), (" + id + " % 1000)::integer, " + id
                + " / 7.0::float8, " + id + " % 2 = 0, 1700000000000 + " + id;
    }

    int partitions() {
        return sizes.partitions;
    }

    Stack stack() {
        return stack;
    }

    PostgresServer source() {
        return stack.shards().get(0);
    }

    /** The server of the targets. */
    PostgresServer target() {
        return stack.replica();
    }

    Admin admin() {
        return admin;
    }

    private void keepEveryRecord() throws InterruptedException, ExecutionException {
        for (Load load : Load.values()) {
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, load.topic()),
                            List.of(new AlterConfigOp(
                                    new ConfigEntry(
                                            TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE),
                                    AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
    }

    private void publish() throws SQLException {
        for (Load load : Load.values()) {
            source().execute("CREATE PUBLICATION " + load.publication() + " FOR TABLE " + load.table);
        }
    }

    private void slots(Load load) throws SQLException {
        for (int round = 1; round <= sizes.rounds; round++) {
            source().execute("SELECT pg_create_logical_replication_slot('" + load.slot(round) + "', 'pgoutput')");
        }
    }

    private void insert() throws Exception {
        slots(Load.INSERTS);
        String table = Load.INSERTS.table;
        try (Connection connection = source().connect();
                Statement statement = connection.createStatement()) {
            insert(statement, table, 1, sizes.warmUp);
            mark(statement, table, 1);
            insert(statement, table, sizes.warmUp + 1L, sizes.warmUp + sizes.inserts);
            mark(statement, table, 2);
        }
        awaitRecords(Load.INSERTS, sizes.warmUp + sizes.inserts + 2L * sizes.marks());
    }

    private static void insert(Statement statement, String table, long first, long last) throws SQLException {
        for (long from = first; from <= last; from += PER_INSERT) {
            statement.execute(rows(table, from, Math.min(last, from + PER_INSERT - 1)));
        }
    }

    /** Inserts marks: the first ones have the ids -1, -3 and so on, the last ones -2, -4. */
    private void mark(Statement statement, String table, int first) throws SQLException {
        statement.execute("INSERT INTO " + table + " " + row("-n") + " FROM generate_series(" + first + ", "
                + (first + 2L * (sizes.marks() - 1)) + ", 2) n");
    }

    /** A query that has a row once a table has one of the rows that mark where what is timed begins. */
    static String begun(String table) {
        return "SELECT 1 FROM " + table + " WHERE id < 0 LIMIT 1";
    }

    /** A query that has a row once a table has all of the rows that mark where what is timed ends. */
    String ended(Load load) {
        String marks = load == Load.COPY ? "id > " + (sizes.copied - sizes.marks()) : "id < 0 AND id % 2 = 0";
        return "SELECT 1 FROM " + load.table + " WHERE " + marks + " HAVING count(*) = " + sizes.marks();
    }

    private void change() throws Exception {
        slots(Load.MIXED);
        String table = Load.MIXED.table;
        Random random = new Random(1);
        long[] byRank = zipf(random);
        try (Connection connection = source().connect();
                Statement statement = connection.createStatement()) {
            insert(statement, table, 1, sizes.warmUp);
            mark(statement, table, 1);
            connection.setAutoCommit(false);
            try (PreparedStatement update = connection.prepareStatement(
                            "UPDATE " + table + " SET views = views + 1, title = ?, score = score + 0.5 WHERE id = ?");
                    PreparedStatement insert = connection.prepareStatement(
                            "INSERT INTO " + table + " " + row("x.id") + " FROM (SELECT ?::bigint AS id) x");
                    PreparedStatement delete = connection.prepareStatement("DELETE FROM " + table + " WHERE id = ?")) {
                for (int i = 0; i < sizes.changes; i += PER_TRANSACTION) {
                    for (int j = 1; j < PER_TRANSACTION - 1; j++) {
                        update.setString(1, "title after " + (i + j) + " changes");
                        update.setLong(2, byRank[random.nextInt(byRank.length)]);
                        update.addBatch();
                    }
                    update.executeBatch();
                    long id = sizes.warmUp + 1L + i / PER_TRANSACTION;
                    insert.setLong(1, id);
                    insert.executeUpdate();
                    // Of a row that came some time ago, so that deletions are no part of a batch with their insertion.
                    delete.setLong(1, Math.max(1, id - sizes.warmUp / 2));
                    delete.executeUpdate();
                    connection.commit();
                }
            }
            mark(statement, table, 2);
            connection.commit();
        }
        awaitEnd(Load.MIXED);
    }

    /** Ids, each as often as Zipf's law has it for its rank. */
    private long[] zipf(Random random) {
        int ids = sizes.warmUp;
        double sum = 0;
        double[] upTo = new double[ids];
        for (int rank = 0; rank < ids; rank++) {
            sum += 1 / Math.pow(rank + 1.0, ZIPF_EXPONENT);
            upTo[rank] = sum;
        }
        long[] drawn = new long[1_000_000];
        for (int i = 0; i < drawn.length; i++) {
            int rank = Arrays.binarySearch(upTo, random.nextDouble() * sum);
            // Hot rows lie anywhere.
            drawn[i] = 1 + (Math.min(ids - 1, rank < 0 ? -rank - 1 : rank) * 7_919L) % ids;
        }
        return drawn;
    }

    /** How many changes lie between the two marks; deletions have a tombstone beside their record. */
    long timedChanges(Load load) {
        return switch (load) {
            case COPY -> sizes.copied;
            case INSERTS -> sizes.inserts;
            case MIXED, LIVE -> sizes.changes;
        };
    }

    private long records(Load load) throws InterruptedException, ExecutionException {
        Map<TopicPartition, OffsetSpec> partitions = new HashMap<>();
        for (int i = 0; i < sizes.partitions; i++) {
            partitions.put(new TopicPartition(load.topic(), i), OffsetSpec.latest());
        }
        return admin.listOffsets(partitions).all().get().values().stream()
                .mapToLong(end -> end.offset())
                .sum();
    }

    private void awaitRecords(Load load, long count) throws InterruptedException, ExecutionException {
        while (records(load) < count) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** Waits until no more records come, as nothing is written. */
    private void awaitEnd(Load load) throws InterruptedException, ExecutionException {
        long before = -1;
        while (records(load) != before || before < sizes.changes) {
            before = records(load);
            LockSupport.parkNanos(20 * LOOK_NANOS);
        }
    }

    /** Stops capturing, so that the worker takes no time from what is measured. */
    void stopCapture() {
        stack.connectors().forEach(stack.connect()::stop);
    }

    void resumeCapture() {
        stack.connectors().forEach(stack.connect()::resume);
    }

    /** All of a table's rows as one text: their number, and a sum over them. */
    static String fingerprint(String url, String table) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(
                        "SELECT count(*) || ' rows, ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM"
                                + " (SELECT id, owner, title, body, views, score, published, created FROM " + table
                                + ") t")) {
            result.next();
            return result.getString(1);
        }
    }

    @Override
    public void close() {
        admin.close();
        stack.close();
    }
}
