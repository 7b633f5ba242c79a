package io.millrace.sql;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.calcite.runtime.CalciteContextException;

/** Calcite's complaints in PostgreSQL's words, with what to do. */
final class Messages {
    private static final Pattern COLUMN = Pattern.compile("Column '([^']*)' not found in (any table|table '.*')");
    private static final Pattern TABLE = Pattern.compile("Object '([^']*)' not found.*");
    private static final Pattern FUNCTION = Pattern.compile("No match found for function signature ([^(]*)\\((.*)\\)");

    private Messages() {}

    static String reason(CalciteContextException e) {
        String message = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
        Matcher column = COLUMN.matcher(message);
        if (column.matches()) {
            return "column \"" + column.group(1) + "\" does not exist";
        }
        Matcher table = TABLE.matcher(message);
        if (table.matches()) {
            return "relation \"" + table.group(1) + "\" does not exist";
        }
        Matcher function = FUNCTION.matcher(message);
        if (function.matches()) {
            return "function " + function.group(1).toLowerCase(java.util.Locale.ROOT) + "("
                    + function.group(2).replaceAll("[<>]", "").toLowerCase(java.util.Locale.ROOT) + ") does not exist";
        }
        return message;
    }

    static String hint(CalciteContextException e) {
        String message = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
        if (TABLE.matcher(message).matches()) {
            return "declare it in tables.sql, or define the view before this one";
        }
        if (FUNCTION.matcher(message).matches()) {
            return "docs/sql.md lists the functions; check the arguments' types, a cast may be missing";
        }
        return null;
    }
}
