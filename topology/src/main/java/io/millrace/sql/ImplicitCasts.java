package io.millrace.sql;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** What pg_cast and pg_type say of the types: which are cast without being asked, and which are preferred. */
final class ImplicitCasts {
    /** The casts whose context is "implicit". */
    private static final Map<Kind, Set<Kind>> TARGETS = new EnumMap<>(Map.of(
            Kind.SMALLINT, EnumSet.of(Kind.INTEGER, Kind.BIGINT, Kind.NUMERIC, Kind.REAL, Kind.DOUBLE),
            Kind.INTEGER, EnumSet.of(Kind.BIGINT, Kind.NUMERIC, Kind.REAL, Kind.DOUBLE),
            Kind.BIGINT, EnumSet.of(Kind.NUMERIC, Kind.REAL, Kind.DOUBLE),
            Kind.NUMERIC, EnumSet.of(Kind.REAL, Kind.DOUBLE),
            Kind.REAL, EnumSet.of(Kind.DOUBLE),
            Kind.TEXT, EnumSet.of(Kind.CHAR, Kind.VARCHAR),
            Kind.VARCHAR, EnumSet.of(Kind.TEXT, Kind.CHAR),
            Kind.CHAR, EnumSet.of(Kind.TEXT, Kind.VARCHAR),
            Kind.DATE, EnumSet.of(Kind.TIMESTAMP, Kind.TIMESTAMPTZ),
            Kind.TIMESTAMP, EnumSet.of(Kind.TIMESTAMPTZ)));

    /** typcategory. */
    enum Category {
        NUMERIC,
        STRING,
        DATE_TIME,
        TIME_SPAN,
        BOOLEAN,
        OTHER
    }

    private ImplicitCasts() {}

    /** Whether both are one type, whatever their precision. */
    static boolean same(SqlType one, SqlType other) {
        return one.unconstrained().equals(other.unconstrained());
    }

    /** Whether one type is cast to the other without being asked; an array is where its elements are. */
    static boolean allowed(SqlType from, SqlType to) {
        if (from.kind() == Kind.ARRAY && to.kind() == Kind.ARRAY) {
            return allowed(from.element(), to.element());
        }
        return from.kind() == Kind.ENUM || to.kind() == Kind.ENUM ? same(from, to) : allowed(from.kind(), to.kind());
    }

    private static boolean allowed(Kind from, Kind to) {
        return from == to
                || TARGETS.getOrDefault(from, Set.of()).contains(to)
                || (from == Kind.TIME && to == Kind.INTERVAL);
    }

    static Category category(SqlType type) {
        return switch (type.kind()) {
            case SMALLINT, INTEGER, BIGINT, NUMERIC, REAL, DOUBLE -> Category.NUMERIC;
            case TEXT, VARCHAR, CHAR -> Category.STRING;
            case DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> Category.DATE_TIME;
            case INTERVAL -> Category.TIME_SPAN;
            case BOOLEAN -> Category.BOOLEAN;
            case BYTEA, UUID, JSON, JSONB, ENUM, ARRAY -> Category.OTHER;
        };
    }

    /** typispreferred. */
    static boolean preferred(SqlType type) {
        return switch (type.kind()) {
            case DOUBLE, TEXT, TIMESTAMPTZ, INTERVAL, BOOLEAN -> true;
            default -> false;
        };
    }
}
