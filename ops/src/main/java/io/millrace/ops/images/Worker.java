package io.millrace.ops.images;

import io.millrace.connectors.delivery.Bisection;
import io.millrace.connectors.delivery.DeadLetters;
import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.DeliveryMetrics;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.delivery.Retries;
import io.millrace.connectors.delivery.Target;
import io.millrace.ops.images.ImageFailure.Reason;
import io.millrace.schemas.RegistryException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One worker of a group: takes a record, does the step for its picture, reports, and only then goes on; what it had begun when it
 * was killed is done by whoever gets its partition. While a failure is waited for it stays in the group and takes nothing else.
 */
final class Worker implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long NANOS_PER_MS = 1_000_000;

    private final String name;
    private final String topic;
    private final Function<ConsumerRecord<byte[], byte[]>, Job> reader;
    private final Consumer<String> told;
    private final int maxAttempts;
    private final long restMs;
    private final WorkerContext context;
    private final org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer;
    private final Progress progress;
    private final List<AutoCloseable> own;
    private final Retries retries;
    private final DeadLetters deadLetters;
    private final Bisection<Job> bisection;
    private volatile boolean stopped;
    private volatile Throwable failure;
    /** What is being worked on; null while there is nothing. */
    private ConsumerRecord<byte[], byte[]> current;
    /** What it is made of; null until it has been read. */
    private Job job;

    private long notBeforeNanos = System.nanoTime();

    /**
     * What a worker has for itself.
     *
     * @param consumer a member of the group, which is given one record at a time
     * @param reader reads a record; throws {@link RegistryException} while the registry does not answer
     * @param letters take what is set aside
     * @param target does the work
     * @param progress knows how often a picture was begun; the target's too
     */
    record Parts(
            org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
            Function<ConsumerRecord<byte[], byte[]>, Job> reader,
            ErrantRecordReporter letters,
            Target<Job> target,
            Progress progress) {}

    /** A worker, which {@link #run} has join its group, and which closes those of its parts that can be closed. */
    Worker(String name, String topic, Parts parts, WorkerConfig config, Consumer<String> told) {
        this.name = name;
        this.topic = topic;
        this.reader = parts.reader;
        this.told = told;
        this.maxAttempts = config.imageAttempts();
        this.restMs = config.imagePause().toMillis();
        this.consumer = parts.consumer;
        this.progress = parts.progress;
        this.own = Stream.of(parts.letters, parts.target)
                .filter(AutoCloseable.class::isInstance)
                .map(AutoCloseable.class::cast)
                .toList();
        this.context = new WorkerContext(consumer, parts.letters);
        DeliveryMetrics metrics = new DeliveryMetrics(System::currentTimeMillis);
        this.retries = new Retries(DeliveryConfig.retryPolicy(config), context, metrics);
        this.deadLetters = new DeadLetters(context, metrics);
        this.bisection = new Bisection<>(parts.target, deadLetters, DeliveryConfig.breaker(config));
    }

    /**
     * A worker of a step's group.
     *
     * @param shards the shards' JDBC addresses by their names
     * @param told is told of each picture and each failure, in a line for people
     */
    static Worker of(
            Queue queue,
            Step step,
            ImageStore store,
            Map<String, String> shards,
            WorkerConfig config,
            Consumer<String> told) {
        SetAside letters = new SetAside(queue.topic(), queue.group(step), queue.kafka());
        Progress progress = new Progress();
        TimeLimit limit = new TimeLimit(config.imageTimeout(), queue.group(step) + "-picture");
        ReportTarget target =
                new ReportTarget(step, store, limit, new Shards(shards), progress, config.imageAttempts(), told);
        Parts parts = new Parts(queue.consumer(step), queue.reader()::read, letters, target, progress);
        return new Worker(step.name(), queue.topic(), parts, config, told);
    }

    /** Has it finish the picture that it is at, and end. */
    void stop() {
        stopped = true;
    }

    /** What ended it, if it was not told to. */
    Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public void run() {
        try {
            consumer.subscribe(List.of(topic), new Rebalances());
            while (!stopped) {
                if (notBeforeNanos - System.nanoTime() > 0) {
                    waitForPause();
                } else if (current == null) {
                    next();
                } else {
                    attempt();
                }
            }
        } catch (RuntimeException | Error e) {
            LOG.error("{}: the worker ends", name, e);
            failure = e;
        } finally {
            close();
        }
    }

    private void close() {
        try {
            // Has what is done committed, and leaves the group.
            consumer.close();
        } finally {
            own.forEach(this::close);
        }
    }

    private void close(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            LOG.info("{}: while it ended: {}", name, e.getMessage());
        }
    }

    private void next() {
        consumer.resume(consumer.paused());
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        if (records.isEmpty()) {
            commit();
            return;
        }
        current = records.iterator().next();
        job = null;
        notBeforeNanos = System.nanoTime();
    }

    /** Keeps the place in the group. */
    private void waitForPause() {
        consumer.pause(consumer.assignment());
        long leftMs = Math.max(1, (notBeforeNanos - System.nanoTime()) / NANOS_PER_MS);
        consumer.poll(Duration.ofMillis(Math.min(leftMs, POLL.toMillis())));
    }

    private void attempt() {
        if (job == null && !read()) {
            return;
        }
        progress.begin(partition(), current.offset());
        if (!commit()) {
            // The group is being distributed anew, and may take the partition away.
            progress.forgive(partition(), current.offset());
            pause(POLL.toMillis());
        } else if (delivered()) {
            progress.done(partition(), current.offset());
            deadLetters.passed();
            current = null;
            pause(restMs);
        }
    }

    /** Reads the record; says whether the registry has answered. */
    private boolean read() {
        try {
            job = reader.apply(current);
        } catch (RegistryException e) {
            again(new DeliveryFailure(FailureKind.TRANSIENT, e.getMessage(), e));
            return false;
        }
        int begun = progress.begun(partition(), current.offset());
        if (begun >= maxAttempts && job.rejection() == null) {
            Exception died = new ImageFailure(
                    Reason.WORKER_DIED,
                    name + ": a worker has begun it " + begun + " times and was not heard of again");
            job = new Job(job.record(), job.upload(), died);
        }
        return true;
    }

    private boolean delivered() {
        try {
            bisection.deliver(List.of(job));
            retries.progressed();
            return true;
        } catch (DeliveryFailure e) {
            if (!(e.reason() instanceof ImageFailure)) {
                forgive();
            }
            again(e);
            return false;
        } catch (ConnectException e) {
            forgive();
            throw e;
        }
    }

    /**
     * The attempt does not count: the database, the store or the dead letters failed, or the breaker holds the record. It is
     * committed before the pause, in which the worker may be killed.
     */
    private void forgive() {
        progress.forgive(partition(), current.offset());
        commit();
    }

    /** Has it tried again after a pause. @throws ConnectException if it is not to be */
    private void again(DeliveryFailure reason) {
        String message = retries.again(reason).getMessage();
        told.accept(name + ": " + message + "; again in " + context.pauseMs() + " ms");
        pause(context.pauseMs());
    }

    private void pause(long pauseMs) {
        notBeforeNanos = System.nanoTime() + pauseMs * NANOS_PER_MS;
    }

    private TopicPartition partition() {
        return new TopicPartition(current.topic(), current.partition());
    }

    /** Commits what is done and begun; says whether the group took it. */
    private boolean commit() {
        if (progress.uncommitted().isEmpty()) {
            return true;
        }
        try {
            consumer.commitSync(progress.uncommitted());
            progress.committed();
            return true;
        } catch (CommitFailedException | RebalanceInProgressException e) {
            LOG.info("{}: the group did not take an offset: {}", name, e.getMessage());
            return false;
        }
    }

    /** What a worker does when partitions come and go. */
    private final class Rebalances implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            progress.assigned(consumer.committed(new HashSet<>(partitions)));
            // Whatever is polled for: what is polled while the worker waits is not looked at. It resumes before it
            // takes a record.
            consumer.pause(partitions);
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            commit();
            onPartitionsLost(partitions);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            partitions.forEach(progress::revoked);
            if (current != null && partitions.contains(partition())) {
                current = null;
            }
        }
    }
}
