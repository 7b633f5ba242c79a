package io.millrace.connectors.cdn;

import io.millrace.connectors.cdn.Limits.Together;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Has requests to a cache wait until it takes them, by their number and by that of their targets. Thread-safe. */
final class Pace {
    /** So long, in seconds, a request may wait for its own targets' tokens: what waits longer is cut smaller. */
    private static final double MOST_SECONDS = 5;

    /** Those of requests and of targets, each for all ways that share a rate. */
    private final Map<Way, TokenBucket> requests = new EnumMap<>(Way.class);

    private final Map<Way, TokenBucket> targets = new EnumMap<>(Way.class);
    private final Map<Way, Rate> targetRates = new EnumMap<>(Way.class);
    /** The ways of which not even the number of requests is limited. */
    private final Set<Way> anyRequests = EnumSet.noneOf(Way.class);

    private final AtomicLong waitedNanos = new AtomicLong();

    /**
     * The pace that a provider documents.
     *
     * @param own another rate of targets, of all ways together; unlimited for the provider's
     */
    Pace(Provider provider, Rate own, LongSupplier nanoClock) {
        IdentityHashMap<Rate, TokenBucket> ofRequests = new IdentityHashMap<>();
        IdentityHashMap<Rate, TokenBucket> ofTargets = new IdentityHashMap<>();
        for (Way way : Way.values()) {
            Rate rate = own.isUnlimited() ? provider.targetRate(way) : own;
            requests.put(
                    way,
                    ofRequests.computeIfAbsent(
                            provider.requestRate(way), shared -> new TokenBucket(shared, nanoClock)));
            targets.put(way, ofTargets.computeIfAbsent(rate, shared -> new TokenBucket(shared, nanoClock)));
            targetRates.put(way, rate);
            if (provider.requestRate(way).isUnlimited()) {
                anyRequests.add(way);
            }
        }
    }

    /** What one request may hold so that it does not wait for long, and first purges for the second ones' tokens. */
    Limits within(Way way, Limits limits) {
        Rate rate = targetRates.get(way);
        if (rate.isUnlimited()) {
            return limits;
        }
        Limits most = limits.atMost((int) Math.max(1, Math.min(rate.burst(), rate.perSecond() * MOST_SECONDS)));
        return most.together() == Together.ALL && anyRequests.contains(way)
                ? new Limits(most.targets(), most.bytes(), Together.SECONDS_APART)
                : most;
    }

    /**
     * Has a request of so many targets made.
     *
     * @param mostNanos how long it may wait
     * @return in how many nanoseconds it may be made; where that is more, it is to come again then, and nothing is taken
     */
    synchronized long take(Way way, int count, long mostNanos) {
        TokenBucket request = requests.get(way);
        TokenBucket target = targets.get(way);
        long nanos = Math.max(request.untilNanos(1), target.untilNanos(count));
        if (nanos <= mostNanos) {
            request.take(1);
            target.take(count);
            waitedNanos.addAndGet(nanos);
        }
        return nanos;
    }

    /** How long requests have waited, all of them together. */
    long waitedMs() {
        return TimeUnit.NANOSECONDS.toMillis(waitedNanos.get());
    }
}
