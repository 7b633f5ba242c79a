package io.millrace.scaling.policy;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A change of a number of instances: {@code add 2 instances}, {@code remove 10 %}, {@code set 5}.
 *
 * @param kind what is done
 * @param amount how many, or how many of a hundred
 * @param percent whether the amount is of a hundred
 */
public record Adjustment(Kind kind, int amount, boolean percent) {
    /** What is done to the number. */
    public enum Kind {
        ADD,
        REMOVE,
        SET
    }

    private static final Pattern TEXT =
            Pattern.compile("(add|remove|set)\\s+(?:to\\s+)?(\\d{1,6})\\s*(%|percent|instances?)?");
    private static final double HUNDRED = 100;

    /** Reads an adjustment; empty where the text is none. */
    public static Optional<Adjustment> parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            return Optional.empty();
        }
        Kind kind = Kind.valueOf(matcher.group(1).toUpperCase(Locale.ROOT));
        boolean percent = "%".equals(matcher.group(3)) || "percent".equals(matcher.group(3));
        if (kind == Kind.SET && percent) {
            return Optional.empty();
        }
        return Optional.of(new Adjustment(kind, Integer.parseInt(matcher.group(2)), percent));
    }

    /** The number that there would be. A percentage is at least one instance. */
    public int applied(int instances) {
        int by = percent ? (int) Math.max(1, Math.floor(instances * (amount / HUNDRED))) : amount;
        return switch (kind) {
            case ADD -> instances + by;
            case REMOVE -> Math.max(0, instances - by);
            case SET -> amount;
        };
    }

    @Override
    public String toString() {
        String what = kind.name().toLowerCase(Locale.ROOT) + " " + amount;
        return percent ? what + " %" : what + (amount == 1 ? " instance" : " instances");
    }
}
