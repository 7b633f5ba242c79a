package io.millrace.sql;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.SqlType;
import java.util.List;

/**
 * A constant in quotes, as it is written, and what it is taken for.
 *
 * @param text what stands between the quotes
 * @param type the type that it has where it stands
 * @param function the function or operator that it is an argument of; empty where it is cast
 * @param argument which argument, from 0
 * @param arguments the function's arguments: of constants in quotes their text, null for others
 */
public record QuotedConstant(
        String text, SqlType type, String function, int argument, List<String> arguments, SourcePlace place) {
    /** Another argument's text; null where it is no constant, or there is none. */
    public String argument(int position) {
        return position < arguments.size() ? arguments.get(position) : null;
    }
}
