package io.millrace.row;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/** Texts of JSON values, as PostgreSQL's json and jsonb keep them. */
public final class JsonText {
    private static final JsonFactory FACTORY = new JsonFactory();

    /** jsonb's order of members: shorter names first, then by bytes. */
    private static final Comparator<String> MEMBER_ORDER = (left, right) -> {
        byte[] one = left.getBytes(StandardCharsets.UTF_8);
        byte[] other = right.getBytes(StandardCharsets.UTF_8);
        return one.length != other.length
                ? Integer.compare(one.length, other.length)
                : Arrays.compareUnsigned(one, other);
    };

    private JsonText() {}

    /**
     * The text itself, if it is one JSON value.
     *
     * @throws IllegalArgumentException if it is not
     */
    public static String checked(String text) {
        canonical(text);
        return text;
    }

    /**
     * jsonb's text of a JSON value: members sorted, the last of the same name kept, one blank after colons and commas.
     *
     * @throws IllegalArgumentException if the text is not one JSON value
     */
    public static String canonical(String text) {
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() == null) {
                throw new IllegalArgumentException("no JSON value: " + text);
            }
            StringBuilder out = new StringBuilder(text.length() + 16);
            appendCanonical(out, parser);
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("more than one JSON value: " + text);
            }
            return out.toString();
        } catch (IOException e) {
            throw new IllegalArgumentException("not JSON: " + text, e);
        }
    }

    /** Appends jsonb's text of the value at the parser's token and leaves the parser at its last token. */
    public static void appendCanonical(StringBuilder out, JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        switch (token) {
            case START_OBJECT -> appendObject(out, parser);
            case START_ARRAY -> {
                out.append('[');
                boolean first = true;
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    if (!first) {
                        out.append(", ");
                    }
                    first = false;
                    appendCanonical(out, parser);
                }
                out.append(']');
            }
            case VALUE_STRING -> appendQuoted(out, parser.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> out.append(plain(parser.getDecimalValue()));
            case VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> out.append(parser.getText());
            default -> throw new IOException("unexpected " + token);
        }
    }

    private static void appendObject(StringBuilder out, JsonParser parser) throws IOException {
        Map<String, String> members = new TreeMap<>(MEMBER_ORDER);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            StringBuilder value = new StringBuilder();
            appendCanonical(value, parser);
            members.put(name, value.toString());
        }
        out.append('{');
        boolean first = true;
        for (Map.Entry<String, String> member : members.entrySet()) {
            if (!first) {
                out.append(", ");
            }
            first = false;
            appendQuoted(out, member.getKey());
            out.append(": ").append(member.getValue());
        }
        out.append('}');
    }

    private static String plain(BigDecimal number) {
        return number.scale() < 0 ? number.setScale(0).toPlainString() : number.toPlainString();
    }

    /** jsonb's text with each number in the one form of its value: texts of equal values are equal. */
    public static String comparable(String canonical) {
        if (canonical.indexOf('.') < 0) {
            return canonical;
        }
        StringBuilder out = new StringBuilder(canonical.length());
        boolean quoted = false;
        for (int i = 0; i < canonical.length(); i++) {
            char c = canonical.charAt(i);
            if (c == '\\') {
                out.append(c);
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == '.' && !quoted) {
                i = appendFraction(out, canonical, i) - 1;
                continue;
            }
            out.append(canonical.charAt(i));
        }
        return out.toString();
    }

    /** Appends a point and the digits behind it without zeros at the end, and nothing if there are but zeros. */
    private static int appendFraction(StringBuilder out, String text, int point) {
        int end = point + 1;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        int last = end;
        while (text.charAt(last - 1) == '0') {
            last--;
        }
        if (last > point + 1) {
            out.append(text, point, last);
        }
        return end;
    }

    /** Appends a JSON string, escaped as PostgreSQL escapes it. */
    public static void appendQuoted(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ') {
                        out.append("\\u00")
                                .append(Character.forDigit(c >> 4, 16))
                                .append(Character.forDigit(c & 15, 16));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
