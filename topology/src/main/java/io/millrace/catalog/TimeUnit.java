package io.millrace.catalog;

import java.util.HashMap;
import java.util.Map;

/** The fields that intervals, extract and date_trunc know, with all the names that PostgreSQL has for them. */
public enum TimeUnit {
    MICROSECOND("us", "usec", "usecs", "useconds", "microsecond", "microseconds"),
    MILLISECOND("ms", "msec", "msecs", "mseconds", "millisecond", "milliseconds"),
    SECOND("s", "sec", "secs", "second", "seconds"),
    MINUTE("m", "min", "mins", "minute", "minutes"),
    HOUR("h", "hr", "hrs", "hour", "hours"),
    DAY("d", "day", "days"),
    WEEK("w", "week", "weeks"),
    MONTH("mon", "mons", "month", "months"),
    QUARTER("qtr", "quarter"),
    YEAR("y", "yr", "yrs", "year", "years"),
    DECADE("dec", "decs", "decade", "decades"),
    CENTURY("c", "cent", "century", "centuries"),
    MILLENNIUM("mil", "mils", "millennium", "millennia"),
    ISOYEAR("isoyear"),
    DAY_OF_WEEK("dow"),
    ISO_DAY_OF_WEEK("isodow"),
    DAY_OF_YEAR("doy"),
    JULIAN("j", "jd", "julian"),
    EPOCH("epoch"),
    TIMEZONE("timezone"),
    TIMEZONE_HOUR("timezone_h"),
    TIMEZONE_MINUTE("timezone_m");

    /** PostgreSQL compares no more of a name. */
    private static final int NAME_LENGTH = 10;

    private static final Map<String, TimeUnit> BY_NAME = new HashMap<>();

    static {
        for (TimeUnit unit : values()) {
            for (String name : unit.names) {
                BY_NAME.put(shortened(name), unit);
            }
        }
    }

    private final String[] names;

    TimeUnit(String... names) {
        this.names = names;
    }

    /** The unit of a name in lower case; null for none. */
    public static TimeUnit named(String name) {
        return BY_NAME.get(shortened(name));
    }

    private static String shortened(String name) {
        return name.length() > NAME_LENGTH ? name.substring(0, NAME_LENGTH) : name;
    }
}
