package io.millrace.sql;

import io.millrace.catalog.SqlType;
import io.millrace.sql.ImplicitCasts.Category;
import io.millrace.sql.Signature.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;

/**
 * Chooses among the overloads of one name as PostgreSQL does (its documentation, "Type Conversion", sections "Operators" and
 * "Functions"). An argument whose type is not known, a quoted constant or NULL, is null here. Immutable.
 */
final class Overloads {
    private final List<Signature> signatures;

    Overloads(List<Signature> signatures) {
        this.signatures = List.copyOf(signatures);
    }

    List<Signature> signatures() {
        return signatures;
    }

    /**
     * The overload that takes those arguments; empty when none does, or several do equally well. One that takes arrays of
     * any type has the types that the arguments give it.
     */
    Optional<Signature> resolve(List<SqlType> arguments) {
        List<Signature> candidates = signatures.stream()
                .filter(signature -> signature.takes(arguments.size()))
                .flatMap(signature -> Polymorphism.bound(signature, arguments).stream())
                .toList();
        Optional<Signature> exact = exact(candidates, arguments).or(() -> exact(candidates, alike(arguments)));
        if (exact.isPresent()) {
            return exact;
        }
        List<Signature> accepting = accepting(candidates, arguments);
        List<Signature> nearest = most(accepting, arguments, Overloads::equal);
        List<Signature> preferred = most(nearest, arguments, Overloads::equalOrPreferred);
        if (preferred.size() < 2) {
            return preferred.stream().findFirst();
        }
        return only(byCategory(preferred, arguments)).or(() -> only(accepting(preferred, assumedAlike(arguments))));
    }

    private static Optional<Signature> exact(List<Signature> candidates, List<SqlType> arguments) {
        return candidates.stream()
                .filter(candidate -> IntStream.range(0, arguments.size())
                        .allMatch(i -> arguments.get(i) != null && equal(candidate.parameter(i), arguments.get(i))))
                .findFirst();
    }

    /** Of an operator with one operand of unknown type, that of the other. */
    private List<SqlType> alike(List<SqlType> arguments) {
        boolean operator = signatures.get(0).isOperator();
        return operator && arguments.size() == 2 ? assumedAlike(arguments) : arguments;
    }

    /** The one known type for all of unknown type. */
    private static List<SqlType> assumedAlike(List<SqlType> arguments) {
        List<SqlType> known =
                arguments.stream().filter(Objects::nonNull).distinct().toList();
        return known.size() == 1 ? arguments.stream().map(any -> known.get(0)).toList() : arguments;
    }

    private static List<Signature> accepting(List<Signature> candidates, List<SqlType> arguments) {
        return candidates.stream()
                .filter(candidate -> IntStream.range(0, arguments.size())
                        .allMatch(i -> arguments.get(i) == null || accepts(candidate.parameter(i), arguments.get(i))))
                .toList();
    }

    private static boolean accepts(Parameter parameter, SqlType argument) {
        if (parameter instanceof Parameter.Typed typed) {
            return ImplicitCasts.allowed(argument, typed.type());
        }
        if (parameter instanceof Parameter.Bound bound) {
            return ImplicitCasts.allowed(argument, bound.type());
        }
        if (parameter instanceof Parameter.Whole) {
            return false;
        }
        if (parameter instanceof Parameter.Name) {
            return ImplicitCasts.allowed(argument, SqlType.TEXT);
        }
        return parameter instanceof Parameter.Any || argument.kind() != SqlType.Kind.ARRAY;
    }

    private static boolean equal(Parameter parameter, SqlType argument) {
        return parameter instanceof Parameter.Typed typed && ImplicitCasts.same(typed.type(), argument);
    }

    private static boolean equalOrPreferred(Parameter parameter, SqlType argument) {
        return equal(parameter, argument)
                || (parameter instanceof Parameter.Typed typed
                        && ImplicitCasts.preferred(typed.type())
                        && ImplicitCasts.category(typed.type()) == ImplicitCasts.category(argument));
    }

    /** Those for which the most arguments of known type fit that way. */
    private static List<Signature> most(
            List<Signature> candidates, List<SqlType> arguments, BiPredicate<Parameter, SqlType> fits) {
        List<Signature> best = new ArrayList<>();
        long most = -1;
        for (Signature candidate : candidates) {
            long fitting = IntStream.range(0, arguments.size())
                    .filter(i -> arguments.get(i) != null && fits.test(candidate.parameter(i), arguments.get(i)))
                    .count();
            if (fitting > most) {
                best.clear();
                most = fitting;
            }
            if (fitting == most) {
                best.add(candidate);
            }
        }
        return best;
    }

    /** Those that take text for each argument of unknown type if any does, else the one category that all take. */
    private static List<Signature> byCategory(List<Signature> candidates, List<SqlType> arguments) {
        List<Signature> left = candidates;
        for (int i = 0; i < arguments.size(); i++) {
            if (arguments.get(i) == null) {
                int argument = i;
                Category category = commonCategory(candidates, argument);
                if (category == null) {
                    return candidates;
                }
                boolean anyPreferred =
                        candidates.stream().anyMatch(candidate -> isOf(category, candidate.parameter(argument), true));
                left = left.stream()
                        .filter(candidate -> isOf(category, candidate.parameter(argument), anyPreferred))
                        .toList();
            }
        }
        return left.isEmpty() ? candidates : left;
    }

    private static Category commonCategory(List<Signature> candidates, int argument) {
        List<Category> categories = candidates.stream()
                .map(candidate -> category(candidate.parameter(argument)))
                .distinct()
                .toList();
        if (categories.contains(Category.STRING)) {
            return Category.STRING;
        }
        return categories.size() == 1 ? categories.get(0) : null;
    }

    private static Category category(Parameter parameter) {
        return parameter instanceof Parameter.Typed typed ? ImplicitCasts.category(typed.type()) : Category.OTHER;
    }

    private static boolean isOf(Category category, Parameter parameter, boolean mustBePreferred) {
        return category(parameter) == category
                && (!mustBePreferred
                        || (parameter instanceof Parameter.Typed typed && ImplicitCasts.preferred(typed.type())));
    }

    private static Optional<Signature> only(List<Signature> candidates) {
        return candidates.size() == 1 ? Optional.of(candidates.get(0)) : Optional.empty();
    }
}
