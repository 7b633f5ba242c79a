package io.millrace.sql;

import io.millrace.catalog.SqlType;
import io.millrace.sql.Signature.Like;
import io.millrace.sql.Signature.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the types of the arguments make of an overload that takes several types, as PostgreSQL says it ("Polymorphic Types"):
 * of {@code array_append(anycompatiblearray, anycompatible)} with integer[] and bigint the one with bigint[] and bigint.
 */
final class Polymorphism {
    private Polymorphism() {}

    /** The overload with types for all parameters, itself where it has them; empty where the arguments do not fit. */
    static Optional<Signature> bound(Signature signature, List<SqlType> arguments) {
        if (!signature.polymorphic()) {
            return Optional.of(signature);
        }
        boolean exact = signature.parameters().stream()
                .anyMatch(each ->
                        each instanceof Parameter.Polymorphic any && any.like().isExact());
        Optional<SqlType> element = element(signature, arguments, exact);
        return element.map(type -> {
            List<Parameter> parameters = new ArrayList<>();
            for (int i = 0; i < arguments.size(); i++) {
                parameters.add(bound(signature.parameter(i), type));
            }
            return new Signature(signature.name(), parameters, false, result(signature.returns(), type));
        });
    }

    private static Parameter bound(Parameter parameter, SqlType element) {
        return parameter instanceof Parameter.Polymorphic any
                ? new Parameter.Bound(typeOf(any.like(), element))
                : parameter;
    }

    private static Parameter result(Parameter returns, SqlType element) {
        return returns instanceof Parameter.Polymorphic any
                ? new Parameter.Typed(typeOf(any.like(), element))
                : returns;
    }

    private static SqlType typeOf(Like like, SqlType element) {
        return like.isArray() ? arrayOf(element) : element;
    }

    private static boolean ofArrays(Signature signature) {
        return signature.parameters().stream()
                .anyMatch(each ->
                        each instanceof Parameter.Polymorphic any && any.like().isArray());
    }

    /** An array of arrays is one of more dimensions, which is the same type. */
    private static SqlType arrayOf(SqlType element) {
        return element.kind() == SqlType.Kind.ARRAY ? element : SqlType.array(element);
    }

    /** The type that all arguments that depend on each other have, or are cast to. */
    private static Optional<SqlType> element(Signature signature, List<SqlType> arguments, boolean exact) {
        SqlType common = null;
        for (int i = 0; i < arguments.size(); i++) {
            SqlType argument = arguments.get(i);
            if (argument == null || !(signature.parameter(i) instanceof Parameter.Polymorphic any)) {
                continue;
            }
            if (any.like().isArray() && argument.kind() != SqlType.Kind.ARRAY) {
                return Optional.empty();
            }
            SqlType type = (any.like().isArray() ? argument.element() : argument).unconstrained();
            if (common == null || ImplicitCasts.same(common, type)) {
                common = type;
            } else if (exact || ImplicitCasts.category(common) != ImplicitCasts.category(type)) {
                return Optional.empty();
            } else if (ImplicitCasts.allowed(common, type) && !ImplicitCasts.preferred(common)) {
                common = type;
            } else if (!ImplicitCasts.allowed(type, common)) {
                return Optional.empty();
            }
        }
        if (common != null && common.kind() == SqlType.Kind.ARRAY && ofArrays(signature)) {
            return Optional.empty();
        }
        return common == null && !exact && signature.name().equals(Operators.ARRAY)
                ? Optional.of(SqlType.TEXT)
                : Optional.ofNullable(common);
    }
}
