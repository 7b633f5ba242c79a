package io.millrace.sql;

import io.millrace.catalog.SqlType;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.calcite.plan.Strong;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlPrefixOperator;
import org.apache.calcite.sql.validate.SqlValidator;
import org.apache.calcite.sql.validate.SqlValidatorScope;

/** An operator before its operand with PostgreSQL's overloads. */
final class PostgresPrefix extends SqlPrefixOperator implements Overloaded {
    private final CallTypes types;

    PostgresPrefix(SqlOperator written, CallTypes types) {
        super(written.getName(), SqlKind.OTHER, written.getLeftPrec(), types, null, types);
        this.types = types;
    }

    @Override
    public Optional<Signature> signature(List<SqlType> arguments) {
        return types.overloads().resolve(arguments);
    }

    @Override
    public RelDataType deriveType(SqlValidator validator, SqlValidatorScope scope, SqlCall call) {
        return CallTypes.derive(validator, scope, call);
    }

    @Override
    public Supplier<Strong.Policy> getStrongPolicyInference() {
        return () -> CallTypes.nullPolicy(getName());
    }
}
