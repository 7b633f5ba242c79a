package io.millrace.runtime;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.Table;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.row.SourceChange;
import io.millrace.runtime.source.ChangeDecoder;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.runtime.source.SourceRecordError;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells subscribers what changes in views, from the views' topics: committed changes of all partitions, whichever instance
 * computes them. One thread and one consumer serve all subscribers, and rest while there are none. Thread-safe.
 */
public final class ViewChanges implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ViewChanges.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final RuntimeSettings settings;
    private final PipelineTopics topics;
    private final Map<String, PlanNode.View> views = new HashMap<>();
    private final SchemaLookup schemas;
    private final Map<String, List<Subscription>> subscriptions = new ConcurrentHashMap<>();
    private final Queue<Command> commands = new ArrayDeque<>();
    private Thread thread;
    private KafkaConsumer<byte[], byte[]> consumer;
    private boolean closed;

    /**
     * A change of a view's row.
     *
     * @param view the view's name
     * @param change the key, and the row unless it went; its origin is the change's place in the view's topic
     * @param partition its partition in the topic
     * @param offset its offset there
     */
    public record Change(String view, SourceChange change, int partition, long offset) {}

    /** Takes changes; on one thread, which serves all subscribers, so it must not wait. */
    public interface Subscriber {
        /** Takes a change. */
        void changed(Change change);

        /** Takes note that there will be no more: the subscription ended by a failure, or all is being closed. */
        void ended(String reason);
    }

    /** A subscriber's hold on a view. */
    private record Subscription(String view, Subscriber subscriber) {}

    /** Something for the consumer's thread to do. */
    private record Command(String view, CompletableFuture<Void> done) {}

    ViewChanges(RuntimeSettings settings, Plan plan, SchemaLookup schemas) {
        this.settings = settings;
        this.topics = PipelineTopics.of(settings);
        this.schemas = schemas;
        plan.views().forEach(view -> views.put(view.name(), view));
    }

    /**
     * Subscribes to a view; every change that is committed after the return is told.
     *
     * @return ends the subscription when closed
     */
    public AutoCloseable subscribe(String view, Subscriber subscriber) {
        Subscription subscription = new Subscription(view, subscriber);
        List<Subscription> ofView = subscriptions.computeIfAbsent(view, any -> new CopyOnWriteArrayList<>());
        ofView.add(subscription);
        CompletableFuture<Void> positioned = new CompletableFuture<>();
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("closed");
            }
            commands.add(new Command(view, positioned));
            if (thread == null) {
                consumer = newConsumer();
                thread = new Thread(this::run, topics.applicationId() + "-view-changes");
                thread.setDaemon(true);
                thread.start();
            } else {
                consumer.wakeup();
            }
        }
        try {
            positioned.join();
        } catch (CompletionException e) {
            ofView.remove(subscription);
            throw new KafkaException("the topic of view " + view + " cannot be read", e.getCause());
        }
        return () -> ofView.remove(subscription);
    }

    private KafkaConsumer<byte[], byte[]> newConsumer() {
        Map<String, Object> properties = new HashMap<>();
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        properties.putAll(settings.kafkaProperties());
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, topics.applicationId() + "-view-changes");
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private void run() {
        Map<String, ChangeDecoder> decoders = new HashMap<>();
        Map<TopicPartition, String> assigned = new HashMap<>();
        String reason = "the application is closing";
        try {
            while (true) {
                Command command = next();
                if (command != null) {
                    assign(command, assigned);
                    continue;
                }
                if (isClosed()) {
                    break;
                }
                poll(assigned, decoders);
            }
        } catch (RuntimeException e) {
            LOG.error("changes of views are not told any more", e);
            reason = "a failure: " + e.getMessage();
        } finally {
            end(reason);
        }
    }

    private void poll(Map<TopicPartition, String> assigned, Map<String, ChangeDecoder> decoders) {
        try {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                String view = assigned.get(new TopicPartition(record.topic(), record.partition()));
                List<Subscription> subscribers = subscriptions.getOrDefault(view, List.of());
                if (!subscribers.isEmpty()) {
                    tell(view, record, subscribers, decoders.computeIfAbsent(view, this::decoder));
                }
            }
        } catch (WakeupException e) {
            LOG.trace("woken to look at commands");
        } catch (RetriableException e) {
            LOG.warn("reading views' topics failed and is tried again: {}", e.getMessage());
        }
    }

    private static void tell(
            String view, ConsumerRecord<byte[], byte[]> record, List<Subscription> subscribers, ChangeDecoder decoder) {
        try {
            SourceChange change = decoder.decode(
                    record.key(), record.value(), record.partition(), record.offset(), record.timestamp());
            if (change != null) {
                Change told = new Change(view, change, record.partition(), record.offset());
                subscribers.forEach(each -> each.subscriber.changed(told));
            }
        } catch (SourceRecordError e) {
            LOG.error(
                    "a record of {}-{} at {} is not a view's: {}",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    e.getMessage());
        }
    }

    /** Adds a view's partitions from their ends on, and lets those of views without subscribers go. */
    private void assign(Command command, Map<TopicPartition, String> assigned) {
        try {
            assigned.values()
                    .removeIf(
                            view -> subscriptions.getOrDefault(view, List.of()).isEmpty());
            List<TopicPartition> added = new ArrayList<>();
            if (!assigned.containsValue(command.view)) {
                for (int i = 0; i < settings.partitions(); i++) {
                    added.add(new TopicPartition(topics.view(command.view), i));
                }
                added.forEach(partition -> assigned.put(partition, command.view));
            }
            consumer.assign(assigned.keySet());
            consumer.seekToEnd(added);
            added.forEach(consumer::position);
            command.done.complete(null);
        } catch (WakeupException e) {
            assigned.values().removeIf(command.view::equals);
            synchronized (this) {
                commands.add(command);
            }
        } catch (KafkaException e) {
            assigned.values().removeIf(command.view::equals);
            command.done.completeExceptionally(e);
        }
    }

    private ChangeDecoder decoder(String name) {
        PlanNode.View view = views.get(name);
        Table table = new Table(
                "public",
                name,
                StageResources.columns(view),
                view.key(),
                List.of(),
                new Table.Captured(topics.view(name)),
                new SourcePlace("views.sql", 0, 0));
        int[] all = IntStream.range(0, view.fields().size()).toArray();
        return new ChangeDecoder(table, all, schemas);
    }

    private synchronized Command next() {
        return commands.poll();
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private void end(String reason) {
        List<Command> waiting;
        synchronized (this) {
            closed = true;
            waiting = List.copyOf(commands);
            commands.clear();
        }
        waiting.forEach(command -> command.done.completeExceptionally(new IllegalStateException(reason)));
        subscriptions.values().forEach(each -> each.forEach(subscription -> subscription.subscriber.ended(reason)));
        consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(CLOSE_TIMEOUT));
    }

    @Override
    public void close() {
        Thread running;
        synchronized (this) {
            closed = true;
            running = thread;
            if (running != null) {
                consumer.wakeup();
            }
        }
        if (running != null) {
            try {
                running.join(CLOSE_TIMEOUT.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
