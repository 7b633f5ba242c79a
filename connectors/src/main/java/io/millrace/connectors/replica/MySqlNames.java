package io.millrace.connectors.replica;

import java.util.Collection;
import java.util.Collections;
import java.util.stream.Collectors;

/** Names, texts and lists as MySQL and MariaDB write them. */
final class MySqlNames {
    private MySqlNames() {}

    /** A name in quotes. */
    static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }

    /** Names in quotes, with commas between them. */
    static String list(Collection<String> names) {
        return names.stream().map(MySqlNames::quoted).collect(Collectors.joining(", "));
    }

    /** A text as a constant. */
    static String literal(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    /** As many times the same text, with something between them. */
    static String repeated(String text, int times, String between) {
        return String.join(between, Collections.nCopies(times, text));
    }
}
