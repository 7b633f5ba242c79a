package io.millrace.scaling;

import io.millrace.scaling.policy.Statistic;
import java.util.Arrays;

/** A metric's buckets of one period, taken together. */
final class Window {
    private int buckets;
    private double sum;
    private long reporting;
    private long working;
    private boolean named;
    private double minimum = Double.POSITIVE_INFINITY;
    private double maximum = Double.NEGATIVE_INFINITY;
    private double[] values = {};

    /** The buckets of a metric that end after one time and not after another. */
    static Window of(Iterable<Bucket> history, long afterMs, long untilMs) {
        Window window = new Window();
        for (Bucket bucket : history) {
            if (bucket.endMs() > afterMs && bucket.endMs() <= untilMs) {
                window.add(bucket);
            }
        }
        return window;
    }

    private void add(Bucket bucket) {
        buckets++;
        sum += bucket.sum();
        reporting += bucket.reporting();
        working += bucket.working();
        named |= bucket.named();
        minimum = Math.min(minimum, bucket.minimum());
        maximum = Math.max(maximum, bucket.maximum());
        int before = values.length;
        values = Arrays.copyOf(values, before + bucket.values().length);
        System.arraycopy(bucket.values(), 0, values, before, bucket.values().length);
    }

    boolean isEmpty() {
        return buckets == 0;
    }

    boolean named() {
        return named;
    }

    /** How many instances reported, on average. */
    double reporting() {
        return (double) reporting / buckets;
    }

    /** How many instances were counted, on average. */
    double working() {
        return (double) working / buckets;
    }

    /** The statistic; of a window that is not empty. */
    double value(Statistic statistic) {
        return switch (statistic.kind()) {
            case AVERAGE -> sum / reporting;
            case SUM -> sum / buckets;
            case MINIMUM -> minimum;
            case MAXIMUM -> maximum;
            case PERCENTILE -> {
                double[] sorted = values.clone();
                Arrays.sort(sorted);
                yield sorted.length == 0 ? maximum : statistic.of(sorted);
            }
        };
    }

    /** What all instances have together, of a metric that each has of its own. */
    double total(double average) {
        return average * (named ? reporting() : working());
    }
}
