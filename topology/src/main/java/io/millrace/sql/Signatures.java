package io.millrace.sql;

import io.millrace.catalog.SqlType;
import io.millrace.sql.Signature.Like;
import io.millrace.sql.Signature.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Every function and operator over one row's values that a view may call, with PostgreSQL's own signatures; a test compares
 * them with its catalog. A name is written once for all overloads that differ in their types.
 */
public final class Signatures {
    private static final String TABLE = """
            + smallint,smallint:smallint integer,integer:integer bigint,bigint:bigint smallint,integer:integer
            + integer,smallint:integer smallint,bigint:bigint bigint,smallint:bigint integer,bigint:bigint
            + bigint,integer:bigint numeric,numeric:numeric real,real:real double,double:double real,double:double
            + double,real:double date,integer:date integer,date:date date,interval:timestamp interval,date:timestamp
            + date,time:timestamp time,date:timestamp timestamp,interval:timestamp interval,timestamp:timestamp
            + timestamptz,interval:timestamptz interval,timestamptz:timestamptz time,interval:time interval,time:time
            + interval,interval:interval
            - smallint,smallint:smallint integer,integer:integer bigint,bigint:bigint smallint,integer:integer
            - integer,smallint:integer smallint,bigint:bigint bigint,smallint:bigint integer,bigint:bigint
            - bigint,integer:bigint numeric,numeric:numeric real,real:real double,double:double real,double:double
            - double,real:double date,integer:date date,date:integer date,interval:timestamp
            - timestamp,interval:timestamp timestamptz,interval:timestamptz timestamp,timestamp:interval
            - timestamptz,timestamptz:interval time,interval:time time,time:interval interval,interval:interval
            - smallint:smallint integer:integer bigint:bigint numeric:numeric real:real double:double interval:interval
            * smallint,smallint:smallint integer,integer:integer bigint,bigint:bigint smallint,integer:integer
            * integer,smallint:integer smallint,bigint:bigint bigint,smallint:bigint integer,bigint:bigint
            * bigint,integer:bigint numeric,numeric:numeric real,real:real double,double:double real,double:double
            * double,real:double interval,double:interval double,interval:interval
            / smallint,smallint:smallint integer,integer:integer bigint,bigint:bigint smallint,integer:integer
            / integer,smallint:integer smallint,bigint:bigint bigint,smallint:bigint integer,bigint:bigint
            / bigint,integer:bigint numeric,numeric:numeric real,real:real double,double:double real,double:double
            / double,real:double interval,double:interval
            % smallint,smallint:smallint integer,integer:integer bigint,bigint:bigint numeric,numeric:numeric
            || text,text:text bytea,bytea:bytea text,anynonarray:text anynonarray,text:text jsonb,jsonb:jsonb
            || anycompatiblearray,anycompatiblearray:anycompatiblearray anycompatiblearray,anycompatible:anycompatiblearray
            || anycompatible,anycompatiblearray:anycompatiblearray
            - jsonb,text:jsonb jsonb,text[]:jsonb jsonb,integer:jsonb
            -> json,text:json json,integer:json jsonb,text:jsonb jsonb,integer:jsonb
            ->> json,text:text json,integer:text jsonb,text:text jsonb,integer:text
            #> json,text[]:json jsonb,text[]:jsonb
            #>> json,text[]:text jsonb,text[]:text
            #- jsonb,text[]:jsonb
            @> jsonb,jsonb:boolean anyarray,anyarray:boolean
            <@ jsonb,jsonb:boolean anyarray,anyarray:boolean
            && anyarray,anyarray:boolean
            ? jsonb,text:boolean
            ?| jsonb,text[]:boolean
            ?& jsonb,text[]:boolean
            ^ numeric,numeric:numeric double,double:double
            & smallint,smallint:smallint integer,integer:integer bigint,bigint:bigint
            | smallint,smallint:smallint integer,integer:integer bigint,bigint:bigint
            # smallint,smallint:smallint integer,integer:integer bigint,bigint:bigint
            << smallint,integer:smallint integer,integer:integer bigint,integer:bigint
            >> smallint,integer:smallint integer,integer:integer bigint,integer:bigint
            abs smallint:smallint integer:integer bigint:bigint numeric:numeric real:real double:double
            ceil numeric:numeric double:double
            ceiling numeric:numeric double:double
            exp numeric:numeric double:double
            floor numeric:numeric double:double
            ln numeric:numeric double:double
            mod smallint,smallint:smallint integer,integer:integer bigint,bigint:bigint numeric,numeric:numeric
            pow numeric,numeric:numeric double,double:double
            power numeric,numeric:numeric double,double:double
            round numeric:numeric double:double numeric,integer:numeric
            sign numeric:numeric double:double
            sqrt numeric:numeric double:double
            trunc numeric:numeric double:double numeric,integer:numeric
            btrim text:text text,text:text
            char_length text:integer char:integer
            character_length text:integer char:integer
            concat any...:text
            concat_ws text,any...:text
            initcap text:text
            left text,integer:text
            length text:integer char:integer bytea:integer
            lower text:text
            lpad text,integer:text text,integer,text:text
            ltrim text:text text,text:text
            md5 text:text bytea:text
            octet_length text:integer char:integer bytea:integer
            position text,text:integer
            repeat text,integer:text
            replace text,text,text:text
            reverse text:text bytea:bytea
            right text,integer:text
            rpad text,integer:text text,integer,text:text
            rtrim text:text text,text:text
            split_part text,text,integer:text
            starts_with text,text:boolean
            strpos text,text:integer
            substr text,integer:text text,integer,integer:text bytea,integer:bytea bytea,integer,integer:bytea
            substring text,integer:text text,integer,integer:text bytea,integer:bytea bytea,integer,integer:bytea
            substring text,text:text text,text,text:text
            upper text:text
            date_part text,date:double text,time:double text,timestamp:double text,timestamptz:double
            date_part text,interval:double
            date_trunc text,timestamp:timestamp text,timestamptz:timestamptz text,interval:interval
            date_trunc text,timestamptz,text:timestamptz
            extract text,date:numeric text,time:numeric text,timestamp:numeric text,timestamptz:numeric
            extract text,interval:numeric
            timezone text,timestamp:timestamptz text,timestamptz:timestamp interval,timestamp:timestamptz
            timezone interval,timestamptz:timestamp
            div numeric,numeric:numeric
            gcd integer,integer:integer bigint,bigint:bigint
            lcm integer,integer:integer bigint,bigint:bigint
            cbrt double:double
            sin double:double
            cos double:double
            tan double:double
            cot double:double
            asin double:double
            acos double:double
            atan double:double
            atan2 double,double:double
            degrees double:double
            radians double:double
            pi :double
            ascii text:integer
            chr integer:text
            decode text,text:bytea
            encode bytea,text:text
            format text:text text,any...:text
            overlay text,text,integer:text text,text,integer,integer:text
            quote_literal text:text
            regexp_count text,text:integer text,text,integer:integer text,text,integer,text:integer
            regexp_instr text,text:integer text,text,integer:integer text,text,integer,integer:integer
            regexp_instr text,text,integer,integer,integer:integer text,text,integer,integer,integer,text:integer
            regexp_instr text,text,integer,integer,integer,text,integer:integer
            regexp_like text,text:boolean text,text,text:boolean
            regexp_match text,text:text[] text,text,text:text[]
            regexp_replace text,text,text:text text,text,text,text:text text,text,text,integer:text
            regexp_replace text,text,text,integer,integer:text text,text,text,integer,integer,text:text
            regexp_split_to_array text,text:text[] text,text,text:text[]
            regexp_substr text,text:text text,text,integer:text text,text,integer,integer:text
            regexp_substr text,text,integer,integer,text:text text,text,integer,integer,text,integer:text
            similar_to_escape text:text text,text:text
            sha256 bytea:bytea
            array_dims anyarray:text
            array_fill anyelement,integer[]:anyarray
            array_positions anycompatiblearray,anycompatible:integer[]
            bit_length text:integer bytea:integer
            factorial bigint:numeric
            jsonb_insert jsonb,text[],jsonb:jsonb jsonb,text[],jsonb,boolean:jsonb
            jsonb_pretty jsonb:text
            jsonb_set jsonb,text[],jsonb:jsonb jsonb,text[],jsonb,boolean:jsonb
            justify_interval interval:interval
            log numeric:numeric double:double numeric,numeric:numeric
            log10 numeric:numeric double:double
            make_interval :interval integer:interval integer,integer:interval integer,integer,integer:interval
            make_interval integer,integer,integer,integer:interval integer,integer,integer,integer,integer:interval
            make_interval integer,integer,integer,integer,integer,integer:interval
            make_interval integer,integer,integer,integer,integer,integer,double:interval
            make_time integer,integer,double:time
            make_timestamp integer,integer,integer,integer,integer,double:timestamp
            min_scale numeric:integer
            num_nonnulls any...:integer
            num_nulls any...:integer
            overlaps timestamp,timestamp,timestamp,timestamp:boolean
            overlaps timestamptz,timestamptz,timestamptz,timestamptz:boolean time,time,time,time:boolean
            overlaps timestamp,interval,timestamp,interval:boolean timestamp,timestamp,timestamp,interval:boolean
            overlaps timestamp,interval,timestamp,timestamp:boolean time,interval,time,interval:boolean
            overlaps timestamptz,interval,timestamptz,interval:boolean time,time,time,interval:boolean
            overlaps timestamptz,timestamptz,timestamptz,interval:boolean time,interval,time,time:boolean
            overlaps timestamptz,interval,timestamptz,timestamptz:boolean
            quote_ident text:text
            quote_nullable text:text
            scale numeric:integer
            sha224 bytea:bytea
            sha384 bytea:bytea
            sha512 bytea:bytea
            to_bin integer:text bigint:text
            to_oct integer:text bigint:text
            trim_array anyarray,integer:anyarray
            trim_scale numeric:numeric
            width_bucket numeric,numeric,numeric,integer:integer double,double,double,integer:integer
            width_bucket anycompatible,anycompatiblearray:integer
            to_char timestamp,text:text timestamptz,text:text interval,text:text integer,text:text bigint,text:text
            to_char numeric,text:text real,text:text double,text:text
            to_hex integer:text bigint:text
            translate text,text,text:text
            age timestamp,timestamp:interval timestamptz,timestamptz:interval
            date_bin interval,timestamp,timestamp:timestamp interval,timestamptz,timestamptz:timestamptz
            isfinite date:boolean timestamp:boolean timestamptz:boolean interval:boolean
            justify_days interval:interval
            justify_hours interval:interval
            make_date integer,integer,integer:date
            to_timestamp double:timestamptz text,text:timestamptz
            to_date text,text:date
            to_number text,text:numeric
            make_timestamptz integer,integer,integer,integer,integer,double:timestamptz
            make_timestamptz integer,integer,integer,integer,integer,double,text:timestamptz
            date_add timestamptz,interval:timestamptz timestamptz,interval,text:timestamptz
            date_subtract timestamptz,interval:timestamptz timestamptz,interval,text:timestamptz
            convert_from bytea,name:text
            convert_to text,name:bytea
            crc32 bytea:bigint
            crc32c bytea:bigint
            normalize text:text text,text:text
            unistr text:text
            array_append anycompatiblearray,anycompatible:anycompatiblearray
            array_cat anycompatiblearray,anycompatiblearray:anycompatiblearray
            array_length anyarray,integer:integer
            array_lower anyarray,integer:integer
            array_ndims anyarray:integer
            array_position anycompatiblearray,anycompatible:integer anycompatiblearray,anycompatible,integer:integer
            array_prepend anycompatible,anycompatiblearray:anycompatiblearray
            array_remove anycompatiblearray,anycompatible:anycompatiblearray
            array_replace anycompatiblearray,anycompatible,anycompatible:anycompatiblearray
            array_to_string anyarray,text:text anyarray,text,text:text
            array_upper anyarray,integer:integer
            cardinality anyarray:integer
            array_reverse anyarray:anyarray
            array_sort anyarray:anyarray anyarray,boolean:anyarray anyarray,boolean,boolean:anyarray
            string_to_array text,text:text[] text,text,text:text[]
            array_to_json anyarray:json anyarray,boolean:json
            json_array_length json:integer
            json_build_array any...:json
            json_build_object any...:json
            json_extract_path json,text...:json
            json_extract_path_text json,text...:text
            json_typeof json:text
            jsonb_array_length jsonb:integer
            jsonb_build_array any...:jsonb
            jsonb_build_object any...:jsonb
            jsonb_extract_path jsonb,text...:jsonb
            jsonb_extract_path_text jsonb,text...:text
            json_strip_nulls json:json json,boolean:json
            jsonb_object text[]:jsonb text[],text[]:jsonb
            row_to_json record:json record,boolean:json
            jsonb_strip_nulls jsonb:jsonb jsonb,boolean:jsonb
            jsonb_typeof jsonb:text
            to_json anyelement:json
            to_jsonb anyelement:jsonb
            """;

    private static final Map<String, SqlType> TYPES = Map.ofEntries(
            Map.entry("boolean", SqlType.BOOLEAN),
            Map.entry("smallint", SqlType.SMALLINT),
            Map.entry("integer", SqlType.INTEGER),
            Map.entry("bigint", SqlType.BIGINT),
            Map.entry("numeric", SqlType.NUMERIC),
            Map.entry("real", SqlType.REAL),
            Map.entry("double", SqlType.DOUBLE),
            Map.entry("text", SqlType.TEXT),
            Map.entry("text[]", SqlType.array(SqlType.TEXT)),
            Map.entry("integer[]", SqlType.array(SqlType.INTEGER)),
            Map.entry("json", SqlType.JSON),
            Map.entry("jsonb", SqlType.JSONB),
            Map.entry("char", SqlType.of(SqlType.Kind.CHAR)),
            Map.entry("bytea", SqlType.BYTEA),
            Map.entry("date", SqlType.DATE),
            Map.entry("time", SqlType.TIME),
            Map.entry("timestamp", SqlType.TIMESTAMP),
            Map.entry("timestamptz", SqlType.TIMESTAMPTZ),
            Map.entry("interval", SqlType.INTERVAL));

    private static final String REPEATED = "...";

    private static final Map<String, List<Signature>> BY_NAME = read();

    private Signatures() {}

    /** The overloads by name, in the table's order. */
    public static Map<String, List<Signature>> byName() {
        return BY_NAME;
    }

    private static Map<String, List<Signature>> read() {
        Map<String, List<Signature>> signatures = new LinkedHashMap<>();
        TABLE.lines().forEach(line -> {
            String[] words = line.split(" ");
            List<Signature> overloads = signatures.computeIfAbsent(words[0], any -> new ArrayList<>());
            Arrays.stream(words).skip(1).map(word -> read(words[0], word)).forEach(overloads::add);
        });
        signatures.replaceAll((name, overloads) -> List.copyOf(overloads));
        return signatures;
    }

    private static Signature read(String name, String written) {
        int colon = written.indexOf(':');
        String parameters = written.substring(0, colon);
        boolean variadic = parameters.endsWith(REPEATED);
        String each = variadic ? parameters.substring(0, parameters.length() - REPEATED.length()) : parameters;
        return new Signature(
                name,
                Arrays.stream(each.split(","))
                        .filter(parameter -> !parameter.isEmpty())
                        .map(Signatures::parameter)
                        .toList(),
                variadic,
                parameter(written.substring(colon + 1)));
    }

    private static Parameter parameter(String written) {
        return switch (written) {
            case "any" -> new Parameter.Any();
            case "record" -> new Parameter.Whole();
            case "name" -> new Parameter.Name();
            case "anynonarray" -> new Parameter.AnyButArray();
            case "anyelement" -> new Parameter.Polymorphic(Like.ELEMENT);
            case "anyarray" -> new Parameter.Polymorphic(Like.ARRAY);
            case "anycompatible" -> new Parameter.Polymorphic(Like.COMPATIBLE);
            case "anycompatiblearray" -> new Parameter.Polymorphic(Like.COMPATIBLE_ARRAY);
            default -> new Parameter.Typed(TYPES.get(written));
        };
    }
}
