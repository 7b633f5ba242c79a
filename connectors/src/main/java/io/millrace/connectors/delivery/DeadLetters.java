package io.millrace.connectors.delivery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where records go that cannot be delivered: the dead-letter topic that Connect keeps for a sink. Thread-safe, but Connect's reporter is
 * for the task's thread alone: a sink of which others deliver while Connect has that thread says how they report.
 */
public final class DeadLetters {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final SinkTaskContext context;
    private final DeliveryMetrics metrics;
    /** Records that were set aside and that the target is not known to be past. */
    private final Set<RecordPosition> setAside = new HashSet<>();

    private volatile Executor reporting = Runnable::run;

    public DeadLetters(SinkTaskContext context, DeliveryMetrics metrics) {
        this.context = context;
        this.metrics = metrics;
    }

    /**
     * Has records reported as that says.
     *
     * @param executor what has the task's thread do something, and returns when that is done, or throws what it has thrown
     */
    public void reportBy(Executor executor) {
        reporting = executor;
    }

    /** A record that cannot be delivered, and why. */
    record Refusal(SinkRecord record, Exception reason) {
        @Override
        public String toString() {
            return "record " + RecordPosition.of(record) + " cannot be applied: " + reason.getMessage();
        }
    }

    /** Returns when the record is safely set aside, or throws if it cannot be. One that is set aside already stays so. */
    public void report(SinkRecord record, Exception reason) {
        report(List.of(new Refusal(record, reason)));
    }

    /** The same of several, which are all sent before the first is waited for. */
    void report(List<Refusal> refusals) {
        if (!refusals.isEmpty()) {
            reporting.execute(() -> reportHere(refusals));
        }
    }

    private synchronized void reportHere(List<Refusal> refusals) {
        List<Refusal> sent = new ArrayList<>();
        List<Future<Void>> outcomes = new ArrayList<>();
        ErrantRecordReporter reporter = context.errantRecordReporter();
        for (Refusal refusal : refusals) {
            if (setAside.add(RecordPosition.of(refusal.record))) {
                if (reporter == null) {
                    // Without what is behind the reason: Connect shows it, and it may hold what the target said of
                    // values.
                    throw new ConnectException(refusal
                            + ". Set errors.tolerance = all and errors.deadletterqueue.topic.name, and such records"
                            + " go there");
                }
                sent.add(refusal);
                outcomes.add(reporter.report(refusal.record, refusal.reason));
            }
        }
        for (int i = 0; i < sent.size(); i++) {
            await(outcomes.get(i), sent.get(i));
        }
    }

    private void await(Future<Void> outcome, Refusal refusal) {
        try {
            outcome.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            metrics.setAside();
            LOG.warn("{}; it is in the dead letters", refusal);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectException("interrupted while a record was set aside", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new ConnectException(refusal + ", and it could not be set aside", e);
        }
    }

    synchronized boolean has(RecordPosition position) {
        return setAside.contains(position);
    }

    /** Forgets which records were set aside, as all that Connect has handed over is delivered. */
    public synchronized void passed() {
        setAside.clear();
    }
}
