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

    /** What is tried again while another request tries the server looks again after so long. */
    static final long TRIAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final RetryPolicy policy;
    private final LongSupplier nanoClock;
    private final Set<String> failing = new HashSet<>();
    private final Set<String> refusing = new HashSet<>();
    private long confirmations;
    private int failures;
    private boolean away;
    /** How long it was there until it went away last, and since when it is there again. */
    private long presentNanos;

    private long backNanos;
    /** Whether a request is under way that tries one that is away. */
    private boolean tried;

    private long notBeforeNanos;

    /** Whether a request may be made. */
    enum Leave {
        NO,
        YES,
        /** As the only one, since it is away; whoever has this says when it has {@linkplain #triedBy ended}. */
        TRIAL
    }

    ServerState(RetryPolicy policy, LongSupplier nanoClock) {
        this.policy = policy;
        this.nanoClock = nanoClock;
        this.backNanos = nanoClock.getAsLong();
    }

    /** How many requests it has confirmed. */
    synchronized long confirmations() {
        return confirmations;
    }

    /** A clock that stands still while it is away. */
    synchronized long presentNanos() {
        return away ? presentNanos : presentNanos + nanoClock.getAsLong() - backNanos;
    }

    /** Before that it is not asked, as far as is known. */
    synchronized long notBeforeNanos() {
        long now = nanoClock.getAsLong();
        if (!away) {
            return now;
        }
        return tried ? now + Math.max(TRIAL_NANOS, notBeforeNanos - now) : notBeforeNanos;
    }

    synchronized Leave leave() {
        if (!away) {
            return Leave.YES;
        }
        if (tried || notBeforeNanos - nanoClock.getAsLong() > 0) {
            return Leave.NO;
        }
        tried = true;
        return Leave.TRIAL;
    }

    /** A request has ended, whatever it has shown. */
    synchronized void triedBy(Leave leave) {
        if (leave == Leave.TRIAL) {
            tried = false;
        }
    }

    synchronized void confirmed() {
        confirmations++;
        refusing.clear();
        answered();
    }

    /** It is there, though it has refused what it was asked for. */
    synchronized void answered() {
        failures = 0;
        backNanos = away ? nanoClock.getAsLong() : backNanos;
        away = false;
        failing.clear();
    }

    /**
     * It has failed with a request, which may be due to that.
     *
     * @param target the request's first, by which it is known when it is made again
     * @param tookNanos how long that took
     * @return whether it is away by now
     */
    synchronized boolean failedWith(Leave leave, String target, long tookNanos) {
        failing.add(target);
        if (away || failing.size() >= REQUESTS_IN_A_ROW) {
            goAway(leave, Math.max(pauseNanos(), 2 * tookNanos));
        }
        return away;
    }

    /** It cannot be asked, or asks to be left alone for so long at least. */
    synchronized void failed(Leave leave, long pauseNanos, long tookNanos) {
        goAway(leave, Math.max(Math.max(pauseNanos, pauseNanos()), 2 * tookNanos));
    }

    private void goAway(Leave leave, long nanos) {
        if (away && leave != Leave.TRIAL) {
            // Of requests that were under way when it went.
            return;
        }
        presentNanos = presentNanos();
        away = true;
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
