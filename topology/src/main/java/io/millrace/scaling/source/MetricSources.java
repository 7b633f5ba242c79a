package io.millrace.scaling.source;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.catalog.PipelineConfig;
import io.millrace.deadletter.Brokers;
import io.millrace.scaling.MetricsJson;
import io.millrace.scaling.Sample;
import io.millrace.scaling.ScalingTopics;
import io.millrace.scaling.policy.MetricSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for metrics and writes them to the topic. Every instance does: the time of a value is the last multiple of its interval, so
 * that those of several instances are one, and decisions do not end with one of them. Each source has a thread of its own, since one
 * that does not answer must not hold up the others.
 */
public final class MetricSources implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetricSources.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final KafkaProducer<byte[], byte[]> producer;
    private final Admin admin;
    private final MeterRegistry registry;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closed;

    private MetricSources(PipelineConfig config, MeterRegistry registry) {
        Brokers brokers = new Brokers(config);
        this.producer = new KafkaProducer<>(brokers.properties(), new ByteArraySerializer(), new ByteArraySerializer());
        this.admin = Admin.create(brokers.properties());
        this.registry = registry;
    }

    /** Begins to ask. */
    public static MetricSources start(List<MetricSource> sources, PipelineConfig config, MeterRegistry registry) {
        MetricSources started = new MetricSources(config, registry);
        JsonServer server = new JsonServer();
        for (MetricSource source : sources) {
            Source asked = started.source(source, server);
            Thread thread = new Thread(
                    () -> started.ask(source, asked), "millrace-metric-" + source.service() + "-" + source.name());
            thread.setDaemon(true);
            started.threads.add(thread);
            thread.start();
        }
        return started;
    }

    /** Whether each is asked for, or tried. */
    public boolean isAlive() {
        return threads.stream().allMatch(Thread::isAlive);
    }

    private Source source(MetricSource source, JsonServer server) {
        if (source instanceof MetricSource.Prometheus prometheus) {
            return new PrometheusSource(prometheus, server);
        }
        if (source instanceof MetricSource.View view) {
            return new ViewSource(view, server);
        }
        return new ConsumerLagSource((MetricSource.ConsumerLag) source, admin);
    }

    private void ask(MetricSource source, Source asked) {
        boolean failed = false;
        try {
            while (!closed) {
                long timeMs = Math.floorDiv(System.currentTimeMillis(), source.intervalMs()) * source.intervalMs();
                try {
                    for (Sample sample : asked.read(timeMs)) {
                        write(sample);
                    }
                    failed = false;
                } catch (IOException | RuntimeException e) {
                    // An answer that nobody expected may be another one next time.
                    if (!failed) {
                        LOG.warn("{} of {} cannot be asked for: {}", source.name(), source.service(), e.toString());
                    }
                    failed = true;
                    failure(source).increment();
                }
                Thread.sleep(Math.max(1, timeMs + source.intervalMs() - System.currentTimeMillis()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Counter failure(MetricSource source) {
        return Counter.builder("millrace.scaling.source.failures")
                .description("Times that a metric could not be asked for")
                .tag("service", source.service())
                .tag("metric", source.name())
                .register(registry);
    }

    private void write(Sample sample) {
        // The next value says what this one would have.
        Future<RecordMetadata> unused = producer.send(new ProducerRecord<>(
                ScalingTopics.METRICS, sample.service().getBytes(StandardCharsets.UTF_8), MetricsJson.write(sample)));
    }

    @Override
    public void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
        producer.close(CLOSE_TIMEOUT);
        admin.close(CLOSE_TIMEOUT);
    }
}
