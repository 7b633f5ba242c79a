package io.millrace.deadletter;

import io.millrace.catalog.UserError;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a dead letter is, which names it for good: {@code clicks.dlq-0-17}. */
public record DeadLetterId(String topic, int partition, long offset) implements Comparable<DeadLetterId> {
    private static final Pattern TEXT = Pattern.compile("(.+)-(\\d{1,9})-(\\d{1,18})");
    private static final Comparator<DeadLetterId> ORDER = Comparator.comparing(DeadLetterId::topic)
            .thenComparingInt(DeadLetterId::partition)
            .thenComparingLong(DeadLetterId::offset);

    /** Reads what {@link #toString} writes. */
    public static DeadLetterId parse(String text) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    text + " is no dead letter's id",
                    "ids look like clicks.dlq-0-17; millrace dlq list shows them");
        }
        return new DeadLetterId(parts.group(1), Integer.parseInt(parts.group(2)), Long.parseLong(parts.group(3)));
    }

    @Override
    public int compareTo(DeadLetterId other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return topic + "-" + partition + "-" + offset;
    }
}
