package io.millrace.scaling.policy;

/**
 * Which number a rule looks at, and when.
 *
 * @param metric its name
 * @param statistic how a period's values become one
 * @param periodMs looked at whenever so much time has passed; periods begin at multiples of it since 1970
 * @param evaluationPeriods so many periods in a row must say the same
 * @param missingData what a period without a value means
 */
public record MetricQuery(
        String metric, Statistic statistic, long periodMs, int evaluationPeriods, MissingData missingData) {}
