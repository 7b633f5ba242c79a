package io.millrace.connectors.delivery;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.connect.sink.SinkTask;

/**
 * A task that says of each record when it is done, and has no further offsets committed. Connect calls it by one thread.
 */
public abstract class DeliveringSinkTask extends SinkTask {
    protected final Progress progress = new Progress();

    protected Retries retries;
    protected DeadLetters deadLetters;
    protected Breaker breaker;
    protected DeliveryMetrics delivery;

    @Override
    public final String version() {
        return UniformSinkConnector.VERSION;
    }

    /** Takes up what properties say of delivery. */
    protected final void deliverAs(AbstractConfig config) {
        breaker = DeliveryConfig.breaker(config);
        delivery = new DeliveryMetrics(System::currentTimeMillis);
        delivery.register(context.pluginMetrics(), breaker::isOpen);
        retries = new Retries(DeliveryConfig.retryPolicy(config), context, delivery);
        deadLetters = new DeadLetters(context, delivery);
    }

    @Override
    public final void open(Collection<TopicPartition> partitions) {
        partitions.forEach(this::release);
    }

    @Override
    public final void close(Collection<TopicPartition> partitions) {
        partitions.forEach(this::release);
    }

    /** Forgets what is known of a partition, which is read by another task from now on, or anew. */
    protected void release(TopicPartition partition) {
        progress.release(partition);
    }

    /**
     * What may be committed of a partition: up to the first record that is neither delivered nor in the dead letters. Where nothing
     * waits that is what Connect says: it set records aside that it could not read.
     */
    protected long committable(TopicPartition partition, long read) {
        return progress.committable(partition, read);
    }

    @Override
    public Map<TopicPartition, OffsetAndMetadata> preCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        Map<TopicPartition, OffsetAndMetadata> committable = new HashMap<>();
        offsets.forEach((partition, read) -> committable.put(
                partition, new OffsetAndMetadata(committable(partition, read.offset()), breaker.mark())));
        return committable;
    }
}
