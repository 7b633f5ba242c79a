package io.millrace.sql;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.Nearest;
import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.Table;
import io.millrace.grammar.CreateSinkStatement;
import io.millrace.grammar.StatementOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.parser.SqlParserPos;

/** Reads CREATE SINK: held against the tables and the views that are defined before it. */
final class SinkStatements {
    /** A sink's name is a part of its connector's name and of a topic's, which a dot parts. */
    private static final String NAME = "[A-Za-z0-9_-]{1,100}";

    private final String file;
    private final Catalog catalog;
    private final List<ViewDefinition> views;
    private final Set<String> names;
    private final IndexStatements.Mistakes mistakes;
    private final List<SinkDefinition> sinks = new ArrayList<>();

    /**
     * A reader.
     *
     * @param views those before the statement
     * @param names the names that tables, views, indexes and sinks have
     */
    SinkStatements(
            String file,
            Catalog catalog,
            List<ViewDefinition> views,
            Set<String> names,
            IndexStatements.Mistakes mistakes) {
        this.file = file;
        this.catalog = catalog;
        this.views = views;
        this.names = names;
        this.mistakes = mistakes;
    }

    /** The valid sinks, in the order in which they are defined. */
    List<SinkDefinition> sinks() {
        return List.copyOf(sinks);
    }

    void read(CreateSinkStatement statement) {
        String name = statement.name().getSimple();
        if (!names.add(name)) {
            fail(
                    statement.name(),
                    "\"" + name + "\" is defined twice",
                    "a sink needs a name that no table, view, index or other sink has, such as " + name + "_replica");
            return;
        }
        if (!name.matches(NAME)) {
            fail(
                    statement.name(),
                    "no connector can have the name \"" + name + "\", which this sink's connector would have",
                    "name it with letters, digits, '_' and '-', at most 100");
            return;
        }
        Optional<SinkDefinition.Source> source = source(statement.source());
        Optional<List<SinkOption>> options = options(statement);
        if (source.isPresent() && options.isPresent()) {
            sinks.add(new SinkDefinition(
                    name,
                    source.get(),
                    options.get(),
                    place(statement.name().getParserPosition()),
                    place(statement.source().getParserPosition())));
        }
    }

    private Optional<SinkDefinition.Source> source(SqlIdentifier of) {
        String name = of.names.get(of.names.size() - 1);
        if (views.stream().anyMatch(view -> view.name().equals(name))) {
            return Optional.of(new SinkDefinition.OfView(name));
        }
        Optional<Table> table = catalog.table(name);
        if (table.isEmpty()) {
            fail(of, "there is no table and no view \"" + name + "\" before this sink", unknownHint(name));
            return Optional.empty();
        }
        if (table.get().appendOnly()) {
            fail(
                    of,
                    "table \"" + name + "\" is an event topic, whose events are no rows that a target could keep",
                    "define a view of it, CREATE VIEW v AS SELECT ... FROM " + name
                            + ", and let the sink read that; or point a connector of Kafka Connect at the topic itself");
            return Optional.empty();
        }
        if (!table.get().hasKey()) {
            fail(
                    of,
                    "table \"" + name + "\" has no primary key, by which its rows could be found in the target",
                    "declare the table's PRIMARY KEY in tables.sql, or let the sink read a view of it that has a key");
            return Optional.empty();
        }
        return Optional.of(new SinkDefinition.OfTable(table.get()));
    }

    private String unknownHint(String name) {
        List<String> known = new ArrayList<>(catalog.tables().keySet());
        views.forEach(view -> known.add(view.name()));
        return known.isEmpty()
                ? "declare the table in tables.sql, or define the view first"
                : "did you mean \"" + Nearest.to(name, known) + "\"? there are " + String.join(", ", known);
    }

    private Optional<List<SinkOption>> options(CreateSinkStatement statement) {
        List<SinkOption> options = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (StatementOption option : statement.options()) {
            String name = option.name().getSimple();
            if (!seen.add(name)) {
                fail(option.name(), "option \"" + name + "\" is given twice", "keep one of them");
                return Optional.empty();
            }
            options.add(new SinkOption(
                    name,
                    option.text(),
                    place(option.name().getParserPosition()),
                    place(option.value().getParserPosition())));
        }
        return Optional.of(options);
    }

    private SourcePlace place(SqlParserPos at) {
        return new SourcePlace(file, at.getLineNum(), at.getColumnNum());
    }

    private void fail(SqlIdentifier at, String message, String hint) {
        SqlParserPos position = at.getParserPosition();
        mistakes.at(position.getLineNum(), position.getColumnNum(), message, hint);
    }
}
