package io.millrace.scaling.policy;

import java.util.Locale;
import java.util.Optional;

/**
 * How a period's values become one.
 *
 * @param kind how
 * @param percentile of {@link Kind#PERCENTILE} alone: from 0 to 100
 */
public record Statistic(Kind kind, double percentile) {
    /** How values become one. */
    public enum Kind {
        /** The mean over the instances. */
        AVERAGE,
        /** What all instances have together: the sum over them of each one's mean. */
        SUM,
        MINIMUM,
        MAXIMUM,
        /** The value below which a share of all values is. */
        PERCENTILE
    }

    public static final Statistic AVERAGE = new Statistic(Kind.AVERAGE, 0);
    public static final Statistic SUM = new Statistic(Kind.SUM, 0);
    public static final Statistic MINIMUM = new Statistic(Kind.MINIMUM, 0);
    public static final Statistic MAXIMUM = new Statistic(Kind.MAXIMUM, 0);

    private static final double HUNDRED = 100;
    /** Reads {@code avg}, {@code sum}, {@code min}, {@code max}, {@code p99}, {@code p99.9}; CloudWatch's names too. */
    public static Optional<Statistic> named(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        return switch (name) {
            case "avg", "average" -> Optional.of(AVERAGE);
            case "sum" -> Optional.of(SUM);
            case "min", "minimum" -> Optional.of(MINIMUM);
            case "max", "maximum" -> Optional.of(MAXIMUM);
            default ->
                name.matches("p\\d{1,2}(\\.\\d{1,4})?|p100")
                        ? Optional.of(new Statistic(Kind.PERCENTILE, Double.parseDouble(name.substring(1))))
                        : Optional.empty();
        };
    }

    /** As a policy file writes it. */
    @Override
    public String toString() {
        return switch (kind) {
            case AVERAGE -> "avg";
            case SUM -> "sum";
            case MINIMUM -> "min";
            case MAXIMUM -> "max";
            case PERCENTILE ->
                "p"
                        + (percentile == Math.rint(percentile)
                                ? String.valueOf((long) percentile)
                                : String.valueOf(percentile));
        };
    }

    /** The value of sorted values that this share of them does not exceed. */
    public double of(double[] sorted) {
        int rank = (int) Math.ceil(percentile / HUNDRED * sorted.length);
        return sorted[Math.min(sorted.length - 1, Math.max(0, rank - 1))];
    }
}
