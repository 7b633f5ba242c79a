package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.row.RowJson;
import io.millrace.row.SqlText;

/** The members of JSON objects. */
public final class JsonObjects {
    private JsonObjects() {}

    /**
     * The name that a value is.
     *
     * @throws EvaluationError for what is no scalar
     */
    public static String name(SqlType type, Object value) {
        return switch (type.kind()) {
            case JSON, JSONB, ARRAY ->
                throw new EvaluationError("22023", "key value must be scalar, not array, composite, or json");
            case BOOLEAN -> (Boolean) value ? "true" : "false";
            case TIMESTAMP, TIMESTAMPTZ -> {
                StringBuilder quoted = new StringBuilder();
                RowJson.appendValue(quoted, type, value);
                yield quoted.substring(1, quoted.length() - 1);
            }
            default -> SqlText.write(type, value);
        };
    }
}
