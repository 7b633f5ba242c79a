package io.millrace.scaling.execute;

import io.millrace.catalog.UserError;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has services looked at: those that are due, the one that has waited longest first, in rounds that end soon. Where a round was
 * broken off the next goes on, since those that were looked at are due later.
 */
final class Turns {
    private static final Logger LOG = LoggerFactory.getLogger(Turns.class);

    private final long mostMs;
    private final LongSupplier clock;

    /**
     * Turns.
     *
     * @param mostMs after so long no further service is begun with
     */
    Turns(long mostMs, LongSupplier clock) {
        this.mostMs = mostMs;
        this.clock = clock;
    }

    /** A round. What is wrong with one service does not keep the others waiting, unless the brokers do not answer. */
    void round(Collection<ServiceExecution> executions) throws InterruptedException {
        long startMs = clock.getAsLong();
        List<ServiceExecution> due = executions.stream()
                .filter(each -> each.dueMs() <= startMs)
                .sorted(Comparator.comparingLong(ServiceExecution::dueMs))
                .toList();
        for (ServiceExecution execution : due) {
            if (clock.getAsLong() - startMs > mostMs) {
                return;
            }
            try {
                execution.look();
            } catch (KafkaException | UserError e) {
                throw e;
            } catch (RuntimeException e) {
                LOG.error("{} cannot be looked at", execution.service(), e);
            }
        }
    }
}
