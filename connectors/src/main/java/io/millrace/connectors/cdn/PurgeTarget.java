package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.DeliveryMetrics;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.delivery.Progress;
import io.millrace.connectors.delivery.Target;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import io.millrace.schemas.Purge;
import io.millrace.schemas.Purge.Outcome;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;

/** A cache, to which purges are delivered: what follows from each that is made or refused. Thread-safe. */
final class PurgeTarget implements Target<Purging> {
    private static final int REFERENCE_DIGITS = 32;

    private final Provider provider;
    private final Pace pace;
    private final PendingPurges pending;
    private final Progress progress;
    private final Confirmations confirmations;
    private final DeliveryMetrics delivery;
    private final CdnMetrics metrics;
    private final Names names;
    private final Duration againAfter;
    private final Follower follower;

    /** What messages and confirmations call the cache. */
    record Names(String cache, String provider) {}

    /** Who hears of each purge that is made. */
    interface Follower {
        void purged(Invalidation invalidation);
    }

    PurgeTarget(
            Provider provider,
            Pace pace,
            PendingPurges pending,
            Progress progress,
            Confirmations confirmations,
            DeliveryMetrics delivery,
            CdnMetrics metrics,
            Names names,
            Duration againAfter,
            Follower follower) {
        this.provider = provider;
        this.pace = pace;
        this.pending = pending;
        this.progress = progress;
        this.confirmations = confirmations;
        this.delivery = delivery;
        this.metrics = metrics;
        this.names = names;
        this.againAfter = againAfter;
        this.follower = follower;
    }

    @Override
    public SinkRecord record(Purging purging) {
        return purging.record();
    }

    @Override
    public Exception rejection(Purging purging) {
        return purging.rejection();
    }

    @Override
    public void write(List<Purging> batch) throws DeliveryFailure {
        List<Purging> told =
                batch.stream().filter(purging -> purging.rejection() == null).toList();
        if (!told.isEmpty()) {
            purge(told);
        }
        batch.stream().filter(purging -> purging.rejection() != null).forEach(this::skip);
    }

    private void purge(List<Purging> batch) throws DeliveryFailure {
        TargetKind kind = batch.get(0).kind();
        Set<String> targets = new LinkedHashSet<>();
        batch.forEach(purging -> targets.add(purging.target()));
        pace.await(kind, targets.size());
        batch.forEach(Purging::attempt);
        try {
            OptionalLong removed = provider.purge(new Provider.Batch(kind, List.copyOf(targets), reference(batch)));
            removed.ifPresent(metrics::removed);
            made(batch, targets.size() == 1 ? removed : OptionalLong.empty());
        } catch (DeliveryFailure e) {
            if (e.kind() == FailureKind.RECORD) {
                batch.forEach(purging -> purging.refused(e.getMessage()));
            }
            throw e;
        }
    }

    /** @param removed of the one target that all of them name; empty where that is not known */
    private void made(List<Purging> batch, OptionalLong removed) {
        long nowMicros = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
        Set<String> counted = new HashSet<>();
        for (Purging purging : batch) {
            Outcome outcome = purging.isAgain() ? Outcome.PURGED_AGAIN : Outcome.PURGED;
            boolean counts = counted.add(purging.key());
            Long count = removed.isEmpty() ? null : Long.valueOf(counts ? removed.getAsLong() : 0);
            confirm(purging, outcome, count, null, nowMicros);
            Long committed = purging.invalidation().firstCommittedAtMicros();
            if (purging.isAgain()) {
                metrics.purgedAgain();
            } else {
                metrics.purged(committed == null || committed <= 0 ? -1 : delivery.delivered(committed));
            }
            if (counts) {
                follower.purged(purging.invalidation());
            }
            if (purging.isAgain() || againAfter.isZero()) {
                done(purging);
            } else {
                pending.add(purging.again(System.nanoTime() + againAfter.toNanos()));
            }
        }
    }

    private void done(Purging purging) {
        pending.remove(purging);
        progress.done(purging.position());
    }

    @Override
    public void skip(Purging purging) {
        metrics.refused();
        if (purging.invalidation() != null) {
            long nowMicros = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
            confirm(purging, Outcome.REFUSED, null, purging.refusal(), nowMicros);
        }
        done(purging);
    }

    private void confirm(Purging purging, Outcome outcome, Long removed, String message, long nowMicros) {
        Invalidation invalidation = purging.invalidation();
        confirmations.add(new Purge(
                names.cache,
                names.provider,
                invalidation.application(),
                invalidation.sink(),
                invalidation.kind(),
                invalidation.target(),
                purging.source().partition().partition(),
                purging.source().offset(),
                outcome,
                removed,
                purging.attempts(),
                invalidation.firstCommittedAtMicros(),
                nowMicros,
                message));
    }

    /**
     * The same for the same purges of the same records, also by a task that is started anew; no other has it, not even where a
     * topic begins anew with its offsets.
     */
    private static String reference(List<Purging> batch) {
        StringBuilder all = new StringBuilder();
        for (Purging purging : batch) {
            all.append(purging.source()).append(' ').append(purging.isAgain()).append(' ');
            all.append(purging.invalidation().emittedAtMicros())
                    .append(' ')
                    .append(purging.key())
                    .append('\n');
        }
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(all.toString().getBytes(StandardCharsets.UTF_8));
            return batch.get(0).source() + "-" + HexFormat.of().formatHex(hash).substring(0, REFERENCE_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new ConnectException("this JVM does not hash", e);
        }
    }

    @Override
    public void refresh() {
        // Nothing is known of a cache.
    }
}
