package io.millrace.sql;

import io.millrace.catalog.Nearest;
import io.millrace.grammar.PostgresOperators;
import io.millrace.grammar.PostgresTypeNameSpec;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.calcite.avatica.util.TimeUnit;
import org.apache.calcite.sql.SqlAggFunction;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlDataTypeSpec;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlIntervalQualifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.SqlSetOperator;
import org.apache.calcite.sql.SqlUnknownLiteral;
import org.apache.calcite.sql.SqlUnresolvedFunction;
import org.apache.calcite.sql.SqlWithItem;
import org.apache.calcite.sql.fun.SqlLikeOperator;
import org.apache.calcite.sql.fun.SqlQuantifyOperator;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.fun.SqlTrimFunction;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.util.SqlBasicVisitor;
import org.apache.calcite.sql.util.SqlShuttle;

/**
 * Puts PostgreSQL's functions and operators in the place of those that Calcite's parser gave, and makes what SQL writes in a
 * way of its own a plain call, as PostgreSQL's parser does: TRIM(LEADING x FROM y) is ltrim(y, x). Refuses a function that
 * no view can use.
 */
final class FunctionCalls extends SqlShuttle {
    /** What Calcite knows by a function's name, and is planned as what it is. */
    private static final Set<String> CALCITE = Set.of("coalesce", "nullif");

    /** Functions that give another result each time. */
    private static final Set<String> VOLATILE = Set.of(
            "random",
            "random_normal",
            "setseed",
            "gen_random_uuid",
            "uuidv4",
            "uuidv7",
            "clock_timestamp",
            "timeofday",
            "nextval",
            "currval",
            "lastval",
            "array_shuffle",
            "array_sample");

    private static final Set<String> NORMAL_FORMS = Set.of("NFC", "NFD", "NFKC", "NFKD");

    /** The operators that compare with a pattern, by Calcite's names. */
    private static final Map<String, String> PATTERNS = Map.of(
            "LIKE",
            "LIKE",
            "NOT LIKE",
            "NOT LIKE",
            "ILIKE",
            "ILIKE",
            "NOT ILIKE",
            "NOT ILIKE",
            SqlStdOperatorTable.POSIX_REGEX_CASE_SENSITIVE.getName(),
            "~",
            SqlStdOperatorTable.POSIX_REGEX_CASE_INSENSITIVE.getName(),
            "~*",
            SqlStdOperatorTable.NEGATED_POSIX_REGEX_CASE_SENSITIVE.getName(),
            "!~",
            SqlStdOperatorTable.NEGATED_POSIX_REGEX_CASE_INSENSITIVE.getName(),
            "!~*");

    private static final List<String> PARTS_OF_INTERVAL =
            List.of("years", "months", "weeks", "days", "hours", "mins", "secs");

    /** With more letters to change, another function was meant. */
    private static final int LETTERS_MISTAKEN = 2;

    /** In fewer letters there is no mistake, but another name. */
    private static final int LETTERS_A_MISTAKE = 3;

    @Override
    public SqlNode visit(SqlCall call) {
        if (call instanceof SqlSelect select && CombinedGroupings.combined(select) != select) {
            return visit((SqlCall) CombinedGroupings.combined(select));
        }
        if (call instanceof SqlWithItem item) {
            checkRecursion(item);
        }
        if (call.getKind() == SqlKind.CAST && isEmptyArray(call.operand(0))) {
            SqlNode empty = SqlLiteral.createCharString("{}", call.operand(0).getParserPosition());
            return PostgresCast.OPERATOR.createCall(call.getParserPosition(), empty, call.operand(1));
        }
        if (call.getKind() == SqlKind.EXISTS
                && call.operand(0) instanceof SqlSelect select
                && isWithoutColumns(select)) {
            select.setSelectList(SqlNodeList.of(SqlLiteral.createExactNumeric("1", select.getParserPosition())));
        }
        if (call.getOperator().equals(PostgresOperators.NO_COLUMNS)) {
            throw new Refusal(call.getParserPosition(), "a SELECT without columns is maintained in EXISTS alone", null);
        }
        refuseElements(call);
        SqlNode visited = super.visit(call);
        return visited instanceof SqlCall changed ? replaced(changed) : visited;
    }

    /** ANY (array) behind an operator for which it means nothing here. */
    private static void refuseElements(SqlCall call) {
        for (SqlNode operand : call.getOperandList()) {
            if (isElements(operand) && !PATTERNS.containsKey(call.getOperator().getName())) {
                String symbol = call.getOperator().getName();
                throw new Refusal(
                        operand.getParserPosition(),
                        symbol + " " + ((SqlCall) operand).getOperator().getName() + " (array) is not maintained",
                        "those of =, <>, <, <=, >, >=, LIKE, ILIKE, ~ and ~* are");
            }
            if (isElements(operand) && ((SqlCall) operand).operand(0).isA(SqlKind.QUERY)) {
                throw new Refusal(
                        operand.getParserPosition(),
                        "a comparison of patterns with the rows of a subquery is not maintained",
                        "write EXISTS (SELECT 1 FROM ... WHERE text LIKE pattern)");
            }
        }
    }

    private static boolean isElements(SqlNode node) {
        return node instanceof SqlCall call
                && (call.getOperator().equals(PostgresOperators.ANY_ELEMENT)
                        || call.getOperator().equals(PostgresOperators.ALL_ELEMENTS));
    }

    /** x LIKE ANY (array). */
    private static SqlNode withPatterns(SqlCall call) {
        SqlParserPos position = call.getParserPosition();
        SqlCall elements = call.operand(1);
        boolean any = elements.getOperator().equals(PostgresOperators.ANY_ELEMENT);
        SqlNode comparison =
                SqlLiteral.createCharString(PATTERNS.get(call.getOperator().getName()), position);
        return (any ? Operators.ANY_PATTERN : Operators.ALL_PATTERNS)
                .createCall(position, call.operand(0), comparison, elements.operand(0));
    }

    private static boolean isWithoutColumns(SqlSelect select) {
        return select.getSelectList().get(0) instanceof SqlCall item
                && item.getOperator().equals(PostgresOperators.NO_COLUMNS);
    }

    private static SqlNode replaced(SqlCall call) {
        SqlOperator operator = call.getOperator();
        SqlParserPos position = call.getParserPosition();
        if (operator instanceof SqlSetOperator written) {
            return SetOperator.of(written).createCall(position, call.getOperandList());
        }
        Optional<SqlOperator> symbol = Operators.symbol(operator);
        if (symbol.isPresent()) {
            return symbol.get().createCall(position, call.getOperandList());
        }
        if (operator.equals(PostgresOperators.AT_TIME_ZONE)) {
            return function("timezone", position, List.of(call.operand(1), call.operand(0)));
        }
        Optional<SqlAggFunction> aggregate = Operators.aggregate(operator.getName());
        if (aggregate.isPresent()) {
            return aggregate.get().createCall(call.getFunctionQuantifier(), position, call.getOperandList());
        }
        if (call.getKind() == SqlKind.OVER) {
            return WindowCalls.of(call);
        }
        if (call.getKind() == SqlKind.WITHIN_GROUP
                && OrderedSets.NAMES.contains(
                        ((SqlCall) call.operand(0)).getOperator().getName().toLowerCase(Locale.ROOT))) {
            return OrderedSets.of(call);
        }
        if (operator.equals(SqlStdOperatorTable.ARRAY_VALUE_CONSTRUCTOR)) {
            return array(call);
        }
        if (operator.equals(SqlStdOperatorTable.ITEM)) {
            return subscript(call);
        }
        if (call.getKind() == SqlKind.OVERLAPS) {
            // Calcite's holds for periods that only touch, which PostgreSQL's does not.
            List<SqlNode> ends = new ArrayList<>(period(call.operand(0)));
            ends.addAll(period(call.operand(1)));
            return function("overlaps", position, ends);
        }
        if (call.operandCount() > 1 && isElements(call.operand(1))) {
            return withPatterns(call);
        }
        if (call.getKind() == SqlKind.SIMILAR) {
            return similar(call, operator);
        }
        if (operator instanceof SqlQuantifyOperator quantified) {
            return quantified(call, quantified);
        }
        if (call.getKind() == SqlKind.CAST && isInterval(call.operand(1))) {
            return Operators.INTERVAL_CAST.createCall(position, call.<SqlNode>operand(0));
        }
        if (call.getKind() == SqlKind.CAST) {
            return cast(call);
        }
        SqlNode last = call.operandCount() == 0 ? null : call.operand(call.operandCount() - 1);
        if (operator instanceof SqlFunction && last instanceof SqlNodeList order) {
            return withoutOrder(call, order);
        }
        if (!(operator instanceof SqlFunction function)
                || operator.isAggregator()
                || operator instanceof TableFunction) {
            return call;
        }
        return switch (call.getKind()) {
            case TRIM -> trim(call);
            case EXTRACT -> function("extract", position, List.of(unit(call.operand(0)), call.operand(1)));
            case POSITION -> position(call);
            default -> named(call, Operators.nameOf(function), position);
        };
    }

    /** An aggregate whose result is the same in any order. */
    private static SqlNode withoutOrder(SqlCall call, SqlNodeList order) {
        String name = Operators.nameOf((SqlFunction) call.getOperator());
        if (!isAggregate(name)) {
            throw new Refusal(
                    order.getParserPosition(),
                    "ORDER BY specified, but " + name + " is not an aggregate function",
                    "leave ORDER BY out");
        }
        List<SqlNode> arguments = call.getOperandList().subList(0, call.operandCount() - 1);
        return call.getOperator().createCall(call.getFunctionQuantifier(), call.getParserPosition(), arguments);
    }

    /** A query of WITH RECURSIVE that reads itself has no end that a change could be followed to. */
    private static void checkRecursion(SqlWithItem item) {
        if (!item.recursive.booleanValue()) {
            return;
        }
        item.query.accept(new SqlBasicVisitor<Void>() {
            @Override
            public Void visit(SqlIdentifier identifier) {
                if (identifier.isSimple() && identifier.getSimple().equals(item.name.getSimple())) {
                    throw new Refusal(
                            identifier.getParserPosition(),
                            "WITH RECURSIVE that reads itself is not maintained",
                            "join the table with itself once for each level that rows have at most: "
                                    + "LEFT JOIN t AS t2 ON t2.id = t1.parent LEFT JOIN t AS t3 ON t3.id = t2.parent");
                }
                return null;
            }
        });
    }

    private static boolean isEmptyArray(SqlNode node) {
        return node instanceof SqlCall call
                && call.getOperator().equals(SqlStdOperatorTable.ARRAY_VALUE_CONSTRUCTOR)
                && call.operandCount() == 0;
    }

    private static SqlNode array(SqlCall call) {
        if (call.operandCount() == 0) {
            throw new Refusal(
                    call.getParserPosition(), "cannot determine type of empty array", "cast it: ARRAY[]::integer[]");
        }
        return Operators.ARRAY_OF.createCall(call.getParserPosition(), call.getOperandList());
    }

    private static List<SqlNode> period(SqlNode written) {
        if (written instanceof SqlCall row && row.getKind() == SqlKind.ROW && row.operandCount() == 2) {
            return row.getOperandList();
        }
        throw new Refusal(
                written.getParserPosition(),
                "wrong number of parameters of OVERLAPS",
                "write both periods as (beginning, end) or (beginning, length)");
    }

    /** make_interval(days => 3): an argument that is not named is 0. */
    private static List<SqlNode> named(SqlCall call, List<String> names) {
        SqlParserPos position = call.getParserPosition();
        List<SqlNode> arguments = new ArrayList<>();
        for (int i = 0; i < call.operandCount(); i++) {
            SqlNode operand = call.operand(i);
            boolean isNamed = operand.getKind() == SqlKind.ARGUMENT_ASSIGNMENT;
            int place = isNamed ? names.indexOf(((SqlCall) operand).operand(1).toString()) : i;
            if (place < 0 || place >= names.size()) {
                throw new Refusal(
                        operand.getParserPosition(),
                        "make_interval has no such argument",
                        "it has " + String.join(", ", names));
            }
            while (arguments.size() <= place) {
                arguments.add(SqlLiteral.createExactNumeric("0", position));
            }
            arguments.set(place, isNamed ? ((SqlCall) operand).operand(0) : operand);
        }
        return arguments;
    }

    /** x[i][j] is one subscript of two: what x[i] is of an array of two dimensions has no value. x[i:j] is a part. */
    private static SqlNode subscript(SqlCall call) {
        SqlCall inner = call.operand(0) instanceof SqlCall part ? part : null;
        SqlParserPos position = call.getParserPosition();
        boolean slice =
                call.operand(1) instanceof SqlCall part && part.getOperator().equals(PostgresOperators.SLICE);
        boolean sliced = inner != null && inner.getOperator().equals(Operators.SLICE);
        if (sliced || slice && inner != null && inner.getOperator().equals(Operators.SUBSCRIPT)) {
            throw new Refusal(
                    position,
                    "a part of an array that has subscripts beside it is not maintained",
                    "name the part in a subquery and take its element there");
        }
        if (slice) {
            SqlCall bounds = call.operand(1);
            return Operators.SLICE.createCall(position, call.operand(0), bounds.operand(0), bounds.operand(1));
        }
        boolean continues = inner != null && inner.getOperator().equals(Operators.SUBSCRIPT);
        List<SqlNode> operands =
                new ArrayList<>(continues ? inner.getOperandList() : List.of(call.<SqlNode>operand(0)));
        operands.add(call.operand(1));
        return Operators.SUBSCRIPT.createCall(call.getParserPosition(), operands);
    }

    private static SqlNode cast(SqlCall call) {
        return PostgresCast.OPERATOR.createCall(call.getParserPosition(), call.getOperandList());
    }

    /** x SIMILAR TO y is x ~ similar_to_escape(y). */
    private static SqlNode similar(SqlCall call, SqlOperator operator) {
        SqlParserPos position = call.getParserPosition();
        List<SqlNode> pattern = call.getOperandList().subList(1, call.operandCount());
        SqlOperator matches = ((SqlLikeOperator) operator).isNegated()
                ? SqlStdOperatorTable.NEGATED_POSIX_REGEX_CASE_SENSITIVE
                : SqlStdOperatorTable.POSIX_REGEX_CASE_SENSITIVE;
        return matches.createCall(
                position, call.operand(0), function("similar_to_escape", position, List.copyOf(pattern)));
    }

    /**
     * = ANY is IN, and <> ALL is NOT IN; Calcite compares with the least or the greatest value for the others. Those that hold
     * for what is less or greater are two comparisons, since Calcite takes a column c of the query around for a count there.
     */
    private static SqlNode quantified(SqlCall call, SqlQuantifyOperator operator) {
        boolean any = operator.getKind() == SqlKind.SOME;
        if (!call.operand(1).isA(SqlKind.QUERY)) {
            SqlParserPos position = call.getParserPosition();
            SqlNode array = call.operand(1) instanceof SqlNodeList list ? list.get(0) : call.operand(1);
            SqlNode comparison = SqlLiteral.createCharString(operator.comparisonKind.sql, position);
            return (any ? Operators.ANY_OF : Operators.ALL_OF).createCall(position, call.operand(0), comparison, array);
        }
        if (operator.comparisonKind == (any ? SqlKind.EQUALS : SqlKind.NOT_EQUALS)) {
            SqlOperator in = any ? SqlStdOperatorTable.IN : SqlStdOperatorTable.NOT_IN;
            return in.createCall(call.getParserPosition(), call.getOperandList());
        }
        if (operator.comparisonKind == SqlKind.NOT_EQUALS) {
            return both(call, SqlStdOperatorTable.OR, SqlStdOperatorTable.SOME_LT, SqlStdOperatorTable.SOME_GT);
        }
        if (operator.comparisonKind == SqlKind.EQUALS) {
            return both(call, SqlStdOperatorTable.AND, SqlStdOperatorTable.ALL_LE, SqlStdOperatorTable.ALL_GE);
        }
        return call;
    }

    private static SqlNode both(SqlCall call, SqlOperator with, SqlOperator first, SqlOperator second) {
        SqlParserPos position = call.getParserPosition();
        SqlNode copy = ValuesByAlias.copy(call);
        return with.createCall(
                position,
                first.createCall(position, call.getOperandList()),
                second.createCall(position, ((SqlCall) copy).getOperandList()));
    }

    /** 1e3 is numeric, as every number that is written with a point; date 'text' is read as PostgreSQL reads the text. */
    @Override
    public SqlNode visit(SqlLiteral literal) {
        if (literal instanceof SqlUnknownLiteral typed) {
            SqlParserPos position = typed.getParserPosition();
            SqlNode text = SqlLiteral.createCharString(typed.getValue(), position);
            return cast(text, typed.tag.toLowerCase(Locale.ROOT), position);
        }
        boolean approximate =
                literal instanceof SqlNumericLiteral number && !number.isInteger() && number.getScale() == null;
        if (!approximate) {
            return literal;
        }
        SqlParserPos position = literal.getParserPosition();
        String digits = literal.getValueAs(BigDecimal.class).toPlainString();
        return cast(SqlLiteral.createExactNumeric(digits, position), "numeric", position);
    }

    /** The names of the present time that are written without parentheses. */
    @Override
    public SqlNode visit(SqlIdentifier identifier) {
        if (!identifier.isSimple() || identifier.isComponentQuoted(0)) {
            return identifier;
        }
        SqlParserPos position = identifier.getParserPosition();
        SqlNode now = Operators.NOW.createCall(position);
        return switch (identifier.getSimple().toLowerCase(Locale.ROOT)) {
            case "current_timestamp" -> now;
            case "localtimestamp" -> cast(now, "timestamp", position);
            case "current_date" -> cast(now, "date", position);
            default -> identifier;
        };
    }

    /** The value cast to a type of that name. */
    static SqlNode cast(SqlNode value, String type, SqlParserPos position) {
        return PostgresCast.OPERATOR.createCall(
                position, value, new SqlDataTypeSpec(new PostgresTypeNameSpec(type, -1, 0, 0, position), position));
    }

    private static boolean isInterval(SqlNode type) {
        // The parser gives an interval without fields that of seconds, which in PostgreSQL holds as much.
        if (type instanceof SqlIntervalQualifier fields) {
            return fields.getStartUnit() == TimeUnit.SECOND;
        }
        return type instanceof SqlDataTypeSpec written
                && written.getTypeNameSpec() instanceof PostgresTypeNameSpec named
                && named.name().equalsIgnoreCase("interval")
                && named.dimensions() == 0;
    }

    private static SqlNode named(SqlCall call, String name, SqlParserPos position) {
        if (name.equals("make_interval")) {
            return function(name, position, named(call, PARTS_OF_INTERVAL));
        }
        if (name.equals("normalize") && call.operandCount() == 2) {
            return function(name, position, List.of(call.operand(0), normalForm(call.operand(1))));
        }
        if (name.equals("age") && call.operandCount() == 1) {
            SqlNode today = cast(cast(Operators.NOW.createCall(position), "date", position), "timestamp", position);
            return function(name, position, List.of(today, call.operand(0)));
        }
        Optional<SqlFunction> ours = Operators.function(name);
        if (ours.isPresent()) {
            return ours.get()
                    .createCall(
                            position,
                            call.getOperandList().stream()
                                    .map(FunctionCalls::column)
                                    .toList());
        }
        if (name.equals("greatest") || name.equals("least")) {
            return Operators.extreme(name).createCall(position, call.getOperandList());
        }
        boolean unresolved = call.getOperator() instanceof SqlUnresolvedFunction;
        if (unresolved && (CALCITE.contains(name) || isAggregate(name))) {
            return call;
        }
        throw unknown(name, position);
    }

    /** NFC and the like are words of SQL there. */
    private static SqlNode normalForm(SqlNode form) {
        boolean word = form instanceof SqlIdentifier identifier
                && identifier.isSimple()
                && NORMAL_FORMS.contains(identifier.getSimple().toUpperCase(Locale.ROOT));
        return word
                ? SqlLiteral.createCharString(form.toString().toUpperCase(Locale.ROOT), form.getParserPosition())
                : form;
    }

    private static Refusal unknown(String name, SqlParserPos position) {
        if (VOLATILE.contains(name)) {
            return new Refusal(
                    position,
                    "function " + name + " gives another result each time, which a view cannot follow",
                    "have the table keep the value in a column");
        }
        if (TableFunction.names().contains(name)) {
            return new Refusal(
                    position,
                    "function " + name + " gives rows, which are not maintained here",
                    "call it in FROM: FROM t, unnest(t.tags) AS tag");
        }
        String nearest = Nearest.to(name, Operators.functionNames());
        return Nearest.distance(name, nearest) <= Math.min(LETTERS_MISTAKEN, name.length() / LETTERS_A_MISTAKE)
                ? new Refusal(position, "function " + name + " does not exist", "did you mean \"" + nearest + "\"?")
                : new Refusal(
                        position,
                        "function " + name + " is not maintained",
                        "docs/sql.md lists the functions that are");
    }

    /** Whether there is an aggregate of that name. */
    static boolean isAggregate(String name) {
        return Operators.table().getOperatorList().stream()
                .anyMatch(operator ->
                        operator.isAggregator() && operator.getName().equalsIgnoreCase(name));
    }

    /** A column that is called as a unit of time is; the parser took it for the unit. */
    private static SqlNode column(SqlNode operand) {
        if (!(operand instanceof SqlIntervalQualifier unit)) {
            return operand;
        }
        return unit.timeFrameName != null
                ? SqlIntervalQualifier.asIdentifier(unit)
                : new SqlIdentifier(nameOf(unit), unit.getParserPosition());
    }

    private static SqlNode unit(SqlIntervalQualifier unit) {
        return SqlLiteral.createCharString(nameOf(unit), unit.getParserPosition());
    }

    private static String nameOf(SqlIntervalQualifier unit) {
        String name =
                unit.timeFrameName != null ? unit.timeFrameName : unit.getUnit().name();
        return name.toLowerCase(Locale.ROOT);
    }

    private static SqlNode position(SqlCall call) {
        SqlParserPos position = call.getParserPosition();
        if (call.operandCount() > 2) {
            throw new Refusal(position, "position(... IN ... FROM ...) is not PostgreSQL's", "leave FROM out");
        }
        return function("position", position, List.of(call.operand(1), call.operand(0)));
    }

    private static SqlNode trim(SqlCall call) {
        SqlTrimFunction.Flag side = ((SqlLiteral) call.operand(0)).getValueAs(SqlTrimFunction.Flag.class);
        String name =
                switch (side) {
                    case BOTH -> "btrim";
                    case LEADING -> "ltrim";
                    case TRAILING -> "rtrim";
                };
        SqlNode characters = call.operand(1);
        SqlNode text = call.operand(2);
        return function(name, call.getParserPosition(), characters == null ? List.of(text) : List.of(text, characters));
    }

    private static SqlNode function(String name, SqlParserPos position, List<SqlNode> operands) {
        return Operators.function(name).orElseThrow().createCall(position, operands);
    }
}
