package io.millrace.connectors.replica;

import java.util.Collection;
import java.util.stream.Collectors;

/** Names and texts as SQL writes them. */
final class Identifiers {
    private Identifiers() {}

    /** A name in quotes. */
    static String quoted(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }

    /** Names in quotes, with commas between them. */
    static String list(Collection<String> names) {
        return names.stream().map(Identifiers::quoted).collect(Collectors.joining(", "));
    }

    /** A text as a constant. */
    static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }
}
