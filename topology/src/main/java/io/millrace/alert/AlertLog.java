package io.millrace.alert;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.millrace.catalog.PipelineConfig;
import io.millrace.deadletter.Brokers;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The alerts that there are, in the topic {@code <application.id>-alerts}. It has one partition, and the instance that has it in the
 * consumer group of the same name is the one that watches. Used by one thread.
 */
final class AlertLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AlertLog.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final String topic;
    private final KafkaConsumer<String, String> consumer;
    private final KafkaProducer<String, String> producer;
    private final Map<String, Alert> recorded = new LinkedHashMap<>();
    private boolean mine;
    private boolean read;

    AlertLog(PipelineConfig config) {
        this.topic = config.get(PipelineConfig.APPLICATION_ID) + "-alerts";
        Brokers brokers = new Brokers(config);
        brokers.createCompacted(topic);
        Map<String, Object> reading = new HashMap<>(brokers.properties());
        reading.put(ConsumerConfig.GROUP_ID_CONFIG, topic);
        reading.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        reading.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        this.consumer = new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer());
        Map<String, Object> writing = new HashMap<>(brokers.properties());
        writing.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 30_000);
        this.producer = new KafkaProducer<>(writing, new StringSerializer(), new StringSerializer());
        consumer.subscribe(List.of(topic), new Turns());
    }

    /** Whose turn it is. */
    private final class Turns implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            if (!partitions.isEmpty()) {
                mine = true;
                read = false;
                recorded.clear();
                consumer.seekToBeginning(partitions);
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            mine = mine && partitions.isEmpty();
        }
    }

    /**
     * Whether this instance is the one that watches; when that begins, what was recorded is taken up.
     *
     * @param alerts are given what was recorded
     */
    boolean isMine(Alerts alerts) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        do {
            poll(POLL);
            if (mine && !read && isAtTheEnd()) {
                read = true;
                alerts.restore(recorded.values());
            }
        } while (isUndecided() && System.nanoTime() - deadline < 0);
        return mine && read;
    }

    /**
     * Tells the group that this instance is alive, as is due every few minutes.
     *
     * @return whether it is still the one that watches
     */
    boolean isStillMine() {
        poll(Duration.ZERO);
        return mine && read;
    }

    private void poll(Duration patience) {
        for (ConsumerRecord<String, String> each : consumer.poll(patience)) {
            if (!read) {
                take(each);
            }
        }
    }

    /** Whether the group is still sharing out its one partition, or what is recorded is not read yet. */
    private boolean isUndecided() {
        return (mine && !read) || consumer.groupMetadata().generationId() < 1;
    }

    private boolean isAtTheEnd() {
        return consumer.endOffsets(consumer.assignment()).entrySet().stream()
                .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    private void take(ConsumerRecord<String, String> each) {
        if (each.value() == null) {
            recorded.remove(each.key());
            return;
        }
        try {
            recorded.put(each.key(), Alert.parse(each.value()));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            LOG.warn("the record at {} of {} is no alert", each.offset(), topic);
        }
    }

    /** Records an alert; empty is that there is none any more. */
    void record(String key, Optional<Alert> alert) {
        try {
            producer.send(new ProducerRecord<>(
                            topic, 0, key, alert.map(Alert::json).orElse(null)))
                    .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("an alert could not be recorded in " + topic, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(1));
        consumer.close();
    }
}
