package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.UserError;
import io.millrace.sql.QuotedConstant;
import java.util.List;
import java.util.Optional;

/** Reads the constants of a view before any row comes: what is wrong with one is a mistake in the view, not in each row. */
public final class Constants {
    private static final String UNSUPPORTED = "0A000";

    private Constants() {}

    /** What is wrong with the constants; none of it depends on a row. */
    public static List<UserError> mistakes(List<QuotedConstant> constants) {
        return constants.stream().flatMap(each -> mistake(each).stream()).toList();
    }

    private static Optional<UserError> mistake(QuotedConstant constant) {
        try {
            read(constant);
            return Optional.empty();
        } catch (EvaluationError e) {
            boolean unsupported = e.sqlState().equals(UNSUPPORTED);
            return Optional.of(new UserError(
                    unsupported ? UserError.Category.UNSUPPORTED : UserError.Category.INVALID_PIPELINE,
                    constant.place(),
                    e.getMessage(),
                    unsupported ? "docs/sql.md lists what is" : hint(constant)));
        }
    }

    private static String hint(QuotedConstant constant) {
        SqlType type = constant.type();
        return type.kind() == SqlType.Kind.ENUM
                ? "its values are " + String.join(", ", type.labels())
                : "it is read as " + type + " here, for every row";
    }

    private static void read(QuotedConstant constant) {
        if (!isText(constant.type())) {
            Casts.conversion(SqlType.TEXT, constant.type()).apply(constant.text());
        }
    }

    private static boolean isText(SqlType type) {
        return switch (type.kind()) {
            case TEXT, VARCHAR, CHAR -> true;
            default -> false;
        };
    }
}
