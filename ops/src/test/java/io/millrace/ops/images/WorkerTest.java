package io.millrace.ops.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.delivery.Target;
import io.millrace.ops.images.ImageFailure.Reason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a worker does with its group while it waits, and which attempts it counts. */
@Timeout(60)
final class WorkerTest {
    private static final String TOPIC = "images.uploads";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
    private static final TopicPartition OTHER = new TopicPartition(TOPIC, 1);

    private final Progress progress = new Progress();
    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
    private final Letters letters = new Letters();
    private final List<Long> done = new CopyOnWriteArrayList<>();

    /** What is in the dead letters. */
    private static final class Letters implements ErrantRecordReporter {
        private final List<String> reasons = new CopyOnWriteArrayList<>();

        @Override
        public Future<Void> report(SinkRecord record, Throwable error) {
            reasons.add(SetAside.reason(error));
            return CompletableFuture.completedFuture(null);
        }
    }

    /** What an attempt does. */
    private interface Attempt {
        void run() throws DeliveryFailure;
    }

    /** Does as it is told, and passes over what is known to be rejected. */
    private final class Told implements Target<Job> {
        private volatile Attempt attempt = () -> {};
        private volatile int attempts;

        @Override
        public SinkRecord record(Job job) {
            return job.record();
        }

        @Override
        public Exception rejection(Job job) {
            return job.rejection();
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes it.
        public void write(List<Job> batch) throws DeliveryFailure {
            attempts++;
            attempt.run();
            batch.forEach(job -> done.add(job.record().originalKafkaOffset()));
        }

        @Override
        public void skip(Job job) {}

        @Override
        public void refresh() {}
    }

    @BeforeEach
    void oneRecordAtATime() {
        consumer.setMaxPollRecords(1);
    }

    private Worker worker(Function<ConsumerRecord<byte[], byte[]>, Job> reader, Target<Job> target) {
        return worker(reader, target, 0);
    }

    private Worker worker(Function<ConsumerRecord<byte[], byte[]>, Job> reader, Target<Job> target, int pauseMs) {
        Map<String, String> properties = Map.of(
                "image.pause.ms", Integer.toString(pauseMs),
                "retry.first.pause.ms", "20",
                "retry.multiplier", "1",
                "breaker.records", "2",
                "breaker.failure.ratio", "0.5",
                "breaker.pause.ms", "10");
        return new Worker(
                "scan",
                TOPIC,
                new Worker.Parts(consumer, reader, letters, target, progress),
                WorkerConfig.of(Path.of("nowhere"), properties),
                line -> {});
    }

    private static Job job(ConsumerRecord<byte[], byte[]> record) {
        SinkRecord raw = new SinkRecord(
                record.topic(),
                record.partition(),
                null,
                null,
                null,
                null,
                record.offset(),
                0L,
                TimestampType.CREATE_TIME);
        return new Job(raw, Optional.of(new Upload(record.offset(), "object", "shard1")), null);
    }

    private static ConsumerRecord<byte[], byte[]> record(TopicPartition partition, long offset) {
        return new ConsumerRecord<>(partition.topic(), partition.partition(), offset, new byte[0], new byte[0]);
    }

    /** In a poll: the worker's thread is the one that asks the group. */
    private void assign(Collection<TopicPartition> partitions, long... offsets) {
        consumer.schedulePollTask(() -> {
            consumer.rebalance(List.of());
            consumer.rebalance(partitions);
            Map<TopicPartition, Long> beginnings = new HashMap<>();
            partitions.forEach(partition -> beginnings.put(partition, 0L));
            consumer.updateBeginningOffsets(beginnings);
            for (long offset : offsets) {
                consumer.addRecord(record(PARTITION, offset));
            }
        });
    }

    private void running(Worker worker, org.assertj.core.api.ThrowableAssert.ThrowingCallable test) throws Throwable {
        Thread thread = new Thread(worker, "worker-test");
        thread.start();
        try {
            test.call();
        } finally {
            worker.stop();
            thread.join(Duration.ofSeconds(20).toMillis());
        }
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(5));
    }

    @Test
    void whatIsAssignedWhileAFailureIsWaitedForIsNotLost() throws Throwable {
        Told target = new Told();
        target.attempt = () -> {
            target.attempt = () -> {};
            // The group takes the record away in the pause, and gives it back in the same poll.
            assign(List.of(PARTITION, OTHER), 0, 1);
            throw new DeliveryFailure(FailureKind.TRANSIENT, "it is away", null);
        };
        Worker worker = worker(WorkerTest::job, target);
        assign(List.of(PARTITION), 0, 1);
        running(worker, () -> await().until(() -> done.contains(1L)));
        assertThat(worker.failure()).isEmpty();
        assertThat(done).containsExactly(0L, 1L);
    }

    @Test
    void aWorkerRestsAfterEachPictureIfItIsTold() throws Throwable {
        Worker worker = worker(WorkerTest::job, new Told(), 150);
        assign(List.of(PARTITION), 0, 1, 2);
        long startNanos = System.nanoTime();
        running(worker, () -> await().until(() -> done.contains(2L)));
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isGreaterThan(Duration.ofMillis(299));
        assertThat(done).containsExactly(0L, 1L, 2L);
    }

    @Test
    void aRecordThatTheBreakerHoldsIsDoneWhenItsCauseIsMended() throws Throwable {
        Told target = new Told();
        target.attempt = () -> {
            ImageFailure unreadable = new ImageFailure(Reason.UNREADABLE, "scan: it is damaged");
            throw new DeliveryFailure(FailureKind.RECORD, unreadable.getMessage(), unreadable);
        };
        Worker worker = worker(WorkerTest::job, target);
        assign(List.of(PARTITION), 0, 1);
        running(worker, () -> {
            await().until(() -> target.attempts > 10);
            target.attempt = () -> {};
            await().until(() -> done.contains(1L));
        });
        assertThat(worker.failure()).isEmpty();
        assertThat(letters.reasons).containsExactly("unreadable");
    }

    /** Who takes the record over would set it aside, as one at which workers die. */
    @Test
    void theAttemptsAtARecordThatTheBreakerHoldsDoNotCount() throws Throwable {
        Told target = new Told();
        target.attempt = () -> {
            ImageFailure unreadable = new ImageFailure(Reason.UNREADABLE, "scan: it is damaged");
            throw new DeliveryFailure(FailureKind.RECORD, unreadable.getMessage(), unreadable);
        };
        Worker worker = worker(WorkerTest::job, target);
        assign(List.of(PARTITION), 0, 1);
        running(worker, () -> await().until(() -> target.attempts > 5));
        assertThat(worker.failure()).isEmpty();
        assertThat(progress.begun(PARTITION, 1)).isZero();
        assertThat(progress.uncommitted()).isEmpty();
    }

    @Test
    void aDatabaseThatIsAwayOrRefusesIsNoFaultOfThePicture() throws Throwable {
        Told target = new Told();
        target.attempt = () -> {
            throw new DeliveryFailure(FailureKind.TRANSIENT, "it is away", null);
        };
        Worker worker = worker(WorkerTest::job, target);
        assign(List.of(PARTITION), 0);
        running(worker, () -> {
            await().until(() -> target.attempts > 5);
            target.attempt = () -> {
                throw new DeliveryFailure(FailureKind.TARGET, "it refuses", null);
            };
            await().until(() -> worker.failure().isPresent());
        });
        assertThat(worker.failure()).get().isInstanceOf(ConnectException.class);
        assertThat(progress.uncommitted()).isEmpty();
        assertThat(progress.begun(PARTITION, 0)).isZero();
    }

    /** It refuses twice in an attempt, before which a worker had died at the picture: that still counts. */
    @Test
    void anAttemptIsForgivenOnce() throws Throwable {
        consumer.schedulePollTask(() -> {
            consumer.rebalance(List.of(PARTITION));
            consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
            consumer.addRecord(record(PARTITION, 0));
            progress.begin(PARTITION, 0);
        });
        Told target = new Told();
        target.attempt = () -> {
            throw new DeliveryFailure(FailureKind.TARGET, "it refuses", null);
        };
        Worker worker = worker(WorkerTest::job, target);
        running(worker, () -> await().until(() -> worker.failure().isPresent()));
        assertThat(target.attempts).isEqualTo(2);
        assertThat(progress.begun(PARTITION, 0)).isEqualTo(1);
    }

    @Test
    void anAttemptThatThePictureFailsCounts() throws Throwable {
        Told target = new Told();
        target.attempt = () -> {
            ImageFailure slow = new ImageFailure(Reason.TIMED_OUT, "scan: it was not done");
            throw new DeliveryFailure(FailureKind.TRANSIENT, slow.getMessage(), slow);
        };
        Worker worker = worker(WorkerTest::job, target);
        assign(List.of(PARTITION), 0);
        running(worker, () -> await().until(() -> target.attempts > 2));
        assertThat(progress.begun(PARTITION, 0)).isEqualTo(target.attempts);
    }
}
