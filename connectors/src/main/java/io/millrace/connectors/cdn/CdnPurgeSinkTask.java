package io.millrace.connectors.cdn;

import io.millrace.connectors.cdn.CdnPurgeSinkConfig.Warmed;
import io.millrace.connectors.delivery.Bisection;
import io.millrace.connectors.delivery.Breaker;
import io.millrace.connectors.delivery.DeliveringSinkTask;
import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.RecordPosition;
import io.millrace.connectors.delivery.ReplayTopic;
import io.millrace.connectors.delivery.RetryPolicy;
import io.millrace.schemas.Invalidation;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Purges what the records of its partitions name, at once and a second time a while later. A record is done, and its offset may be
 * committed, when the cache has confirmed both: whatever is restarted in between makes both again. Connect calls a task by one
 * thread.
 */
public final class CdnPurgeSinkTask extends DeliveringSinkTask {
    private static final Logger LOG = LoggerFactory.getLogger(CdnPurgeSinkTask.class);

    /** How long a call may take before Connect is let back, so that its consumer stays in the group. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** When Connect is to come back at the latest, and at the earliest, while requests are under way. */
    private static final long LOOK_MS = 100;

    private static final long SOON_MS = 20;

    private final PendingPurges pending = new PendingPurges();
    /** Up to where Connect has handed over. */
    private final Map<TopicPartition, Long> read = new HashMap<>();

    private InvalidationReader reader;
    private CdnMetrics metrics;
    private Provider provider;
    private PurgeTarget target;
    private Bisection<Purging> bisection;
    private Batches batches;
    private Requests requests;
    private Confirmations confirmations;
    private MassProgress mass;
    private TopicEnds ends;
    /** Null where no page is fetched. */
    private Warmer warmer;

    private String cache;
    private FollowedTargets targets;
    private int mostPending;
    private int mostAgain;
    private boolean reading = true;
    /** Whether partitions have come that are not paused, or gone, since Connect was told last whether to read. */
    private boolean reassigned;

    /** For Connect. */
    public CdnPurgeSinkTask() {}

    /** A task that tells of its purges there. */
    CdnPurgeSinkTask(Confirmations confirmations) {
        this.confirmations = confirmations;
    }

    @Override
    public void start(Map<String, String> properties) {
        CdnPurgeSinkConfig config = new CdnPurgeSinkConfig(properties);
        cache = config.cache();
        String thread = "millrace cdn " + cache;
        provider = config.provider();
        targets = FollowedTargets.of(properties);
        mostPending = config.getInt(CdnPurgeSinkConfig.PENDING_MAX);
        mostAgain = config.getInt(CdnPurgeSinkConfig.PENDING_AGAIN_MAX);
        reader = new InvalidationReader(ReplayTopic.of(config));
        deliverAs(config);
        PurgeResults.Names names = new PurgeResults.Names(cache, config.getString(CdnPurgeSinkConfig.PROVIDER));
        metrics = new CdnMetrics(context.pluginMetrics(), cache, names.provider());
        confirm(config);
        warm(config, thread);
        Pace pace = new Pace(provider, config.rate(), System::nanoTime);
        int mostTargets = config.getInt(CdnPurgeSinkConfig.BATCH_MAX);
        Function<Way, Limits> limits =
                way -> pace.within(way, provider.limits(way).atMost(mostTargets));
        target = target(config, names, pace, limits);
        bisection = new Bisection<>(target, deadLetters, breaker);
        int inFlight = config.getInt(CdnPurgeSinkConfig.IN_FLIGHT);
        batches = new Batches(limits, inFlight);
        requests = new Requests(
                inFlight,
                thread,
                // It may have closed since, and would be waited for in vain.
                failure -> !(failure instanceof Breaker.Open) || breaker.isOpen());
        deadLetters.reportBy(requests::byUser);
        ends = new TopicEnds(config.purgesClient());
        boolean brokers = !config.getString(CdnPurgeSinkConfig.PURGES_SERVERS).isEmpty();
        mass = new MassProgress(cache, brokers ? ends::of : unseen -> Map.of(), System::nanoTime);
        metrics.gauge("second-purges-pending", "Invalidations that wait for their second purge.", pending::seconds);
        metrics.gauge("invalidations-pending", "Invalidations that are not done.", pending::size);
        metrics.gauge(
                "throttled-ms-total", "How long requests have waited for the cache's rate, together.", pace::waitedMs);
        metrics.gauge(
                "mass-invalidations-left",
                "Records left in the topic when purges were last found to wait for long, else 0.",
                mass::left);
    }

    private PurgeTarget target(
            CdnPurgeSinkConfig config, PurgeResults.Names names, Pace pace, Function<Way, Limits> limits) {
        RetryPolicy policy = DeliveryConfig.retryPolicy(config);
        return new PurgeTarget(
                provider,
                policy,
                new FailureJudge(cache, policy, config.duration(CdnPurgeSinkConfig.TARGET_PATIENCE), delivery),
                pace,
                pending,
                new PurgeResults(
                        names,
                        new PurgeResults.Seconds(
                                config.duration(CdnPurgeSinkConfig.AGAIN_AFTER),
                                way -> limits.apply(way).targets() > 1),
                        pending,
                        progress,
                        confirmations,
                        delivery,
                        metrics,
                        this::purged),
                metrics);
    }

    private void confirm(CdnPurgeSinkConfig config) {
        if (confirmations != null) {
            return;
        }
        if (config.getString(CdnPurgeSinkConfig.PURGES_TOPIC).isEmpty()) {
            confirmations = Confirmations.NONE;
            return;
        }
        PurgesTopic topic = new PurgesTopic(config);
        confirmations = topic;
        metrics.gauge("confirmations-lost-total", "Purges that could not be told of in their topic.", topic::lost);
    }

    private void warm(CdnPurgeSinkConfig config, String name) {
        if (config.warmed() != Warmed.NONE) {
            warmer = new Warmer(
                    new CachedPages(config), config.getInt(CdnPurgeSinkConfig.WARM_CONCURRENCY), name + " warm");
            metrics.gauge("pages-warmed-total", "Pages that were fetched after their purge.", warmer::warmed);
            metrics.gauge("pages-not-warmed-total", "Pages that were to be fetched and were not.", warmer::missed);
        }
    }

    @Override
    protected void release(TopicPartition partition) {
        super.release(partition);
        reassigned = true;
        pending.release(partition);
        read.remove(partition);
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        requests.attend();
        long nowNanos = System.nanoTime();
        for (SinkRecord record : records) {
            take(record, nowNanos);
        }
        List<Purging> due = pending.due(System.nanoTime());
        delivery.waitingSince(pending.oldestCommittedAtMicros());
        if (!due.isEmpty() || requests.areUnderWay()) {
            purge(due);
        }
        goOn();
    }

    private void take(SinkRecord record, long nowNanos) {
        RecordPosition position = RecordPosition.of(record);
        read.merge(position.partition(), position.offset() + 1, Math::max);
        if (!progress.isToDo(position) || pending.contains(position)) {
            return;
        }
        Purging purging = reader.read(record, nowNanos);
        if (purging == null || (purging.invalidation() != null && !targets.have(purging.invalidation()))) {
            metrics.passedOver();
            progress.done(position);
        } else if (purging.invalidation() != null && !provider.takes(purging.way())) {
            target.refuse(purging, deadLetters);
        } else {
            pending.add(purging);
        }
    }

    private void purged(Invalidation invalidation) {
        if (targets.areWarmed(invalidation)) {
            warmer.warm(invalidation.target());
        }
    }

    private void purge(List<Purging> due) {
        target.begin(System.nanoTime() + PATIENCE.toNanos());
        boolean progressed;
        try {
            if (breaker.isOpen() && !due.isEmpty()) {
                probe(due);
            }
            List<Purging> left = due.stream()
                    .filter(purging -> progress.isToDo(purging.position()))
                    .toList();
            progressed = requests.run(batches.cut(left), this::deliver, PATIENCE);
        } catch (PutOff e) {
            // The record that holds the breaker open is due again later.
            return;
        } catch (DeliveryFailure e) {
            throw retries.again(e);
        } finally {
            delivery.waitingSince(pending.oldestCommittedAtMicros());
        }
        if (progressed) {
            retries.progressed();
        }
        if (pending.firsts() == 0) {
            deadLetters.passed();
        }
    }

    /** Of those that were put off it is known when they are due; the others go on. */
    private void deliver(List<Purging> request) throws DeliveryFailure {
        try {
            bisection.deliver(request);
        } catch (PutOff e) {
            LOG.debug("cache {}: {}", cache, e.getMessage());
        }
    }

    private void probe(List<Purging> due) throws DeliveryFailure {
        bisection.probe(due.stream()
                .filter(purging -> purging.position().equals(breaker.held()))
                .findFirst()
                .orElse(due.get(0)));
    }

    /** Has Connect come back when the next purge is due, and hand over more if there is room. */
    private void goOn() {
        OptionalLong untilNext = pending.untilNextNanos(System.nanoTime());
        long untilMs = untilNext.isEmpty()
                ? Long.MAX_VALUE
                : Math.max(1, TimeUnit.NANOSECONDS.toMillis(untilNext.getAsLong()) + 1);
        if (requests.areUnderWay()) {
            context.timeout(Math.max(SOON_MS, Math.min(LOOK_MS, untilMs)));
        } else if (untilNext.isPresent()) {
            context.timeout(untilMs);
        }
        boolean room = pending.firsts() < mostPending && pending.seconds() < mostAgain;
        Set<TopicPartition> partitions = context.assignment();
        if (room && !reading) {
            context.resume(partitions.toArray(TopicPartition[]::new));
        } else if (!room && (reading || reassigned)) {
            context.pause(partitions.toArray(TopicPartition[]::new));
        }
        reading = room;
        reassigned = false;
        mass.look(pending.firsts() > 0, reached());
    }

    private Map<TopicPartition, Long> reached() {
        Map<TopicPartition, Long> reached = new HashMap<>();
        read.forEach((partition, next) -> reached.put(partition, committable(partition, next)));
        return reached;
    }

    @Override
    public Map<TopicPartition, OffsetAndMetadata> preCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        Map<TopicPartition, OffsetAndMetadata> committable = super.preCommit(offsets);
        confirmations.flush();
        return committable;
    }

    @Override
    public void stop() {
        if (requests != null) {
            requests.close();
        }
        if (target != null) {
            target.close();
        }
        if (warmer != null) {
            warmer.close();
        }
        if (confirmations != null) {
            confirmations.close();
        }
        if (ends != null) {
            ends.close();
        }
    }
}
