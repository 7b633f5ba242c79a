package io.millrace.sql;

import io.millrace.catalog.SqlType;
import io.millrace.grammar.PostgresOperators;
import io.millrace.sql.Signature.Like;
import io.millrace.sql.Signature.Parameter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.calcite.sql.SqlAggFunction;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlOperatorTable;
import org.apache.calcite.sql.SqlSyntax;
import org.apache.calcite.sql.SqlUnresolvedFunction;
import org.apache.calcite.sql.fun.SqlBasicAggFunction;
import org.apache.calcite.sql.fun.SqlLibrary;
import org.apache.calcite.sql.fun.SqlLibraryOperatorTableFactory;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.type.OperandTypes;
import org.apache.calcite.sql.type.ReturnTypes;
import org.apache.calcite.sql.type.SqlOperandTypeChecker;
import org.apache.calcite.sql.type.SqlReturnTypeInference;
import org.apache.calcite.sql.type.SqlTypeTransforms;
import org.apache.calcite.sql.validate.SqlNameMatcher;
import org.apache.calcite.sql.validate.SqlNameMatchers;

/** The functions and operators that a view may call. */
final class Operators {
    /** ARRAY[...]. */
    static final String ARRAY = "array";

    private static final Map<SqlOperator, SqlOperator> SYMBOLS = symbols();

    private static final Map<String, SqlFunction> FUNCTIONS = functions();

    /** The functions that give the time at which the transaction, or the statement, began: for a view the present. */
    private static final Set<String> PRESENT = Set.of("now", "transaction_timestamp", "statement_timestamp");

    private static final SqlOperatorTable TABLE =
            SqlLibraryOperatorTableFactory.INSTANCE.getOperatorTable(SqlLibrary.STANDARD, SqlLibrary.POSTGRESQL);

    /** Aggregates of ours, also in the place of Calcite's, which forget PostgreSQL's types. */
    private static final Map<String, SqlAggFunction> AGGREGATES = aggregates();

    /** A cast to interval, which Calcite has no such type for: of text, a time, or an interval. */
    static final PostgresFunction INTERVAL_CAST = new PostgresFunction(
            "interval",
            new CallTypes(new Overloads(
                    List.of(intervalOf(SqlType.TEXT), intervalOf(SqlType.TIME), intervalOf(SqlType.INTERVAL)))));

    private static final Parameter COMPATIBLE = new Parameter.Polymorphic(Like.COMPATIBLE);
    private static final Parameter COMPATIBLES = new Parameter.Polymorphic(Like.COMPATIBLE_ARRAY);
    private static final Parameter INTEGER = new Parameter.Typed(SqlType.INTEGER);
    private static final Parameter TEXT = new Parameter.Typed(SqlType.TEXT);
    private static final Parameter JSON = new Parameter.Typed(SqlType.JSON);
    private static final Parameter JSONB = new Parameter.Typed(SqlType.JSONB);

    /** ARRAY[...], of values or of arrays of one dimension less. */
    static final PostgresFunction ARRAY_OF =
            syntax(ARRAY, new Signature(ARRAY, List.of(COMPATIBLE), true, COMPATIBLES));

    /** x[i], with as many subscripts as were written behind each other; of jsonb, its member or element. */
    static final PostgresFunction SUBSCRIPT = syntax(
            "subscript",
            new Signature(
                    "subscript",
                    List.of(new Parameter.Polymorphic(Like.ARRAY), INTEGER),
                    true,
                    new Parameter.Polymorphic(Like.ELEMENT)),
            new Signature("subscript", List.of(JSONB, new Parameter.Any()), true, JSONB));

    /** A row as an object: what is NULL where there is none, whether each member has a line of its own, names and values in turn. */
    static final PostgresFunction ROW_OBJECT =
            syntax("row object", new Signature("row object", List.of(new Parameter.Any()), true, JSON));

    /** json_agg of rows, each of which begins a line of its own. */
    static final SqlAggFunction JSON_AGG_OF_ROWS = jsonAggregate("json_agg of rows", SqlType.JSON);

    /** a[1:2]: the array, the first and the last subscript. */
    static final PostgresFunction SLICE = syntax(
            "slice",
            new Signature(
                    "slice",
                    List.of(new Parameter.Polymorphic(Like.ARRAY), INTEGER, INTEGER),
                    false,
                    new Parameter.Polymorphic(Like.ARRAY)));

    /** x = ANY (array): x, the comparison as a constant, the array. */
    static final PostgresFunction ANY_OF = quantified("any");

    /** x = ALL (array). */
    static final PostgresFunction ALL_OF = quantified("all");

    /** x LIKE ANY (array), and the other comparisons with patterns. */
    static final PostgresFunction ANY_PATTERN = patterns("any");

    /** x LIKE ALL (array). */
    static final PostgresFunction ALL_PATTERNS = patterns("all");

    /** The present time: now(), and by its other names. */
    static final PostgresFunction NOW = new PostgresFunction(
            "now",
            new CallTypes(new Overloads(
                    List.of(new Signature("now", List.of(), false, new Parameter.Typed(SqlType.TIMESTAMPTZ))))));

    private Operators() {}

    private static PostgresFunction quantified(String name) {
        Parameter truth = new Parameter.Typed(SqlType.BOOLEAN);
        return syntax(name, new Signature(name, List.of(COMPATIBLE, TEXT, COMPATIBLES), false, truth));
    }

    /** Of a char(n) with its padding. */
    private static PostgresFunction patterns(String name) {
        Parameter truth = new Parameter.Typed(SqlType.BOOLEAN);
        Parameter array = new Parameter.Typed(SqlType.array(SqlType.TEXT));
        Parameter padded = new Parameter.Typed(SqlType.of(SqlType.Kind.CHAR));
        return syntax(
                name,
                new Signature(name, List.of(TEXT, TEXT, array), false, truth),
                new Signature(name, List.of(padded, TEXT, array), false, truth));
    }

    /** What has a syntax of its own and no name. */
    private static PostgresFunction syntax(String name, Signature... signatures) {
        return new PostgresFunction(name, new CallTypes(new Overloads(List.of(signatures))));
    }

    private static Map<SqlOperator, SqlOperator> symbols() {
        Map<SqlOperator, SqlOperator> symbols = new HashMap<>();
        Stream.concat(
                        Stream.of(
                                SqlStdOperatorTable.PLUS,
                                SqlStdOperatorTable.MINUS,
                                SqlStdOperatorTable.MULTIPLY,
                                SqlStdOperatorTable.DIVIDE,
                                SqlStdOperatorTable.PERCENT_REMAINDER),
                        PostgresOperators.infixes().stream())
                .filter(operator -> Signatures.byName().containsKey(operator.getName()))
                .forEach(operator -> symbols.put(operator, infix(operator)));
        SqlOperator minus = SqlStdOperatorTable.UNARY_MINUS;
        symbols.put(minus, new PostgresPrefix(minus, types(minus.getName())));
        return Map.copyOf(symbols);
    }

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
                Optional<SqlAggFunction> ours = name.isSimple() ? aggregate(name.getSimple()) : Optional.empty();
                if (ours.isPresent()) {
                    operators.add(ours.get());
                    return;
                }
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

    /** The aggregate of ours of that name, in letters of either case. */
    static Optional<SqlAggFunction> aggregate(String name) {
        return Optional.ofNullable(AGGREGATES.get(name.toLowerCase(Locale.ROOT)));
    }

    /** The names of all functions. */
    static Set<String> functionNames() {
        return FUNCTIONS.keySet();
    }

    private static Map<String, SqlAggFunction> aggregates() {
        CallTypes joined = new CallTypes(new Overloads(List.of(
                signature("string_agg", SqlType.TEXT, SqlType.TEXT, SqlType.TEXT),
                signature("string_agg", SqlType.BYTEA, SqlType.BYTEA, SqlType.BYTEA))));
        SqlReturnTypeInference array = ReturnTypes.TO_ARRAY.andThen(SqlTypeTransforms.FORCE_NULLABLE);
        Map<String, SqlAggFunction> aggregates = new HashMap<>();
        aggregates.put("string_agg", sequence("string_agg", nullable(joined), joined));
        aggregates.put("array_agg", sequence("array_agg", array, OperandTypes.ANY));
        for (SqlType json : List.of(SqlType.JSON, SqlType.JSONB)) {
            Parameter any = new Parameter.Any();
            Parameter result = new Parameter.Typed(json);
            String ofValues = json + "_agg";
            String ofMembers = json + "_object_agg";
            CallTypes members = types(new Signature(ofMembers, List.of(any, any), false, result));
            aggregates.put(ofValues, jsonAggregate(ofValues, json));
            aggregates.put(ofMembers, sequence(ofMembers, nullable(members), members));
        }
        aggregates.put("json_agg of rows", jsonAggregate("json_agg of rows", SqlType.JSON));
        OrderedSets.NAMES.forEach(name -> aggregates.put(name, OrderedSets.function(name)));
        return Map.copyOf(aggregates);
    }

    private static SqlAggFunction jsonAggregate(String name, SqlType result) {
        CallTypes values = types(new Signature(name, List.of(new Parameter.Any()), false, new Parameter.Typed(result)));
        return sequence(name, nullable(values), values);
    }

    private static SqlReturnTypeInference nullable(CallTypes types) {
        return types.andThen(SqlTypeTransforms.FORCE_NULLABLE);
    }

    private static CallTypes types(Signature... signatures) {
        return new CallTypes(new Overloads(List.of(signatures)));
    }

    private static Signature signature(String name, SqlType result, SqlType... parameters) {
        return new Signature(
                name,
                Arrays.stream(parameters).<Parameter>map(Parameter.Typed::new).toList(),
                false,
                new Parameter.Typed(result));
    }

    private static SqlAggFunction sequence(String name, SqlReturnTypeInference result, SqlOperandTypeChecker operands) {
        return SqlBasicAggFunction.create(name, SqlKind.ARRAY_AGG, result, operands)
                .withFunctionType(SqlFunctionCategory.SYSTEM)
                .withSyntax(SqlSyntax.ORDERED_FUNCTION);
    }

    /** greatest or least: of any types that have one in common. */
    static SqlFunction extreme(String name) {
        return new Extreme(name);
    }

    private static Signature intervalOf(SqlType type) {
        return new Signature(
                "interval", List.of(new Parameter.Typed(type)), false, new Parameter.Typed(SqlType.INTERVAL));
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
