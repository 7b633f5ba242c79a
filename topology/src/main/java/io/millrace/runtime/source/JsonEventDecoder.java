package io.millrace.runtime.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.millrace.catalog.Column;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import io.millrace.catalog.Table;
import io.millrace.catalog.UserError;
import io.millrace.row.JsonText;
import io.millrace.row.Row;
import io.millrace.row.SourceChange;
import io.millrace.row.SqlText;
import io.millrace.runtime.source.SourceRecordError.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Decodes an event topic in JSON: each record is one object and one row, its members named as the columns. Values are
 * converted as PostgreSQL's {@code json_populate_record} does: by the text of a string, number or boolean; a member that is
 * missing or null is NULL; members without a column are passed over.
 */
public final class JsonEventDecoder implements SourceDecoder {
    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNumberLength(150_000)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private final Column[] columns;
    private final Map<String, Integer> positions = new HashMap<>();
    private final EventOrigins origins;

    /**
     * A decoder of an event topic.
     *
     * @param columns the needed columns' positions in the table, in the order that rows are to have
     */
    public JsonEventDecoder(Table table, int[] columns) {
        this.origins = new EventOrigins(table.source().topic());
        this.columns = new Column[columns.length];
        for (int i = 0; i < columns.length; i++) {
            this.columns[i] = table.columns().get(columns[i]);
            positions.put(this.columns[i].name(), i);
        }
    }

    @Override
    public SourceChange decode(byte[] key, byte[] value, int partition, long offset, long timestampMs)
            throws SourceRecordError {
        if (value == null) {
            return null;
        }
        Object[] values = new Object[columns.length];
        try (JsonParser parser = FACTORY.createParser(value)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new SourceRecordError(Reason.MALFORMED, "not a JSON object");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                Integer position = positions.get(parser.currentName());
                parser.nextToken();
                if (position == null) {
                    parser.skipChildren();
                } else {
                    values[position] = member(columns[position], parser, value);
                }
            }
            if (parser.nextToken() != null) {
                throw new SourceRecordError(Reason.MALFORMED, "more than one JSON value");
            }
        } catch (IOException e) {
            throw new SourceRecordError(Reason.MALFORMED, "not JSON: " + e.getMessage(), e);
        }
        for (int i = 0; i < values.length; i++) {
            if (values[i] == null && !columns[i].nullable()) {
                throw new SourceRecordError(
                        Reason.NULL_VALUE, "column " + columns[i].name() + " is declared NOT NULL, but has no value");
            }
        }
        return new SourceChange(false, null, Row.of(values), null, origins.of(partition, offset, timestampMs));
    }

    private static Object member(Column column, JsonParser parser, byte[] bytes) throws IOException, SourceRecordError {
        try {
            return value(column.type(), parser, bytes);
        } catch (UserError | IllegalArgumentException e) {
            throw new SourceRecordError(Reason.INVALID_VALUE, "column " + column.name() + ": " + e.getMessage(), e);
        }
    }

    /** The value at the parser's token, which is left at the value's last token. */
    private static Object value(SqlType type, JsonParser parser, byte[] bytes) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return null;
        }
        if (type.kind() == Kind.JSON) {
            return written(parser, bytes);
        }
        if (type.kind() == Kind.JSONB) {
            StringBuilder text = new StringBuilder();
            JsonText.appendCanonical(text, parser);
            return storable(text.toString());
        }
        if (type.kind() == Kind.ARRAY && token == JsonToken.START_ARRAY) {
            List<Object> array = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                boolean nested = parser.currentToken() == JsonToken.START_ARRAY
                        && type.element().kind() != Kind.ARRAY;
                array.add(value(nested ? type : type.element(), parser, bytes));
            }
            return Collections.unmodifiableList(array);
        }
        if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
            return SqlText.parse(type, written(parser, bytes));
        }
        String text = parser.getText();
        return switch (type.kind()) {
            case BIGINT ->
                token == JsonToken.VALUE_NUMBER_INT && text.length() < 19
                        ? (Object) parser.getLongValue()
                        : SqlText.parse(type, text);
            case TEXT, VARCHAR, CHAR -> SqlText.fitText(type, storable(text));
            default -> SqlText.parse(type, text);
        };
    }

    /** The text of the value at the parser's token as it was written. */
    private static String written(JsonParser parser, byte[] bytes) throws IOException {
        int start = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        parser.finishToken();
        int end = (int) parser.currentLocation().getByteOffset();
        return storable(new String(bytes, start, end - start, StandardCharsets.UTF_8).strip());
    }

    /** The text itself, if it is one that PostgreSQL could hold. */
    private static String storable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw new IllegalArgumentException("\\u0000 cannot be converted to text");
            }
            if (Character.isSurrogate(c)) {
                if (!Character.isHighSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    throw new IllegalArgumentException("half of a surrogate pair cannot be converted to text");
                }
                i++;
            }
        }
        return text;
    }
}
