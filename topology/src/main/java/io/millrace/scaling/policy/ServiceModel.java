package io.millrace.scaling.policy;

import java.util.OptionalDouble;

/**
 * How a service behaves in a simulation: a queue before instances that all do as much.
 *
 * @param load the metric that is the work that comes; it does not depend on the instances
 * @param capacityPerInstance how much of it an instance does
 * @param loadUnitMs the time that load and capacity are counted in: a minute for requests a minute
 * @param latencyMs how long a request takes when nothing waits
 * @param maxLatencyMs the service level: a request that takes longer breaks it
 * @param maxQueue requests above this are turned away; empty: all wait
 */
public record ServiceModel(
        String load,
        double capacityPerInstance,
        long loadUnitMs,
        double latencyMs,
        double maxLatencyMs,
        OptionalDouble maxQueue) {}
