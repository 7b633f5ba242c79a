package io.millrace.operator.expression;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The steps into a JSON value: a member by its name, an element by its index. A part is the very text that stands for it in
 * the whole, as json keeps it; a part of jsonb's text is jsonb's text. Nothing but the way to the part is looked at.
 */
final class JsonSteps {
    private static final JsonFactory FACTORY = new JsonFactory();

    private JsonSteps() {}

    /** A member of an object: its name and the text of its value. */
    record Member(String name, String value) {}

    /** The members of an object, in order. */
    static List<Member> members(String json) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            List<Member> members = new ArrayList<>();
            parser.nextToken();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                members.add(new Member(name, part(json, parser, true)));
            }
            return members;
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    /** The texts of the elements of an array, in order. */
    static List<String> elements(String json) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            List<String> elements = new ArrayList<>();
            parser.nextToken();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                elements.add(part(json, parser, true));
            }
            return elements;
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    /** The text of the last member of that name; null where there is none, or the value is no object. */
    static String member(String json, String name) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            String found = null;
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    boolean wanted = parser.currentName().equals(name);
                    parser.nextToken();
                    String part = part(json, parser, wanted);
                    found = wanted ? part : found;
                }
            }
            return found;
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    /** The text of the element of that index, from the end if it is negative; null where there is none. */
    static String element(String json, int index) {
        int wanted = index < 0 ? size(json) + index : index;
        if (wanted < 0) {
            return null;
        }
        try (JsonParser parser = FACTORY.createParser(json)) {
            if (parser.nextToken() == JsonToken.START_ARRAY) {
                for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
                    String part = part(json, parser, i == wanted);
                    if (i == wanted) {
                        return part;
                    }
                }
            }
            return null;
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    /** How many elements an array has; 0 for what is no array. */
    static int size(String json) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            int count = 0;
            if (parser.nextToken() == JsonToken.START_ARRAY) {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    parser.skipChildren();
                    count++;
                }
            }
            return count;
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    /** The part at the end of a path of names and indexes, the whole for no step; null where a step is or leads nowhere. */
    static String at(String json, List<?> path) {
        String part = json;
        for (Object step : path) {
            if (part == null || step == null) {
                return null;
            }
            part = first(part) == '[' ? elementAt(part, (String) step) : member(part, (String) step);
        }
        return part;
    }

    private static String elementAt(String json, String index) {
        try {
            return element(json, Integer.parseInt(index.stripLeading()));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** What ->> makes of a part: a string without its quotes, nothing of null, any other as it is written. */
    static String text(String part) {
        if (part == null) {
            return null;
        }
        return switch (first(part)) {
            case 'n' -> null;
            case '"' -> string(part);
            default -> part;
        };
    }

    private static String string(String json) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            parser.nextToken();
            return parser.getText();
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    /** The character that tells the kind of a value. */
    static char first(String json) {
        int at = 0;
        while (json.charAt(at) == ' '
                || json.charAt(at) == '\n'
                || json.charAt(at) == '\t'
                || json.charAt(at) == '\r') {
            at++;
        }
        return json.charAt(at);
    }

    /** The kind of a value as json_typeof names it. */
    static String kind(String json) {
        return switch (first(json)) {
            case '{' -> "object";
            case '[' -> "array";
            case '"' -> "string";
            case 't', 'f' -> "boolean";
            case 'n' -> "null";
            default -> "number";
        };
    }

    /** The text of the value at the parser's token if it is wanted; leaves the parser at the value's last token. */
    private static String part(String json, JsonParser parser, boolean wanted) throws IOException {
        int begin = (int) parser.currentTokenLocation().getCharOffset();
        JsonToken token = parser.currentToken();
        parser.skipChildren();
        if (!wanted) {
            return null;
        }
        if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY || token == JsonToken.VALUE_STRING) {
            parser.finishToken();
            return json.substring(begin, (int) parser.currentLocation().getCharOffset());
        }
        return json.substring(begin, begin + parser.getText().length());
    }

    private static IllegalStateException notJson(IOException e) {
        return new IllegalStateException("a json value that is none", e);
    }
}
