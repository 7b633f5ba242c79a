package io.millrace.differential;

import io.millrace.catalog.Column;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.row.SqlText;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The values that columns take, where those of their types would mean little: a line {@code orders.status = new | paid} for a
 * column of a table, {@code status = new | paid} for the columns of that name in every table, {@code id = 0..20} for a
 * range of integers. Values are PostgreSQL's text.
 */
final class ValueDomains {
    /** No column has a domain of its own. */
    static final ValueDomains NONE = new ValueDomains("");

    private static final Pattern RANGE = Pattern.compile("(-?\\d+)\\.\\.(-?\\d+)");
    private static final Pattern BETWEEN = Pattern.compile("\\s*\\|\\s*");

    private final Properties lines = new Properties();
    private final Map<String, List<Object>> parsed = new HashMap<>();

    /** The domains of a file's text. */
    ValueDomains(String text) {
        try {
            lines.load(new StringReader(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The values of a column; none where it takes those of its type. */
    List<Object> of(Table table, Column column) {
        return parsed.computeIfAbsent(table.name() + "." + column.name(), name -> {
            String values = lines.getProperty(name, lines.getProperty(column.name()));
            return values == null ? List.of() : parse(column.type(), values.strip());
        });
    }

    private static List<Object> parse(SqlType type, String values) {
        Matcher range = RANGE.matcher(values);
        if (range.matches()) {
            return IntStream.rangeClosed(Integer.parseInt(range.group(1)), Integer.parseInt(range.group(2)))
                    .mapToObj(number -> SqlText.parse(type, Integer.toString(number)))
                    .toList();
        }
        return Arrays.stream(BETWEEN.split(values, -1))
                .map(value -> SqlText.parse(type, value))
                .toList();
    }
}
