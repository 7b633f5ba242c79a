package io.millrace.sql;

import io.millrace.catalog.SqlType;
import org.apache.calcite.sql.parser.SqlParserPos;

/**
 * PostgreSQL's rule for values of which one column is made, in UNION and in VALUES: types of one category meet in the first that
 * the others are cast to without being asked.
 */
final class CommonType {
    private CommonType() {}

    /**
     * The type in which what came before and one more value meet.
     *
     * @param before null where nothing came before
     * @param place of the value that is refused where there is no such type
     * @param construct what makes the column, as PostgreSQL names it: UNION, VALUES
     */
    static SqlType of(SqlType before, SqlType type, SqlParserPos place, String construct) {
        if (before == null || ImplicitCasts.same(before, type)) {
            return before == null ? type : before;
        }
        boolean there = ImplicitCasts.allowed(before, type);
        boolean back = ImplicitCasts.allowed(type, before);
        if (ImplicitCasts.category(before) != ImplicitCasts.category(type) || !there && !back) {
            throw new Refusal(
                    place,
                    construct + " types " + before.unconstrained() + " and " + type.unconstrained()
                            + " cannot be matched",
                    "give both sides one type with a cast: value::type");
        }
        return there && !back && !ImplicitCasts.preferred(before) ? type : before;
    }
}
