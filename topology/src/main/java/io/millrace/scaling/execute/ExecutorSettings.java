package io.millrace.scaling.execute;

import io.millrace.catalog.PipelineConfig;
import io.millrace.connectors.delivery.RetryPolicy;

/**
 * How decisions are carried out, wherever that is.
 *
 * @param retries when an attempt that failed is made again
 * @param dryRun whether nothing is to be changed
 * @param intervalMs how often a place is looked at
 * @param yieldMs how long a number that somebody else set must stand still
 */
record ExecutorSettings(RetryPolicy retries, boolean dryRun, long intervalMs, long yieldMs) {
    private static final long FIRST_PAUSE_MS = 500;
    private static final double MULTIPLIER = 2;
    private static final double JITTER = 0.2;

    static ExecutorSettings of(PipelineConfig config) {
        return new ExecutorSettings(
                new RetryPolicy(
                        config.get(PipelineConfig.SCALING_RETRIES),
                        FIRST_PAUSE_MS,
                        MULTIPLIER,
                        JITTER,
                        config.get(PipelineConfig.SCALING_RETRY_MAX_PAUSE_MS)),
                config.get(PipelineConfig.SCALING_DRY_RUN),
                config.get(PipelineConfig.SCALING_INTERVAL_MS),
                config.get(PipelineConfig.SCALING_YIELD_MS));
    }
}
