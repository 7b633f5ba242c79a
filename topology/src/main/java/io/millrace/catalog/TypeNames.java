package io.millrace.catalog;

import io.millrace.grammar.PostgresTypeNameSpec;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** PostgreSQL's names of types, its aliases among them. */
public final class TypeNames {
    private TypeNames() {}

    /**
     * The type that was written so.
     *
     * @param enums the declared enum types by name
     * @return empty when there is no type of that name
     */
    public static Optional<SqlType> resolve(PostgresTypeNameSpec written, Map<String, SqlType> enums) {
        SqlType scalar = scalar(written, enums);
        if (scalar == null) {
            return Optional.empty();
        }
        SqlType type = scalar;
        for (int i = 0; i < written.dimensions(); i++) {
            type = SqlType.array(type);
        }
        return Optional.of(type);
    }

    /** Whether a column of that name's type counts up by itself, and so is never NULL. */
    public static boolean isSerial(PostgresTypeNameSpec written) {
        return written.name().toLowerCase(Locale.ROOT).contains("serial");
    }

    private static SqlType scalar(PostgresTypeNameSpec written, Map<String, SqlType> enums) {
        String name = written.name().toLowerCase(Locale.ROOT);
        int precision = written.precision();
        return switch (name) {
            case "boolean", "bool" -> SqlType.BOOLEAN;
            case "smallint", "int2", "smallserial", "serial2" -> SqlType.SMALLINT;
            case "integer", "int", "int4", "serial", "serial4" -> SqlType.INTEGER;
            case "bigint", "int8", "bigserial", "serial8" -> SqlType.BIGINT;
            case "numeric", "decimal", "dec" ->
                precision < 0 ? SqlType.NUMERIC : SqlType.numeric(precision, written.scale());
            case "real", "float4" -> SqlType.REAL;
            case "double precision", "float8" -> SqlType.DOUBLE;
            case "float" -> precision >= 0 && precision <= 24 ? SqlType.REAL : SqlType.DOUBLE;
            case "text", "citext", "name" -> SqlType.TEXT;
            case "varchar" -> SqlType.of(SqlType.Kind.VARCHAR, precision);
            case "bpchar" -> SqlType.of(SqlType.Kind.CHAR, precision);
            case "character", "char" -> SqlType.of(SqlType.Kind.CHAR, precision < 0 ? 1 : precision);
            case "bytea" -> SqlType.BYTEA;
            case "date" -> SqlType.DATE;
            case "time" -> SqlType.of(SqlType.Kind.TIME, precision);
            case "timestamp" -> SqlType.of(SqlType.Kind.TIMESTAMP, precision);
            case "timestamptz", "timestamp with time zone" -> SqlType.of(SqlType.Kind.TIMESTAMPTZ, precision);
            case "interval" -> SqlType.INTERVAL;
            case "uuid" -> SqlType.UUID;
            case "json" -> SqlType.JSON;
            case "jsonb" -> SqlType.JSONB;
            default -> enums.get(written.name());
        };
    }
}
