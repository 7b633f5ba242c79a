package io.millrace.sink.compare;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.connectors.values.PostgresJson;
import io.millrace.row.SqlText;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text by which a value in PostgreSQL and its copy in MariaDB or MySQL are compared: one that both databases can compute.
 * For most types that is PostgreSQL's text. Arrays are JSON and intervals ISO 8601, as the target holds them. Of floating-point
 * numbers it is their bytes, as the databases write their digits in different ways; 0 and -0 are one. Immutable.
 *
 * @param type the type in PostgreSQL, as {@code format_type} prints it
 */
public record MySqlForm(String type) {
    private static final Pattern NUMERIC = Pattern.compile("numeric\\(\\d+,(\\d+)\\)");
    private static final int FLOAT_BYTES = 8;
    /** Where the digits of x begin in the hexadecimal form of a point: behind 4 bytes of its system, one of its order, 4 of its kind. */
    private static final int POINT_X = 19;

    private String family() {
        return type.endsWith("[]") ? "array" : type.replaceFirst("\\(.*?\\)", "");
    }

    /** The expression in PostgreSQL, of a column in quotes. */
    public String inPostgres(String column) {
        return switch (family()) {
            case "array" -> "array_to_json(" + column + ")::text";
            case "real", "double precision" -> littleEndian("encode(float8send(" + column + "::float8 + 0), 'hex')");
            case "interval" ->
                ("CASE WHEN isfinite(%1$s) THEN 'P' || extract(year FROM %1$s)::bigint || 'Y'"
                                + " || extract(month FROM %1$s)::bigint || 'M' || extract(day FROM %1$s)::bigint || 'DT'"
                                + " || extract(hour FROM %1$s)::bigint || 'H' || extract(minute FROM %1$s)::bigint || 'M'"
                                + " || trim_scale(extract(second FROM %1$s)::numeric) || 'S' ELSE %1$s::text END")
                        .formatted(column);
            default -> column + "::text";
        };
    }

    /** The same bytes from the last to the first, of which PostgreSQL writes the most significant first. */
    private static String littleEndian(String hex) {
        StringBuilder reversed = new StringBuilder();
        for (int i = FLOAT_BYTES - 1; i >= 0; i--) {
            reversed.append(reversed.length() == 0 ? "" : " || ")
                    .append("substr(")
                    .append(hex)
                    .append(", ")
                    .append(2 * i + 1)
                    .append(", 2)");
        }
        return reversed.toString();
    }

    /**
     * The expression in MariaDB and MySQL, of a column in quotes; empty if the column's type there leaves no way.
     *
     * @param inText whether the column is of a type for text, which takes every value
     */
    public Optional<String> inMySql(String column, boolean inText) {
        return (inText ? ofText(column) : ofOwnType(column))
                .map(expression -> "CONVERT(" + expression + " USING utf8mb4)");
    }

    private Optional<String> ofText(String column) {
        return switch (family()) {
            // They are there as the capture wrote them, with another number of digits than PostgreSQL's text.
            case "real",
                    "double precision",
                    "time without time zone",
                    "timestamp without time zone",
                    "timestamp with time zone" -> Optional.empty();
            case "character", "bpchar" -> Optional.of("TRIM(TRAILING ' ' FROM " + column + ")");
            case "numeric" -> Optional.of("CASE " + column + " WHEN 'NAN' THEN 'NaN' ELSE " + column + " END");
            case "interval" -> Optional.of(interval(column));
            default -> Optional.of(column);
        };
    }

    private Optional<String> ofOwnType(String column) {
        String text = "CAST(" + column + " AS CHAR)";
        return switch (family()) {
            case "smallint", "integer", "bigint", "date" -> Optional.of(text);
            case "numeric" -> Optional.of(decimal(column, text));
            case "boolean" ->
                Optional.of("CASE WHEN " + column + " = 1 THEN 'true' WHEN " + column + " = 0 THEN 'false' ELSE " + text
                        + " END");
            case "real", "double precision" ->
                Optional.of(
                        "LOWER(SUBSTR(HEX(POINT(" + column + " + 0e0, 0)), " + POINT_X + ", " + 2 * FLOAT_BYTES + "))");
            case "time without time zone", "timestamp without time zone" -> Optional.of(shortest(text));
            case "timestamp with time zone" -> Optional.of("CONCAT(" + shortest(text) + ", '+00')");
            case "bytea" -> Optional.of("CONCAT(CHAR(92 USING utf8mb4), 'x', LOWER(HEX(" + column + ")))");
            default -> Optional.empty();
        };
    }

    /** With the digits that the type has; a column with more of them may hold others. */
    private String decimal(String column, String text) {
        Matcher declared = NUMERIC.matcher(type);
        if (!declared.matches()) {
            return text;
        }
        String cast = "CAST(" + column + " AS DECIMAL(65," + declared.group(1) + "))";
        return "CASE WHEN " + cast + " = " + column + " THEN CAST(" + cast + " AS CHAR) ELSE " + text + " END";
    }

    /** Six digits of a second less those at the end that are 0. */
    private static String shortest(String time) {
        return "TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM " + time + "))";
    }

    /** Seconds without zeros at their end, as they come where the capture's driver gave them as a floating-point number. */
    private static String interval(String column) {
        String seconds = "SUBSTRING_INDEX(TRIM(TRAILING 'S' FROM " + column + "), 'M', -1)";
        String front = "LEFT(" + column + ", CHAR_LENGTH(" + column + ") - CHAR_LENGTH(SUBSTRING_INDEX(" + column
                + ", 'M', -1)))";
        return "CASE WHEN LOCATE('.', " + column + ") > 0 THEN CONCAT(" + front + ", " + shortest(seconds)
                + ", 'S') ELSE " + column + " END";
    }

    /** The form of a value that is given as PostgreSQL's text; null of null. */
    public String ofPostgresText(String text) {
        if (text == null) {
            return null;
        }
        return switch (family()) {
            case "array" -> PostgresJson.array(type.replaceFirst("(\\[])+$", ""), text);
            case "real" -> bytes(Float.parseFloat(text));
            case "double precision" -> bytes(Double.parseDouble(text));
            case "interval" -> SqlText.isoInterval((Interval) SqlText.parse(SqlType.INTERVAL, text));
            default -> text;
        };
    }

    private static String bytes(double value) {
        return HexFormat.of()
                .formatHex(ByteBuffer.allocate(FLOAT_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putDouble(value + 0.0)
                        .array());
    }

    /** What people are shown of a form. */
    public String shown(String form) {
        if (form == null || !(family().equals("real") || family().equals("double precision"))) {
            return form;
        }
        double value = ByteBuffer.wrap(HexFormat.of().parseHex(form))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getDouble();
        return family().equals("real")
                ? SqlText.write(SqlType.REAL, (float) value)
                : SqlText.write(SqlType.DOUBLE, value);
    }
}
