package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import io.millrace.catalog.WhiteSpace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;

/** Reads an array's text: {@code {1,NULL,"a b",{2}}}. Bounds other than from 1 are read and forgotten. */
final class ArrayInput {
    private final String text;
    private final UnaryOperator<Object> element;
    private int at;

    private ArrayInput(String text, UnaryOperator<Object> element) {
        this.text = text;
        this.element = element;
    }

    /** The array, each element read from its text. */
    static List<Object> parse(String text, UnaryOperator<Object> element) {
        ArrayInput input = new ArrayInput(text, element);
        input.skipSpace();
        input.skipBounds();
        List<Object> array = input.readArray();
        input.skipSpace();
        if (input.at != text.length()) {
            throw input.malformed();
        }
        requireOneShape(array, input);
        return isEmpty(array) ? List.of() : array;
    }

    /** The type of the elements of all dimensions. */
    static SqlType baseOf(SqlType type) {
        return type.kind() == Kind.ARRAY ? baseOf(type.element()) : type;
    }

    private EvaluationError malformed() {
        return new EvaluationError("22P02", "malformed array literal: \"" + text + "\"");
    }

    private void skipSpace() {
        while (at < text.length() && WhiteSpace.is(text.charAt(at))) {
            at++;
        }
    }

    private void skipBounds() {
        if (at < text.length() && text.charAt(at) == '[') {
            at = text.indexOf('=', at) + 1;
            if (at == 0) {
                throw malformed();
            }
            skipSpace();
        }
    }

    private char next() {
        if (at == text.length()) {
            throw malformed();
        }
        return text.charAt(at++);
    }

    private char peek() {
        if (at == text.length()) {
            throw malformed();
        }
        return text.charAt(at);
    }

    private List<Object> readArray() {
        if (next() != '{') {
            throw malformed();
        }
        List<Object> array = new ArrayList<>();
        skipSpace();
        if (peek() == '}') {
            at++;
            return array;
        }
        while (true) {
            skipSpace();
            array.add(peek() == '{' ? readArray() : readElement());
            skipSpace();
            char separator = next();
            if (separator == '}') {
                return Collections.unmodifiableList(array);
            }
            if (separator != ',') {
                throw malformed();
            }
        }
    }

    private Object readElement() {
        StringBuilder value = new StringBuilder();
        if (peek() == '"') {
            at++;
            for (char c = next(); c != '"'; c = next()) {
                value.append(c == '\\' ? next() : c);
            }
            skipSpace();
            if (peek() != ',' && peek() != '}') {
                throw malformed();
            }
            return element.apply(value.toString());
        }
        int end = 0;
        boolean escaped = false;
        for (char c = peek(); c != ',' && c != '}'; c = peek()) {
            if (c == '{' || c == '"') {
                throw malformed();
            }
            at++;
            if (c == '\\') {
                escaped = true;
                value.append(next());
                end = value.length();
            } else {
                value.append(c);
                end = WhiteSpace.is(c) ? end : value.length();
            }
        }
        value.setLength(end);
        if (end == 0) {
            throw malformed();
        }
        String bare = value.toString();
        return !escaped && bare.equalsIgnoreCase("null") ? null : element.apply(bare);
    }

    /** All parts of one dimension have one size. */
    private static void requireOneShape(List<?> array, ArrayInput input) {
        List<?> first = null;
        boolean nested = !array.isEmpty() && array.get(0) instanceof List;
        for (Object part : array) {
            if (part instanceof List<?> list) {
                requireOneShape(list, input);
                if (first != null && !sizes(first).equals(sizes(list))) {
                    throw input.malformed();
                }
                first = list;
            }
            if (part instanceof List != nested) {
                throw input.malformed();
            }
        }
    }

    private static List<Integer> sizes(List<?> array) {
        List<Integer> sizes = new ArrayList<>();
        Object level = array;
        while (level instanceof List<?> list) {
            sizes.add(list.size());
            level = list.isEmpty() ? null : list.get(0);
        }
        return sizes;
    }

    private static boolean isEmpty(List<?> array) {
        return array.isEmpty() || (array.get(0) instanceof List<?> first && isEmpty(first));
    }
}
