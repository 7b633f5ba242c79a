package io.millrace.grammar;

import io.millrace.grammar.parser.PostgresTokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.calcite.avatica.util.Casing;
import org.apache.calcite.avatica.util.Quoting;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlParseException;
import org.apache.calcite.sql.parser.SqlParser;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.validate.SqlConformance;
import org.apache.calcite.sql.validate.SqlConformanceEnum;
import org.apache.calcite.sql.validate.SqlDelegatingConformance;

/**
 * A file of SQL statements: those that Millrace reads, parsed, and those that it has no use for, such as what
 * {@code pg_dump --schema-only} writes besides tables, passed over. Every position is the one in the file. Immutable.
 *
 * @param parsed the statements that were read, in order
 * @param errors the statements that could not be
 * @param passed where statements were passed over; a mistake in a file that needs no others
 */
public record Script(List<Parsed> parsed, List<Error> errors, List<Error> passed) {
    /** ROW(a, b) may stand where a value may. */
    private static final SqlConformance ROWS_ARE_WRITTEN = new SqlDelegatingConformance(SqlConformanceEnum.BABEL) {
        @Override
        public boolean allowExplicitRowValueConstructor() {
            return true;
        }
    };

    /** Statements that are parsed; all others are passed over. */
    private static final Pattern READ = Pattern.compile(
            "CREATE\\s+(TABLE|TYPE\\s+[^;]*\\bAS\\s+ENUM|(OR\\s+REPLACE\\s+)?(MATERIALIZED\\s+)?VIEW|SINK)\\b.*"
                    + "|ALTER\\s+TABLE\\s+[^;]*\\bADD\\s+(CONSTRAINT|PRIMARY|UNIQUE)\\b.*"
                    + "|ALTER\\s+TABLE\\s+(ONLY\\s+)?\\S+\\s+REPLICA\\s+IDENTITY\\b.*",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /** Indexes are parsed where they are of views; those of tables are the databases' own matter. */
    private static final Pattern INDEX =
            Pattern.compile("CREATE\\s+(UNIQUE\\s+)?INDEX\\b.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /** What PostgreSQL has a statement for; a word that is none of these is a slip of the hand. */
    private static final Set<String> COMMANDS = words("""
            abort alter analyze begin call checkpoint close cluster comment commit copy create deallocate declare delete
            discard do drop end execute explain fetch grant import insert listen load lock merge move notify prepare reassign
            refresh reindex release reset revoke rollback savepoint security select set show start table truncate unlisten
            update vacuum values with""");

    /** What CREATE makes, and the words before it. */
    private static final Set<String> CREATED = words("""
            access aggregate cast collation constraint conversion database default domain event extension foreign function
            global group index language local materialized operator or policy procedural procedure publication recursive role
            rule schema sequence server sink statistics subscription table tablespace temp temporary text transform trigger
            trusted type unique unlogged user view""");

    private static final Pattern WORD_OR_SIGN = Pattern.compile("\\w+|\\W");

    private static final Pattern FIRST_WORDS = Pattern.compile("(\\w+)(?:(\\s+)(\\w+))?.*", Pattern.DOTALL);

    private static final Pattern DOLLAR_QUOTE = Pattern.compile("\\$([A-Za-z_][A-Za-z_0-9]*)?\\$");

    /** What views.sql may hold; anything else there is a mistake rather than something to pass over. */
    private static final Pattern QUERY =
            Pattern.compile("(SELECT|WITH|VALUES)\\b.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /**
     * A statement.
     *
     * @param statement its nodes, with positions in the file
     * @param text as it was written, without the semicolon
     * @param offset where {@code text} begins in the file, in characters
     */
    public record Parsed(SqlNode statement, String text, int offset) {
        /** What is written behind a part of the statement, up to the statement's end. */
        public String textBehind(SqlParserPos part) {
            SqlParserPos start = statement.getParserPosition();
            int line = part.getEndLineNum() - start.getLineNum() + 1;
            int column = part.getEndColumnNum() - (line == 1 ? start.getColumnNum() - 1 : 0);
            return text.substring(Script.offset(text, line, column) + 1);
        }
    }

    /**
     * A statement that is not valid.
     *
     * @param line from 1
     * @param column from 1
     * @param message what is wrong there
     * @param hint what to do about it; null when the message says it all
     */
    public record Error(int line, int column, String message, String hint) {}

    public Script {
        parsed = List.copyOf(parsed);
        errors = List.copyOf(errors);
        passed = List.copyOf(passed);
    }

    /** The texts of all statements, without semicolons and the comments before them; none is parsed. */
    public static List<String> texts(String file) {
        return split(file).stream()
                .map(range -> file.substring(range[0], range[1]))
                .toList();
    }

    /** Reads the text of a file of tables, which passes over indexes. */
    public static Script read(String file) {
        return read(file, text -> READ.matcher(text).matches());
    }

    /** Reads the text of a file of views, which may have indexes. */
    public static Script readViews(String file) {
        return read(
                file,
                text -> READ.matcher(text).matches() || INDEX.matcher(text).matches());
    }

    private static Script read(String file, Predicate<String> isRead) {
        List<Parsed> parsed = new ArrayList<>();
        List<Error> errors = new ArrayList<>();
        List<Error> passed = new ArrayList<>();
        for (int[] range : split(file)) {
            String text = file.substring(range[0], range[1]);
            if (QUERY.matcher(text).matches() && !text.toLowerCase(Locale.ROOT).contains("pg_catalog.set_config")) {
                errors.add(place(file, range[0], "a query alone does nothing here", "write CREATE VIEW name AS ..."));
            } else if (isRead.test(text)) {
                parse(file, text, range[0], parsed, errors);
            } else {
                pass(file, text, range[0], passed, errors);
            }
        }
        return new Script(parsed, errors, passed);
    }

    /** Passes over a statement that is not read here, unless PostgreSQL has none such. */
    private static void pass(String file, String text, int offset, List<Error> passed, List<Error> errors) {
        int unknown = unknownWord(text);
        if (unknown < 0) {
            passed.add(unexpected(file, offset, null));
        } else {
            errors.add(unexpected(
                    file, offset + unknown, "PostgreSQL has no such statement; docs/sql.md lists those that are read"));
        }
    }

    /** Where a statement's first words are none of PostgreSQL's, in characters from its beginning; -1 if they are. */
    private static int unknownWord(String text) {
        Matcher words = FIRST_WORDS.matcher(text);
        if (!words.matches() || !COMMANDS.contains(words.group(1).toLowerCase(Locale.ROOT))) {
            return 0;
        }
        boolean creates = words.group(1).equalsIgnoreCase("CREATE") && words.group(3) != null;
        return creates && !CREATED.contains(words.group(3).toLowerCase(Locale.ROOT)) ? words.start(3) : -1;
    }

    private static void parse(String file, String text, int offset, List<Parsed> parsed, List<Error> errors) {
        Error start = place(file, offset, "", null);
        String padded = "\n".repeat(start.line() - 1) + " ".repeat(start.column() - 1) + text;
        try {
            parsed.add(new Parsed(SqlParser.create(padded, config()).parseStmt(), text, offset));
        } catch (SqlParseException e) {
            SqlParserPos pos = e.getPos() == null ? new SqlParserPos(start.line(), start.column()) : e.getPos();
            int stopped = Math.min(padded.length(), offset(padded, pos.getLineNum(), pos.getColumnNum()));
            SyntaxMistake mistake = SyntaxMistake.of(e, padded.substring(stopped));
            errors.add(new Error(pos.getLineNum(), pos.getColumnNum(), mistake.message(), mistake.hint()));
        }
    }

    /** PostgreSQL's lexical rules: unquoted names fold to lower case. */
    public static SqlParser.Config config() {
        return SqlParser.config()
                .withParserFactory(PostgresTokens.PARSERS)
                .withUnquotedCasing(Casing.TO_LOWER)
                .withQuotedCasing(Casing.UNCHANGED)
                .withQuoting(Quoting.DOUBLE_QUOTE)
                .withIdentifierMaxLength(255)
                .withConformance(ROWS_ARE_WRITTEN);
    }

    /** Where a line and column are in a text, in characters from its beginning. */
    private static int offset(String text, int line, int column) {
        int start = 0;
        for (int i = 1; i < line && start >= 0; i++) {
            start = text.indexOf('\n', start) + 1;
        }
        return start + column - 1;
    }

    private static Error unexpected(String file, int offset, String hint) {
        Matcher word = WORD_OR_SIGN.matcher(file).region(offset, file.length());
        return place(file, offset, "syntax error at or near \"" + (word.lookingAt() ? word.group() : "") + "\"", hint);
    }

    private static Set<String> words(String words) {
        return Set.of(words.strip().split("\\s+"));
    }

    private static Error place(String file, int offset, String message, String hint) {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < offset; i++) {
            if (file.charAt(i) == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        return new Error(line, offset - lineStart + 1, message, hint);
    }

    /** Where statements begin and end, comments and blanks before them left out. */
    private static List<int[]> split(String file) {
        List<int[]> ranges = new ArrayList<>();
        int start = -1;
        int i = 0;
        while (i < file.length()) {
            int next = skipBlank(file, i, start < 0);
            if (next > i) {
                i = next;
                continue;
            }
            char c = file.charAt(i);
            if (c == ';') {
                if (start >= 0) {
                    ranges.add(new int[] {start, i});
                }
                start = -1;
                i++;
                continue;
            }
            start = start < 0 ? i : start;
            i = skipToken(file, i);
        }
        if (start >= 0) {
            ranges.add(new int[] {start, file.stripTrailing().length()});
        }
        return ranges;
    }

    /** Past blanks and comments; between statements also past psql's commands, which begin with a backslash. */
    private static int skipBlank(String file, int from, boolean between) {
        char c = file.charAt(from);
        if (Character.isWhitespace(c)) {
            return from + 1;
        }
        if (file.startsWith("--", from) || (between && c == '\\')) {
            int end = file.indexOf('\n', from);
            return end < 0 ? file.length() : end + 1;
        }
        if (file.startsWith("/*", from)) {
            int end = file.indexOf("*/", from + 2);
            return end < 0 ? file.length() : end + 2;
        }
        return from;
    }

    private static int skipToken(String file, int from) {
        char c = file.charAt(from);
        if (c == '\'' || c == '"') {
            int end = file.indexOf(c, from + 1);
            return end < 0 ? file.length() : end + 1;
        }
        if (c == '$') {
            Matcher quote = DOLLAR_QUOTE.matcher(file).region(from, file.length());
            if (quote.lookingAt()) {
                int end = file.indexOf(quote.group(), quote.end());
                return end < 0 ? file.length() : end + quote.group().length();
            }
        }
        return from + 1;
    }
}
