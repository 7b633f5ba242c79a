package io.millrace.ops.demo;

import io.millrace.ops.stack.PostgresServer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Carries traffic out at a steady rate, in a thread of its own. */
public final class TrafficRunner implements Demo {
    private static final String CLICKS = "clicks";
    private static final long PAUSE_NANOS = 50_000_000L;

    private final Traffic traffic;
    private final int actionsPerSecond;
    private final List<Connection> shards;
    private final List<Map<String, PreparedStatement>> statements = new ArrayList<>();
    private final KafkaProducer<byte[], byte[]> producer;
    private final Consumer<String> problems;
    private final LongAdder done = new LongAdder();
    private final Thread thread;
    private volatile boolean paused;
    private volatile boolean stopped;

    private TrafficRunner(
            Traffic traffic,
            int actionsPerSecond,
            List<Connection> shards,
            String bootstrapServers,
            Consumer<String> problems) {
        this.traffic = traffic;
        this.actionsPerSecond = actionsPerSecond;
        this.problems = problems;
        this.shards = List.copyOf(shards);
        shards.forEach(shard -> statements.add(new HashMap<>()));
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "linger.ms", 5),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        this.thread = new Thread(this::run, "demo-traffic");
    }

    /**
     * Starts traffic.
     *
     * @param problems is told when it must stop, with the reason
     */
    public static TrafficRunner start(
            Traffic traffic,
            int actionsPerSecond,
            List<PostgresServer> servers,
            String bootstrapServers,
            Consumer<String> problems)
            throws SQLException {
        List<Connection> connections = new ArrayList<>();
        for (PostgresServer server : servers) {
            connections.add(server.connect());
        }
        return startOn(traffic, actionsPerSecond, connections, bootstrapServers, problems);
    }

    /**
     * Starts traffic on databases that somebody else runs.
     *
     * @param shards a connection to each, closed with the traffic
     * @param problems is told when it must stop, with the reason
     */
    public static TrafficRunner startOn(
            Traffic traffic,
            int actionsPerSecond,
            List<Connection> shards,
            String bootstrapServers,
            Consumer<String> problems) {
        TrafficRunner runner = new TrafficRunner(traffic, actionsPerSecond, shards, bootstrapServers, problems);
        runner.thread.setDaemon(true);
        runner.thread.start();
        return runner;
    }

    @Override
    public long changes() {
        return done.sum();
    }

    /** Waits for so long at most until it has stopped by itself, which it does when a database fails. */
    public boolean isOverWithin(Duration patience) throws InterruptedException {
        thread.join(patience.toMillis());
        return !thread.isAlive();
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
    }

    private void run() {
        long start = System.nanoTime();
        long count = 0;
        try {
            while (!stopped) {
                if (paused) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                    start = System.nanoTime();
                    count = 0;
                    continue;
                }
                // Each action has its own moment, counted from the start, so that a slow one delays none for good.
                long due = start + count * 1_000_000_000L / actionsPerSecond;
                long early = due - System.nanoTime();
                if (early > 0) {
                    LockSupport.parkNanos(early);
                }
                perform(traffic.next());
                count++;
            }
        } catch (SQLException e) {
            if (!stopped) {
                problems.accept("the demo traffic stopped: " + e.getMessage());
            }
        }
    }

    private void perform(Action action) throws SQLException {
        for (Action.ShardStatement statement : action.statements()) {
            PreparedStatement prepared = prepared(statement);
            for (int i = 0; i < statement.parameters().size(); i++) {
                prepared.setObject(i + 1, statement.parameters().get(i));
            }
            done.add(prepared.executeUpdate());
        }
        if (action.event() != null) {
            click(action.event());
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // The callback sees the outcome.
    private void click(String event) {
        producer.send(new ProducerRecord<>(CLICKS, event.getBytes(StandardCharsets.UTF_8)), (sent, failure) -> {
            if (failure == null) {
                done.increment();
            } else {
                problems.accept("a click was not sent: " + failure.getMessage());
            }
        });
    }

    private PreparedStatement prepared(Action.ShardStatement statement) throws SQLException {
        Map<String, PreparedStatement> ofShard = statements.get(statement.shard());
        PreparedStatement prepared = ofShard.get(statement.sql());
        if (prepared == null) {
            prepared = shards.get(statement.shard()).prepareStatement(statement.sql());
            ofShard.put(statement.sql(), prepared);
        }
        return prepared;
    }

    @Override
    public void close() throws SQLException {
        stopped = true;
        LockSupport.unpark(thread);
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        producer.close();
        for (Connection shard : shards) {
            shard.close();
        }
    }
}
