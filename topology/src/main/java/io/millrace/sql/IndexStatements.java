package io.millrace.sql;

import io.millrace.catalog.Nearest;
import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.SqlType;
import io.millrace.grammar.CreateIndexStatement;
import io.millrace.grammar.IndexColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.parser.SqlParserPos;

/** Reads CREATE INDEX: held against the views that are defined before it. */
final class IndexStatements {
    private final String file;
    private final List<ViewDefinition> views;
    private final Set<String> names;
    private final Mistakes mistakes;

    /** Takes what is wrong at a place. */
    interface Mistakes {
        void at(int line, int column, String message, String hint);
    }

    /**
     * A reader.
     *
     * @param views those before the statement; an index is added to the one that it is of
     * @param names the names that tables, views and indexes have
     */
    IndexStatements(String file, List<ViewDefinition> views, Set<String> names, Mistakes mistakes) {
        this.file = file;
        this.views = views;
        this.names = names;
        this.mistakes = mistakes;
    }

    void read(CreateIndexStatement statement) {
        SqlIdentifier of = statement.view();
        String viewName = of.names.get(of.names.size() - 1);
        Optional<ViewDefinition> view =
                views.stream().filter(each -> each.name().equals(viewName)).findFirst();
        if (view.isEmpty()) {
            fail(of, "there is no view \"" + viewName + "\" before this index", noViewHint(viewName));
            return;
        }
        if (statement.unique()) {
            fail(
                    statement.getParserPosition(),
                    "an index of a view is not UNIQUE",
                    "leave UNIQUE out; what a view's rows are told apart by is its PRIMARY KEY: CREATE VIEW " + viewName
                            + " (PRIMARY KEY (column, ...)) AS ...");
            return;
        }
        if (statement.method() != null && !statement.method().getSimple().equals("btree")) {
            fail(
                    statement.method(),
                    "an index of a view is ordered, as PostgreSQL's btree is",
                    "leave USING " + statement.method().getSimple() + " out");
            return;
        }
        columns(statement, view.get()).ifPresent(columns -> add(statement, view.get(), columns));
    }

    private String noViewHint(String name) {
        if (names.contains(name)) {
            return "indexes are of views; a table's are the database's own";
        }
        return views.isEmpty()
                ? "define the view first"
                : "there are " + views.stream().map(ViewDefinition::name).collect(Collectors.joining(", "));
    }

    private Optional<List<IndexDefinition.Part>> columns(CreateIndexStatement statement, ViewDefinition view) {
        List<IndexDefinition.Part> columns = new ArrayList<>();
        for (IndexColumn each : statement.columns()) {
            String name = each.name().getSimple();
            int position = view.columnNames().indexOf(name);
            if (position < 0) {
                fail(
                        each.name(),
                        "column \"" + name + "\" does not exist",
                        "did you mean \"" + Nearest.to(name, view.columnNames()) + "\"? " + view.name() + " has "
                                + String.join(", ", view.columnNames()));
                return Optional.empty();
            }
            if (columns.stream().anyMatch(part -> part.column() == position)) {
                fail(each.name(), "column \"" + name + "\" is in the index twice", "name it once");
                return Optional.empty();
            }
            SqlType type = Types.of(
                    view.rel().getRowType().getFieldList().get(position).getType());
            if (type.kind() == SqlType.Kind.JSON || type.kind() == SqlType.Kind.JSONB) {
                fail(
                        each.name(),
                        "column \"" + name + "\" is " + type + ", which has no order that an index could have",
                        "give the view a column with the part that is looked up, " + name
                                + " ->> 'member', and index that");
                return Optional.empty();
            }
            columns.add(new IndexDefinition.Part(position, each.descending(), each.nullsFirst()));
        }
        return Optional.of(columns);
    }

    private void add(CreateIndexStatement statement, ViewDefinition view, List<IndexDefinition.Part> columns) {
        SqlParserPos pos = statement.name() == null
                ? statement.getParserPosition()
                : statement.name().getParserPosition();
        Optional<IndexDefinition> same = view.indexes().stream()
                .filter(index -> index.columns().equals(columns))
                .findFirst();
        if (same.isPresent()) {
            fail(
                    pos,
                    "view " + view.name() + " has that index already: "
                            + same.get().name(),
                    "leave one of them out");
            return;
        }
        String name = statement.name() == null
                ? freeName(view, columns)
                : statement.name().getSimple();
        if (!names.add(name)) {
            fail(pos, "\"" + name + "\" is defined twice", "an index needs a name of its own");
            return;
        }
        SourcePlace place = new SourcePlace(file, pos.getLineNum(), pos.getColumnNum());
        views.set(views.indexOf(view), view.withIndex(new IndexDefinition(name, columns, place)));
    }

    /** The name that PostgreSQL gives an index without one, with a number where that is taken. */
    private String freeName(ViewDefinition view, List<IndexDefinition.Part> columns) {
        String name = columns.stream()
                .map(part -> view.columnNames().get(part.column()))
                .collect(Collectors.joining("_", view.name() + "_", "_idx"));
        String free = name;
        for (int i = 1; names.contains(free); i++) {
            free = name + i;
        }
        return free;
    }

    private void fail(SqlIdentifier at, String message, String hint) {
        fail(at.getParserPosition(), message, hint);
    }

    private void fail(SqlParserPos at, String message, String hint) {
        mistakes.at(at.getLineNum(), at.getColumnNum(), message, hint);
    }
}
