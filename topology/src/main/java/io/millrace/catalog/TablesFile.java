package io.millrace.catalog;

import io.millrace.grammar.AddConstraintStatement;
import io.millrace.grammar.CreateEnumStatement;
import io.millrace.grammar.CreateTableStatement;
import io.millrace.grammar.ReplicaIdentityStatement;
import io.millrace.grammar.Script;
import io.millrace.grammar.StatementOption;
import io.millrace.grammar.TableColumn;
import io.millrace.grammar.TableConstraint;
import io.millrace.schemas.TopicNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlParserPos;

/**
 * Reads tables.sql: CREATE TABLE, CREATE TYPE ... AS ENUM and the keys that ALTER TABLE adds, as they are written by hand
 * or by {@code pg_dump --schema-only}.
 */
public final class TablesFile {
    private final String file;
    private final String database;
    private final List<UserError> errors = new ArrayList<>();
    private final Map<String, SqlType> enums = new HashMap<>();
    private final Map<String, Declaration> declarations = new LinkedHashMap<>();

    /** A table while its statements are read. */
    private static final class Declaration {
        private final CreateTableStatement statement;
        private final List<TableConstraint> constraints;
        private boolean wholeRowsLogged;

        Declaration(CreateTableStatement statement) {
            this.statement = statement;
            this.constraints = new ArrayList<>(statement.constraints());
        }
    }

    private TablesFile(String file, String database) {
        this.file = file;
        this.database = database;
    }

    /**
     * Reads a file's text.
     *
     * @param file the file's name, for messages
     * @param database the logical database's name: the topic of a captured table is {@code <database>.<table>}
     * @param errors receives every mistake; the catalog holds what could be read nevertheless
     */
    public static Catalog read(String text, String file, String database, List<UserError> errors) {
        TablesFile reader = new TablesFile(file, database);
        Script script = Script.read(text);
        script.errors()
                .forEach(error -> reader.errors.add(new UserError(
                        UserError.Category.INVALID_PIPELINE,
                        new SourcePlace(file, error.line(), error.column()),
                        error.message(),
                        error.hint())));
        script.parsed().forEach(parsed -> reader.declare(parsed.statement()));
        Map<String, Table> tables = new LinkedHashMap<>();
        reader.declarations.forEach((name, declaration) -> tables.put(name, reader.table(name, declaration)));
        errors.addAll(reader.errors);
        return new Catalog(tables, reader.enums);
    }

    private void declare(SqlNode statement) {
        if (statement instanceof CreateEnumStatement type) {
            String name = last(type.name());
            enums.put(name, SqlType.enumeration(name, type.labels()));
        } else if (statement instanceof CreateTableStatement table) {
            if (declarations.put(last(table.name()), new Declaration(table)) != null) {
                fail(table.name().getParserPosition(), "table \"" + last(table.name()) + "\" is declared twice", null);
            }
        } else if (statement instanceof AddConstraintStatement added) {
            altered(added.table()).ifPresent(table -> table.constraints.addAll(added.constraints()));
        } else if (statement instanceof ReplicaIdentityStatement identity) {
            altered(identity.table()).ifPresent(table -> table.wholeRowsLogged = identity.full());
        } else {
            fail(
                    statement.getParserPosition(),
                    "only tables and types are declared here",
                    "views, indexes and sinks belong into views.sql");
        }
    }

    private Optional<Declaration> altered(SqlIdentifier table) {
        Declaration declaration = declarations.get(last(table));
        if (declaration == null) {
            fail(
                    table.getParserPosition(),
                    "table \"" + last(table) + "\" is not declared",
                    "put its CREATE TABLE before the ALTER TABLE");
        }
        return Optional.ofNullable(declaration);
    }

    private Table table(String name, Declaration declaration) {
        CreateTableStatement statement = declaration.statement;
        Map<String, Integer> positions = new HashMap<>();
        List<Column> columns = new ArrayList<>();
        for (TableColumn column : statement.columns()) {
            String columnName = column.name().getSimple();
            if (positions.put(columnName, columns.size()) != null) {
                fail(column.name().getParserPosition(), "column \"" + columnName + "\" is declared twice", null);
            }
            columns.add(new Column(columnName, type(column), column.nullable() && !TypeNames.isSerial(column.type())));
        }
        List<Integer> primaryKey = List.of();
        List<List<Integer>> unique = new ArrayList<>();
        for (TableConstraint constraint : declaration.constraints) {
            List<Integer> key = key(constraint, positions);
            if (constraint.kind() == TableConstraint.Kind.PRIMARY_KEY) {
                primaryKey = key;
                key.forEach(i -> columns.set(i, notNull(columns.get(i))));
            } else {
                unique.add(key);
            }
        }
        unique.removeIf(key -> key.stream().anyMatch(i -> columns.get(i).nullable()));
        Table.Source source = source(name, declaration, columns);
        Optional<Deduplication> deduplication =
                source instanceof Table.Events events ? events.deduplication() : Optional.empty();
        if (deduplication.isPresent()) {
            int id = deduplication.get().column();
            columns.set(id, notNull(columns.get(id)));
            // An id counts again after its time, so that what contains it is no key of the rows.
            unique.removeIf(key -> key.contains(id));
            primaryKey = primaryKey.contains(id) ? List.of() : primaryKey;
        }
        SqlParserPos pos = statement.name().getParserPosition();
        return new Table(schema(statement.name()), name, columns, primaryKey, unique, source, place(pos));
    }

    private static Column notNull(Column column) {
        return new Column(column.name(), column.type(), false);
    }

    private SqlType type(TableColumn column) {
        return TypeNames.resolve(column.type(), enums).orElseGet(() -> {
            fail(
                    column.type().getParserPos(),
                    "type \"" + column.type().name() + "\" does not exist",
                    "docs/sql.md lists the types; an enum needs its CREATE TYPE before the table");
            return SqlType.TEXT;
        });
    }

    private List<Integer> key(TableConstraint constraint, Map<String, Integer> positions) {
        List<Integer> key = new ArrayList<>();
        for (SqlNode column : constraint.columns()) {
            String columnName = ((SqlIdentifier) column).getSimple();
            Integer position = positions.get(columnName);
            if (position == null) {
                fail(column.getParserPosition(), "column \"" + columnName + "\" named in key does not exist", null);
            } else {
                key.add(position);
            }
        }
        return key;
    }

    private Table.Source source(String name, Declaration declaration, List<Column> columns) {
        CreateTableStatement statement = declaration.statement;
        String topic = null;
        Table.Events.Format format = null;
        Map<String, StatementOption> options = new HashMap<>();
        for (StatementOption option : statement.options()) {
            options.put(option.name().getSimple(), option);
            switch (option.name().getSimple()) {
                case "topic" -> topic = option.text();
                case "format" -> format = format(option);
                case DeduplicationOptions.BY, DeduplicationOptions.FOR -> {}
                default ->
                    fail(
                            option.name().getParserPosition(),
                            "unknown option \"" + option.name().getSimple() + "\"",
                            "a table takes topic and format, an event topic deduplicate_by and deduplicate_for too");
            }
        }
        Optional<Deduplication> deduplication = DeduplicationOptions.read(name, columns, options, this::fail);
        if (format == null) {
            return new Table.Captured(
                    topic == null ? TopicNames.ofTable(database, schema(statement.name()), name) : topic,
                    declaration.wholeRowsLogged);
        }
        return new Table.Events(topic == null ? name : topic, format, deduplication);
    }

    private Table.Events.Format format(StatementOption option) {
        return switch (option.text().toLowerCase(Locale.ROOT)) {
            case "json" -> Table.Events.Format.JSON;
            case "avro" -> Table.Events.Format.AVRO;
            default -> {
                fail(
                        option.value().getParserPosition(),
                        "unknown format '" + option.text() + "'",
                        "write 'json' or 'avro'; leave it out for a captured table");
                yield Table.Events.Format.JSON;
            }
        };
    }

    private static String schema(SqlIdentifier name) {
        return name.names.size() > 1 ? name.names.get(name.names.size() - 2) : "public";
    }

    private static String last(SqlIdentifier name) {
        return name.names.get(name.names.size() - 1);
    }

    private SourcePlace place(SqlParserPos pos) {
        return new SourcePlace(file, pos.getLineNum(), pos.getColumnNum());
    }

    private void fail(SqlParserPos pos, String message, String hint) {
        errors.add(new UserError(UserError.Category.INVALID_PIPELINE, place(pos), message, hint));
    }
}
