package io.millrace.sql;

import io.millrace.catalog.SqlType;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.calcite.plan.Strong;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.sql.SqlBinaryOperator;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.validate.SqlValidator;
import org.apache.calcite.sql.validate.SqlValidatorScope;

/**
 * An operator between two operands with PostgreSQL's overloads. Its kind tells Calcite nothing: what Calcite knows of
 * arithmetic, as that x * 1.00 is x, is not PostgreSQL's.
 */
final class PostgresInfix extends SqlBinaryOperator implements Overloaded {
    private final CallTypes types;

    PostgresInfix(SqlOperator written, CallTypes types) {
        super(written.getName(), SqlKind.OTHER, written.getLeftPrec(), true, types, null, types);
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
