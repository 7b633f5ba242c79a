package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.UserError;
import io.millrace.sql.FrameFunction;
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
                : isText(type) ? "every row would fail with it" : "it is read as " + type + " here, for every row";
    }

    private static void read(QuotedConstant constant) {
        if (!isText(constant.type())) {
            Object value = Casts.conversion(SqlType.TEXT, constant.type()).apply(constant.text());
            if (constant.function().equals(FrameFunction.NAME)) {
                InRange.check(value);
            }
            return;
        }
        int argument = constant.argument();
        switch (constant.function()) {
            case "~" -> RegexParser.parse(constant.text(), RegexOptions.NONE);
            case "similar_to_escape" -> readSimilar(constant);
            case "substring", "regexp_count", "regexp_instr", "regexp_like", "regexp_match" ->
                readPattern(constant, argument);
            case "regexp_replace", "regexp_split_to_array", "regexp_substr" -> readPattern(constant, argument);
            default -> {}
        }
    }

    /** The pattern stands second, the options are the last text that is neither it nor a replacement. */
    private static void readPattern(QuotedConstant constant, int argument) {
        int first = constant.function().equals("regexp_replace") ? 3 : 2;
        boolean similar =
                constant.function().equals("substring") && constant.arguments().size() == 3;
        if (argument == 1 && similar) {
            readSimilar(constant);
        } else if (argument == 1) {
            String letters = "";
            for (int i = first; i < constant.arguments().size(); i++) {
                letters = constant.argument(i) == null ? letters : constant.argument(i);
            }
            optionsOf(letters).ifPresent(options -> RegexParser.parse(constant.text(), options));
        } else if (argument >= first && !similar) {
            RegexOptions.of(constant.text());
        }
    }

    /** Empty where they are wrong, which is their own mistake. */
    private static Optional<RegexOptions> optionsOf(String letters) {
        try {
            return Optional.of(RegexOptions.of(letters));
        } catch (EvaluationError e) {
            return Optional.empty();
        }
    }

    private static void readSimilar(QuotedConstant constant) {
        int pattern = constant.function().equals("substring") ? 1 : 0;
        boolean escapes = constant.arguments().size() > pattern + 1;
        String escape = escapes ? constant.argument(pattern + 1) : "\\";
        if (constant.argument() == pattern && escape != null) {
            RegexParser.parse(SimilarPattern.translated(constant.text(), escape), RegexOptions.NONE);
        }
    }

    private static boolean isText(SqlType type) {
        return switch (type.kind()) {
            case TEXT, VARCHAR, CHAR -> true;
            default -> false;
        };
    }
}
