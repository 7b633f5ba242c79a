package io.millrace.plan;

import java.util.List;

/**
 * Every scalar function and operator that a plan may hold: the closed set that the front end maps SQL to and the
 * expression compiler implements. Which types each takes, and its result, are PostgreSQL's.
 */
public enum Function {
    AND("AND", Form.INFIX),
    OR("OR", Form.INFIX),
    NOT("NOT", Form.PREFIX),
    IS_NULL("IS NULL", Form.POSTFIX),
    IS_NOT_NULL("IS NOT NULL", Form.POSTFIX),
    IS_TRUE("IS TRUE", Form.POSTFIX),
    IS_NOT_TRUE("IS NOT TRUE", Form.POSTFIX),
    IS_FALSE("IS FALSE", Form.POSTFIX),
    IS_NOT_FALSE("IS NOT FALSE", Form.POSTFIX),
    /** Operands have one type; so have those of every comparison. */
    EQUALS("=", Form.INFIX),
    NOT_EQUALS("<>", Form.INFIX),
    LESS("<", Form.INFIX),
    LESS_OR_EQUAL("<=", Form.INFIX),
    GREATER(">", Form.INFIX),
    GREATER_OR_EQUAL(">=", Form.INFIX),
    IS_DISTINCT_FROM("IS DISTINCT FROM", Form.INFIX),
    IS_NOT_DISTINCT_FROM("IS NOT DISTINCT FROM", Form.INFIX),
    /** Numbers of one type; or date + integer, timestamp + interval and the like. */
    PLUS("+", Form.INFIX),
    MINUS("-", Form.INFIX),
    TIMES("*", Form.INFIX),
    DIVIDE("/", Form.INFIX),
    MODULO("%", Form.INFIX),
    NEGATE("-", Form.PREFIX),
    CONCATENATE("||", Form.INFIX),
    LIKE("LIKE", Form.INFIX),
    ILIKE("ILIKE", Form.INFIX),
    REGEX_MATCH("~", Form.INFIX),
    REGEX_MATCH_INSENSITIVE("~*", Form.INFIX),
    COALESCE("coalesce", Form.CALL),
    NULLIF("nullif", Form.CALL),
    GREATEST("greatest", Form.CALL),
    LEAST("least", Form.CALL),
    LOWER("lower", Form.CALL),
    UPPER("upper", Form.CALL),
    /** Of text: in characters; of bytea: in bytes. */
    LENGTH("length", Form.CALL),
    OCTET_LENGTH("octet_length", Form.CALL),
    SUBSTRING("substring", Form.CALL),
    TRIM_BOTH("btrim", Form.CALL),
    TRIM_LEFT("ltrim", Form.CALL),
    TRIM_RIGHT("rtrim", Form.CALL),
    REPLACE("replace", Form.CALL),
    /** position(needle IN haystack): operands haystack, needle. */
    STRPOS("strpos", Form.CALL),
    LEFT("left", Form.CALL),
    RIGHT("right", Form.CALL),
    SPLIT_PART("split_part", Form.CALL),
    /** NULL operands count as empty. */
    CONCAT("concat", Form.CALL),
    CONCAT_WS("concat_ws", Form.CALL),
    STARTS_WITH("starts_with", Form.CALL),
    REVERSE("reverse", Form.CALL),
    REPEAT("repeat", Form.CALL),
    LPAD("lpad", Form.CALL),
    RPAD("rpad", Form.CALL),
    INITCAP("initcap", Form.CALL),
    MD5("md5", Form.CALL),
    ABS("abs", Form.CALL),
    ROUND("round", Form.CALL),
    TRUNC("trunc", Form.CALL),
    FLOOR("floor", Form.CALL),
    CEIL("ceil", Form.CALL),
    SIGN("sign", Form.CALL),
    SQRT("sqrt", Form.CALL),
    POWER("power", Form.CALL),
    EXP("exp", Form.CALL),
    LN("ln", Form.CALL),
    /** Operands: the unit as text, the timestamp. */
    DATE_TRUNC("date_trunc", Form.CALL),
    /** extract(unit FROM x), numeric result; operands: the unit as text, x. */
    EXTRACT("extract", Form.CALL),
    /** date_part(unit, x), double precision result. */
    DATE_PART("date_part", Form.CALL),
    /** AT TIME ZONE: operands zone as text, timestamp or timestamptz. */
    TIMEZONE("timezone", Form.CALL),
    /** Of integers of one width. */
    BIT_AND("&", Form.INFIX),
    BIT_OR("|", Form.INFIX),
    BIT_XOR("#", Form.INFIX),
    /** Operands: an integer of any width, how far as an integer. */
    SHIFT_LEFT("<<", Form.INFIX),
    SHIFT_RIGHT(">>", Form.INFIX),
    /** Of json or jsonb, by a member's name or an element's index. */
    JSON_GET("->", Form.INFIX),
    JSON_GET_TEXT("->>", Form.INFIX),
    /** Of json or jsonb, by a text[] of names and indexes. */
    JSON_PATH("#>", Form.INFIX),
    JSON_PATH_TEXT("#>>", Form.INFIX),
    /** The same, each step an operand. */
    JSON_EXTRACT_PATH("json_extract_path", Form.CALL),
    JSON_EXTRACT_PATH_TEXT("json_extract_path_text", Form.CALL),
    /** Of jsonb or of arrays. */
    CONTAINS("@>", Form.INFIX),
    CONTAINED_IN("<@", Form.INFIX),
    /** Of arrays. */
    OVERLAPS("&&", Form.INFIX),
    HAS_KEY("?", Form.INFIX),
    HAS_ANY_KEY("?|", Form.INFIX),
    HAS_ALL_KEYS("?&", Form.INFIX),
    JSON_ARRAY_LENGTH("json_array_length", Form.CALL),
    JSON_TYPEOF("json_typeof", Form.CALL),
    /** Of any number of operands of any types. */
    JSON_BUILD_ARRAY("json_build_array", Form.CALL),
    JSON_BUILD_OBJECT("json_build_object", Form.CALL),
    JSONB_BUILD_ARRAY("jsonb_build_array", Form.CALL),
    JSONB_BUILD_OBJECT("jsonb_build_object", Form.CALL),
    JSONB_STRIP_NULLS("jsonb_strip_nulls", Form.CALL),
    TO_JSON("to_json", Form.CALL),
    TO_JSONB("to_jsonb", Form.CALL),
    /** A row as an object: what is NULL where there is none, whether in lines, then names and values in turn. */
    ROW_OBJECT("row_to_json", Form.CALL),
    ARRAY_TO_JSON("array_to_json", Form.CALL),
    /** Of text arrays. */
    JSONB_OBJECT("jsonb_object", Form.CALL),
    JSON_STRIP_NULLS("json_strip_nulls", Form.CALL),
    JSONB_DELETE_PATH("#-", Form.INFIX),
    /** ARRAY[...] of values of one type, or of arrays of it. */
    ARRAY("array", Form.CALL),
    /** Operands: the array, an integer a dimension; or jsonb and a name or an index. */
    SUBSCRIPT("subscript", Form.CALL),
    /** a[1:2]: the array, the first and the last subscript. */
    SLICE("slice", Form.CALL),
    /** x = ANY (array): operands x, the comparison as a constant text, the array. */
    ANY("any", Form.CALL),
    ALL("all", Form.CALL),
    /** Operands: the array, the dimension. */
    ARRAY_LENGTH("array_length", Form.CALL),
    ARRAY_LOWER("array_lower", Form.CALL),
    ARRAY_NDIMS("array_ndims", Form.CALL),
    CARDINALITY("cardinality", Form.CALL),
    ARRAY_POSITION("array_position", Form.CALL),
    ARRAY_REMOVE("array_remove", Form.CALL),
    ARRAY_REPLACE("array_replace", Form.CALL),
    ARRAY_TO_STRING("array_to_string", Form.CALL),
    STRING_TO_ARRAY("string_to_array", Form.CALL),
    /** Operands: the text, the pattern, and what the overload adds. */
    REGEXP_COUNT("regexp_count", Form.CALL),
    REGEXP_INSTR("regexp_instr", Form.CALL),
    REGEXP_LIKE("regexp_like", Form.CALL),
    REGEXP_MATCH("regexp_match", Form.CALL),
    REGEXP_REPLACE("regexp_replace", Form.CALL),
    REGEXP_SPLIT_TO_ARRAY("regexp_split_to_array", Form.CALL),
    REGEXP_SUBSTR("regexp_substr", Form.CALL),
    /** Those that give rows, as a list of them. */
    REGEXP_MATCHES("regexp_matches", Form.CALL),
    REGEXP_SPLIT_TO_TABLE("regexp_split_to_table", Form.CALL),
    /** A pattern of SIMILAR TO as a regular expression. */
    SIMILAR_TO_ESCAPE("similar_to_escape", Form.CALL),
    ACOS("acos", Form.CALL),
    AGE("age", Form.CALL),
    ASCII("ascii", Form.CALL),
    ASIN("asin", Form.CALL),
    ATAN("atan", Form.CALL),
    ATAN2("atan2", Form.CALL),
    CBRT("cbrt", Form.CALL),
    CHR("chr", Form.CALL),
    COS("cos", Form.CALL),
    COT("cot", Form.CALL),
    DATE_BIN("date_bin", Form.CALL),
    DECODE("decode", Form.CALL),
    DEGREES("degrees", Form.CALL),
    DIV("div", Form.CALL),
    ENCODE("encode", Form.CALL),
    FORMAT("format", Form.CALL),
    GCD("gcd", Form.CALL),
    ISFINITE("isfinite", Form.CALL),
    JUSTIFY_DAYS("justify_days", Form.CALL),
    JUSTIFY_HOURS("justify_hours", Form.CALL),
    LCM("lcm", Form.CALL),
    MAKE_DATE("make_date", Form.CALL),
    OVERLAY("overlay", Form.CALL),
    PI("pi", Form.CALL),
    QUOTE_LITERAL("quote_literal", Form.CALL),
    RADIANS("radians", Form.CALL),
    SHA256("sha256", Form.CALL),
    SIN("sin", Form.CALL),
    TAN("tan", Form.CALL),
    TO_HEX("to_hex", Form.CALL),
    /** Of seconds, or of a text and the template. */
    TO_TIMESTAMP("to_timestamp", Form.CALL),
    TO_DATE("to_date", Form.CALL),
    TO_NUMBER("to_number", Form.CALL),
    /** Operands: a time, an interval or a number, the template. */
    TO_CHAR("to_char", Form.CALL),
    TRANSLATE("translate", Form.CALL),
    ARRAY_DIMS("array_dims", Form.CALL),
    ARRAY_FILL("array_fill", Form.CALL),
    ARRAY_POSITIONS("array_positions", Form.CALL),
    BIT_LENGTH("bit_length", Form.CALL),
    FACTORIAL("factorial", Form.CALL),
    JSONB_INSERT("jsonb_insert", Form.CALL),
    JSONB_PRETTY("jsonb_pretty", Form.CALL),
    JSONB_SET("jsonb_set", Form.CALL),
    JUSTIFY_INTERVAL("justify_interval", Form.CALL),
    LOG("log", Form.CALL),
    MAKE_INTERVAL("make_interval", Form.CALL),
    MAKE_TIME("make_time", Form.CALL),
    MAKE_TIMESTAMP("make_timestamp", Form.CALL),
    MIN_SCALE("min_scale", Form.CALL),
    NUM_NONNULLS("num_nonnulls", Form.CALL),
    NUM_NULLS("num_nulls", Form.CALL),
    PERIODS_OVERLAP("overlaps", Form.CALL),
    QUOTE_IDENT("quote_ident", Form.CALL),
    QUOTE_NULLABLE("quote_nullable", Form.CALL),
    SCALE("scale", Form.CALL),
    SHA224("sha224", Form.CALL),
    SHA384("sha384", Form.CALL),
    SHA512("sha512", Form.CALL),
    TO_BIN("to_bin", Form.CALL),
    TO_OCT("to_oct", Form.CALL),
    TRIM_ARRAY("trim_array", Form.CALL),
    TRIM_SCALE("trim_scale", Form.CALL),
    WIDTH_BUCKET("width_bucket", Form.CALL),
    ARRAY_REVERSE("array_reverse", Form.CALL),
    ARRAY_SORT("array_sort", Form.CALL),
    CONVERT_FROM("convert_from", Form.CALL),
    CONVERT_TO("convert_to", Form.CALL),
    CRC32("crc32", Form.CALL),
    CRC32C("crc32c", Form.CALL),
    DATE_ADD("date_add", Form.CALL),
    DATE_SUBTRACT("date_subtract", Form.CALL),
    MAKE_TIMESTAMPTZ("make_timestamptz", Form.CALL),
    NORMALIZE("normalize", Form.CALL),
    UNISTR("unistr", Form.CALL),
    /** The present time; no operand. Only {@link TemporalConditions} take it, no expression is computed from it. */
    NOW("now", Form.CALL);

    private enum Form {
        INFIX,
        PREFIX,
        POSTFIX,
        CALL
    }

    private final String symbol;
    private final Form form;

    Function(String symbol, Form form) {
        this.symbol = symbol;
        this.form = form;
    }

    /** PostgreSQL's name or symbol. */
    public String symbol() {
        return symbol;
    }

    String render(List<String> operands) {
        return switch (form) {
            case INFIX -> "(" + String.join(" " + symbol + " ", operands) + ")";
            case PREFIX -> "(" + symbol + " " + operands.get(0) + ")";
            case POSTFIX -> "(" + operands.get(0) + " " + symbol + ")";
            case CALL -> symbol + "(" + String.join(", ", operands) + ")";
        };
    }
}
