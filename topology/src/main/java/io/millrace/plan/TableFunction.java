package io.millrace.plan;

import java.util.Locale;

/** The functions that give rows. Those of json are of jsonb as well. */
public enum TableFunction {
    /** Of any number of arrays, whose elements stand side by side. */
    UNNEST,
    JSON_ARRAY_ELEMENTS,
    JSON_ARRAY_ELEMENTS_TEXT,
    JSON_EACH,
    JSON_EACH_TEXT,
    JSON_OBJECT_KEYS,
    GENERATE_SERIES,
    STRING_TO_TABLE,
    REGEXP_MATCHES,
    REGEXP_SPLIT_TO_TABLE,
    GENERATE_SUBSCRIPTS;

    /** The function of that name. */
    static TableFunction of(String name) {
        return valueOf(name.replaceFirst("^jsonb_", "json_").toUpperCase(Locale.ROOT));
    }
}
