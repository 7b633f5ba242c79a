package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.RetryPolicy;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What is known of one server of a cache: whether it confirms purges. One that cannot be reached, or has failed with several requests
 * in a row, is away: after each pause one request tries it again. A target alone does not make it so. Thread-safe.
 */
final class ServerState {
    /** So many requests in a row with which it fails are not to blame any more. */
    static final int REQUESTS_IN_A_ROW = 3;

    /** So many in a row that it refuses without saying why: it refuses whatever we ask. */
    static final int REFUSALS_IN_A_ROW = 5;

    private final RetryPolicy policy;
    private final LongSupplier nanoClock;
    private final Set<String> failing = new HashSet<>();
    private final Set<String> refusing = new HashSet<>();
    private long confirmations;
    private int failures;
    private boolean away;
    /** Whether a request is under way that tries one that is away. */
    private boolean tried;

    private long notBeforeNanos;

    ServerState(RetryPolicy policy, LongSupplier nanoClock) {
        this.policy = policy;
        this.nanoClock = nanoClock;
    }

    /** How many requests it has confirmed. */
    synchronized long confirmations() {
        return confirmations;
    }

    synchronized boolean isAway() {
        return away;
    }

    /** Before that it is not asked, as far as is known. */
    synchronized long notBeforeNanos() {
        return away ? notBeforeNanos : nanoClock.getAsLong();
    }

    /** Whether it may be asked; of one that is away, who is told so must ask. */
    synchronized boolean mayAsk() {
        long now = nanoClock.getAsLong();
        if (!away) {
            return true;
        }
        if (notBeforeNanos - now > 0) {
            return false;
        }
        tried = true;
        notBeforeNanos = now + pauseNanos();
        return true;
    }

    synchronized void confirmed() {
        confirmations++;
        failures = 0;
        away = false;
        failing.clear();
        refusing.clear();
    }

    /**
     * It has failed with a request, which may be due to that.
     *
     * @param target the request's first, by which it is known when it is made again
     * @param tookNanos how long that took
     * @return whether it is away by now
     */
    synchronized boolean failedWith(String target, long tookNanos) {
        failing.add(target);
        if (away || failing.size() >= REQUESTS_IN_A_ROW) {
            goAway(Math.max(pauseNanos(), 2 * tookNanos));
        }
        return away;
    }

    /** It cannot be asked, or asks to be left alone for so long at least. */
    synchronized void failed(long pauseNanos, long tookNanos) {
        goAway(Math.max(Math.max(pauseNanos, pauseNanos()), 2 * tookNanos));
    }

    private void goAway(long nanos) {
        if (away && !tried) {
            // Of requests that were under way when it went.
            return;
        }
        away = true;
        tried = false;
        failures++;
        notBeforeNanos = nanoClock.getAsLong() + nanos;
    }

    /** It has refused a target without saying whether it would take others; says whether it refuses whatever it is asked. */
    synchronized boolean refused(String target) {
        refusing.add(target);
        return refusing.size() >= REFUSALS_IN_A_ROW;
    }

    /** How often in a row it has been tried in vain. */
    synchronized int failures() {
        return failures;
    }

    private long pauseNanos() {
        double random = ThreadLocalRandom.current().nextDouble();
        return TimeUnit.MILLISECONDS.toNanos(policy.pauseMs(Math.max(1, failures + 1), random));
    }
}
