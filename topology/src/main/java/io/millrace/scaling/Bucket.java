package io.millrace.scaling;

/**
 * What a metric's values were in one step of time.
 *
 * @param endMs the step's end
 * @param sum over the instances, of each one's mean
 * @param reporting how many instances
 * @param named whether they are named; else one value speaks for all
 * @param working how many instances were counted in this step
 * @param minimum of all values
 * @param maximum of all values
 * @param values all of them, sorted; empty unless a percentile is asked for
 */
record Bucket(
        long endMs,
        double sum,
        int reporting,
        boolean named,
        int working,
        double minimum,
        double maximum,
        double[] values) {}
