package io.millrace.ops.bench;

import io.millrace.ops.stack.Stack;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/**
 * Photos and their owners in one shard, and their changes in the topics of one partition each: written by PostgreSQL and
 * captured by Debezium, so that every program reads what it would read in production.
 */
final class PhotosData implements AutoCloseable {
    static final String DATABASE = "bench";
    static final String PHOTOS = "bench.photos";
    static final String USERS = "bench.users";

    private static final int PARTITIONS = 1;
    private static final int BATCH = 20_000;
    private static final long LOOK_NANOS = 100_000_000L;

    private final Stack stack;
    private final Admin admin;
    private final int users;
    private final int photos;

    private PhotosData(Stack stack, int users, int photos) {
        this.stack = stack;
        this.admin = Admin.create(Map.of("bootstrap.servers", stack.broker().bootstrapServers()));
        this.users = users;
        this.photos = photos;
    }

    /** Starts a stack in that folder and fills its tables; returns when all of it is in the topics. */
    static PhotosData start(Path directory, Path pipeline, int users, int photos) throws Exception {
        Stack stack = BenchStack.start(pipeline, DATABASE, 1, PARTITIONS, directory);
        PhotosData data = new PhotosData(stack, users, photos);
        data.keepEveryRecord();
        data.insert();
        return data;
    }

    Stack stack() {
        return stack;
    }

    int photos() {
        return photos;
    }

    /** Tables' topics are compacted; here each program must find the same records. */
    private void keepEveryRecord() throws InterruptedException, ExecutionException {
        AlterConfigOp keep = new AlterConfigOp(
                new ConfigEntry(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE),
                AlterConfigOp.OpType.SET);
        admin.incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, PHOTOS), List.of(keep),
                        new ConfigResource(ConfigResource.Type.TOPIC, USERS), List.of(keep)))
                .all()
                .get();
    }

    private void insert() throws SQLException, InterruptedException, ExecutionException {
        execute("INSERT INTO users SELECT n, 'user' || n, 'Full Name ' || n, repeat('likes light ', 5), n % 50 = 0"
                + " FROM generate_series(1, " + users + ") n");
        for (int first = 1; first <= photos; first += BATCH) {
            execute("INSERT INTO photos SELECT n, 1 + (n * 7919::bigint) % " + users
                    + ", 'caption of photo ' || n, 'place ' || n % 100 FROM generate_series(" + first + ", "
                    + Math.min(photos, first + BATCH - 1) + ") n");
        }
        awaitRecords(USERS, users);
        awaitRecords(PHOTOS, photos);
    }

    /** Updates photos chosen at random, so many times: a new caption, and for every twentieth a new owner. */
    void update(int updates) throws SQLException, InterruptedException, ExecutionException {
        long before = records(PHOTOS);
        for (int done = 0; done < updates; done += BATCH) {
            execute("DO $$ DECLARE photo bigint; BEGIN FOR i IN 1.." + Math.min(BATCH, updates - done) + " LOOP"
                    // Chosen outside of the statement, which would choose anew for each row that it looks at.
                    + " photo := 1 + floor(random() * " + photos + ");"
                    + " UPDATE photos SET caption = 'caption ' || i || ' of batch " + done / BATCH + "',"
                    + " user_id = CASE WHEN i % 20 = 0 THEN 1 + floor(random() * " + users
                    + ")::bigint ELSE user_id END WHERE photo_id = photo; END LOOP; END $$");
        }
        awaitRecords(PHOTOS, before + updates);
    }

    private void execute(String sql) throws SQLException {
        stack.shards().get(0).execute(sql);
    }

    /** Stops capturing, so that the worker takes no time from what is measured. */
    void stopCapture() {
        stack.connectors().forEach(stack.connect()::stop);
    }

    /** How many records a topic has. */
    long records(String topic) throws InterruptedException, ExecutionException {
        TopicPartition partition = new TopicPartition(topic, 0);
        return admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                .partitionResult(partition)
                .get()
                .offset();
    }

    private void awaitRecords(String topic, long count) throws InterruptedException, ExecutionException {
        while (records(topic) < count) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** Creates a topic of one partition. */
    void createTopic(String topic) throws InterruptedException, ExecutionException {
        admin.createTopics(List.of(new NewTopic(topic, Optional.of(PARTITIONS), Optional.empty())))
                .all()
                .get();
    }

    /** Deletes the topics of an application that has ended. */
    void deleteTopicsOf(String application) throws InterruptedException, ExecutionException {
        List<String> topics = admin.listTopics().names().get().stream()
                .filter(topic -> topic.startsWith(application))
                .toList();
        admin.deleteTopics(topics).all().get();
    }

    Admin admin() {
        return admin;
    }

    @Override
    public void close() throws IOException {
        admin.close();
        stack.close();
    }
}
