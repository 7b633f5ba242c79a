package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.DeliveryMetrics;
import io.millrace.connectors.replica.Replica.Applied;
import java.util.Collection;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.stats.Avg;

/** What a task has done to the target's rows, and how long that took, beside what {@link DeliveryMetrics} tells of every sink. */
final class ReplicaMetrics {
    private final DeliveryMetrics delivery;
    private final AtomicLong upserts = new AtomicLong();
    private final AtomicLong deletions = new AtomicLong();
    private final AtomicLong duplicates = new AtomicLong();
    private final AtomicLong waiting = new AtomicLong();
    private final RecentDelays delays = new RecentDelays(System::currentTimeMillis);

    private Sensor transactions;

    /** Metrics beside those of delivery; nobody sees them until they are registered. */
    ReplicaMetrics(DeliveryMetrics delivery) {
        this.delivery = delivery;
    }

    /** Shows them. */
    void register(PluginMetrics metrics) {
        count(metrics, "rows-written-total", "Rows inserted or updated.", upserts);
        count(metrics, "rows-deleted-total", "Rows deleted.", deletions);
        count(metrics, "duplicates-total", "Changes that had been applied, or were older than their row.", duplicates);
        count(metrics, "rows-waiting", "Changes handed over by Connect and not applied yet.", waiting);
        DeliveryMetrics.gauge(
                metrics,
                "replication-delay-seconds-avg",
                "From a change's commit in the source to its commit in the target.",
                delays::mean);
        DeliveryMetrics.gauge(
                metrics, "replication-delay-seconds-max", "The same, of the slowest change.", delays::most);
        transactions = metrics.addSensor("transaction-rows");
        transactions.add(
                metrics.metricName("transaction-rows-avg", "Records in a transaction.", new LinkedHashMap<>()),
                new Avg());
    }

    private static void count(PluginMetrics metrics, String name, String description, AtomicLong value) {
        DeliveryMetrics.count(metrics, name, description, value::get);
    }

    /** These wait to be applied. */
    void waiting(Collection<Received> batch) {
        waiting.set(batch.stream().filter(received -> received.change() != null).count());
        delivery.waitingSince(batch.stream()
                .filter(received ->
                        received.change() != null && received.change().committedAtMicros() > 0)
                .mapToLong(received -> received.change().committedAtMicros())
                .min()
                .orElse(0));
    }

    void applied(List<Received> batch, Applied applied) {
        upserts.addAndGet(applied.upserts());
        deletions.addAndGet(applied.deletions());
        duplicates.addAndGet(applied.duplicates());
        if (transactions != null) {
            transactions.record(batch.size());
        }
        long[] committed = batch.stream()
                .filter(received ->
                        received.change() != null && received.change().committedAtMicros() > 0)
                .mapToLong(received -> received.change().committedAtMicros())
                .toArray();
        if (committed.length > 0) {
            DoubleSummaryStatistics seconds = delivery.delivered(committed);
            delays.add(seconds.getCount(), seconds.getSum(), seconds.getMax());
        }
    }

    void skipped(Received bad) {
        if (bad.change() != null && bad.change().committedAtMicros() > 0) {
            delivery.delivered(bad.change().committedAtMicros());
        }
    }
}
