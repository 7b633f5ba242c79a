package io.millrace.sql;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A sink as it was written: what it reads exists; its options are not checked yet. Immutable.
 *
 * @param name the sink's name
 * @param source what it reads
 * @param options what stands in WITH, in order, no name twice
 * @param place where the sink is defined
 * @param sourcePlace where its source is named
 */
public record SinkDefinition(
        String name, Source source, List<SinkOption> options, SourcePlace place, SourcePlace sourcePlace) {
    /** The option that says what kind of target the sink has. */
    public static final String TYPE = "type";

    public SinkDefinition {
        options = List.copyOf(options);
    }

    /** What a sink reads. */
    public sealed interface Source permits OfTable, OfView {
        String name();
    }

    /** The rows of a captured table, of all shards together. */
    public record OfTable(Table table) implements Source {
        @Override
        public String name() {
            return table.name();
        }
    }

    /** The rows of a view. */
    public record OfView(String name) implements Source {}

    /** The option of that name. */
    public Optional<SinkOption> option(String wanted) {
        return options.stream().filter(each -> each.name().equals(wanted)).findFirst();
    }

    /** What the sink is, without where it is written. */
    public Sink sink() {
        Map<String, String> values = new LinkedHashMap<>();
        options.forEach(option -> values.put(option.name(), option.value()));
        String type = values.remove(TYPE);
        return new Sink(
                name,
                type == null ? "" : type,
                source.name(),
                source instanceof OfTable table
                        ? Optional.of(table.table().source().topic())
                        : Optional.empty(),
                values);
    }
}
