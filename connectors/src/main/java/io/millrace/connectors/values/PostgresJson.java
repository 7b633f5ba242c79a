package io.millrace.connectors.values;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.Date;
import java.util.HexFormat;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;

/**
 * Connect's values as JSON. What comes from a column of PostgreSQL, as its schema tells, is written as PostgreSQL's {@code
 * row_to_json} writes it, with all digits; the rest as its JSON type.
 */
public final class PostgresJson {
    private static final String TYPE_PARAMETER = "__debezium.source.column.type";
    /** The digits that each number of the type keeps; from as many on, PostgreSQL writes an exponent. */
    private static final int DOUBLE_DIGITS = 15;

    private static final int FLOAT_DIGITS = 6;

    private PostgresJson() {}

    /** The JSON of a value; a null schema is that of data without one. */
    public static String write(Schema schema, Object value) {
        StringBuilder out = new StringBuilder();
        append(out, schema, value);
        return out.toString();
    }

    /** Appends a value. */
    public static void append(StringBuilder out, Schema schema, Object value) {
        if (value == null) {
            out.append("null");
            return;
        }
        String type = schema == null || schema.parameters() == null
                ? null
                : schema.parameters().get(TYPE_PARAMETER);
        if (type != null && value instanceof String text) {
            appendText(out, schema, type, text);
        } else {
            appendPlain(out, schema, value);
        }
    }

    /** Values that are carried as text, of a type that the schema names. */
    private static void appendText(StringBuilder out, Schema schema, String type, String text) {
        if (type.startsWith("_")) {
            ArrayText.append(out, text, (array, element) -> appendElement(array, type.substring(1), element));
            return;
        }
        switch (type) {
            case "NUMERIC" -> appendNumeric(out, text);
            case "JSON", "JSONB" -> out.append(text);
            case "TIMESTAMPTZ" -> JsonStrings.append(out, PostgresTimes.instant(text));
            case "INTERVAL" -> JsonStrings.append(out, PostgresTimes.interval(text));
            default -> appendNamed(out, schema, text);
        }
    }

    /**
     * The JSON of an array that is given as PostgreSQL's text.
     *
     * @param type its elements' type, as {@code format_type} prints it
     */
    public static String array(String type, String text) {
        String name =
                switch (type.replaceFirst("\\(.*\\)", "")) {
                    case "smallint", "integer", "bigint" -> "INT8";
                    case "real", "double precision", "numeric" -> "NUMERIC";
                    case "boolean" -> "BOOL";
                    case "json", "jsonb" -> "JSONB";
                    case "timestamp without time zone" -> "TIMESTAMP";
                    case "timestamp with time zone" -> "TIMESTAMPTZ";
                    default -> "TEXT";
                };
        StringBuilder out = new StringBuilder(text.length() + 16);
        ArrayText.append(out, text, (array, element) -> appendElement(array, name, element));
        return out.toString();
    }

    private static void appendElement(StringBuilder out, String type, String text) {
        switch (type) {
            case "INT2", "INT4", "INT8", "JSON", "JSONB" -> out.append(text);
            case "NUMERIC", "FLOAT4", "FLOAT8" -> appendNumeric(out, text);
            case "BOOL" -> out.append(text.equals("t"));
            case "TIMESTAMP" -> JsonStrings.append(out, text.replaceFirst(" ", "T"));
            case "TIMESTAMPTZ" -> JsonStrings.append(out, PostgresTimes.instantElement(text));
            default -> JsonStrings.append(out, text);
        }
    }

    private static void appendNumeric(StringBuilder out, String text) {
        switch (text) {
            case "NAN", "NaN" -> out.append("\"NaN\"");
            case "POSITIVE_INFINITY", "Infinity" -> out.append("\"Infinity\"");
            case "NEGATIVE_INFINITY", "-Infinity" -> out.append("\"-Infinity\"");
            default -> out.append(text);
        }
    }

    /** Texts of which the schema's own name says more. */
    private static void appendNamed(StringBuilder out, Schema schema, String text) {
        switch (schema == null || schema.name() == null ? "" : schema.name()) {
            case "io.debezium.data.Json" -> out.append(text);
            case "io.debezium.time.ZonedTimestamp" -> JsonStrings.append(out, PostgresTimes.instant(text));
            case "io.debezium.time.Interval" -> JsonStrings.append(out, PostgresTimes.interval(text));
            default -> JsonStrings.append(out, text);
        }
    }

    private static void appendPlain(StringBuilder out, Schema schema, Object value) {
        if (value instanceof String text) {
            appendNamed(out, schema, text);
        } else if (value instanceof Number number) {
            appendNumber(out, schema, number);
        } else if (value instanceof Boolean) {
            out.append(value);
        } else if (value instanceof byte[] || value instanceof ByteBuffer) {
            JsonStrings.append(out, "\\x" + HexFormat.of().formatHex(bytes(value)));
        } else if (value instanceof Struct struct) {
            appendStruct(out, struct);
        } else if (value instanceof Map<?, ?> map) {
            appendMap(out, schema, map);
        } else if (value instanceof Collection<?> elements) {
            appendElements(out, schema, elements);
        } else if (value instanceof Date date) {
            appendDate(out, schema, date);
        } else {
            throw new DataException("values of " + value.getClass().getName() + " have no form in JSON");
        }
    }

    private static void appendNumber(StringBuilder out, Schema schema, Number number) {
        if (number instanceof BigDecimal decimal) {
            out.append(decimal.toPlainString());
            return;
        }
        if (number instanceof Double || number instanceof Float) {
            appendFloating(out, number);
            return;
        }
        switch (schema == null || schema.name() == null ? "" : schema.name()) {
            case "io.debezium.time.Date" -> JsonStrings.append(out, PostgresTimes.date(number.longValue()));
            case "io.debezium.time.MicroTime" -> JsonStrings.append(out, PostgresTimes.time(number.longValue()));
            case "io.debezium.time.MicroTimestamp" ->
                JsonStrings.append(out, PostgresTimes.timestamp(number.longValue(), ""));
            default -> out.append(number);
        }
    }

    private static void appendFloating(StringBuilder out, Number number) {
        double value = number.doubleValue();
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            JsonStrings.append(out, number.toString());
            return;
        }
        if (value == 0) {
            out.append(1 / value < 0 ? "-0" : "0");
            return;
        }
        BigDecimal decimal = new BigDecimal(number.toString()).stripTrailingZeros();
        int exponent = decimal.precision() - decimal.scale() - 1;
        if (exponent >= -4 && exponent < (number instanceof Float ? FLOAT_DIGITS : DOUBLE_DIGITS)) {
            out.append(decimal.toPlainString());
        } else {
            BigDecimal mantissa = decimal.scaleByPowerOfTen(-exponent);
            out.append(mantissa.toPlainString()).append(exponent < 0 ? "e-" : "e+");
            out.append(Math.abs(exponent) < 10 ? "0" : "").append(Math.abs(exponent));
        }
    }

    private static byte[] bytes(Object value) {
        if (value instanceof byte[] bytes) {
            return bytes;
        }
        ByteBuffer buffer = ((ByteBuffer) value).duplicate();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static void appendStruct(StringBuilder out, Struct struct) {
        out.append('{');
        boolean first = true;
        for (Field field : struct.schema().fields()) {
            out.append(first ? "" : ",");
            first = false;
            JsonStrings.append(out, columnName(field));
            // With Struct.get a NULL would be the column's default.
            append(out.append(':'), field.schema(), struct.getWithoutDefault(field.name()));
        }
        out.append('}');
    }

    /** The name of the column that a field holds, as the database has it. */
    public static String columnName(Field field) {
        Map<String, String> parameters = field.schema().parameters();
        return parameters == null
                ? field.name()
                : parameters.getOrDefault("__debezium.source.column.name", field.name());
    }

    private static void appendMap(StringBuilder out, Schema schema, Map<?, ?> map) {
        out.append('{');
        boolean first = true;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(first ? "" : ",");
            first = false;
            JsonStrings.append(out, String.valueOf(entry.getKey()));
            append(out.append(':'), schema == null ? null : schema.valueSchema(), entry.getValue());
        }
        out.append('}');
    }

    private static void appendElements(StringBuilder out, Schema schema, Collection<?> elements) {
        out.append('[');
        boolean first = true;
        for (Object element : elements) {
            append(out.append(first ? "" : ","), schema == null ? null : schema.valueSchema(), element);
            first = false;
        }
        out.append(']');
    }

    private static void appendDate(StringBuilder out, Schema schema, Date date) {
        String instant = DateTimeFormatter.ISO_INSTANT.format(date.toInstant());
        String name = schema == null ? null : schema.name();
        String text = org.apache.kafka.connect.data.Date.LOGICAL_NAME.equals(name)
                ? instant.substring(0, instant.indexOf('T'))
                : org.apache.kafka.connect.data.Time.LOGICAL_NAME.equals(name)
                        ? instant.substring(instant.indexOf('T') + 1, instant.length() - 1)
                        : instant;
        JsonStrings.append(out, text);
    }
}
