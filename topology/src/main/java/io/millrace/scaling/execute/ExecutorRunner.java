package io.millrace.scaling.execute;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.deadletter.Brokers;
import io.millrace.runtime.StreamsProperties;
import io.millrace.scaling.Decision;
import io.millrace.scaling.DecisionJson;
import io.millrace.scaling.MetricsJson;
import io.millrace.scaling.Sample;
import io.millrace.scaling.ScalingTopics;
import io.millrace.schemas.DeadLetterHeaders;
import io.millrace.schemas.ReplayHeaders;
import io.millrace.schemas.TopicNames;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has one executor carry decisions out, on a thread of its own. Instances share the services as members of a consumer group of the
 * decisions' topic, so that one alone sees to a service. Of a service's decisions the newest counts: those that came meanwhile are
 * not made up for. Where a record of the topic was not settled when an instance died, the next one reads it again, and the account
 * of executions says how far it was.
 */
public final class ExecutorRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ExecutorRunner.class);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final int SESSION_TIMEOUT_MS = 10_000;
    private static final long WRITE_PATIENCE_MS = 30_000;
    /** After so long the group is told that this instance lives, before other services are looked at. */
    private static final long ROUND_MS = 2_000;

    private static final long PAUSE_AFTER_FAILURE_MS = 1_000;
    private static final long CLOSE_TIMEOUT_MS = 15_000;
    private static final String REASON = "not_carried_out";

    private final Executor executor;
    private final PipelineConfig config;
    private final List<String> services;
    private final ScalingMeters meters;
    private final Thread thread;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Map<String, ServiceExecution> executions = new TreeMap<>();
    /** The record of each service's standing decision, until it is settled. */
    private final Map<String, ConsumerRecord<byte[], byte[]>> open = new HashMap<>();

    /** The ends of the partitions that have not been read to where they ended when they were assigned. */
    private final Map<TopicPartition, Long> unread = new HashMap<>();

    private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
    /** Records that are read, and not taken yet. */
    private final Queue<ConsumerRecord<byte[], byte[]>> read = new ArrayDeque<>();

    /** Whether the services of the assigned partitions are taken up. */
    private boolean shared = true;

    private final Turns turns = new Turns(ROUND_MS, System::currentTimeMillis);

    private volatile boolean closed;

    private ExecutorRunner(Executor executor, PipelineConfig config, List<String> services, MeterRegistry registry) {
        this.executor = executor;
        this.config = config;
        this.services = services;
        this.meters = new ScalingMeters(registry);
        Brokers brokers = new Brokers(config);
        String group = config.get(PipelineConfig.APPLICATION_ID) + "-scaling-" + executor.name();
        Map<String, Object> reading = brokers.properties();
        reading.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        reading.put(
                ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, StreamsProperties.instanceId(config) + "-" + executor.name());
        reading.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MS);
        reading.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        reading.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        reading.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        this.consumer = new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.producer = new KafkaProducer<>(brokers.properties(), new ByteArraySerializer(), new ByteArraySerializer());
        this.thread = new Thread(this::run, "millrace-scaling-" + executor.name());
        thread.setDaemon(true);
    }

    /**
     * Begins to carry decisions out.
     *
     * @param services those of the policy
     */
    public static ExecutorRunner start(
            Executor executor, PipelineConfig config, List<String> services, MeterRegistry registry) {
        ExecutorRunner runner = new ExecutorRunner(executor, config, services, registry);
        runner.thread.start();
        return runner;
    }

    private void run() {
        try {
            consumer.subscribe(List.of(ScalingTopics.DECISIONS), new Shares());
            while (!closed) {
                try {
                    round();
                } catch (WakeupException | InterruptException e) {
                    return;
                } catch (KafkaException | UserError e) {
                    LOG.warn("decisions cannot be carried out at {} for now: {}", executor.name(), e.getMessage());
                    Thread.sleep(PAUSE_AFTER_FAILURE_MS);
                } catch (RuntimeException e) {
                    LOG.error("decisions cannot be carried out at {} for now", executor.name(), e);
                    Thread.sleep(PAUSE_AFTER_FAILURE_MS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("decisions are not carried out at {} any more", executor.name(), e);
        } finally {
            // Else the clients would be closed in a hurry.
            boolean unused = Thread.interrupted();
            executor.close();
            consumer.close();
            producer.close(Duration.ofSeconds(1));
        }
    }

    String name() {
        return executor.name();
    }

    /** Whether it works, or tries to. */
    boolean isAlive() {
        return thread.isAlive();
    }

    private void round() throws InterruptedException {
        consumer.poll(POLL).forEach(read::add);
        if (!shared) {
            share();
            shared = true;
        }
        for (ConsumerRecord<byte[], byte[]> record = read.poll(); record != null; record = read.poll()) {
            take(record);
        }
        unread.entrySet()
                .removeIf(end -> !consumer.assignment().contains(end.getKey())
                        || consumer.position(end.getKey()) >= end.getValue());
        if (!unread.isEmpty()) {
            // Of decisions that were made long ago only the last ones count, which are not read yet.
            return;
        }
        turns.round(executions.values());
        commit();
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        Decision decision;
        try {
            decision = DecisionJson.read(record.value());
        } catch (RuntimeException e) {
            LOG.warn("the record at {} of {} is no decision", record.offset(), ScalingTopics.DECISIONS);
            return;
        }
        ServiceExecution execution = executions.get(decision.service());
        if (!decision.changes() || execution == null) {
            return;
        }
        if (execution.decided(decision, ReplayHeaders.replays(record.headers()) > 0)) {
            open.put(decision.service(), record);
        }
    }

    /** What is settled need not be read again. */
    private void commit() {
        open.keySet()
                .removeIf(service -> executions.get(service) == null
                        || executions.get(service).isSettled());
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
            long offset = consumer.position(partition);
            for (ConsumerRecord<byte[], byte[]> record : open.values()) {
                offset = record.partition() == partition.partition() ? Math.min(offset, record.offset()) : offset;
            }
            offsets.put(partition, new OffsetAndMetadata(offset));
        }
        offsets.entrySet().removeIf(each -> each.getValue().equals(committed.get(each.getKey())));
        if (!offsets.isEmpty()) {
            consumer.commitSync(offsets);
            committed.putAll(offsets);
        }
    }

    /** Which services are this instance's. */
    private final class Shares implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            shared = false;
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            // All of them: by the classic protocol those that stay are assigned anew.
            shared = false;
            executions.clear();
            read.clear();
            open.clear();
            committed.clear();
            unread.clear();
        }
    }

    /** Takes up the services of the partitions that are this instance's, as the account has them. */
    private void share() {
        Set<TopicPartition> partitions = consumer.assignment();
        if (partitions.isEmpty()) {
            return;
        }
        Map<String, Execution> known = new ExecutionLog(config).read();
        int count = consumer.partitionsFor(ScalingTopics.DECISIONS).size();
        for (String service : services) {
            // As producers choose it by the key.
            int partition = Utils.toPositive(Utils.murmur2(service.getBytes(StandardCharsets.UTF_8))) % count;
            if (partitions.contains(new TopicPartition(ScalingTopics.DECISIONS, partition))) {
                executions.put(service, execution(service, known.get(service + " " + executor.name())));
            }
        }
        unread.putAll(consumer.endOffsets(partitions));
    }

    private ServiceExecution execution(String service, Execution last) {
        ServiceExecution.Surroundings surroundings = new ServiceExecution.Surroundings() {
            @Override
            public void record(Execution execution) throws InterruptedException {
                write(new ProducerRecord<>(
                        ScalingTopics.EXECUTIONS,
                        execution.key().getBytes(StandardCharsets.UTF_8),
                        execution.json().getBytes(StandardCharsets.UTF_8)));
            }

            @Override
            public void setAside(Decision decision, String reason) throws InterruptedException {
                write(deadLetter(open.get(decision.service()), reason));
            }

            @Override
            public void report(String service, OptionalInt ordered, int working) {
                long nowMs = System.currentTimeMillis();
                Map<String, Double> values = new TreeMap<>();
                values.put(Sample.READY_INSTANCES, (double) working);
                ordered.ifPresent(count -> values.put(Sample.ORDERED_INSTANCES, (double) count));
                byte[] sample = MetricsJson.write(service, values, nowMs);
                // A later one says as much.
                Future<RecordMetadata> unused = producer.send(
                        new ProducerRecord<>(ScalingTopics.METRICS, service.getBytes(StandardCharsets.UTF_8), sample));
            }
        };
        return new ServiceExecution(
                service, executor, ExecutorSettings.of(config), last, meters, surroundings, System::currentTimeMillis);
    }

    private ProducerRecord<byte[], byte[]> deadLetter(ConsumerRecord<byte[], byte[]> record, String reason) {
        Headers headers = new RecordHeaders(record.headers());
        DeadLetterHeaders.setPlace(headers, record.topic(), record.partition(), record.offset());
        DeadLetterHeaders.set(headers, DeadLetterHeaders.OPERATOR, executor.name());
        DeadLetterHeaders.setFailure(
                headers, REASON, reason, System.currentTimeMillis(), config.get(PipelineConfig.APPLICATION_ID));
        return new ProducerRecord<>(
                TopicNames.ofDeadLetters(record.topic()), null, record.key(), record.value(), headers);
    }

    private void write(ProducerRecord<byte[], byte[]> record) throws InterruptedException {
        try {
            producer.send(record).get(WRITE_PATIENCE_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("what became of a decision cannot be written to " + record.topic(), e);
        }
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        try {
            thread.join(CLOSE_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
