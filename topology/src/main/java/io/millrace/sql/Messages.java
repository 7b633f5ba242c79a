package io.millrace.sql;

import io.millrace.catalog.Nearest;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.calcite.rel.type.RelDataTypeFactory;
import org.apache.calcite.runtime.CalciteContextException;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.util.SqlBasicVisitor;

/** Calcite's complaints about a query in PostgreSQL's words, with what to do. */
final class Messages {
    private static final Pattern COLUMN =
            Pattern.compile("Column '([^']*)' not found in (?:any table|table '([^']*)').*", Pattern.DOTALL);
    private static final Pattern TABLE = Pattern.compile("(?:Object|Table) '([^']*)' not found.*", Pattern.DOTALL);
    private static final Pattern FUNCTION =
            Pattern.compile("No match found for function signature ([^(]*)\\((.*)\\)", Pattern.DOTALL);
    private static final Pattern AMBIGUOUS = Pattern.compile("Column '([^']*)' is ambiguous");
    private static final Pattern GROUP = Pattern.compile("Expression '(.*)' is not being grouped", Pattern.DOTALL);
    private static final Pattern OPERATOR =
            Pattern.compile("Cannot apply '([^']*)' to arguments of type '([^']*)'.*", Pattern.DOTALL);
    private static final Pattern CAST =
            Pattern.compile("Cast function cannot convert value of type (.*) to type (.*)", Pattern.DOTALL);
    private static final Pattern AGGREGATE = Pattern.compile("Aggregate expression is illegal in (.*) clause");
    private static final Pattern COUNT = Pattern.compile("Column count mismatch in (.*)");
    private static final Pattern SET_TYPE = Pattern.compile("Type mismatch in column (\\d+) of (.*)");
    private static final String MIXED = "Illegal mixing of types in CASE or COALESCE statement";
    private static final String IN_TYPES = "Values passed to IN operator must have compatible types";

    /** A name is proposed while no more letters than these, and than half of them, are to be changed. */
    private static final int MOST_CHANGED_LETTERS = 2;

    private final CatalogSchema schema;
    private final RelDataTypeFactory types;
    private final SqlNode query;

    /**
     * Messages about a query.
     *
     * @param schema what it could name
     */
    Messages(CatalogSchema schema, RelDataTypeFactory types, SqlNode query) {
        this.schema = schema;
        this.types = types;
        this.query = query;
    }

    String reason(CalciteContextException e) {
        String message = message(e);
        Matcher column = COLUMN.matcher(message);
        if (column.matches()) {
            String of = column.group(2) == null ? "" : column.group(2) + ".";
            return "column \"" + of + column.group(1) + "\" does not exist";
        }
        Matcher table = TABLE.matcher(message);
        if (table.matches()) {
            return "relation \"" + table.group(1) + "\" does not exist";
        }
        Matcher function = FUNCTION.matcher(message);
        if (function.matches()) {
            return "function " + function.group(1).toLowerCase(Locale.ROOT) + "(" + typeNames(function.group(2))
                    + ") does not exist";
        }
        Matcher operator = OPERATOR.matcher(message);
        if (operator.matches()) {
            return "operator does not exist: " + typeNames(operator.group(2));
        }
        Matcher cast = CAST.matcher(message);
        if (cast.matches()) {
            return "cannot cast type " + typeNames(cast.group(1)) + " to " + typeNames(cast.group(2));
        }
        return rare(message);
    }

    private static String rare(String message) {
        Matcher ambiguous = AMBIGUOUS.matcher(message);
        if (ambiguous.matches()) {
            return "column reference \"" + ambiguous.group(1) + "\" is ambiguous";
        }
        Matcher group = GROUP.matcher(message);
        if (group.matches()) {
            return "column \"" + group.group(1).replace("`", "")
                    + "\" must appear in the GROUP BY clause or be used in an aggregate function";
        }
        Matcher aggregate = AGGREGATE.matcher(message);
        if (aggregate.matches()) {
            return "aggregate functions are not allowed in " + aggregate.group(1);
        }
        Matcher count = COUNT.matcher(message);
        if (count.matches()) {
            return "each " + count.group(1) + " query must have the same number of columns";
        }
        Matcher type = SET_TYPE.matcher(message);
        if (type.matches()) {
            return type.group(2) + " types cannot be matched in column " + type.group(1);
        }
        return message.equals(MIXED)
                ? "the results of CASE or COALESCE have types that cannot be matched"
                : message.equals(IN_TYPES) ? "the values of IN have types that cannot be matched" : message;
    }

    /** What to do; null when the message says it all. */
    String hint(CalciteContextException e) {
        String message = message(e);
        Matcher column = COLUMN.matcher(message);
        if (column.matches()) {
            return nearest(column.group(1), columns(column.group(2)), "");
        }
        Matcher table = TABLE.matcher(message);
        if (table.matches()) {
            return nearest(
                    table.group(1), schema.names(), "declare it in tables.sql, or define the view before this one");
        }
        Matcher function = FUNCTION.matcher(message);
        if (function.matches()) {
            return functionHint(function.group(1).toLowerCase(Locale.ROOT));
        }
        if (AMBIGUOUS.matcher(message).matches()) {
            return "write the table's name or alias before it: table.column";
        }
        if (AGGREGATE.matcher(message).matches()) {
            return "HAVING takes conditions on aggregates";
        }
        boolean mismatch = OPERATOR.matcher(message).matches()
                || SET_TYPE.matcher(message).matches()
                || message.equals(MIXED)
                || message.equals(IN_TYPES);
        return mismatch ? "give both sides one type with a cast: value::type" : null;
    }

    private static String message(CalciteContextException e) {
        return e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
    }

    private static String functionHint(String name) {
        Set<String> functions = Operators.table().getOperatorList().stream()
                .filter(SqlFunction.class::isInstance)
                .map(operator -> operator.getName().toLowerCase(Locale.ROOT))
                .filter(known -> known.matches("[a-z_0-9]+"))
                .collect(Collectors.toCollection(TreeSet::new));
        return functions.contains(name)
                ? "it takes other arguments; a cast may be missing"
                : nearest(name, functions, "it is not maintained; docs/sql.md lists what is");
    }

    private static String nearest(String written, Collection<String> names, String otherwise) {
        if (names.isEmpty()) {
            return otherwise.isEmpty() ? null : otherwise;
        }
        String nearest = Nearest.to(written, names);
        int allowed = Math.min(MOST_CHANGED_LETTERS, written.length() / 2);
        if (Nearest.distance(written, nearest) <= allowed) {
            return "did you mean \"" + nearest + "\"?";
        }
        return otherwise.isEmpty() ? "there are " + String.join(", ", names) : otherwise;
    }

    /** The columns of a table, or where that is an alias or none, of all tables that the query names. */
    private Set<String> columns(String table) {
        Set<String> columns = new TreeSet<>();
        if (table != null && schema.names().contains(table)) {
            columns.addAll(schema.columns(table, types));
        } else {
            tablesOfQuery().forEach(name -> columns.addAll(schema.columns(name, types)));
        }
        return columns;
    }

    private Set<String> tablesOfQuery() {
        Set<String> tables = new TreeSet<>();
        query.accept(new SqlBasicVisitor<Void>() {
            @Override
            public Void visit(SqlIdentifier identifier) {
                List<String> names = identifier.names;
                if (schema.names().contains(names.get(names.size() - 1))) {
                    tables.add(names.get(names.size() - 1));
                }
                return null;
            }
        });
        return tables;
    }

    /** Calcite's names of types in a text, as PostgreSQL has them. */
    private static String typeNames(String text) {
        return text.replaceAll("[<>](?=[A-Z])|(?<=[A-Z0-9)\\]\"a-z])>", "")
                .replaceAll("(?: CHARACTER SET \"[^\"]*\")|(?: COLLATE \"[^\"]*\")|(?: NOT NULL)", "")
                .replaceAll("DECIMAL\\(1001, 500\\)", "numeric")
                .replaceAll("TIMESTAMP_WITH_LOCAL_TIME_ZONE(?:\\(6\\))?", "timestamptz")
                .replaceAll("\\b(?:VARCHAR|CHARACTER|CHAR)\\b(?:\\(\\d+\\))?", "text")
                .replaceAll("(TIMESTAMP|TIME)\\(6\\)", "$1")
                .replaceAll("INTERVAL DAY TO SECOND", "interval")
                .replace("DECIMAL", "numeric")
                .replace("DOUBLE", "double precision")
                .replace("VARBINARY", "bytea")
                .toLowerCase(Locale.ROOT);
    }
}
