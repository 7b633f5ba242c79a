package io.millrace.sql;

import io.millrace.grammar.PostgresOperators;
import java.util.Locale;
import java.util.Set;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.util.SqlBasicVisitor;
import org.apache.calcite.sql.util.SqlShuttle;
import org.apache.calcite.util.Util;

/** Takes COLLATE away where it names the order that all text has here, by code points, and refuses every other. */
final class Collations extends SqlShuttle {
    /** PostgreSQL's collations that compare by code points. */
    private static final Set<String> BY_CODE_POINTS =
            Set.of("C", "POSIX", "C.utf8", "C.UTF-8", "ucs_basic", "pg_c_utf8", "default");

    /** Those of them that know the case of no other letters than ASCII's. */
    private static final Set<String> OF_ASCII = Set.of("C", "POSIX", "ucs_basic");

    /** What tells letters, and their case, by the collation of what it is given. */
    private static final Set<String> BY_LETTERS =
            Set.of("lower", "upper", "initcap", "ilike", "not ilike", "similar to", "not similar to", "substring");

    @Override
    public SqlNode visit(SqlCall call) {
        if (call.getOperator().equals(PostgresOperators.COLLATE)) {
            String name = nameOf(call);
            if (!BY_CODE_POINTS.contains(name)) {
                throw new Refusal(
                        call.<SqlNode>operand(1).getParserPosition(),
                        "collation \"" + name + "\" is not maintained",
                        "text is compared by code points: write COLLATE \"C\", or leave it out");
            }
            return call.<SqlNode>operand(0).accept(this);
        }
        String operator = call.getOperator().getName().toLowerCase(Locale.ROOT);
        if (BY_LETTERS.contains(operator) || operator.contains("regex")) {
            refuseAscii(call, operator);
        }
        return super.visit(call);
    }

    private static void refuseAscii(SqlCall call, String operator) {
        call.accept(new SqlBasicVisitor<Void>() {
            @Override
            public Void visit(SqlCall part) {
                if (part.getOperator().equals(PostgresOperators.COLLATE) && OF_ASCII.contains(nameOf(part))) {
                    throw new Refusal(
                            part.<SqlNode>operand(1).getParserPosition(),
                            operator + " of text in collation \"" + nameOf(part) + "\" is not maintained",
                            "leave COLLATE out: the case of all letters is known");
                }
                return super.visit(part);
            }
        });
    }

    private static String nameOf(SqlCall collate) {
        return Util.last(((SqlIdentifier) collate.operand(1)).names);
    }
}
