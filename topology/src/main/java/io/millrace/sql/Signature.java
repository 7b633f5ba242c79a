package io.millrace.sql;

import io.millrace.catalog.SqlType;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One of the overloads of a function or an operator, as PostgreSQL's catalog has it. Immutable.
 *
 * @param name the function's name or the operator's symbol
 * @param parameters what it takes
 * @param variadic whether the last parameter takes any number of arguments, at least one
 * @param result the result's type, never with a precision
 */
public record Signature(String name, List<Parameter> parameters, boolean variadic, SqlType result) {
    public Signature {
        parameters = List.copyOf(parameters);
    }

    /** What one argument may be. */
    public sealed interface Parameter {
        /** An argument of that type, or of one that PostgreSQL casts to it by itself. */
        record Typed(SqlType type) implements Parameter {
            @Override
            public String toString() {
                return type.toString();
            }
        }

        /** An argument of any type, taken as it is. */
        record Any() implements Parameter {
            @Override
            public String toString() {
                return "any";
            }
        }

        /** An argument of any type but an array, taken as it is. */
        record AnyButArray() implements Parameter {
            @Override
            public String toString() {
                return "anynonarray";
            }
        }
    }

    boolean takes(int arguments) {
        return variadic ? arguments >= parameters.size() : arguments == parameters.size();
    }

    /** The parameter of that argument. */
    public Parameter parameter(int argument) {
        return parameters.get(Math.min(argument, parameters.size() - 1));
    }

    /** Whether it is an operator; its symbol has no letter. */
    public boolean isOperator() {
        return !Character.isLetter(name.charAt(0));
    }

    /** The types that it takes, as PostgreSQL lists them. */
    public String arguments() {
        String types = parameters.stream().map(Parameter::toString).collect(Collectors.joining(", "));
        return variadic ? types + ", ..." : types;
    }
}
