package io.millrace.catalog;

import java.util.List;
import java.util.Objects;

/**
 * A PostgreSQL type. Immutable; two types are equal when PostgreSQL's are.
 *
 * @param kind the family
 * @param precision {@code numeric(p,s)}'s p, {@code varchar(n)}'s and {@code char(n)}'s n, a time type's fractional
 *     digits; -1 where none is declared
 * @param scale {@code numeric(p,s)}'s s; 0 elsewhere
 * @param element an array's element type; null for others
 * @param name an enum type's name as PostgreSQL knows it; null for others
 * @param labels an enum type's labels in their declared order, which is their sort order; empty for others
 */
public record SqlType(Kind kind, int precision, int scale, SqlType element, String name, List<String> labels) {

    /** The families of types, each with the Java class that carries its values in a {@code Row}; SQL's NULL is null. */
    public enum Kind {
        /** {@link Boolean}. */
        BOOLEAN("boolean"),
        /** {@link Short}'s range, carried as {@link Integer}. */
        SMALLINT("smallint"),
        /** {@link Integer}. */
        INTEGER("integer"),
        /** {@link Long}. */
        BIGINT("bigint"),
        /** {@link java.math.BigDecimal} with its display scale; NaN and the infinities as that {@link Double}. */
        NUMERIC("numeric"),
        /** {@link Float}. */
        REAL("real"),
        /** {@link Double}. */
        DOUBLE("double precision"),
        /** {@link String}. */
        TEXT("text"),
        /** {@link String}. */
        VARCHAR("character varying"),
        /** {@link String}, blank-padded to its length as PostgreSQL shows it; padding is ignored in comparisons. */
        CHAR("character"),
        /** {@code byte[]}, never changed after it was put into a row. */
        BYTEA("bytea"),
        /** {@link Integer}: days since 1970-01-01; the infinities are MAX_VALUE and MIN_VALUE. */
        DATE("date"),
        /** {@link Long}: microseconds since midnight. */
        TIME("time without time zone"),
        /** {@link Long}: microseconds since 1970-01-01T00:00; the infinities are MAX_VALUE and MIN_VALUE. */
        TIMESTAMP("timestamp without time zone"),
        /** {@link Long}: microseconds since 1970-01-01T00:00Z; the infinities are MAX_VALUE and MIN_VALUE. */
        TIMESTAMPTZ("timestamp with time zone"),
        /** {@link Interval}. */
        INTERVAL("interval"),
        /** {@link java.util.UUID}. */
        UUID("uuid"),
        /** {@link String}: the text as it was written. */
        JSON("json"),
        /** {@link String}: PostgreSQL's canonical text of the value. */
        JSONB("jsonb"),
        /** {@link String}: the label. */
        ENUM("enum"),
        /** {@link List} of the element type's values, nulls allowed; unmodifiable. */
        ARRAY("array");

        private final String sqlName;

        Kind(String sqlName) {
            this.sqlName = sqlName;
        }

        /** PostgreSQL's name of the family, as {@code format_type} prints it. */
        public String sqlName() {
            return sqlName;
        }
    }

    public static final SqlType BOOLEAN = of(Kind.BOOLEAN);
    public static final SqlType SMALLINT = of(Kind.SMALLINT);
    public static final SqlType INTEGER = of(Kind.INTEGER);
    public static final SqlType BIGINT = of(Kind.BIGINT);
    /** Unconstrained numeric: what every numeric expression yields. */
    public static final SqlType NUMERIC = of(Kind.NUMERIC);

    public static final SqlType REAL = of(Kind.REAL);
    public static final SqlType DOUBLE = of(Kind.DOUBLE);
    public static final SqlType TEXT = of(Kind.TEXT);
    public static final SqlType BYTEA = of(Kind.BYTEA);
    public static final SqlType DATE = of(Kind.DATE);
    public static final SqlType TIME = of(Kind.TIME);
    public static final SqlType TIMESTAMP = of(Kind.TIMESTAMP);
    public static final SqlType TIMESTAMPTZ = of(Kind.TIMESTAMPTZ);
    public static final SqlType INTERVAL = of(Kind.INTERVAL);
    public static final SqlType UUID = of(Kind.UUID);
    public static final SqlType JSON = of(Kind.JSON);
    public static final SqlType JSONB = of(Kind.JSONB);

    public SqlType {
        Objects.requireNonNull(kind, "kind");
        labels = List.copyOf(labels);
        if ((kind == Kind.ARRAY) != (element != null)) {
            throw new IllegalArgumentException("an array, and only an array, has an element type");
        }
    }

    /** The type of that family without precision. */
    public static SqlType of(Kind kind) {
        return new SqlType(kind, -1, 0, null, null, List.of());
    }

    /** The type of that family with a length or a count of fractional digits. */
    public static SqlType of(Kind kind, int precision) {
        return new SqlType(kind, precision, 0, null, null, List.of());
    }

    /** {@code numeric(precision, scale)}. */
    public static SqlType numeric(int precision, int scale) {
        return new SqlType(Kind.NUMERIC, precision, scale, null, null, List.of());
    }

    /** {@code element[]}; arrays of arrays are PostgreSQL's multidimensional arrays of one element type. */
    public static SqlType array(SqlType element) {
        return new SqlType(Kind.ARRAY, -1, 0, element, null, List.of());
    }

    /** An enum type with its labels in sort order. */
    public static SqlType enumeration(String name, List<String> labels) {
        return new SqlType(Kind.ENUM, -1, 0, null, name, labels);
    }

    /** Whether PostgreSQL compares two values, and so can group by them: json, and arrays of it, have no equality. */
    public boolean comparable() {
        return kind == Kind.ARRAY ? element.comparable() : kind != Kind.JSON;
    }

    /** Whether values are ordered as PostgreSQL orders them: its order of jsonb is not kept. */
    public boolean ordered() {
        return kind == Kind.ARRAY ? element.ordered() : kind != Kind.JSON && kind != Kind.JSONB;
    }

    /** Whether values that SQL holds equal may differ: 1.0 and 1.00, but not where the type says how many digits there are. */
    public boolean manyForms() {
        return switch (kind) {
            case NUMERIC -> precision < 0;
            case REAL, DOUBLE, CHAR, INTERVAL, JSON, JSONB, ARRAY -> true;
            case BOOLEAN,
                    SMALLINT,
                    INTEGER,
                    BIGINT,
                    TEXT,
                    VARCHAR,
                    BYTEA,
                    DATE,
                    TIME,
                    TIMESTAMP,
                    TIMESTAMPTZ,
                    UUID,
                    ENUM -> false;
        };
    }

    /** Whether PostgreSQL has min() and max() of the type. */
    public boolean hasExtremes() {
        return switch (kind) {
            case BOOLEAN, UUID, JSON, JSONB -> false;
            case ARRAY -> comparable();
            default -> true;
        };
    }

    /** The type without a declared length, precision or scale: what a literal becomes that meets it. */
    public SqlType unconstrained() {
        return switch (kind) {
            case ARRAY -> array(element.unconstrained());
            case ENUM -> this;
            default -> of(kind);
        };
    }

    /** The type as PostgreSQL's {@code format_type} prints it, e.g. {@code numeric(10,2)} or {@code text[]}. */
    @Override
    public String toString() {
        return switch (kind) {
            case ARRAY -> element + "[]";
            case ENUM -> name;
            case NUMERIC -> precision < 0 ? kind.sqlName() : kind.sqlName() + "(" + precision + "," + scale + ")";
            case TIME, TIMESTAMP, TIMESTAMPTZ ->
                precision < 0
                        ? kind.sqlName()
                        : kind.sqlName().replaceFirst("^(time(?:stamp)?)", "$1(" + precision + ")");
            default -> precision < 0 ? kind.sqlName() : kind.sqlName() + "(" + precision + ")";
        };
    }
}
