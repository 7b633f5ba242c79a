package io.millrace.sql;

import io.millrace.catalog.SqlType;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.calcite.plan.Strong;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.validate.SqlValidator;
import org.apache.calcite.sql.validate.SqlValidatorScope;

/** A function with PostgreSQL's overloads. */
final class PostgresFunction extends SqlFunction implements Overloaded {
    private final CallTypes types;

    PostgresFunction(String name, CallTypes types) {
        super(name, SqlKind.OTHER_FUNCTION, types, null, types, SqlFunctionCategory.SYSTEM);
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
