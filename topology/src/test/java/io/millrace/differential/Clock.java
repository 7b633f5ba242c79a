package io.millrace.differential;

import java.util.Random;

/** The time of a random history, which moves on through the days that random rows are of. */
public final class Clock {
    private static final long HOUR_MICROS = 3_600_000_000L;

    /** 2024-02-28 00:00:00 UTC. */
    private static final long START_MICROS = 1_709_078_400_000_000L;

    private final Random random;
    private long nowMicros = START_MICROS;

    public Clock(Random random) {
        this.random = random;
    }

    /** The present time, in microseconds since the epoch. */
    public long nowMicros() {
        return nowMicros;
    }

    /** Has the time be that, if it is later. */
    public void passTo(long micros) {
        nowMicros = Math.max(nowMicros, micros);
    }

    /** Lets up to half a day pass, now and then just a microsecond. */
    public void moveOn() {
        nowMicros += 1 + (random.nextInt(5) == 0 ? 0 : random.nextLong(12 * HOUR_MICROS));
    }
}
