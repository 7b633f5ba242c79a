package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.schemas.Invalidation.TargetKind;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Has requests to a cache wait until it takes them, by their number and by that of their targets. Thread-safe. */
final class Pace {
    /** So long, in seconds, a request may wait for its own targets' tokens: what waits longer is cut smaller. */
    private static final double MOST_SECONDS = 5;

    private final Map<TargetKind, TokenBucket> requests = new EnumMap<>(TargetKind.class);
    private final Map<TargetKind, TokenBucket> targets = new EnumMap<>(TargetKind.class);
    private final Map<TargetKind, Rate> targetRates = new EnumMap<>(TargetKind.class);
    private final AtomicLong waitedNanos = new AtomicLong();

    /**
     * The pace that a provider documents.
     *
     * @param own another rate of targets, of both kinds together; unlimited for the provider's
     */
    Pace(Provider provider, Rate own, LongSupplier nanoClock) {
        TokenBucket both = new TokenBucket(own, nanoClock);
        for (TargetKind kind : TargetKind.values()) {
            Rate rate = own.isUnlimited() ? provider.targetRate(kind) : own;
            requests.put(kind, new TokenBucket(provider.requestRate(kind), nanoClock));
            targets.put(kind, own.isUnlimited() ? new TokenBucket(rate, nanoClock) : both);
            targetRates.put(kind, rate);
        }
    }

    /** What one request may hold so that it does not wait for long. */
    Limits within(TargetKind kind, Limits limits) {
        Rate rate = targetRates.get(kind);
        return rate.isUnlimited()
                ? limits
                : limits.atMost((int) Math.max(1, Math.min(rate.burst(), rate.perSecond() * MOST_SECONDS)));
    }

    /** Waits until a request of so many targets may be made. */
    void await(TargetKind kind, int count) throws DeliveryFailure {
        long nanos = Math.max(requests.get(kind).take(1), targets.get(kind).take(count));
        if (nanos == 0) {
            return;
        }
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeliveryFailure(FailureKind.TRANSIENT, "interrupted", e);
        }
        waitedNanos.addAndGet(nanos);
    }

    /** How long requests have waited, all of them together. */
    long waitedMs() {
        return TimeUnit.NANOSECONDS.toMillis(waitedNanos.get());
    }
}
