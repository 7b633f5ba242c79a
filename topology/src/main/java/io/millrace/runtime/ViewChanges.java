package io.millrace.runtime;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.plan.PlanNode;
import io.millrace.row.Row;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.runtime.source.SourceRecordError;
import io.millrace.runtime.source.ViewRecordDecoder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
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

    private final PipelineConfig config;
    private final String application;
    private final Map<String, PlanNode.View> views = new ConcurrentHashMap<>();
    private final SchemaLookup schemas;
    private final Map<String, List<Subscriber>> subscriptions = new ConcurrentHashMap<>();
    private final Queue<Command> commands = new ArrayDeque<>();
    private Thread thread;
    private KafkaConsumer<byte[], byte[]> consumer;
    private boolean closed;

    /**
     * A change of a view's row; not both rows are null.
     *
     * @param view the view's name
     * @param key the values of its key
     * @param before the row so far, or null
     * @param after the row from now on, or null
     * @param partition the change's partition in the view's topic
     * @param offset its offset there
     */
    public record Change(String view, Row key, Row before, Row after, int partition, long offset) {}

    /** Takes changes; on one thread, which serves all subscribers, so it must not wait. */
    public interface Subscriber {
        /** Takes a change. */
        void changed(Change change);

        /** Takes note that there will be no more: the subscription ended by a failure, or all is being closed. */
        void ended(String reason);
    }

    /**
     * A subscriber's hold on a view, which ends when it is closed.
     *
     * @param start by partition the offset from which on changes are told
     */
    public record Subscription(long[] start, Runnable end) implements AutoCloseable {
        @Override
        public void close() {
            end.run();
        }
    }

    /** Something for the consumer's thread to do: to read a view's topic, and say from where on it does. */
    private record Command(String view, CompletableFuture<long[]> done) {}

    ViewChanges(PipelineConfig config, SchemaLookup schemas) {
        this.config = config;
        this.application = config.get(PipelineConfig.APPLICATION_ID);
        this.schemas = schemas;
    }

    /** Takes note of the versions of views that are served from now on; readers of others are told to begin again. */
    void serve(Collection<PlanNode.View> served) {
        Map<String, PlanNode.View> now = new HashMap<>();
        served.forEach(view -> now.put(view.name(), view));
        for (PlanNode.View before : List.copyOf(views.values())) {
            PlanNode.View after = now.get(before.name());
            boolean same = after != null
                    && after.fields().equals(before.fields())
                    && after.key().equals(before.key());
            if (!same) {
                List<Subscriber> readers = subscriptions.getOrDefault(before.name(), List.of());
                views.remove(before.name());
                readers.forEach(reader -> reader.ended("the view has changed; subscribe anew and read the view"));
                readers.clear();
            }
        }
        views.putAll(now);
    }

    /**
     * Subscribes to a view; every change that is committed after the return is told, and perhaps some before it, also such
     * as are before the subscription's start.
     */
    public Subscription subscribe(String view, Subscriber subscriber) {
        served(view);
        List<Subscriber> ofView = subscriptions.computeIfAbsent(view, any -> new CopyOnWriteArrayList<>());
        ofView.add(subscriber);
        CompletableFuture<long[]> positioned = new CompletableFuture<>();
        synchronized (this) {
            if (closed) {
                ofView.remove(subscriber);
                throw new IllegalStateException("changes of views are not told any more");
            }
            commands.add(new Command(view, positioned));
            if (thread == null) {
                consumer = newConsumer();
                thread = new Thread(this::run, application + "-view-changes");
                thread.setDaemon(true);
                thread.start();
            } else {
                consumer.wakeup();
            }
        }
        try {
            return new Subscription(positioned.join(), () -> ofView.remove(subscriber));
        } catch (CompletionException e) {
            ofView.remove(subscriber);
            throw new KafkaException("the topic of view " + view + " cannot be read", e.getCause());
        }
    }

    /**
     * Tells a subscriber, on this thread, what changed before it subscribed. Returns when all is told, or not wanted any more.
     *
     * @param from by partition the offset to begin at
     * @param to by partition the offset to end before
     * @param wanted is asked from time to time
     * @throws UserError before anything is told, if the view's topic does not reach from there to here
     */
    public void replay(String view, long[] from, long[] to, Subscriber subscriber, BooleanSupplier wanted) {
        Map<TopicPartition, Long> ends = new HashMap<>();
        try (KafkaConsumer<byte[], byte[]> past = newConsumer()) {
            List<TopicPartition> all = IntStream.range(0, from.length)
                    .mapToObj(partition -> new TopicPartition(topic(view), partition))
                    .toList();
            past.assign(all);
            Map<TopicPartition, Long> firsts = past.beginningOffsets(all);
            Map<TopicPartition, Long> lasts = past.endOffsets(all);
            for (TopicPartition each : all) {
                int partition = each.partition();
                if (from[partition] < firsts.get(each) || from[partition] > lasts.get(each)) {
                    throw UserError.of(
                            Category.USAGE,
                            "the changes of view " + view + " since " + from[partition] + " in partition " + partition
                                    + " are not known; its topic has those from " + firsts.get(each) + " to "
                                    + lasts.get(each),
                            "begin again: subscribe anew and read the view");
                }
                if (from[partition] < to[partition]) {
                    ends.put(each, to[partition]);
                }
            }
            past.assign(List.copyOf(ends.keySet()));
            ends.keySet().forEach(each -> past.seek(each, from[each.partition()]));
            replay(view, past, ends, subscriber, wanted);
        }
    }

    private void replay(
            String view,
            KafkaConsumer<byte[], byte[]> past,
            Map<TopicPartition, Long> ends,
            Subscriber subscriber,
            BooleanSupplier wanted) {
        ViewRecordDecoder decoder = decoder(served(view));
        while (!ends.isEmpty() && wanted.getAsBoolean() && !isClosed()) {
            for (ConsumerRecord<byte[], byte[]> record : past.poll(POLL)) {
                Long end = ends.get(new TopicPartition(record.topic(), record.partition()));
                if (end != null && record.offset() < end) {
                    tell(view, record, List.of(subscriber), decoder);
                }
            }
            if (ends.entrySet().removeIf(each -> past.position(each.getKey()) >= each.getValue())) {
                past.assign(List.copyOf(ends.keySet()));
            }
        }
    }

    private KafkaConsumer<byte[], byte[]> newConsumer() {
        Map<String, Object> properties = new HashMap<>(config.kafka());
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, application + "-view-changes");
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private void run() {
        IdentityHashMap<PlanNode.View, ViewRecordDecoder> decoders = new IdentityHashMap<>();
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

    private void poll(
            Map<TopicPartition, String> assigned, IdentityHashMap<PlanNode.View, ViewRecordDecoder> decoders) {
        try {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                String view = assigned.get(new TopicPartition(record.topic(), record.partition()));
                List<Subscriber> subscribers = subscriptions.getOrDefault(view, List.of());
                PlanNode.View version = views.get(view);
                if (!subscribers.isEmpty() && version != null) {
                    tell(view, record, subscribers, decoders.computeIfAbsent(version, this::decoder));
                }
            }
        } catch (WakeupException e) {
            LOG.trace("woken to look at commands");
        } catch (RetriableException e) {
            LOG.warn("reading views' topics failed and is tried again: {}", e.getMessage());
        }
    }

    private static void tell(
            String view,
            ConsumerRecord<byte[], byte[]> record,
            List<Subscriber> subscribers,
            ViewRecordDecoder decoder) {
        try {
            ViewRecordDecoder.ViewRecord decoded = decoder.decode(record.value());
            if (decoded != null) {
                Change told = new Change(
                        view, decoded.key(), decoded.before(), decoded.after(), record.partition(), record.offset());
                subscribers.forEach(each -> each.changed(told));
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
                for (int i = 0; i < config.get(PipelineConfig.PARTITIONS); i++) {
                    added.add(new TopicPartition(topic(command.view), i));
                }
                added.forEach(partition -> assigned.put(partition, command.view));
            }
            consumer.assign(assigned.keySet());
            consumer.seekToEnd(added);
            command.done.complete(IntStream.range(0, config.get(PipelineConfig.PARTITIONS))
                    .mapToLong(i -> consumer.position(new TopicPartition(topic(command.view), i)))
                    .toArray());
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

    private PlanNode.View served(String view) {
        PlanNode.View version = views.get(view);
        if (version == null) {
            throw new IllegalStateException("view " + view + " is not served");
        }
        return version;
    }

    private String topic(String view) {
        return application + "." + view;
    }

    private ViewRecordDecoder decoder(PlanNode.View view) {
        return new ViewRecordDecoder(view.name(), StageResources.columns(view), view.key(), schemas);
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
        subscriptions.values().forEach(each -> each.forEach(subscriber -> subscriber.ended(reason)));
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
