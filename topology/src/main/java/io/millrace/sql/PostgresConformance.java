package io.millrace.sql;

import org.apache.calcite.sql.validate.SqlConformance;
import org.apache.calcite.sql.validate.SqlConformanceEnum;
import org.apache.calcite.sql.validate.SqlDelegatingConformance;

/** What PostgreSQL allows beyond the standard, and what Calcite's most lenient dialect allows that it does not. */
final class PostgresConformance extends SqlDelegatingConformance {
    static final SqlConformance INSTANCE = new PostgresConformance();

    private PostgresConformance() {
        super(SqlConformanceEnum.BABEL);
    }

    /** A select item cannot name another's alias. */
    @Override
    public SelectAliasLookup isSelectAlias() {
        return SelectAliasLookup.UNSUPPORTED;
    }

    @Override
    public boolean isHavingAlias() {
        return false;
    }

    /** Not an expression without GROUP BY that is then grouped. */
    @Override
    public boolean isNonStrictGroupBy() {
        return false;
    }
}
