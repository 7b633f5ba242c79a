package io.millrace.scaling.policy;

import java.time.ZoneId;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Other bounds at some times.
 *
 * @param start when it begins
 * @param zone the time zone of its beginning
 * @param forMs how long it holds; empty: until another without an end begins
 * @param minInstances never fewer while it holds; a prescale event's number
 * @param maxInstances never more while it holds
 * @param targetMetric the metric whose target that is; empty where there is no target
 * @param targetValue the target of target tracking while it holds
 * @param description what it is for
 */
public record Schedule(
        Start start,
        ZoneId zone,
        OptionalLong forMs,
        OptionalInt minInstances,
        OptionalInt maxInstances,
        String targetMetric,
        OptionalDouble targetValue,
        String description) {

    /**
     * When a schedule begins. Exactly one is given.
     *
     * @param cron by a cron expression of five fields
     * @param atMs once, in milliseconds since 1970
     */
    public record Start(Optional<String> cron, OptionalLong atMs) {}
}
