package io.millrace.connectors.replica;

import io.millrace.connectors.values.PostgresJson;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * How a column of MySQL or MariaDB holds values of a PostgreSQL type: what it must be, and how the texts that {@link ValueText}
 * writes become its values. A value that it could not hold unchanged is refused.
 *
 * @param kind how values are written
 * @param definition the column's type in SQL
 * @param source the type in the source, as {@code format_type} prints it
 * @param digits all digits of a decimal, or the most characters of a text; 0 for any number
 * @param scale the digits behind a decimal's point
 */
record MySqlType(Kind kind, String definition, String source, int digits, int scale) {
    private static final int MAX_DECIMAL_DIGITS = 65;
    private static final int MAX_DECIMAL_SCALE = 30;
    private static final int MAX_SHORT_TEXT = 255;
    private static final int MAX_KEY_BYTES = 3_000;
    private static final int BYTES_PER_CHARACTER = 4;
    private static final int MAX_LABEL = 63;
    private static final int MICROSECOND_DIGITS = 6;
    private static final Pattern NUMERIC = Pattern.compile("numeric\\((\\d+),(\\d+)\\)");
    private static final Pattern TEXT = Pattern.compile("(?:character varying|character)\\((\\d+)\\)");
    private static final Pattern DATE = Pattern.compile("([1-9]\\d{3})-\\d\\d-\\d\\d");
    private static final Pattern STAMP =
            Pattern.compile("([1-9]\\d{3}-\\d\\d-\\d\\d)[ T](\\d\\d:\\d\\d)(?::(\\d\\d)(?:\\.(\\d{1,6}))?)?Z?");
    private static final Set<String> TEXT_TYPES = Set.of("varchar", "tinytext", "text", "mediumtext", "longtext");
    private static final Set<String> BYTE_TYPES = Set.of("varbinary", "tinyblob", "blob", "mediumblob", "longblob");

    /** How values are bound. */
    enum Kind {
        INTEGER,
        DECIMAL,
        FLOAT,
        DOUBLE,
        BOOLEAN,
        DATE,
        TIME,
        TIMESTAMP,
        ARRAY,
        BYTES,
        TEXT
    }

    /**
     * The column for a source's column.
     *
     * @param keyTexts how many texts or bytes share the key that the column is part of; 0 if it is part of none
     * @throws ConnectException if there is none, with the column's name
     */
    static MySqlType of(TableShape.Column column, int keyTexts) {
        ColumnType type = column.type();
        String sql = type.sql();
        if (keyTexts > 0 && (sql.equals("real") || sql.endsWith("[]") || sql.startsWith("json"))) {
            throw refused(column, "which a key cannot have there");
        }
        if (type.isEnum()) {
            return text(sql, MAX_LABEL, keyTexts);
        }
        Matcher numeric = NUMERIC.matcher(sql);
        if (numeric.matches()) {
            return decimal(column, Integer.parseInt(numeric.group(1)), Integer.parseInt(numeric.group(2)));
        }
        Matcher text = TEXT.matcher(sql);
        if (text.matches()) {
            return text(sql, Integer.parseInt(text.group(1)), keyTexts);
        }
        if (sql.endsWith("[]")) {
            return new MySqlType(Kind.ARRAY, "longtext", sql, 0, 0);
        }
        return switch (sql) {
            case "smallint", "integer", "bigint" ->
                new MySqlType(Kind.INTEGER, sql.equals("integer") ? "int" : sql, sql, 0, 0);
            case "real" -> new MySqlType(Kind.FLOAT, "float", sql, 0, 0);
            case "double precision" -> new MySqlType(Kind.DOUBLE, "double", sql, 0, 0);
            case "boolean" -> new MySqlType(Kind.BOOLEAN, "tinyint(1)", sql, 0, 0);
            case "date" -> new MySqlType(Kind.DATE, "date", sql, 0, 0);
            case "time without time zone" -> new MySqlType(Kind.TIME, "time(6)", sql, 0, 0);
            case "timestamp without time zone", "timestamp with time zone" ->
                new MySqlType(Kind.TIMESTAMP, "datetime(6)", sql, 0, 0);
            case "bytea" ->
                new MySqlType(
                        Kind.BYTES,
                        keyTexts > 0 ? "varbinary(" + MAX_KEY_BYTES / keyTexts + ")" : "longblob",
                        sql,
                        0,
                        0);
            case "uuid" -> text(sql, 36, keyTexts);
            case "interval" -> text(sql, MAX_SHORT_TEXT / 2, keyTexts);
            case "text", "bpchar", "character varying", "json", "jsonb" -> text(sql, 0, keyTexts);
            default -> throw refused(column, "for which there is no type that holds every value");
        };
    }

    private static ConnectException refused(TableShape.Column column, String why) {
        return new ConnectException(
                "column " + column.name() + " is "
                        + column.type().sql() + ", " + why
                        + ": make it another type in the source, or leave it out by a view, or create the table with this column as longtext");
    }

    private static MySqlType text(String source, int length, int keyTexts) {
        int most = keyTexts == 0 ? MAX_SHORT_TEXT : MAX_KEY_BYTES / BYTES_PER_CHARACTER / keyTexts;
        if (length > 0 && length <= most) {
            return new MySqlType(Kind.TEXT, "varchar(" + length + ")", source, length, 0);
        }
        return new MySqlType(Kind.TEXT, keyTexts == 0 ? "longtext" : "varchar(" + most + ")", source, length, 0);
    }

    private static MySqlType decimal(TableShape.Column column, int digits, int scale) {
        if (digits > MAX_DECIMAL_DIGITS || scale > MAX_DECIMAL_SCALE || scale > digits) {
            throw refused(column, "and decimal has at most 65 digits, 30 of them behind the point");
        }
        return new MySqlType(
                Kind.DECIMAL,
                "decimal(" + digits + "," + scale + ")",
                column.type().sql(),
                digits,
                scale);
    }

    /** The same values as text, in a column that is one. */
    static MySqlType asText(TableShape.Column column) {
        String sql = column.type().sql();
        return new MySqlType(sql.endsWith("[]") ? Kind.ARRAY : Kind.TEXT, "longtext", sql, 0, 0);
    }

    /** A type as the database says that a column has it. */
    record Existing(String name, String columnType, long length, int digits, int scale, int timeDigits) {
        boolean isText() {
            return TEXT_TYPES.contains(name);
        }

        private boolean unsigned() {
            return columnType.toLowerCase(Locale.ROOT).contains("unsigned");
        }
    }

    /** How values that were written are bound to a column of which only the database has told. */
    static MySqlType of(Existing existing) {
        Kind kind =
                switch (existing.name()) {
                    case "tinyint", "smallint", "mediumint", "int", "bigint" -> Kind.INTEGER;
                    case "decimal" -> Kind.DECIMAL;
                    case "float" -> Kind.FLOAT;
                    case "double" -> Kind.DOUBLE;
                    case "date" -> Kind.DATE;
                    case "time" -> Kind.TIME;
                    case "datetime" -> Kind.TIMESTAMP;
                    default -> BYTE_TYPES.contains(existing.name()) ? Kind.BYTES : Kind.TEXT;
                };
        return new MySqlType(kind, existing.columnType(), "", 0, 0);
    }

    /** Whether a column that is there takes the values unchanged, or refuses them, but never changes them. */
    boolean fits(Existing existing) {
        if (existing.isText()) {
            return digits == 0 || !existing.name().equals("varchar") || existing.length() >= digits;
        }
        return switch (kind) {
            case INTEGER -> !existing.unsigned() && integerBytes(existing.name()) >= integerBytes(definition);
            case DECIMAL ->
                existing.name().equals("decimal")
                        && existing.scale() >= scale
                        && existing.digits() - existing.scale() >= digits - scale;
            case FLOAT ->
                existing.columnType().equals("float") || existing.columnType().equals("double");
            case DOUBLE -> existing.columnType().equals("double");
            case BOOLEAN -> integerBytes(existing.name()) > 0;
            case DATE -> existing.name().equals("date");
            case TIME -> existing.name().equals("time") && existing.timeDigits() == MICROSECOND_DIGITS;
            case TIMESTAMP -> existing.name().equals("datetime") && existing.timeDigits() == MICROSECOND_DIGITS;
            case BYTES -> BYTE_TYPES.contains(existing.name());
            case ARRAY, TEXT -> source.equals("uuid") && existing.columnType().equals("char(36)");
        };
    }

    private static int integerBytes(String type) {
        return switch (type) {
            case "tinyint" -> 1;
            case "smallint" -> 2;
            case "mediumint" -> 3;
            case "int" -> 4;
            case "bigint" -> 8;
            default -> 0;
        };
    }

    /**
     * A value as the database reads it, from PostgreSQL's text.
     *
     * @throws RejectedRecord if the database has no such value, with the column's name
     */
    String write(String column, String text) {
        if (text == null) {
            return null;
        }
        return switch (kind) {
            case INTEGER, TIME -> text;
            case TEXT -> text;
            case DECIMAL, FLOAT, DOUBLE -> {
                if (text.endsWith("Infinity") || text.equalsIgnoreCase("NaN")) {
                    throw rejected(column, text);
                }
                yield text;
            }
            case BOOLEAN -> text.equals("true") ? "1" : "0";
            case DATE -> {
                if (!DATE.matcher(text).matches()) {
                    throw rejected(column, "a date before 1000 or after 9999");
                }
                yield text;
            }
            case TIMESTAMP -> timestamp(column, text);
            case ARRAY -> PostgresJson.array(source.substring(0, source.length() - 2), text);
            case BYTES -> text.substring(2);
        };
    }

    private static RejectedRecord rejected(String column, String what) {
        return new RejectedRecord("column " + column + " has " + what + ", which the target has no value for");
    }

    private static String timestamp(String column, String text) {
        Matcher matcher = STAMP.matcher(text);
        if (!matcher.matches()) {
            throw rejected(column, "a time before 1000 or after 9999");
        }
        String seconds = matcher.group(3) == null ? "00" : matcher.group(3);
        String fraction = ((matcher.group(4) == null ? "" : matcher.group(4)) + "000000").substring(0, 6);
        return matcher.group(1) + " " + matcher.group(2) + ":" + seconds + "." + fraction;
    }

    /** Binds a value that was written. */
    void bind(PreparedStatement statement, int index, String written) throws SQLException {
        if (written == null) {
            statement.setNull(index, kind == Kind.BYTES ? Types.VARBINARY : Types.VARCHAR);
            return;
        }
        switch (kind) {
            case INTEGER, BOOLEAN -> statement.setLong(index, Long.parseLong(written));
            case DECIMAL -> statement.setBigDecimal(index, new BigDecimal(written));
            // As a double, since a server takes the digits for one.
            case FLOAT -> statement.setDouble(index, Float.parseFloat(written));
            case DOUBLE -> statement.setDouble(index, Double.parseDouble(written));
            case BYTES -> statement.setBytes(index, HexFormat.of().parseHex(written));
            case DATE, TIME, TIMESTAMP, ARRAY, TEXT -> statement.setString(index, written);
        }
    }

    /** The expression that gives a column's value in the form that {@link #write} gives it. */
    String read(String column) {
        return switch (kind) {
            case BYTES -> "LOWER(HEX(" + column + "))";
            // The text of a float has too few digits.
            case FLOAT -> "CAST(" + column + " + 0e0 AS CHAR)";
            case ARRAY, TEXT -> column;
            case INTEGER, DECIMAL, DOUBLE, BOOLEAN, DATE, TIME, TIMESTAMP -> "CAST(" + column + " AS CHAR)";
        };
    }

    /** A form in which equal values of a key are equal, of what {@link #write} or {@link #read} gave. */
    String canonical(String written) {
        if (written == null) {
            return null;
        }
        return switch (kind) {
            case DECIMAL -> {
                BigDecimal value = new BigDecimal(written);
                yield value.signum() == 0 ? "0" : value.stripTrailingZeros().toString();
            }
            case DOUBLE -> Double.toString(Double.parseDouble(written) + 0.0);
            case INTEGER, FLOAT, BOOLEAN, DATE, TIME, TIMESTAMP, ARRAY, BYTES, TEXT -> written;
        };
    }
}
