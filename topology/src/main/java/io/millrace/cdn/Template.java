package io.millrace.cdn;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of a URL or of a tag with columns of a view in it: {@code /p/{photo_id}}. Braces themselves are written twice. Immutable.
 *
 * @param form what its text becomes
 * @param text as it was written
 * @param parts what it is made of
 */
public record Template(Form form, String text, List<Part> parts) {
    private static final String HEX = "0123456789ABCDEF";
    private static final String URL_VALUE = "((?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})*)";
    private static final String TAG_VALUE = "((?:[!-~&&[^,\"'%]]|%[0-9A-Fa-f]{2})*)";

    public Template {
        parts = List.copyOf(parts);
    }

    /** What a template's text becomes, which decides on how values are written in it. */
    public enum Form {
        /** A path with its query, or an absolute URL: of values RFC 3986's unreserved characters stay as they are. */
        URL,
        /** A surrogate key: of values printable ASCII stays as it is, but for what lists of tags are written with. */
        TAG;

        private boolean staysInAValue(int c) {
            return this == URL
                    ? (c >= 'a' && c <= 'z')
                            || (c >= 'A' && c <= 'Z')
                            || (c >= '0' && c <= '9')
                            || c == '-'
                            || c == '.'
                            || c == '_'
                            || c == '~'
                    : c > ' ' && c < 0x7f && c != ',' && c != '"' && c != '\'' && c != '%';
        }

        /** Whether a character may stand in the template's own text. */
        private boolean allows(char c) {
            return this == URL ? c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>' : staysInAValue(c);
        }
    }

    /** A part of a template. */
    public sealed interface Part permits Literal, Value {}

    /** Text that stays as it is. */
    public record Literal(String text) implements Part {}

    /** A column's value. */
    public record Value(String column) implements Part {}

    /**
     * A template and where it stands in the list that it is from.
     *
     * @param offset how many characters of the list stand before it
     */
    record Placed(Template template, int offset) {
        /** Where a column is named first, from the list's beginning. */
        int offsetOf(String column) {
            return offset + Math.max(0, template.text.indexOf("{" + column + "}") + 1);
        }
    }

    /** The templates of a list, which commas part. @throws TemplateMistake for the first that is none */
    public static List<Template> list(Form form, String list) throws TemplateMistake {
        return placedList(form, list).stream().map(Placed::template).toList();
    }

    /** As {@link #list}, with their places. */
    static List<Placed> placedList(Form form, String list) throws TemplateMistake {
        List<Placed> templates = new ArrayList<>();
        int start = 0;
        while (start <= list.length()) {
            int comma = list.indexOf(',', start);
            int end = comma < 0 ? list.length() : comma;
            int first = start;
            while (first < end && Character.isWhitespace(list.charAt(first))) {
                first++;
            }
            int last = end;
            while (last > first && Character.isWhitespace(list.charAt(last - 1))) {
                last--;
            }
            if (first == last) {
                throw new TemplateMistake(first, "a template is empty", "write one, or take a comma out");
            }
            templates.add(new Placed(parse(form, list.substring(first, last), first), first));
            start = end + 1;
        }
        return templates;
    }

    /** The template that a text stands for. */
    public static Template parse(Form form, String text) throws TemplateMistake {
        return parse(form, text, 0);
    }

    private static Template parse(Form form, String text, int offset) throws TemplateMistake {
        List<Part> parts = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            boolean twice = at + 1 < text.length() && text.charAt(at + 1) == c;
            if (c == '{' && !twice) {
                int end = text.indexOf('}', at);
                if (end < 0) {
                    throw new TemplateMistake(
                            offset + at,
                            "a brace is opened that is never closed",
                            "write a column as {name}, and a brace itself twice, {{");
                }
                String column = text.substring(at + 1, end);
                if (column.isEmpty() || column.indexOf('{') >= 0) {
                    throw new TemplateMistake(
                            offset + at, "'{" + column + "}' names no column", "write the column's name: {photo_id}");
                }
                flush(literal, parts);
                parts.add(new Value(column));
                at = end + 1;
            } else if (c == '}' && !twice) {
                throw new TemplateMistake(
                        offset + at, "a brace is closed that was not opened", "write a brace itself twice, }}");
            } else {
                boolean brace = c == '{' || c == '}';
                if (!form.allows(c)) {
                    throw new TemplateMistake(offset + at, notAllowed(form, c), instead(form, c));
                }
                literal.append(c);
                at += brace ? 2 : 1;
            }
        }
        flush(literal, parts);
        checkStart(form, parts, offset);
        return new Template(form, text, parts);
    }

    private static void flush(StringBuilder literal, List<Part> parts) {
        if (literal.length() > 0) {
            parts.add(new Literal(literal.toString()));
            literal.setLength(0);
        }
    }

    private static String notAllowed(Form form, char c) {
        return (c > ' ' && c < 0x7f ? "'" + c + "'" : String.format("the character U+%04X", (int) c))
                + (form == Form.URL
                        ? " is in no URL"
                        : " is in no tag: lists of tags are written with it, or not at all");
    }

    private static String instead(Form form, char c) {
        return form == Form.URL
                ? "write it as browsers send it: " + encoded(Form.URL, Character.toString(c))
                : "use letters, digits and such signs as / - _ . : =";
    }

    /** A URL says where it begins: else the caches would not know what it is relative to. */
    private static void checkStart(Form form, List<Part> parts, int offset) throws TemplateMistake {
        if (form != Form.URL) {
            return;
        }
        boolean known = parts.get(0) instanceof Literal first
                && (first.text().startsWith("/")
                        || first.text().startsWith("http://")
                        || first.text().startsWith("https://"));
        if (!known) {
            throw new TemplateMistake(
                    offset,
                    "a URL begins with its path, or with its scheme",
                    "write '/p/{photo_id}' or 'https://example.com/p/{photo_id}'");
        }
    }

    /** The columns that it names, in order, each once. */
    public Set<String> columns() {
        Set<String> columns = new LinkedHashSet<>();
        for (Part part : parts) {
            if (part instanceof Value value) {
                columns.add(value.column());
            }
        }
        return columns;
    }

    /**
     * The values that make it that text, as they are written in SQL, by column; empty where none do. Of several readings, as where two
     * columns stand side by side, it is one.
     */
    public Optional<Map<String, String>> match(String rendered) {
        StringBuilder regex = new StringBuilder();
        List<String> columns = new ArrayList<>();
        for (Part part : parts) {
            if (part instanceof Literal literal) {
                regex.append(Pattern.quote(literal.text()));
            } else if (part instanceof Value value) {
                regex.append(form == Form.URL ? URL_VALUE : TAG_VALUE);
                columns.add(value.column());
            }
        }
        Matcher matcher = Pattern.compile(regex.toString()).matcher(rendered);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            String value = decoded(matcher.group(i + 1));
            if (!value.equals(values.getOrDefault(columns.get(i), value))) {
                return Optional.empty();
            }
            values.put(columns.get(i), value);
        }
        return Optional.of(values);
    }

    private static String decoded(String value) {
        ByteArrayOutputStream utf8 = new ByteArrayOutputStream(value.length());
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) == '%') {
                utf8.write(Integer.parseInt(value.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                utf8.write(value.charAt(i));
            }
        }
        return utf8.toString(StandardCharsets.UTF_8);
    }

    /** A value's text as it stands in what a template of that form becomes. */
    public static String encoded(Form form, String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        StringBuilder out = new StringBuilder(utf8.length + 8);
        for (byte each : utf8) {
            int c = each & 0xff;
            if (form.staysInAValue(c)) {
                out.append((char) c);
            } else {
                out.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xf));
            }
        }
        return out.toString();
    }

    @Override
    public String toString() {
        return text;
    }
}
