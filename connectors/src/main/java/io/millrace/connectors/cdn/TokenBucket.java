package io.millrace.connectors.cdn;

import java.util.function.LongSupplier;

/**
 * Spreads requests over time: a bucket that is full at first, that a request takes from, and that fills at an even rate. Who takes
 * more than there is waits as long as the rest takes to come, and those after him behind him. Thread-safe.
 */
final class TokenBucket {
    private static final double NANOS_PER_SECOND = 1e9;

    private final Rate rate;
    private final LongSupplier nanoClock;
    private double tokens;
    private long filledAtNanos;

    TokenBucket(Rate rate, LongSupplier nanoClock) {
        this.rate = rate;
        this.nanoClock = nanoClock;
        this.tokens = rate.burst();
        this.filledAtNanos = nanoClock.getAsLong();
    }

    /** In how many nanoseconds so many tokens could be used, if they were taken now. */
    synchronized long untilNanos(double wanted) {
        if (rate.isUnlimited()) {
            return 0;
        }
        long now = nanoClock.getAsLong();
        tokens = Math.min(rate.burst(), tokens + (now - filledAtNanos) / NANOS_PER_SECOND * rate.perSecond());
        filledAtNanos = now;
        double left = tokens - wanted;
        return left >= 0 ? 0 : (long) Math.ceil(-left / rate.perSecond() * NANOS_PER_SECOND);
    }

    /** Takes tokens; says how many nanoseconds from now on they may be used. */
    synchronized long take(double wanted) {
        long nanos = untilNanos(wanted);
        tokens -= rate.isUnlimited() ? 0 : wanted;
        return nanos;
    }
}
