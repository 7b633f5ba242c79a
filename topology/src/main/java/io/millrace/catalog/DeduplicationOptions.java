package io.millrace.catalog;

import io.millrace.grammar.StatementOption;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.calcite.sql.parser.SqlParserPos;

/** Reads the options of a table that say how events are known that come again. */
final class DeduplicationOptions {
    static final String BY = "deduplicate_by";
    static final String FOR = "deduplicate_for";

    private static final int DAYS_PER_MONTH = 30;

    private final Map<String, StatementOption> options;
    private final Mistakes mistakes;

    /** Takes what is wrong. */
    @FunctionalInterface
    interface Mistakes {
        /** Takes a mistake, where it is and what to do. */
        void add(SqlParserPos pos, String message, String hint);
    }

    private DeduplicationOptions(Map<String, StatementOption> options, Mistakes mistakes) {
        this.options = options;
        this.mistakes = mistakes;
    }

    /**
     * What a table's options say.
     *
     * @param options all of them, by name
     * @return empty where they say nothing, and where they are wrong
     */
    static Optional<Deduplication> read(
            String table, List<Column> columns, Map<String, StatementOption> options, Mistakes mistakes) {
        DeduplicationOptions reader = new DeduplicationOptions(options, mistakes);
        return options.containsKey("format") ? reader.ofEvents(table, columns) : reader.ofACapturedTable(table);
    }

    private Optional<Deduplication> ofACapturedTable(String table) {
        for (String name : List.of(BY, FOR)) {
            if (options.containsKey(name)) {
                mistakes.add(
                        options.get(name).name().getParserPosition(),
                        name + " is an option of event topics, and table \"" + table + "\" is captured",
                        "leave it out: a captured change that comes again is known by its position; an event topic has a"
                                + " format, 'json' or 'avro'");
            }
        }
        return Optional.empty();
    }

    private Optional<Deduplication> ofEvents(String table, List<Column> columns) {
        StatementOption by = options.get(BY);
        if (by == null) {
            if (options.containsKey(FOR)) {
                mistakes.add(
                        options.get(FOR).name().getParserPosition(),
                        FOR + " is written without " + BY,
                        "name the column that identifies an event: " + BY + " = 'event_id'");
            }
            return Optional.empty();
        }
        int column = column(by, table, columns);
        long forMicros = options.containsKey(FOR) ? micros(options.get(FOR)) : Deduplication.DEFAULT_FOR_MICROS;
        return column < 0 || forMicros <= 0 ? Optional.empty() : Optional.of(new Deduplication(column, forMicros));
    }

    /** The column's position; -1 if there is none that could be it. */
    private int column(StatementOption by, String table, List<Column> columns) {
        List<String> names = columns.stream().map(Column::name).toList();
        int position = names.indexOf(by.text());
        if (position < 0) {
            mistakes.add(
                    by.value().getParserPosition(),
                    "column \"" + by.text() + "\" named in " + BY + " does not exist",
                    names.isEmpty()
                            ? "declare it"
                            : "did you mean \"" + Nearest.to(by.text(), names) + "\"? " + table + " has "
                                    + String.join(", ", names));
            return -1;
        }
        SqlType type = columns.get(position).type();
        if (!type.comparable()) {
            String others = columns.stream()
                    .filter(other -> other.type().comparable())
                    .map(Column::name)
                    .collect(Collectors.joining(", "));
            mistakes.add(
                    by.value().getParserPosition(),
                    "column \"" + by.text() + "\" is " + type + ", which has no equality",
                    "name a column that identifies an event"
                            + (others.isEmpty()
                                    ? ", of another type"
                                    : ": " + table + " has " + others + " of other types"));
            return -1;
        }
        return position;
    }

    /** As PostgreSQL compares intervals, a month has 30 days and a day 24 hours. -1 where it is wrong. */
    private long micros(StatementOption option) {
        SqlParserPos place = option.value().getParserPosition();
        Interval interval;
        try {
            interval = IntervalText.parse(option.text());
        } catch (InvalidInterval e) {
            mistakes.add(place, e.getMessage(), "write how long an id is known, as '1 day' or '90 minutes'");
            return -1;
        }
        BigInteger micros = BigInteger.valueOf((long) interval.months() * DAYS_PER_MONTH + interval.days())
                .multiply(BigInteger.valueOf(Interval.MICROS_PER_DAY))
                .add(BigInteger.valueOf(interval.micros()));
        if (micros.signum() <= 0) {
            mistakes.add(
                    place,
                    FOR + " is '" + option.text() + "', which is no time to know an id for",
                    "write a time greater than 0, as '1 day' or '90 minutes'");
            return -1;
        }
        if (micros.compareTo(BigInteger.valueOf(Deduplication.LONGEST_MICROS)) > 0) {
            mistakes.add(
                    place,
                    FOR + " is '" + option.text() + "', which is longer than "
                            + Deduplication.forText(Deduplication.LONGEST_MICROS),
                    "ids are kept for so long: write a time within which an event may come again, as '7 days'");
            return -1;
        }
        return micros.longValueExact();
    }
}
