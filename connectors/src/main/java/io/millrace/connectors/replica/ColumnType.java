package io.millrace.connectors.replica;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * The PostgreSQL type of a field, as its Connect schema tells it. Our capture and our views name the column's type in the
 * schema's parameters; without them the field's own type decides.
 *
 * @param sql the type as {@code format_type} prints it; of an enum its plain name
 * @param declared whether the source named the type; a text without it may stand for any type that is written as text
 * @param labels an enum's labels in their order; empty for other types
 */
record ColumnType(String sql, boolean declared, List<String> labels) {
    /** The parameter with the source column's type, in capitals. */
    static final String TYPE_PARAMETER = "__debezium.source.column.type";

    /** The parameter with its declared length, or all digits of a numeric. */
    static final String LENGTH_PARAMETER = "__debezium.source.column.length";

    /** The parameter with the digits behind the point. */
    static final String SCALE_PARAMETER = "__debezium.source.column.scale";

    /** The parameter with its name as the database has it. */
    static final String NAME_PARAMETER = "__debezium.source.column.name";

    private static final String ENUM_NAME = "io.debezium.data.Enum";
    private static final String LABELS_PARAMETER = "allowed";
    private static final int MAX_NUMERIC_DIGITS = 1_000;
    private static final int MAX_TEXT_LENGTH = 10_485_760;

    ColumnType {
        labels = List.copyOf(labels);
    }

    /** Whether it is an enum type, which a target database may lack. */
    boolean isEnum() {
        return !labels.isEmpty();
    }

    /**
     * The type of a column with that schema.
     *
     * @param column its name, for messages
     */
    static ColumnType of(Schema schema, String column) {
        Map<String, String> parameters = schema.parameters() == null ? Map.of() : schema.parameters();
        String type = parameters.get(TYPE_PARAMETER);
        if (ENUM_NAME.equals(schema.name())) {
            List<String> labels =
                    Arrays.asList(parameters.getOrDefault(LABELS_PARAMETER, "").split(",", -1));
            return type == null
                    ? new ColumnType("text", false, List.of())
                    : new ColumnType(plainName(type), true, labels);
        }
        if (type != null && type.startsWith("_")) {
            String element = ofName(type.substring(1), Map.of());
            return new ColumnType((element == null ? plainName(type.substring(1)) : element) + "[]", true, List.of());
        }
        String named = type == null ? null : ofName(type, parameters);
        return named == null ? ofSchema(schema, column) : new ColumnType(named, true, List.of());
    }

    /** Null for a type that is not known by that name. */
    private static String ofName(String type, Map<String, String> parameters) {
        return switch (type) {
            case "INT2", "SMALLINT", "SMALLSERIAL" -> "smallint";
            case "INT4", "INTEGER", "SERIAL" -> "integer";
            case "INT8", "BIGINT", "BIGSERIAL" -> "bigint";
            case "FLOAT4" -> "real";
            case "FLOAT8" -> "double precision";
            case "NUMERIC" -> numeric(number(parameters, LENGTH_PARAMETER), number(parameters, SCALE_PARAMETER));
            case "BOOL" -> "boolean";
            case "TEXT" -> "text";
            case "VARCHAR" -> withLength("character varying", number(parameters, LENGTH_PARAMETER));
            case "BPCHAR" ->
                number(parameters, LENGTH_PARAMETER) < 1
                        ? "bpchar"
                        : withLength("character", number(parameters, LENGTH_PARAMETER));
            case "BYTEA" -> "bytea";
            case "DATE" -> "date";
            case "TIME" -> "time without time zone";
            case "TIMESTAMP" -> "timestamp without time zone";
            case "TIMESTAMPTZ" -> "timestamp with time zone";
            case "INTERVAL" -> "interval";
            case "UUID" -> "uuid";
            case "JSON" -> "json";
            case "JSONB" -> "jsonb";
            default -> null;
        };
    }

    private static String numeric(int digits, int scale) {
        return digits < 1 || digits > MAX_NUMERIC_DIGITS
                ? "numeric"
                : "numeric(" + digits + "," + Math.max(0, scale) + ")";
    }

    private static String withLength(String type, int length) {
        return length < 1 || length > MAX_TEXT_LENGTH ? type : type + "(" + length + ")";
    }

    private static int number(Map<String, String> parameters, String name) {
        String text = parameters.get(name);
        return text == null || !text.matches("-?\\d{1,10}")
                ? -1
                : (int) Math.min(Long.parseLong(text), Integer.MAX_VALUE);
    }

    /** Debezium writes names in capitals, and with their schema where that is not on the search path. */
    private static String plainName(String type) {
        String name = type.substring(type.lastIndexOf('.') + 1).replace("\"", "");
        return name.toLowerCase(Locale.ROOT);
    }

    private static ColumnType ofSchema(Schema schema, String column) {
        String name = schema.name() == null ? "" : schema.name();
        String sql =
                switch (name) {
                    case "io.debezium.time.Date" -> "date";
                    case "io.debezium.time.MicroTime" -> "time without time zone";
                    case "io.debezium.time.MicroTimestamp" -> "timestamp without time zone";
                    case "io.debezium.time.ZonedTimestamp" -> "timestamp with time zone";
                    case "io.debezium.time.Interval" -> "interval";
                    case "io.debezium.data.Uuid" -> "uuid";
                    case "io.debezium.data.Json" -> "jsonb";
                    default -> null;
                };
        if (sql != null) {
            return new ColumnType(sql, true, List.of());
        }
        boolean plain = name.isEmpty() || schema.type() == Schema.Type.STRING;
        String ofType = !plain
                ? null
                : switch (schema.type()) {
                    case INT8, INT16 -> "smallint";
                    case INT32 -> "integer";
                    case INT64 -> "bigint";
                    case FLOAT32 -> "real";
                    case FLOAT64 -> "double precision";
                    case BOOLEAN -> "boolean";
                    case STRING -> "text";
                    case BYTES -> "bytea";
                    case ARRAY, MAP, STRUCT -> null;
                };
        if (ofType == null) {
            throw new ConnectException(
                    "column " + column + " is written as " + schema.type().getName()
                            + (name.isEmpty() ? "" : " (" + name + ")")
                            + ", which a replica does not take: capture it as docs/ingest.md says");
        }
        return new ColumnType(ofType, schema.type() != Schema.Type.STRING, List.of());
    }
}
