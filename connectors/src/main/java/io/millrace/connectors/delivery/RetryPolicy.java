package io.millrace.connectors.delivery;

/**
 * When a failure that may pass is tried again.
 *
 * @param attempts how often; -1 for ever
 * @param firstPauseMs the pause before the first
 * @param multiplier by what each pause is longer than the one before
 * @param jitter the part of a pause, 0 to 1, that is random
 * @param maxPauseMs the longest pause
 */
public record RetryPolicy(int attempts, long firstPauseMs, double multiplier, double jitter, long maxPauseMs) {
    /** Whether a further attempt follows that many failures in a row. */
    public boolean allows(int failures) {
        return attempts < 0 || failures <= attempts;
    }

    /**
     * The pause after that many failures in a row.
     *
     * @param random from 0 to 1
     */
    public long pauseMs(int failures, double random) {
        double full = Math.min((double) maxPauseMs, firstPauseMs * Math.pow(multiplier, Math.max(0, failures - 1)));
        return Math.max(1, Math.round(full * (1 - jitter * random)));
    }
}
