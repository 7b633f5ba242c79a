package io.millrace.scaling;

import io.millrace.scaling.policy.CronTimes;
import io.millrace.scaling.policy.Schedule;
import io.millrace.scaling.policy.ServicePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Which bounds a service's schedules set at a time. Of those without an end the one that began last holds; those with an end hold
 * besides, and of all that hold the highest number counts. What it keeps follows from the time alone.
 */
final class ScheduleClock {
    /**
     * Bounds, and until when they hold.
     *
     * @param min never fewer
     * @param max never more
     * @param targets by metric, another target for target tracking
     * @param names what sets them
     */
    record Bounds(int min, int max, Map<String, Double> targets, String names) {}

    /** A schedule with its times. */
    private record Timed(Schedule schedule, CronTimes times) {
        OptionalLong latest(long timeMs) {
            if (times != null) {
                return times.latest(timeMs);
            }
            OptionalLong at = schedule.start().atMs();
            return at.getAsLong() <= timeMs ? at : OptionalLong.empty();
        }

        OptionalLong next(long timeMs) {
            if (times != null) {
                return times.next(timeMs);
            }
            OptionalLong at = schedule.start().atMs();
            return at.getAsLong() > timeMs ? at : OptionalLong.empty();
        }
    }

    private final ServicePolicy policy;
    private final List<Timed> schedules = new ArrayList<>();
    private Bounds bounds;
    private long validFromMs;
    private long validToMs;

    ScheduleClock(ServicePolicy policy) {
        this.policy = policy;
        for (Schedule schedule : policy.schedules()) {
            CronTimes times = schedule.start()
                    .cron()
                    .map(cron -> new CronTimes(cron, schedule.zone()))
                    .orElse(null);
            schedules.add(new Timed(schedule, times));
        }
    }

    /** The bounds at a time. */
    Bounds at(long timeMs) {
        if (bounds == null || timeMs < validFromMs || timeMs >= validToMs) {
            compute(timeMs);
        }
        return bounds;
    }

    private void compute(long timeMs) {
        validFromMs = timeMs;
        validToMs = Long.MAX_VALUE;
        Schedule standing = null;
        long standingSinceMs = Long.MIN_VALUE;
        List<Schedule> holding = new ArrayList<>();
        for (Timed timed : schedules) {
            timed.next(timeMs).ifPresent(next -> validToMs = Math.min(validToMs, next));
            OptionalLong began = timed.latest(timeMs);
            if (began.isEmpty()) {
                continue;
            }
            OptionalLong lasting = timed.schedule().forMs();
            if (lasting.isEmpty()) {
                if (began.getAsLong() >= standingSinceMs) {
                    standing = timed.schedule();
                    standingSinceMs = began.getAsLong();
                }
            } else if (timeMs < began.getAsLong() + lasting.getAsLong()) {
                holding.add(timed.schedule());
                validToMs = Math.min(validToMs, began.getAsLong() + lasting.getAsLong());
            }
        }
        if (standing != null) {
            holding.add(standing);
        }
        bounds = combined(holding);
    }

    private Bounds combined(List<Schedule> holding) {
        int min = policy.minInstances();
        int max =
                holding.stream().anyMatch(schedule -> schedule.maxInstances().isPresent()) ? 0 : policy.maxInstances();
        Map<String, Double> targets = new TreeMap<>();
        for (Schedule schedule : holding) {
            min = Math.max(min, schedule.minInstances().orElse(min));
            max = Math.max(max, schedule.maxInstances().orElse(max));
            schedule.targetValue().ifPresent(target -> targets.putIfAbsent(schedule.targetMetric(), target));
        }
        String names = holding.stream().map(ScheduleClock::name).collect(Collectors.joining(", "));
        return new Bounds(
                Math.min(min, policy.maxInstances()),
                Math.min(policy.maxInstances(), Math.max(min, max)),
                targets,
                names);
    }

    private static String name(Schedule schedule) {
        return schedule.description().isEmpty()
                ? "schedule " + schedule.start().cron().orElse("event")
                : "schedule " + schedule.description();
    }
}
