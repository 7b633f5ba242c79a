package io.millrace.ops.slt;

import java.util.ArrayList;
import java.util.List;

/** Rows as PostgreSQL writes them: {@code (1,"a b",)}; an empty place without quotes is NULL. */
final class CompositeText {
    private CompositeText() {}

    /** The values of a row, null for NULL. */
    static List<String> values(String text) {
        List<String> values = new ArrayList<>();
        StringBuilder value = null;
        boolean quoted = false;
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!quoted && (c == ',' || (c == ')' && i == text.length() - 1))) {
                values.add(value == null ? null : value.toString());
                value = null;
                continue;
            }
            value = value == null ? new StringBuilder() : value;
            boolean twice = i + 1 < text.length() && c == '"' && quoted && text.charAt(i + 1) == '"';
            if (c == '\\' || twice) {
                value.append(text.charAt(++i));
            } else if (c == '"') {
                quoted = !quoted;
            } else {
                value.append(c);
            }
        }
        return values;
    }
}
