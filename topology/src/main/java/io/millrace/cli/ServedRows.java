package io.millrace.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.catalog.SqlType;
import io.millrace.plan.PlanNode;
import io.millrace.row.SqlText;
import io.millrace.sink.compare.Checksum;
import io.millrace.sink.compare.ComparedRow;
import io.millrace.sink.compare.ComparedRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A view's rows as they are served, for a comparison with a table. There is no SQL to ask for checksums, so that each look reads
 * all rows, a page at a time; the texts of the values are what PostgreSQL would write.
 */
final class ServedRows implements ComparedRows {
    private static final JsonFactory JSON = new JsonFactory();

    private final Consumer<UnaryOperator<String>> pages;
    private final PlanNode.View view;
    private final List<UnaryOperator<String>> forms;
    private final List<String> names;

    /**
     * A view's rows.
     *
     * @param pages gives a reader the text of each page of all rows, and is told by it the cursor of the next, or null
     * @param forms make of PostgreSQL's text of each column's values what they are compared by; of null null
     */
    ServedRows(Consumer<UnaryOperator<String>> pages, PlanNode.View view, List<? extends UnaryOperator<String>> forms) {
        this.pages = pages;
        this.view = view;
        this.forms = List.copyOf(forms);
        this.names = view.fields().stream().map(field -> field.name()).toList();
    }

    /**
     * A column of a table as it is to be compared with these rows: in an answer NULL and the json value null are the same.
     */
    static String comparable(String text, SqlType type) {
        return isJson(type) ? "nullif(" + text + ", 'null')" : text;
    }

    @Override
    public Map<String, Checksum> checksums(int digits, Collection<String> ranges) {
        Set<String> wanted = new HashSet<>(ranges);
        int length = ranges.iterator().next().length();
        Map<String, Checksum> checksums = new HashMap<>();
        each(values -> {
            String digest = keyDigest(values);
            if (wanted.contains(digest.substring(0, length))) {
                checksums.merge(digest.substring(0, digits), Checksum.ofRow(ComparedRow.digest(values)), Checksum::and);
            }
        });
        return checksums;
    }

    @Override
    public List<ComparedRow> rows(Collection<String> ranges) {
        Set<String> wanted = new HashSet<>(ranges);
        int length = ranges.iterator().next().length();
        List<ComparedRow> rows = new ArrayList<>();
        each(values -> {
            String digest = keyDigest(values);
            if (wanted.contains(digest.substring(0, length))) {
                rows.add(new ComparedRow(digest, Collections.unmodifiableList(Arrays.asList(values))));
            }
        });
        return rows;
    }

    private String keyDigest(String[] values) {
        return ComparedRow.digest(
                view.key().stream().map(column -> values[column]).toArray(String[]::new));
    }

    private void each(Consumer<String[]> action) {
        pages.accept(page -> {
            try (JsonParser parser = JSON.createParser(page)) {
                return readPage(parser, page, action);
            } catch (IOException e) {
                throw new UncheckedIOException("the server's answer is no page of rows", e);
            }
        });
    }

    /** Reads the rows of a page; returns the cursor of the next, null where there is none. */
    private String readPage(JsonParser parser, String page, Consumer<String[]> action) throws IOException {
        String cursor = null;
        parser.nextToken();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String member = parser.currentName();
            parser.nextToken();
            if (member.equals("rows")) {
                while (parser.nextToken() == JsonToken.START_OBJECT) {
                    action.accept(row(parser, page));
                }
            } else if (member.equals("cursor") && parser.currentToken() == JsonToken.VALUE_STRING) {
                cursor = parser.getText();
            } else {
                parser.skipChildren();
            }
        }
        return cursor;
    }

    private String[] row(JsonParser parser, String page) throws IOException {
        String[] values = new String[names.size()];
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            int column = names.indexOf(parser.currentName());
            parser.nextToken();
            if (column < 0) {
                parser.skipChildren();
            } else {
                values[column] =
                        forms.get(column).apply(text(view.fields().get(column).type(), parser, page));
            }
        }
        return values;
    }

    private static String text(SqlType type, JsonParser parser, String page) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        return switch (type.kind()) {
            case JSON, JSONB -> asItStands(parser, page);
            case BOOLEAN -> parser.getText();
            case CHAR -> parser.getText().stripTrailing();
            case TEXT, VARCHAR, ENUM -> parser.getText();
            default -> SqlText.write(type, value(type, parser, page));
        };
    }

    private static Object value(SqlType type, JsonParser parser, String page) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        if (parser.currentToken() != JsonToken.START_ARRAY || type.kind() != SqlType.Kind.ARRAY) {
            return SqlText.parse(type, isJson(type) ? asItStands(parser, page) : parser.getText());
        }
        List<Object> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            boolean nested = parser.currentToken() == JsonToken.START_ARRAY && !isJson(elementOf(type));
            elements.add(value(nested ? type : elementOf(type), parser, page));
        }
        return elements;
    }

    private static SqlType elementOf(SqlType array) {
        SqlType element = array;
        while (element.kind() == SqlType.Kind.ARRAY) {
            element = element.element();
        }
        return element;
    }

    private static boolean isJson(SqlType type) {
        return type.kind() == SqlType.Kind.JSON || type.kind() == SqlType.Kind.JSONB;
    }

    /** A value's own text within the page: json keeps its blanks and the order of its members. */
    private static String asItStands(JsonParser parser, String page) throws IOException {
        int from = (int) parser.currentTokenLocation().getCharOffset();
        if (parser.currentToken().isStructStart()) {
            parser.skipChildren();
        } else {
            // A text is read to its end only when it is asked for.
            parser.getText();
        }
        return page.substring(from, (int) parser.currentLocation().getCharOffset());
    }
}
