package io.millrace.sql;

import io.millrace.catalog.SqlType;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One of the overloads of a function or an operator, as PostgreSQL's catalog has it. Immutable.
 *
 * @param name the function's name or the operator's symbol
 * @param parameters what it takes
 * @param variadic whether the last parameter takes any number of arguments, at least one
 * @param returns the result's type, never with a precision
 */
public record Signature(String name, List<Parameter> parameters, boolean variadic, Parameter returns) {
    public Signature {
        parameters = List.copyOf(parameters);
    }

    /** The result's type, of an overload that is chosen for arguments. */
    public SqlType result() {
        return ((Parameter.Typed) returns).type();
    }

    /** Whether the types of some arguments decide those of others, or that of the result. */
    boolean polymorphic() {
        return returns instanceof Parameter.Polymorphic
                || parameters.stream().anyMatch(Parameter.Polymorphic.class::isInstance);
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

        /** An argument of PostgreSQL's type of names, which is text here. */
        record Name() implements Parameter {
            @Override
            public String toString() {
                return "name";
            }
        }

        /** A whole row; {@link WholeRows} puts another call in the place of one that takes it. */
        record Whole() implements Parameter {
            @Override
            public String toString() {
                return "record";
            }
        }

        /** An argument, or a result, whose type follows from the others' that are alike. */
        record Polymorphic(Like like) implements Parameter {
            @Override
            public String toString() {
                return like.sqlName;
            }
        }

        /** A polymorphic one that the arguments have given a type. */
        record Bound(SqlType type) implements Parameter {
            @Override
            public String toString() {
                return type.toString();
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

    /** PostgreSQL's names for types that depend on each other. */
    public enum Like {
        /** All of one type, and arrays of it. */
        ELEMENT("anyelement", false, true),
        ARRAY("anyarray", true, true),
        /** All cast to one type, and arrays of it. */
        COMPATIBLE("anycompatible", false, false),
        COMPATIBLE_ARRAY("anycompatiblearray", true, false);

        private final String sqlName;
        private final boolean array;
        private final boolean exact;

        Like(String sqlName, boolean array, boolean exact) {
            this.sqlName = sqlName;
            this.array = array;
            this.exact = exact;
        }

        boolean isArray() {
            return array;
        }

        boolean isExact() {
            return exact;
        }

        @Override
        public String toString() {
            return sqlName;
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

    /** The type that the argument is cast to; empty for one that is taken as it is. */
    public Optional<SqlType> type(int argument) {
        Parameter parameter = parameter(argument);
        if (parameter instanceof Parameter.Name) {
            return Optional.of(SqlType.TEXT);
        }
        return parameter instanceof Parameter.Typed typed
                ? Optional.of(typed.type())
                : parameter instanceof Parameter.Bound bound ? Optional.of(bound.type()) : Optional.empty();
    }

    /** The types that it takes, as PostgreSQL lists them. */
    public String arguments() {
        String types = parameters.stream().map(Parameter::toString).collect(Collectors.joining(", "));
        return variadic ? types + ", ..." : types;
    }
}
