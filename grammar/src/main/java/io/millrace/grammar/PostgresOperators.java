package io.millrace.grammar;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.calcite.sql.SqlBinaryOperator;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.SqlSyntax;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.type.InferTypes;
import org.apache.calcite.sql.validate.SqlValidator;

/** Operators that only PostgreSQL writes so. */
public final class PostgresOperators {
    /** {@code x::type}, which is CAST(x AS type); binds tighter than anything but a dot and a subscript. */
    public static final SqlBinaryOperator INFIX_CAST =
            new SqlBinaryOperator("::", SqlKind.CAST, 94, true, null, InferTypes.FIRST_KNOWN, null) {
                @Override
                public SqlNode rewriteCall(SqlValidator validator, SqlCall call) {
                    return SqlStdOperatorTable.CAST.createCall(call.getParserPosition(), call.getOperandList());
                }
            };

    /** {@code x AT TIME ZONE zone}, which is timezone(zone, x); binds tighter than arithmetic. */
    public static final SqlBinaryOperator AT_TIME_ZONE =
            new SqlBinaryOperator("AT TIME ZONE", SqlKind.OTHER, 80, true, null, null, null);

    /** {@code x COLLATE name}; binds tighter than AT TIME ZONE, and less so than a cast. */
    public static final SqlBinaryOperator COLLATE =
            new SqlBinaryOperator("COLLATE", SqlKind.OTHER, 90, true, null, null, null);

    /** The keys of {@code SELECT DISTINCT ON (a, b)}, which stand among the hints of the select. */
    public static final SqlSpecialOperator DISTINCT_ON = new SqlSpecialOperator("DISTINCT ON", SqlKind.OTHER);

    /** A function in FROM whose rows are numbered: {@code unnest(tags) WITH ORDINALITY}. */
    public static final SqlSpecialOperator WITH_ORDINALITY = new SqlSpecialOperator("WITH ORDINALITY", SqlKind.OTHER);

    /** Stands in the place of the columns that a {@code SELECT FROM ...} has not. */
    public static final SqlSpecialOperator NO_COLUMNS = new SqlSpecialOperator("no columns", SqlKind.OTHER);

    /** Stands around the first bound of a frame by GROUPS. */
    public static final SqlSpecialOperator GROUPS = new SqlSpecialOperator("GROUPS", SqlKind.OTHER);

    /** {@code ANY (array)} behind an operator: any of the elements. */
    public static final SqlSpecialOperator ANY_ELEMENT = part("ANY");

    /** {@code ALL (array)} behind an operator. */
    public static final SqlSpecialOperator ALL_ELEMENTS = part("ALL");

    /** The two subscripts between which a part of an array lies. */
    public static final SqlSpecialOperator SLICE = part("slice");

    /** {@code x ^ y}, which is power(x, y); binds tighter than a product. */
    public static final SqlBinaryOperator POWER = infix("^", 70);

    /** The operators for which PostgreSQL has one precedence, between comparisons and sums. */
    private static final Map<String, SqlBinaryOperator> OTHERS = Stream.of(
                    "||", "->", "->>", "#>", "#>>", "#-", "@>", "<@", "?", "?|", "?&", "&&", "&", "|", "#", "<<", ">>")
            .collect(Collectors.toUnmodifiableMap(symbol -> symbol, symbol -> infix(symbol, 36)));

    private PostgresOperators() {}

    /** The operator of that symbol, of those that are PostgreSQL's own or have another precedence there. */
    public static SqlBinaryOperator infix(String symbol) {
        return symbol.equals(POWER.getName()) ? POWER : OTHERS.get(symbol);
    }

    /** Every operator of {@link #infix(String)}. */
    public static List<SqlBinaryOperator> infixes() {
        return Stream.concat(Stream.of(POWER), OTHERS.values().stream()).toList();
    }

    /** What stands between the brackets of {@code a[1:2]}; null for what is left out, the first or the last subscript. */
    public static SqlCall slice(SqlNode from, SqlNode to, SqlParserPos position) {
        return SLICE.createCall(
                position,
                from == null ? SqlLiteral.createExactNumeric("1", position) : from,
                to == null ? SqlLiteral.createExactNumeric(Integer.toString(Integer.MAX_VALUE), position) : to);
    }

    /** A part of an operator's syntax, which prints as a function. */
    private static SqlSpecialOperator part(String name) {
        return new SqlSpecialOperator(name, SqlKind.OTHER) {
            @Override
            public SqlSyntax getSyntax() {
                return SqlSyntax.FUNCTION;
            }
        };
    }

    private static SqlBinaryOperator infix(String symbol, int precedence) {
        return new SqlBinaryOperator(symbol, SqlKind.OTHER, precedence, true, null, null, null);
    }
}
