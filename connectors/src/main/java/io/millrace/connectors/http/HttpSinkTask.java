package io.millrace.connectors.http;

import io.millrace.connectors.delivery.Bisection;
import io.millrace.connectors.delivery.DeliveringSinkTask;
import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.DeliveryMetrics;
import io.millrace.connectors.delivery.Lanes;
import io.millrace.connectors.delivery.RecordPosition;
import io.millrace.connectors.delivery.ReplayTopic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Sends the records of its partitions before {@link #put} returns, so that nothing is buffered here: Connect hands over no more
 * while the server is slow, and goes on with its other tasks. Connect calls a task by one thread.
 */
public final class HttpSinkTask extends DeliveringSinkTask {
    /** How long a call may take before Connect is let back, so that its consumer stays in the group. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final AtomicLong waiting = new AtomicLong();
    /** What Connect has handed over and may hand over again. */
    private final Map<RecordPosition, Message> messages = new LinkedHashMap<>();
    /** How often the server has refused each of them for now. */
    private final Map<RecordPosition, Integer> attempts = new ConcurrentHashMap<>();

    private final AtomicLong parkedRecords = new AtomicLong();
    private final AtomicLong parkedKeys = new AtomicLong();

    private MessageReader reader;
    private HttpTarget target;
    private Bisection<Message> bisection;
    private Requests requests;
    private Lanes<Message> lanes;
    /** Null where there are none. */
    private RetryTopics retryTopics;

    private int maxAttempts;
    private boolean reading = true;

    @Override
    public void start(Map<String, String> properties) {
        HttpSinkConfig config = new HttpSinkConfig(properties);
        reader = new MessageReader(ReplayTopic.of(config));
        deliverAs(config);
        target = new HttpTarget(config, progress, delivery);
        DeliveryMetrics.count(
                context.pluginMetrics(), "records-sent-total", "Records that the server took.", target::sent);
        DeliveryMetrics.count(
                context.pluginMetrics(),
                "records-waiting",
                "Records handed over by Connect and not sent yet.",
                waiting::get);
        if (config.hasRetryTopics()) {
            retryTopics = new RetryTopics(config);
            maxAttempts = config.getInt(HttpSinkConfig.RETRY_TOPIC_ATTEMPTS);
            DeliveryMetrics.count(
                    context.pluginMetrics(),
                    "records-parked-total",
                    "Records that were put into retry topics.",
                    parkedRecords::get);
            DeliveryMetrics.count(
                    context.pluginMetrics(),
                    "keys-parked",
                    "Keys of which a record is in a retry topic.",
                    parkedKeys::get);
        }
        bisection = new Bisection<>(target, deadLetters, breaker);
        requests = new Requests(config.getInt(HttpSinkConfig.BATCH_RECORDS));
        lanes = new Lanes<>(
                config.getInt(HttpSinkConfig.REQUESTS_IN_FLIGHT),
                "millrace webhook " + properties.getOrDefault("name", ""),
                Message::order);
    }

    @Override
    protected void release(TopicPartition partition) {
        super.release(partition);
        messages.keySet().removeIf(position -> position.partition().equals(partition));
        if (retryTopics != null) {
            retryTopics.release(partition);
        }
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        for (SinkRecord record : records) {
            RecordPosition position = RecordPosition.of(record);
            if (progress.isToDo(position)) {
                messages.computeIfAbsent(position, unread -> reader.read(record));
            }
        }
        List<Message> toDo = pending();
        if (toDo.isEmpty()) {
            // As after a rebalance that took what was waited for.
            goOnReading();
            lookAtParked();
            return;
        }
        retries.checkPause();
        deliver(due(toDo), toDo);
        List<Message> later = pending();
        if (later.isEmpty()) {
            messages.clear();
            attempts.clear();
            deadLetters.passed();
            requests.delivered();
            goOnReading();
        } else {
            waitUntilDue(later);
        }
    }

    private List<Message> pending() {
        return messages.values().stream()
                .filter(message -> progress.isToDo(message.position()))
                .toList();
    }

    /** What may be sent now: not what is parked for longer, nor what comes behind that in its order. */
    private static List<Message> due(List<Message> toDo) {
        long now = System.currentTimeMillis();
        Set<String> held = new HashSet<>();
        List<Message> due = new ArrayList<>();
        for (Message message : toDo) {
            if (message.notBeforeMs() > now || held.contains(message.order())) {
                held.add(message.order());
            } else {
                due.add(message);
            }
        }
        return due;
    }

    /** While nothing comes, keys become free nevertheless. */
    private void lookAtParked() {
        if (retryTopics != null && retryTopics.parkedKeys() > 0) {
            try {
                retryTopics.refresh();
            } catch (DeliveryFailure e) {
                throw retries.again(e);
            }
            parkedKeys.set(retryTopics.parkedKeys());
        }
    }

    private void deliver(List<Message> due, List<Message> toDo) {
        boolean all;
        try {
            tellWaiting(toDo);
            all = due.isEmpty() || send(due);
        } catch (DeliveryFailure e) {
            if (left(due) < due.size()) {
                retries.progressed();
            }
            throw retries.again(e);
        } finally {
            tellWaiting(toDo);
        }
        retries.progressed();
        if (!all) {
            context.timeout(1);
            throw new RetriableException("the server is slow: " + left(due) + " records are still to be sent");
        }
    }

    /** Reads nothing further until what was parked may be sent. Connect calls again when it is time. */
    private void waitUntilDue(List<Message> later) {
        long dueAtMs = later.stream().mapToLong(Message::notBeforeMs).min().orElseThrow();
        context.timeout(Math.max(1, dueAtMs - System.currentTimeMillis()));
        context.pause(context.assignment().toArray(TopicPartition[]::new));
        reading = false;
    }

    private void goOnReading() {
        if (!reading) {
            context.resume(context.assignment().toArray(TopicPartition[]::new));
            reading = true;
        }
    }

    private boolean send(List<Message> due) throws DeliveryFailure {
        List<Message> rest = retryTopics == null ? due : withoutParked(due);
        if (breaker.isOpen() && !rest.isEmpty()) {
            probe(rest);
            rest = rest.stream()
                    .filter(message -> progress.isToDo(message.position()))
                    .toList();
        }
        return lanes.run(requests.cut(rest), this::make, PATIENCE);
    }

    private void probe(List<Message> due) throws DeliveryFailure {
        Message held = due.stream()
                .filter(message -> message.position().equals(breaker.held()))
                .findFirst()
                .orElse(due.get(0));
        try {
            bisection.probe(held);
        } catch (RefusedForNow e) {
            attempts.merge(held.position(), 1, Integer::sum);
            throw e;
        }
    }

    /** Parks what the server has refused often enough, and what comes behind it; the rest is to be sent. */
    private List<Message> withoutParked(List<Message> due) throws DeliveryFailure {
        retryTopics.refresh();
        List<Message> rest = new ArrayList<>();
        for (Message message : due) {
            boolean tells = message.json() != null;
            boolean isEnough = attempts.getOrDefault(message.position(), 0) >= maxAttempts && retryTopics.hasRoom();
            if (tells && (retryTopics.isParked(message) || isEnough)) {
                retryTopics.park(message);
                progress.done(message.position());
                parkedRecords.incrementAndGet();
            } else {
                rest.add(message);
            }
        }
        parkedKeys.set(retryTopics.parkedKeys());
        return rest;
    }

    private void make(List<Message> request) throws DeliveryFailure {
        try {
            bisection.deliver(request);
        } catch (RefusedForNow e) {
            attempts.merge(request.get(0).position(), 1, Integer::sum);
            throw e;
        }
    }

    private int left(List<Message> toDo) {
        return (int) toDo.stream()
                .filter(message -> progress.isToDo(message.position()))
                .count();
    }

    /** Tells the metrics what waits. */
    private void tellWaiting(List<Message> toDo) {
        waiting.set(left(toDo));
        delivery.waitingSince(toDo.stream()
                .filter(message -> message.committedAtMicros() > 0 && progress.isToDo(message.position()))
                .mapToLong(Message::committedAtMicros)
                .min()
                .orElse(0));
    }

    @Override
    public void stop() {
        if (lanes != null) {
            lanes.close();
        }
        if (retryTopics != null) {
            retryTopics.close();
        }
    }
}
