package io.millrace.sql;

import io.millrace.catalog.SqlType;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlOperatorTable;
import org.apache.calcite.sql.SqlSyntax;
import org.apache.calcite.sql.SqlUnresolvedFunction;
import org.apache.calcite.sql.fun.SqlLibrary;
import org.apache.calcite.sql.fun.SqlLibraryOperatorTableFactory;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.validate.SqlNameMatcher;
import org.apache.calcite.sql.validate.SqlNameMatchers;

/** The functions and operators that a view may call. */
final class Operators {
    private static final Map<SqlOperator, SqlOperator> SYMBOLS = Map.of(
            SqlStdOperatorTable.PLUS, infix(SqlStdOperatorTable.PLUS),
            SqlStdOperatorTable.MINUS, infix(SqlStdOperatorTable.MINUS),
            SqlStdOperatorTable.MULTIPLY, infix(SqlStdOperatorTable.MULTIPLY),
            SqlStdOperatorTable.DIVIDE, infix(SqlStdOperatorTable.DIVIDE),
            SqlStdOperatorTable.PERCENT_REMAINDER, infix(SqlStdOperatorTable.PERCENT_REMAINDER),
            SqlStdOperatorTable.CONCAT, infix(SqlStdOperatorTable.CONCAT),
            SqlStdOperatorTable.UNARY_MINUS,
                    new PostgresPrefix(
                            SqlStdOperatorTable.UNARY_MINUS, types(SqlStdOperatorTable.UNARY_MINUS.getName())));

    private static final Map<String, SqlFunction> FUNCTIONS = functions();

    /** The functions that give the time at which the transaction, or the statement, began: for a view the present. */
    private static final Set<String> PRESENT = Set.of("now", "transaction_timestamp", "statement_timestamp");

    private static final SqlOperatorTable TABLE =
            SqlLibraryOperatorTableFactory.INSTANCE.getOperatorTable(SqlLibrary.STANDARD, SqlLibrary.POSTGRESQL);

    /** A cast to interval, which Calcite has no such type for: of text, a time, or an interval. */
    static final PostgresFunction INTERVAL_CAST = new PostgresFunction(
            "interval",
            new CallTypes(new Overloads(
                    List.of(intervalOf(SqlType.TEXT), intervalOf(SqlType.TIME), intervalOf(SqlType.INTERVAL)))));

    /** The present time: now(), and by its other names. */
    static final PostgresFunction NOW = new PostgresFunction(
            "now", new CallTypes(new Overloads(List.of(new Signature("now", List.of(), false, SqlType.TIMESTAMPTZ)))));

    private Operators() {}

    /**
     * Calcite's operators, for all that PostgreSQL has alike: comparisons, conditions, casts, aggregates. By name, in letters
     * of either case; tables and columns tell cases apart.
     */
    static SqlOperatorTable table() {
        return new SqlOperatorTable() {
            @Override
            public void lookupOperatorOverloads(
                    SqlIdentifier name,
                    SqlFunctionCategory category,
                    SqlSyntax syntax,
                    List<SqlOperator> operators,
                    SqlNameMatcher matcher) {
                TABLE.lookupOperatorOverloads(
                        name, category, syntax, operators, SqlNameMatchers.withCaseSensitive(false));
            }

            @Override
            public List<SqlOperator> getOperatorList() {
                return TABLE.getOperatorList();
            }
        };
    }

    /** The operator of ours in the place of Calcite's. */
    static Optional<SqlOperator> symbol(SqlOperator written) {
        return Optional.ofNullable(SYMBOLS.get(written));
    }

    /** The function of that name. */
    static Optional<SqlFunction> function(String name) {
        return PRESENT.contains(name) ? Optional.of(NOW) : Optional.ofNullable(FUNCTIONS.get(name));
    }

    /** A function's name as it was written, without its schema. */
    static String nameOf(SqlFunction function) {
        return function instanceof SqlUnresolvedFunction unresolved
                ? unresolved
                        .getNameAsId()
                        .names
                        .get(unresolved.getNameAsId().names.size() - 1)
                : function.getName().toLowerCase(Locale.ROOT);
    }

    /** The names of all functions. */
    static Set<String> functionNames() {
        return FUNCTIONS.keySet();
    }

    /** greatest or least: of any types that have one in common. */
    static SqlFunction extreme(String name) {
        return new Extreme(name);
    }

    private static Signature intervalOf(SqlType type) {
        return new Signature("interval", List.of(new Signature.Parameter.Typed(type)), false, SqlType.INTERVAL);
    }

    private static Map<String, SqlFunction> functions() {
        Map<String, SqlFunction> functions = new HashMap<>();
        Signatures.byName().forEach((name, overloads) -> {
            if (!overloads.get(0).isOperator()) {
                functions.put(name, new PostgresFunction(name, new CallTypes(new Overloads(overloads))));
            }
        });
        return functions;
    }

    private static SqlOperator infix(SqlOperator written) {
        return new PostgresInfix(written, types(written.getName()));
    }

    private static CallTypes types(String symbol) {
        return new CallTypes(new Overloads(Signatures.byName().get(symbol)));
    }
}
