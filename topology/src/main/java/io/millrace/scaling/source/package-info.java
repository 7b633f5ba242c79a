/**
 * Metrics that are asked for: each {@link io.millrace.scaling.policy.MetricSource} again and again, on a thread that writes what it
 * is told among the metrics.
 */
package io.millrace.scaling.source;
