package io.millrace.connectors.values;

import java.util.function.BiConsumer;
import org.apache.kafka.connect.errors.DataException;

/** Turns PostgreSQL's text of an array, such as {@code {1,NULL,"a b"}} or {@code {{1,2},{3,NULL}}}, into a JSON array. */
final class ArrayText {
    private final String text;
    private final BiConsumer<StringBuilder, String> element;
    private int at;

    private ArrayText(String text, BiConsumer<StringBuilder, String> element) {
        this.text = text;
        this.element = element;
    }

    /**
     * Appends the array.
     *
     * @param element appends the JSON of an element, whose text it is given
     */
    static void append(StringBuilder out, String text, BiConsumer<StringBuilder, String> element) {
        ArrayText array = new ArrayText(text, element);
        if (text.startsWith("[")) {
            // Bounds that do not begin at 1, as in [0:1]={1,2}, which JSON has no word for.
            array.at = text.indexOf('=') + 1;
        }
        array.appendArray(out);
        if (array.at != text.length()) {
            throw array.broken();
        }
    }

    private DataException broken() {
        return new DataException("not the text of an array, from character " + (at + 1) + " on");
    }

    private char next() {
        if (at >= text.length()) {
            throw broken();
        }
        return text.charAt(at);
    }

    private void appendArray(StringBuilder out) {
        if (next() != '{') {
            throw broken();
        }
        at++;
        out.append('[');
        boolean first = true;
        while (next() != '}') {
            if (!first) {
                if (next() != ',') {
                    throw broken();
                }
                at++;
                out.append(',');
            }
            first = false;
            appendElement(out);
        }
        at++;
        out.append(']');
    }

    private void appendElement(StringBuilder out) {
        if (next() == '{') {
            appendArray(out);
        } else if (next() == '"') {
            element.accept(out, quoted());
        } else {
            String plain = plain();
            if (plain.equals("NULL")) {
                out.append("null");
            } else {
                element.accept(out, plain);
            }
        }
    }

    private String quoted() {
        StringBuilder value = new StringBuilder();
        at++;
        while (next() != '"') {
            if (next() == '\\') {
                at++;
            }
            value.append(next());
            at++;
        }
        at++;
        return value.toString();
    }

    private String plain() {
        int from = at;
        while (next() != ',' && next() != '}') {
            at++;
        }
        return text.substring(from, at);
    }
}
