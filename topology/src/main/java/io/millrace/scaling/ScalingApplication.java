package io.millrace.scaling;

import io.millrace.catalog.PipelineConfig;
import io.millrace.deadletter.Brokers;
import io.millrace.runtime.CommitPacer;
import io.millrace.runtime.StreamsFailures;
import io.millrace.runtime.StreamsProperties;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.scaling.policy.ScalingPolicy;
import io.millrace.schemas.RegistryClient;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;

/** The topology of decisions, running: exactly once, with a clock whose ticks are records of the metrics' topic. */
public final class ScalingApplication implements AutoCloseable {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    private final KafkaStreams streams;
    private final StreamsFailures failures = new StreamsFailures(() -> {});
    private final Ticker ticker;
    private final CountDownLatch stopped = new CountDownLatch(1);

    private ScalingApplication(ScalingPolicy policy, PipelineConfig config, ScalingTopology.Observer observer) {
        String application = applicationId(config);
        Map<String, Object> properties =
                StreamsProperties.of(config, application, StreamsProperties.instanceId(config) + "-scaling");
        properties.putIfAbsent(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        // A decision is to be seen soon after the metric that crosses, two commits later.
        CommitPacer pacer = new CommitPacer(
                config.get(PipelineConfig.COMMIT_DELAY_MS), config.get(PipelineConfig.COMMIT_SHARE_PERCENT));
        this.streams = new KafkaStreams(
                ScalingTopology.of(
                        policy,
                        application,
                        ScalingTopics.METRICS,
                        ScalingTopics.DECISIONS,
                        schemas(config),
                        observer,
                        pacer),
                new StreamsConfig(properties),
                pacer.clients());
        streams.setUncaughtExceptionHandler(failures);
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.ERROR || now == KafkaStreams.State.NOT_RUNNING) {
                stopped.countDown();
            }
        });
        Brokers brokers = new Brokers(config);
        Map<String, Object> clients = brokers.properties();
        this.ticker = new Ticker(
                policy,
                new GroupBacklog(Admin.create(clients), application, new Gap(brokers.committedOnly()), this::running),
                new KafkaProducer<>(clients, new ByteArraySerializer(), new ByteArraySerializer()));
    }

    /** Starts it; topics that are missing are created. */
    public static ScalingApplication start(ScalingPolicy policy, PipelineConfig config) {
        return start(policy, config, ScalingTopology.Observer.NONE);
    }

    /** The same, with somebody who is told of samples. */
    public static ScalingApplication start(
            ScalingPolicy policy, PipelineConfig config, ScalingTopology.Observer observer) {
        ScalingTopics.create(config);
        ScalingApplication application = new ScalingApplication(policy, config, observer);
        application.streams.start();
        application.ticker.start();
        return application;
    }

    /**
     * Where nobody has named a registry there need not be one: a record that only looks as if it had a schema must not hold up all
     * decisions until one answers.
     */
    static SchemaLookup schemas(PipelineConfig config) {
        return config.isGiven(PipelineConfig.SCHEMA_REGISTRY_URL)
                ? SchemaLookup.of(RegistryClient.of(config.schemaRegistry()))
                : id -> null;
    }

    /** The application of Kafka Streams, and its consumer group. */
    public static String applicationId(PipelineConfig config) {
        return config.get(PipelineConfig.APPLICATION_ID) + "-scaling";
    }

    /** Whether it processes. */
    public boolean running() {
        return streams.state() == KafkaStreams.State.RUNNING;
    }

    /** Whether it has stopped for good. */
    public boolean isEnded() {
        return stopped.getCount() == 0;
    }

    /** Waits until it has stopped, by {@link #close} or by a failure. @return what stopped it, if anything did */
    public Optional<String> awaitStopped() throws InterruptedException {
        stopped.await();
        return Optional.ofNullable(failures.fatal()).map(StreamsFailures::message);
    }

    @Override
    public void close() {
        ticker.close();
        streams.close(CLOSE_TIMEOUT);
        stopped.countDown();
    }
}
