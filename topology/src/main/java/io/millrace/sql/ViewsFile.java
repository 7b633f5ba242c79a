package io.millrace.sql;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.UserError;
import io.millrace.grammar.CreateIndexStatement;
import io.millrace.grammar.CreateSinkStatement;
import io.millrace.grammar.CreateViewStatement;
import io.millrace.grammar.Script;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.apache.calcite.config.CalciteConnectionConfigImpl;
import org.apache.calcite.config.CalciteConnectionProperty;
import org.apache.calcite.jdbc.CalciteSchema;
import org.apache.calcite.plan.RelOptCluster;
import org.apache.calcite.plan.hep.HepPlanner;
import org.apache.calcite.plan.hep.HepProgram;
import org.apache.calcite.prepare.CalciteCatalogReader;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.runtime.CalciteContextException;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.SqlWith;
import org.apache.calcite.sql.validate.SqlValidator;
import org.apache.calcite.sql2rel.SqlToRelConverter;

/** Reads views.sql: every CREATE VIEW, validated against the catalog and the views before it. */
public final class ViewsFile {
    private final String file;
    private final PostgresTypeFactory types;
    private final CatalogSchema schema;
    private final CalciteCatalogReader reader;
    private final List<UserError> errors;
    private final List<ViewDefinition> views = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private final IndexStatements indexes;

    private ViewsFile(String file, Catalog catalog, List<UserError> errors) {
        this.file = file;
        this.errors = errors;
        this.types = new PostgresTypeFactory(catalog.enums());
        this.schema = new CatalogSchema(catalog);
        this.names.addAll(catalog.tables().keySet());
        this.indexes = new IndexStatements(file, views, names, this::fail);
        CalciteSchema root = CalciteSchema.createRootSchema(false, false, "", schema);
        Properties properties = new Properties();
        properties.setProperty(CalciteConnectionProperty.CASE_SENSITIVE.camelName(), "true");
        this.reader = new CalciteCatalogReader(root, List.of(), types, new CalciteConnectionConfigImpl(properties));
    }

    /**
     * Reads a file's text.
     *
     * @param file the file's name, for messages
     * @param errors receives every mistake of every view
     * @return the views that are valid, in the order in which they are defined
     */
    public static List<ViewDefinition> read(String text, String file, Catalog catalog, List<UserError> errors) {
        ViewsFile views = new ViewsFile(file, catalog, errors);
        Script script = Script.readViews(text);
        script.errors().forEach(error -> views.fail(error.line(), error.column(), error.message(), error.hint()));
        script.passed()
                .forEach(error -> views.fail(
                        error.line(),
                        error.column(),
                        error.message(),
                        "here could stand: CREATE VIEW name AS SELECT ..."));
        script.parsed().forEach(views::read);
        return views.views;
    }

    private void read(Script.Parsed parsed) {
        SqlNode statement = parsed.statement();
        if (statement instanceof CreateViewStatement view) {
            define(view, parsed);
        } else if (statement instanceof CreateIndexStatement index) {
            indexes.read(index);
        } else if (statement instanceof CreateSinkStatement) {
            fail(
                    statement.getParserPosition().getLineNum(),
                    statement.getParserPosition().getColumnNum(),
                    "sinks are not built yet",
                    "leave the statement out");
        } else {
            fail(
                    statement.getParserPosition().getLineNum(),
                    statement.getParserPosition().getColumnNum(),
                    "only views and their indexes are defined here",
                    "tables and types belong into tables.sql");
        }
    }

    private void define(CreateViewStatement view, Script.Parsed parsed) {
        SqlIdentifier id = view.name();
        String name = id.names.get(id.names.size() - 1);
        int line = id.getParserPosition().getLineNum();
        int column = id.getParserPosition().getColumnNum();
        if (!names.add(name)) {
            fail(line, column, "\"" + name + "\" is defined twice", "a view needs a name of its own");
            return;
        }
        SourcePlace place = new SourcePlace(file, line, column);
        try {
            SqlNode query = view.query();
            String sql = parsed.textBehind(view.as()).strip();
            List<String> named = named(asCalciteWritesIt(query));
            List<SourcePlace> withoutEquality = WrittenJoins.withoutEquality(query).stream()
                    .map(pos -> new SourcePlace(file, pos.getLineNum(), pos.getColumnNum()))
                    .toList();
            Converted converted = convert(query, newCluster());
            List<String> columns = columnNames(view, converted, named, place);
            if (columns != null) {
                List<Integer> primaryKey = primaryKey(view, columns);
                views.add(new ViewDefinition(
                        name,
                        columns,
                        primaryKey,
                        converted.rel,
                        sql,
                        place,
                        withoutEquality,
                        converted.constants,
                        List.of()));
                schema.addView(
                        name, columns, converted.rel.getRowType(), (context, cluster) -> reconvert(parsed, cluster));
            }
        } catch (Refusal e) {
            fail(e.getPosLine(), e.getPosColumn(), e.reason(), e.hint());
        } catch (CalciteContextException e) {
            Messages messages = new Messages(schema, types, view.query());
            fail(e.getPosLine(), e.getPosColumn(), messages.reason(e), messages.hint(e));
        } catch (UserError e) {
            errors.add(e.at(place));
        } catch (UnsupportedOperationException | AssertionError e) {
            errors.add(new UserError(
                    UserError.Category.UNSUPPORTED,
                    place,
                    "view " + name + " uses SQL that is not maintained: " + e.getMessage(),
                    "docs/sql.md lists what is"));
        }
    }

    /** A view that a later one reads is converted again within the later one's plan. */
    private RelNode reconvert(Script.Parsed parsed, RelOptCluster cluster) {
        Script again = Script.read(parsed.text());
        CreateViewStatement view = (CreateViewStatement) again.parsed().get(0).statement();
        return convert(view.query(), cluster).rel;
    }

    private static SqlNode asCalciteWritesIt(SqlNode query) {
        SqlNode calls = query.accept(new Collations())
                .accept(new ArrayQueries())
                .accept(new TableFunctions())
                .accept(new DistinctOn())
                .accept(new NamedWindows())
                .accept(new FunctionCalls());
        return WholeRows.withoutSubqueries(calls).accept(new ItemNames());
    }

    /**
     * @param names the columns' names in Calcite; the relation's are others, where a * and a query as a value with an alias are in one list
     */
    private record Converted(RelNode rel, SqlNode validated, List<String> names, List<QuotedConstant> constants) {}

    private Converted convert(SqlNode query, RelOptCluster cluster) {
        Validated checked = validated(asCalciteWritesIt(query));
        SqlValidator validator = checked.validator;
        SqlNode validated = checked.query;
        List<QuotedConstant> constants = QuotedConstants.of(validated, file, validator);
        SqlToRelConverter converter = new SqlToRelConverter(
                (rowType, queryString, schemaPath, viewPath) -> {
                    throw new UnsupportedOperationException("views are expanded by their tables");
                },
                validator,
                reader,
                cluster,
                new Convertlets(),
                SqlToRelConverter.config()
                        .withTrimUnusedFields(false)
                        .withExpand(false)
                        .withAddJsonTypeOperatorEnabled(false)
                        .withRelBuilderConfigTransform(AsWritten::in));
        RelNode rel = converter.convertQuery(validated, false, true).project();
        List<String> names = validator.getValidatedNodeType(validated).getFieldNames();
        return new Converted(SubQueries.joined(rel), validated, names, constants);
    }

    private record Validated(SqlNode query, SqlValidator validator) {}

    /** The query, each alias that stands for a value having been found out by being no column. */
    private Validated validated(SqlNode query) {
        SqlNode written = query;
        while (true) {
            SqlValidator validator = new PostgresValidator(reader, types);
            // The validator changes what it is given.
            SqlNode unchanged = ValuesByAlias.copy(written);
            try {
                return new Validated(validator.validate(written), validator);
            } catch (CalciteContextException e) {
                written = ValuesByAlias.replaced(unchanged, e).orElseThrow(() -> e);
            }
        }
    }

    private RelOptCluster newCluster() {
        return RelOptCluster.create(new HepPlanner(HepProgram.builder().build()), new UnfoldedCasts(types));
    }

    /** The columns' names as CREATE VIEW of PostgreSQL gives them; null after a mistake was reported. */
    private List<String> columnNames(
            CreateViewStatement view, Converted converted, List<String> named, SourcePlace place) {
        List<String> derived = converted.names;
        if (view.columns().size() > derived.size()) {
            throw new Refusal(
                    view.columns().get(derived.size()).getParserPosition(),
                    "CREATE VIEW specifies more column names than columns",
                    "the query has " + derived.size());
        }
        List<SqlNode> items = selectList(converted.validated);
        List<String> columns = new ArrayList<>();
        for (int i = 0; i < derived.size(); i++) {
            if (i < view.columns().size()) {
                columns.add(((SqlIdentifier) view.columns().get(i)).getSimple());
            } else if (named.size() == derived.size()) {
                columns.add(named.get(i));
            } else if (items != null && i < items.size() && derived.get(i).startsWith("EXPR$")) {
                columns.add(ColumnNames.of(items.get(i)));
            } else if (view.query().getKind() == SqlKind.VALUES) {
                columns.add(ColumnNames.ofValues(i));
            } else {
                columns.add(derived.get(i));
            }
        }
        Set<String> seen = new HashSet<>();
        for (String column : columns) {
            if (!seen.add(column)) {
                fail(
                        place.line(),
                        place.column(),
                        "column \"" + column + "\" specified more than once",
                        "give one of them another name: AS other_name");
                return null;
            }
        }
        return columns;
    }

    /** Positions of the columns that are declared to be the view's key; none where none are. */
    private static List<Integer> primaryKey(CreateViewStatement view, List<String> columns) {
        if (view.keys().isEmpty()) {
            return List.of();
        }
        if (view.keys().size() > 1) {
            throw new Refusal(
                    view.keys().get(1).pos(),
                    "multiple primary keys for view \"" + view.name() + "\" are not allowed",
                    "name all columns of the key in one PRIMARY KEY (column, ...)");
        }
        List<Integer> key = new ArrayList<>();
        for (SqlNode named : view.keys().get(0).columns()) {
            String column = ((SqlIdentifier) named).getSimple();
            int position = columns.indexOf(column);
            if (position < 0) {
                throw new Refusal(
                        named.getParserPosition(),
                        "column \"" + column + "\" named in key does not exist",
                        "the view has " + String.join(", ", columns));
            }
            if (key.contains(position)) {
                throw new Refusal(
                        named.getParserPosition(),
                        "column \"" + column + "\" appears twice in primary key constraint",
                        "name it once");
            }
            key.add(position);
        }
        return key;
    }

    /** The items' names as they are written, before validation makes a COALESCE a CASE; none where a * stands for some. */
    private static List<String> named(SqlNode query) {
        List<SqlNode> items = selectList(query);
        boolean listed = items != null
                && items.stream().noneMatch(item -> item instanceof SqlIdentifier identifier && identifier.isStar());
        return listed ? items.stream().map(ColumnNames::of).toList() : List.of();
    }

    private static List<SqlNode> selectList(SqlNode query) {
        SqlNode node = query;
        while (!(node instanceof SqlSelect)) {
            if (node instanceof SqlWith with) {
                node = with.body;
            } else if (node.getKind() == SqlKind.UNION
                    || node.getKind() == SqlKind.EXCEPT
                    || node.getKind() == SqlKind.INTERSECT
                    || node.getKind() == SqlKind.ORDER_BY) {
                node = ((SqlCall) node).operand(0);
            } else {
                return null;
            }
        }
        return ((SqlSelect) node).getSelectList().getList();
    }

    private void fail(int line, int column, String message, String hint) {
        errors.add(
                new UserError(UserError.Category.INVALID_PIPELINE, new SourcePlace(file, line, column), message, hint));
    }
}
