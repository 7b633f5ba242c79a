package io.millrace.row;

import io.millrace.catalog.SqlType;
import java.util.List;

/**
 * Rows as JSON objects, each value as PostgreSQL's {@code row_to_json} renders it: timestamps in ISO 8601 with T (UTC),
 * numeric as a number with its scale, NaN and the infinities as strings, bytea as {@code "\\x.."}, json and jsonb as they
 * are. Immutable and thread-safe: one object for one list of columns.
 */
public final class RowJson {
    private final String[] members;
    private final SqlType[] types;

    private RowJson(String[] members, SqlType[] types) {
        this.members = members;
        this.types = types;
    }

    /** The JSON form of rows with columns of those names and types. */
    public static RowJson of(List<String> names, List<SqlType> types) {
        String[] members = new String[names.size()];
        for (int i = 0; i < members.length; i++) {
            StringBuilder member = new StringBuilder();
            JsonText.appendQuoted(member, names.get(i));
            members[i] = member.append(':').toString();
        }
        return new RowJson(members, types.toArray(SqlType[]::new));
    }

    public String write(Row row) {
        StringBuilder out = new StringBuilder(32 * members.length);
        append(out, row);
        return out.toString();
    }

    /** Appends one object. */
    public void append(StringBuilder out, Row row) {
        out.append('{');
        for (int i = 0; i < members.length; i++) {
            if (i > 0) {
                out.append(',');
            }
            out.append(members[i]);
            appendValue(out, types[i], row.get(i));
        }
        out.append('}');
    }

    /** Appends one value; null as {@code null}. */
    public static void appendValue(StringBuilder out, SqlType type, Object value) {
        if (value == null) {
            out.append("null");
            return;
        }
        switch (type.kind()) {
            case BOOLEAN -> out.append(((Boolean) value).booleanValue());
            case SMALLINT, INTEGER, BIGINT, JSON, JSONB -> out.append(value);
            case NUMERIC, REAL, DOUBLE -> {
                boolean number = !(value instanceof Double real && !Double.isFinite(real))
                        && !(value instanceof Float single && !Float.isFinite(single));
                if (!number) {
                    out.append('"');
                }
                SqlText.append(out, type, value);
                if (!number) {
                    out.append('"');
                }
            }
            case DATE, TIME, UUID, INTERVAL -> {
                out.append('"');
                SqlText.append(out, type, value);
                out.append('"');
            }
            case TIMESTAMP, TIMESTAMPTZ -> {
                out.append('"');
                SqlText.appendTimestamp(out, (Long) value, 'T', type.kind() == SqlType.Kind.TIMESTAMP ? "" : "+00:00");
                out.append('"');
            }
            case TEXT, VARCHAR, CHAR, ENUM, BYTEA -> JsonText.appendQuoted(out, SqlText.write(type, value));
            case ARRAY -> {
                out.append('[');
                List<?> array = (List<?>) value;
                for (int i = 0; i < array.size(); i++) {
                    if (i > 0) {
                        out.append(',');
                    }
                    Object element = array.get(i);
                    appendValue(out, element instanceof List ? type : KeyCodec.baseOf(type), element);
                }
                out.append(']');
            }
        }
    }
}
