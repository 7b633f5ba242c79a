package io.millrace.connectors.delivery;

import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a task whose target has failed. Where that may pass, Connect pauses the partitions, goes on with its group,
 * and hands the same records over again after the pause. Used by one thread.
 */
public final class Retries {
    private static final Logger LOG = LoggerFactory.getLogger(Retries.class);
    private static final long NANOS_PER_MS = 1_000_000;

    private final RetryPolicy policy;
    private final SinkTaskContext context;
    private final DeliveryMetrics metrics;
    private int failures;
    private DeliveryFailure awaited;
    private long notBeforeNanos;
    private boolean brokenOff;

    public Retries(RetryPolicy policy, SinkTaskContext context, DeliveryMetrics metrics) {
        this.policy = policy;
        this.context = context;
        this.metrics = metrics;
    }

    /** Throws while the target wants to be left alone: Connect may come earlier than it was told, as to commit its offsets. */
    public void checkPause() {
        long leftNanos = awaited == null ? 0 : notBeforeNanos - System.nanoTime();
        if (leftNanos > 0) {
            context.timeout(Math.max(1, leftNanos / NANOS_PER_MS));
            throw new RetriableException(awaited.getMessage(), awaited);
        }
        awaited = null;
    }

    /** Everything was delivered, or something more than the time before. */
    public void progressed() {
        failures = 0;
        if (brokenOff) {
            brokenOff = false;
            context.requestCommit();
        }
    }

    /**
     * What the task is to throw, so that it is called again with the same records, or stops.
     *
     * @throws ConnectException if no further attempt is allowed
     */
    public RetriableException again(DeliveryFailure failure) {
        if (failure instanceof Breaker.Open) {
            // No attempt on the target, and no limit to them: only an operator knows what the storm is.
            context.timeout(failure.pause().toMillis() + 1);
            // So that the group says soon that the breaker is open.
            context.requestCommit();
            brokenOff = true;
            return new RetriableException(failure.getMessage(), failure);
        }
        if (failure.kind() != FailureKind.TRANSIENT) {
            throw new ConnectException("the target refuses: " + failure.getMessage(), failure);
        }
        failures++;
        if (!policy.allows(failures)) {
            throw new ConnectException("given up after " + failures + " attempts: " + failure.getMessage(), failure);
        }
        long pauseMs = policy.pauseMs(failures, ThreadLocalRandom.current().nextDouble());
        if (!failure.pause().isZero()) {
            pauseMs = Math.max(pauseMs, failure.pause().toMillis());
            awaited = failure;
            notBeforeNanos = System.nanoTime() + pauseMs * NANOS_PER_MS;
        }
        metrics.retried();
        LOG.warn("attempt {} failed, the next is in {} ms: {}", failures, pauseMs, failure.getMessage());
        context.timeout(pauseMs);
        return new RetriableException("the target: " + failure.getMessage(), failure);
    }
}
