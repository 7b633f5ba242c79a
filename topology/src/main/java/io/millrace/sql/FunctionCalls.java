package io.millrace.sql;

import io.millrace.catalog.Nearest;
import io.millrace.grammar.PostgresOperators;
import io.millrace.grammar.PostgresTypeNameSpec;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
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

    private static final Set<SqlKind> GROUPING_SETS = EnumSet.of(SqlKind.ROLLUP, SqlKind.CUBE, SqlKind.GROUPING_SETS);

    /** With more letters to change, another function was meant. */
    private static final int LETTERS_MISTAKEN = 2;

    @Override
    public SqlNode visit(SqlCall call) {
        if (call instanceof SqlSelect select && select.getGroup() != null) {
            checkGroupingSets(select.getGroup());
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
        SqlNode visited = super.visit(call);
        return visited instanceof SqlCall changed ? replaced(changed) : visited;
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
        if (operator.equals(SqlStdOperatorTable.ARRAY_VALUE_CONSTRUCTOR)) {
            return array(call);
        }
        if (operator.equals(SqlStdOperatorTable.ITEM)) {
            return subscript(call);
        }
        if (call.getKind() == SqlKind.OVERLAPS) {
            // Calcite's holds for periods that only touch, which PostgreSQL's does not.
            throw new Refusal(
                    position,
                    "OVERLAPS is not maintained",
                    "compare the times: a.starts < b.ends AND b.starts < a.ends");
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
        if (!(operator instanceof SqlFunction function) || operator.isAggregator()) {
            return call;
        }
        return switch (call.getKind()) {
            case TRIM -> trim(call);
            case EXTRACT -> function("extract", position, List.of(unit(call.operand(0)), call.operand(1)));
            case POSITION -> position(call);
            default -> named(call, Operators.nameOf(function), position);
        };
    }

    /** Calcite drops a grouping set that is there twice, for which PostgreSQL has two rows. */
    private static void checkGroupingSets(SqlNodeList group) {
        for (SqlNode item : group) {
            if (!GROUPING_SETS.contains(item.getKind())) {
                continue;
            }
            List<SqlNode> sets = ((SqlCall) item).getOperandList();
            boolean plain = sets.stream().noneMatch(set -> GROUPING_SETS.contains(set.getKind()));
            long distinct = sets.stream().map(SqlNode::toString).distinct().count();
            if (group.size() > 1 || !plain || distinct < sets.size()) {
                throw new Refusal(
                        item.getParserPosition(),
                        "grouping sets that are combined, or named twice, are not maintained",
                        "list each set once: GROUPING SETS ((a, b), (a), ())");
            }
        }
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
                            "WITH RECURSIVE is not maintained",
                            "join the table with itself as often as rows can be deep");
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

    /** x[i][j] is one subscript of two: a part of an array, as PostgreSQL has it, has no value. */
    private static SqlNode subscript(SqlCall call) {
        SqlCall inner = call.operand(0) instanceof SqlCall part ? part : null;
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

    /** = ANY is IN, and <> ALL is NOT IN. */
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
        throw new Refusal(
                call.getParserPosition(),
                operator.comparisonKind.sql + (any ? " ANY" : " ALL") + " of a query is not maintained",
                "compare with (SELECT min(...) ...) or (SELECT max(...) ...)");
    }

    /** 1e3 is numeric, as every number that is written with a point. */
    @Override
    public SqlNode visit(SqlLiteral literal) {
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

    private static SqlNode cast(SqlNode value, String type, SqlParserPos position) {
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

    private static Refusal unknown(String name, SqlParserPos position) {
        String nearest = Nearest.to(name, Operators.functionNames());
        return Nearest.distance(name, nearest) <= LETTERS_MISTAKEN
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
