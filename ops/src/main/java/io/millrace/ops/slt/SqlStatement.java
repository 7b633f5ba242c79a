package io.millrace.ops.slt;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A statement of a test and how it is run. Immutable.
 *
 * @param kind what it does
 * @param text what PostgreSQL is given: a materialized view is a plain one there
 */
record SqlStatement(Kind kind, String text) {
    /** What a statement does. */
    enum Kind {
        /** Makes a view that the engine maintains. */
        CREATE_VIEW,
        /** Makes a table, which may be an event topic. */
        CREATE_TABLE,
        /** Makes an index, which a view has no use for in PostgreSQL. */
        CREATE_INDEX,
        /** Changes what tables, types and views there are, or may do so. */
        DEFINE,
        /** A query. */
        READ,
        /** Changes rows. */
        WRITE,
        /** A setting, which PostgreSQL need not know. */
        SET,
        /** Nothing to do: views are always up to date before they are looked at. */
        NOTHING
    }

    private static final String MATERIALIZED = "(?i)\\bMATERIALIZED(?=\\s+VIEW\\b)";
    private static final Pattern CREATE_VIEW =
            Pattern.compile("CREATE\\s+(OR\\s+REPLACE\\s+)?(MATERIALIZED\\s+|RECURSIVE\\s+)?VIEW\\b.*", flags());
    private static final Pattern CREATE_TABLE = Pattern.compile("CREATE\\s+TABLE\\b.*", flags());
    private static final Pattern CREATE_INDEX = Pattern.compile("CREATE\\s+(UNIQUE\\s+)?INDEX\\b.*", flags());
    private static final Pattern NOTHING = Pattern.compile("(FLUSH|REFRESH\\s+MATERIALIZED\\s+VIEW)\\b.*", flags());
    private static final Pattern WRITES = Pattern.compile("\\b(INSERT|UPDATE|DELETE|MERGE|INTO)\\b", flags());
    private static final Pattern VIEW_NAME = Pattern.compile(
            "CREATE\\s+(?:OR\\s+REPLACE\\s+)?(?:(?:MATERIALIZED|RECURSIVE)\\s+)?VIEW\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?"
                    + "(?:public\\s*\\.\\s*)?(\"(?:[^\"]|\"\")+\"|[\\p{L}_][\\p{L}\\p{N}_$]*)",
            flags());
    private static final Set<String> WRITE_WORDS = Set.of("insert", "update", "delete", "merge", "truncate", "copy");
    private static final Set<String> READ_WORDS = Set.of("select", "values", "table", "with");

    private static int flags() {
        return Pattern.CASE_INSENSITIVE | Pattern.DOTALL;
    }

    static SqlStatement of(String sql) {
        String text = sql.strip();
        if (NOTHING.matcher(text).matches()) {
            return new SqlStatement(Kind.NOTHING, text);
        } else if (CREATE_VIEW.matcher(text).matches()) {
            return new SqlStatement(Kind.CREATE_VIEW, plainView(text));
        } else if (CREATE_TABLE.matcher(text).matches()) {
            return new SqlStatement(Kind.CREATE_TABLE, text);
        } else if (CREATE_INDEX.matcher(text).matches()) {
            return new SqlStatement(Kind.CREATE_INDEX, text);
        }
        String word = text.split("\\W", 2)[0].toLowerCase(Locale.ROOT);
        if (word.equals("set")) {
            return new SqlStatement(Kind.SET, text);
        } else if (WRITE_WORDS.contains(word)) {
            return new SqlStatement(Kind.WRITE, text);
        } else if (READ_WORDS.contains(word)) {
            return new SqlStatement(WRITES.matcher(text).find() ? Kind.DEFINE : Kind.READ, text);
        }
        return new SqlStatement(Kind.DEFINE, text.replaceFirst(MATERIALIZED, ""));
    }

    private static String plainView(String text) {
        return text.replaceFirst(MATERIALIZED, "")
                .replaceFirst("(?i)(\\bVIEW\\s+)IF\\s+NOT\\s+EXISTS\\b", "$1")
                .replaceFirst("(?is)\\s+WITH\\s+(NO\\s+)?DATA\\s*$", "");
    }

    /** The name of the view that it makes, as PostgreSQL stores it. */
    String viewName() {
        Matcher matcher = VIEW_NAME.matcher(text);
        if (!matcher.lookingAt()) {
            return "";
        }
        String name = matcher.group(1);
        return name.startsWith("\"")
                ? name.substring(1, name.length() - 1).replace("\"\"", "\"")
                : name.toLowerCase(Locale.ROOT);
    }

    /** Whether a text speaks of that name, as a word of its own. */
    static boolean mentions(String text, String name) {
        return Pattern.compile("(?<![\\w$])" + Pattern.quote(name) + "(?![\\w$])", Pattern.CASE_INSENSITIVE)
                .matcher(text)
                .find();
    }
}
