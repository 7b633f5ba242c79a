package io.millrace.operator.expression;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.row.JsonText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A jsonb taken apart where more than one part of it counts: an object's members by name in jsonb's order, an array's
 * elements, or the text of a scalar. Numbers are compared by value.
 */
sealed interface JsonTree {
    JsonFactory FACTORY = new JsonFactory();

    record Members(Map<String, JsonTree> byName) implements JsonTree {}

    record Elements(List<JsonTree> list) implements JsonTree {}

    /** A scalar; its text is jsonb's, of which one value has one but for the digits of a number. */
    record Scalar(String text) implements JsonTree {
        boolean is(Scalar other) {
            return JsonText.comparable(text).equals(JsonText.comparable(other.text));
        }

        boolean isString(String value) {
            StringBuilder quoted = new StringBuilder(value.length() + 2);
            JsonText.appendQuoted(quoted, value);
            return text.contentEquals(quoted);
        }
    }

    /** Takes a jsonb's text apart. */
    static JsonTree of(String json) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            parser.nextToken();
            return read(parser);
        } catch (IOException e) {
            throw new IllegalStateException("a jsonb value that is none", e);
        }
    }

    private static JsonTree read(JsonParser parser) throws IOException {
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, JsonTree> members = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    members.put(name, read(parser));
                }
                return new Members(members);
            }
            case START_ARRAY -> {
                List<JsonTree> elements = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(read(parser));
                }
                return new Elements(elements);
            }
            default -> {
                StringBuilder text = new StringBuilder();
                JsonText.appendCanonical(text, parser);
                return new Scalar(text.toString());
            }
        }
    }

    /** jsonb's text. */
    default String text() {
        StringBuilder out = new StringBuilder();
        append(out);
        return JsonText.canonical(out.toString());
    }

    private void append(StringBuilder out) {
        if (this instanceof Members members) {
            out.append('{');
            members.byName.forEach((name, value) -> {
                out.append(out.charAt(out.length() - 1) == '{' ? "" : ",");
                JsonText.appendQuoted(out, name);
                out.append(':');
                value.append(out);
            });
            out.append('}');
        } else if (this instanceof Elements elements) {
            out.append('[');
            for (int i = 0; i < elements.list.size(); i++) {
                out.append(i == 0 ? "" : ",");
                elements.list.get(i).append(out);
            }
            out.append(']');
        } else {
            out.append(((Scalar) this).text);
        }
    }

    /** Whether every part of the other is in the same place here; an array also contains a scalar that is one of its own. */
    default boolean contains(JsonTree other) {
        boolean element = this instanceof Elements && other instanceof Scalar;
        return element ? contained(new Elements(List.of(other))) : contained(other);
    }

    private boolean contained(JsonTree other) {
        if (this instanceof Members mine && other instanceof Members wanted) {
            return wanted.byName.entrySet().stream().allMatch(member -> {
                JsonTree value = mine.byName.get(member.getKey());
                return value != null && value.contained(member.getValue());
            });
        }
        if (this instanceof Elements mine && other instanceof Elements wanted) {
            return wanted.list.stream()
                    .allMatch(each -> mine.list.stream().anyMatch(element -> element.contained(each)));
        }
        return this instanceof Scalar mine && other instanceof Scalar wanted && mine.is(wanted);
    }

    /** Whether it has a member of that name, or is or has among its elements that string. */
    default boolean has(String key) {
        if (this instanceof Members members) {
            return members.byName.containsKey(key);
        }
        if (this instanceof Elements elements) {
            return elements.list.stream().anyMatch(each -> each instanceof Scalar scalar && scalar.isString(key));
        }
        return ((Scalar) this).isString(key);
    }

    /** The members of both, the other's where both have one; or the elements of both, what is no array being one. */
    default JsonTree with(JsonTree other) {
        if (this instanceof Members mine && other instanceof Members added) {
            Map<String, JsonTree> members = new LinkedHashMap<>(mine.byName);
            members.putAll(added.byName);
            return new Members(members);
        }
        List<JsonTree> elements = new ArrayList<>(elements());
        elements.addAll(other.elements());
        return new Elements(elements);
    }

    private List<JsonTree> elements() {
        return this instanceof Elements elements ? elements.list : List.of(this);
    }

    /** Without the members of those names, or the elements that are those strings. */
    default JsonTree without(Set<String> keys) {
        if (this instanceof Members members) {
            Map<String, JsonTree> rest = new LinkedHashMap<>(members.byName);
            rest.keySet().removeAll(keys);
            return new Members(rest);
        }
        if (this instanceof Elements elements) {
            return new Elements(elements.list.stream()
                    .filter(each ->
                            !(each instanceof Scalar scalar && keys.stream().anyMatch(scalar::isString)))
                    .toList());
        }
        throw new EvaluationError("22023", "cannot delete from scalar");
    }

    /** Without the element of that index, from the end if it is negative. */
    default JsonTree without(int index) {
        if (this instanceof Scalar) {
            throw new EvaluationError("22023", "cannot delete from scalar");
        }
        if (this instanceof Elements elements) {
            int at = index < 0 ? elements.list.size() + index : index;
            if (at < 0 || at >= elements.list.size()) {
                return this;
            }
            List<JsonTree> rest = new ArrayList<>(elements.list);
            rest.remove(at);
            return new Elements(rest);
        }
        throw new EvaluationError("22023", "cannot delete from object using integer index");
    }

    /** Without members that are null, and where wanted without elements that are. */
    default JsonTree withoutNulls(boolean inArrays) {
        if (this instanceof Members members) {
            Map<String, JsonTree> rest = new LinkedHashMap<>();
            members.byName.forEach((name, value) -> {
                if (!value.isNull()) {
                    rest.put(name, value.withoutNulls(inArrays));
                }
            });
            return new Members(rest);
        }
        if (this instanceof Elements elements) {
            return new Elements(elements.list.stream()
                    .filter(each -> !inArrays || !each.isNull())
                    .map(each -> each.withoutNulls(inArrays))
                    .toList());
        }
        return this;
    }

    private boolean isNull() {
        return this instanceof Scalar scalar && scalar.text.equals("null");
    }
}
