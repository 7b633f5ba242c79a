package io.millrace.ops.slt;

import io.millrace.catalog.UserError;
import io.millrace.ops.registry.DevelopmentRegistry;
import io.millrace.ops.stack.Broker;
import io.millrace.ops.stack.ConnectWorker;
import io.millrace.ops.stack.PostgresServer;
import io.millrace.ops.stack.StartedParts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the test files of one run share when they go through real parts: a PostgreSQL server, a broker, a schema registry and
 * Kafka Connect. Closing stops all of it, in reverse order; so does the end of the process, by Ctrl-C or otherwise.
 */
final class TestStack implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TestStack.class);

    /** The file with the password of the capturing user, which the servers of a test do not ask for. */
    private static final String PASSWORD_FILE = "capture.properties";

    /** So long the end of the process waits for parts that were just being started. */
    private static final int OPENING_SECONDS = 30;

    private static final int DELETIONS = 20;
    private static final long DELETION_PAUSE_NANOS = 100_000_000L;

    private final Path directory;
    private final Thread hook = new Thread(this::closeAtTheEnd, "millrace-shutdown");
    private final StartedParts parts = new StartedParts(
            () -> UserError.of(UserError.Category.UNREACHABLE, "the stack was stopped while it started", null),
            (part, failure) -> LOG.warn("{} could not be stopped", part, failure));
    private final CountDownLatch opening = new CountDownLatch(1);
    private final Set<OnStack> engines = ConcurrentHashMap.newKeySet();
    private PostgresServer postgres;
    private Broker broker;
    private DevelopmentRegistry registry;
    private ConnectWorker connect;
    private Admin admin;
    private KafkaProducer<byte[], byte[]> producer;
    private volatile boolean ending;

    private TestStack(Path directory) {
        this.directory = directory;
    }

    /**
     * Starts everything.
     *
     * @param directory a folder of its own, which is deleted in the end
     */
    static TestStack start(Path directory) throws Exception {
        TestStack stack = new TestStack(directory);
        Runtime.getRuntime().addShutdownHook(stack.hook);
        try {
            stack.open();
            return stack;
        } catch (Exception | Error e) {
            stack.awaitEndOfProcess();
            stack.close();
            throw e;
        }
    }

    private void open() throws Exception {
        List<CompletableFuture<?>> begun = new ArrayList<>();
        try {
            open(begun);
        } finally {
            // What is under way when another part fails is started and then closed.
            begun.forEach(each -> each.handle((part, failure) -> part).join());
            opening.countDown();
        }
    }

    private void open(List<CompletableFuture<?>> begun) throws Exception {
        Path secrets = Files.createDirectories(directory.resolve("secrets"));
        Files.writeString(secrets.resolve(PASSWORD_FILE), "password=none\n");
        CompletableFuture<PostgresServer> database = begin(
                () -> PostgresServer.start("test", Files.createDirectories(directory.resolve("postgres")), false));
        begun.add(database);
        broker = parts.add(Broker.start(directory.resolve("kafka"), 0));
        CompletableFuture<ConnectWorker> worker =
                begin(() -> ConnectWorker.start(broker.bootstrapServers(), secrets, 0));
        begun.add(worker);
        registry = parts.add(DevelopmentRegistry.start(broker.bootstrapServers(), 0));
        admin = parts.add(Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers())));
        producer = parts.add(new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer()));
        connect = StartedParts.outcome(worker);
        postgres = StartedParts.outcome(database);
    }

    /** What starts a part. */
    @FunctionalInterface
    private interface Start<T> {
        T start() throws Exception;
    }

    private <T extends AutoCloseable> CompletableFuture<T> begin(Start<T> start) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return parts.add(start.start());
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
    }

    /** An engine of a file, whose pipeline runs here. */
    OnStack engine(TestDatabase database, Declared declared, Consumer<UserError> unsupported) throws SQLException {
        OnStack engine = new OnStack(this, database, declared, unsupported);
        engines.add(engine);
        return engine;
    }

    /** Takes note that an engine was closed. */
    void closed(OnStack engine) {
        engines.remove(engine);
    }

    PostgresServer postgres() {
        return postgres;
    }

    String bootstrapServers() {
        return broker.bootstrapServers();
    }

    DevelopmentRegistry registry() {
        return registry;
    }

    ConnectWorker connect() {
        return connect;
    }

    Admin admin() {
        return admin;
    }

    KafkaProducer<byte[], byte[]> producer() {
        return producer;
    }

    /** A reference to the password of the capturing user, for a connector. */
    String passwordReference() {
        return "${file:" + directory.resolve("secrets").resolve(PASSWORD_FILE) + ":password}";
    }

    /** A new folder of that name. */
    Path folder(String name) throws IOException {
        return Files.createDirectories(directory.resolve(name));
    }

    /** Parts that are just being started need those that they start with; so all are first, and then closed in order. */
    private void closeAtTheEnd() {
        ending = true;
        try {
            if (!opening.await(OPENING_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("parts of the stack did not start within {} s", OPENING_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        close();
    }

    /**
     * Does not return when the process is ending: what fails then fails because all is being stopped, and there is nothing to
     * say of it.
     */
    void awaitEndOfProcess() {
        while (isEnding()) {
            LockSupport.park();
        }
    }

    /** The hook may not run yet when others already see that the process ends. */
    private boolean isEnding() {
        if (parts.isEnded()) {
            return ending;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
            Runtime.getRuntime().addShutdownHook(hook);
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    @Override
    public void close() {
        if (!isEnding()) {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
        List<AutoCloseable> ended = parts.end();
        engines.forEach(OnStack::stop);
        ended.forEach(parts::close);
        delete(directory);
    }

    /** Deletes a folder with all in it; what cannot be deleted stays, since nothing depends on it. */
    static void delete(Path folder) {
        for (int i = 0; i < DELETIONS && !isDeleted(folder); i++) {
            LockSupport.parkNanos(DELETION_PAUSE_NANOS);
        }
    }

    /** A server that is just ending still has files come and go. */
    private static boolean isDeleted(Path folder) {
        if (Files.notExists(folder)) {
            return true;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
            return true;
        } catch (IOException | UncheckedIOException e) {
            LOG.info("{} could not be deleted", folder, e);
            return false;
        }
    }
}
