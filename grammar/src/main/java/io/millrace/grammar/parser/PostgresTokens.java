package io.millrace.grammar.parser;

import java.io.Reader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.calcite.sql.parser.SqlParserImplFactory;
import org.apache.calcite.util.SourceStringReader;

/**
 * The tokens of a statement, where a keyword that is a name there is an identifier, as in PostgreSQL. The template reserves
 * words that PostgreSQL does not; which of them are names is seen, as PostgreSQL's own lexer sees it, from the tokens before
 * and after:
 *
 * <ul>
 *   <li>after a dot, and after the AS of an alias, every word is a name; so is an option's name in {@code WITH (table = 'x')};
 *   <li>after an operand, a word is an alias when nothing follows that an operator would need;
 *   <li>where an operand or a name of the schema begins, a word that PostgreSQL does not reserve is a name, unless a
 *       parenthesis or a literal follows, as in {@code extract(...)} and {@code interval '1' day}; without a unit
 *       {@code interval} names the type of a constant, as {@code timestamptz} does.
 * </ul>
 */
public final class PostgresTokens extends MillraceParserTokenManager {
    /** Makes parsers that read their tokens so. */
    public static final SqlParserImplFactory PARSERS = PostgresTokens::parser;

    /** What the template reserves and PostgreSQL does not. */
    private static final Set<String> NAMES = words("""
            alter asof at between by call coalesce convert cube current current_default_transform_group current_path
            current_row current_transform_group_for_type cursor decimal delete describe drop end_frame end_partition
            escape exists explain extend extract filter grouping if insert interval json_array json_arrayagg json_exists
            json_object json_objectagg json_query json_value match_condition match_recognize measure merge minus
            multiset new next nullif ordinal over overlay partition percentile_cont percentile_disc period permute
            position qualify range recursive regr_avgx regr_avgy regr_count regr_intercept regr_slope regr_sxx regr_sxy
            regr_syy reset rollup row rows safe_cast safe_offset safe_ordinal set skip specific stddev_pop stddev_samp
            stream substring substring_regex translate translate_regex trim trim_array truncate try_cast uescape unknown
            unnest update upsert value values var_pop var_samp variant within""");

    /** What names a column of a query without AS: words that PostgreSQL reserves, units that the template does. */
    private static final Set<String> ALIASES = words("""
            century days decade hours microsecond millennium millisecond minutes months nanosecond quarter quarters
            seconds week weeks years
            all analyse analyze and any asc asymmetric authorization binary both case cast check collate collation column
            concurrently constraint cross current_catalog current_date current_role current_schema current_time
            current_timestamp current_user default deferrable desc distinct do else end false foreign freeze full ilike in
            initially inner is join lateral leading left like localtime localtimestamp natural not null only or outer
            placing primary references right select session_user similar some symmetric system_user table tablesample then
            trailing true unique user using variadic verbose when""");

    /** Words after which an operand begins, or a list of operands. */
    private static final Set<String> BEFORE_OPERANDS = words("""
            all and any asymmetric between by case distinct else escape except from having ilike in intersect is join
            lateral like limit not offset on or select similar some symmetric then to union using when where with""");

    /** Words after which the name of a table, a type or a constraint stands. */
    private static final Set<String> BEFORE_DECLARED_NAMES =
            words("constraint exists index only references sink table type view");

    /** Functions that the template gives a syntax of their own, which PostgreSQL does not. */
    private static final Set<String> PLAIN_FUNCTIONS =
            words("ceil ceiling date_trunc floor format percentile_cont percentile_disc translate trim_array unnest");

    /** Words after which the offset of a frame stands. */
    private static final Set<String> FRAME_UNITS = words("range rows groups");

    private static final Set<String> UNITS = words("year month day hour minute second");

    /** What may follow an alias. */
    private static final Set<String> AFTER_ALIASES = words("""
            , ) ; cross except fetch for from full group having inner intersect join left limit natural offset on order right
            union using where window""");

    private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z_0-9]*");
    private static final Pattern OPERATOR = Pattern.compile("[-+*/%<>=!~|&^#?@:(,\\[]+");

    private final List<Token> ahead = new ArrayList<>();
    private final Deque<Level> levels = new ArrayDeque<>();
    private Level level = Level.OTHER;
    private String beforePrevious = "";
    private String previous = "";
    private boolean query;

    /** What the innermost open parenthesis, CASE or query is. */
    private enum Level {
        SELECT_LIST,
        CAST,
        CASE,
        OPTIONS,
        OTHER
    }

    private PostgresTokens(SimpleCharStream stream) {
        super(stream);
    }

    private static MillraceParser parser(Reader reader) {
        MillraceParser parser = (MillraceParser) MillraceParser.FACTORY.getParser(reader);
        if (reader instanceof SourceStringReader source) {
            String sql = source.getSourceString();
            SimpleCharStream stream =
                    new SimpleCharStream(new java.io.StringReader(sql), 1, 1, Math.max(1, sql.length()));
            stream.setTabSize(1);
            parser.token_source = new PostgresTokens(stream);
        }
        return parser;
    }

    @Override
    public Token getNextToken() {
        Token token = ahead.isEmpty() ? super.getNextToken() : ahead.remove(0);
        boolean name = WORD.matcher(token.image).matches() && isName(lower(token));
        if (name) {
            token.kind = IDENTIFIER;
        } else if (token.kind == LAMBDA) {
            token.kind = ARROW;
        }
        follow(name ? "" : lower(token));
        beforePrevious = previous;
        previous = name ? "a name" : lower(token);
        return token;
    }

    private boolean isName(String word) {
        if (previous.equals(".")) {
            return true;
        }
        if (level == Level.OPTIONS) {
            return next().equals("=");
        }
        if (previous.equals("as")) {
            return query && level != Level.CAST || word.equals("decimal");
        }
        if (previous.equals("current") && word.equals("row")) {
            return false;
        }
        if (word.equals("within") && next().equals("group") || previous.equals("within") && word.equals("group")) {
            return false;
        }
        String next = next();
        if (PLAIN_FUNCTIONS.contains(word) && next.equals("(")) {
            return true;
        }
        if (previous.equals("is") || beforePrevious.equals("is") && previous.equals("not")) {
            return false;
        }
        if (!NAMES.contains(word)) {
            return ALIASES.contains(word)
                    && level == Level.SELECT_LIST
                    && !beforeOperand()
                    && AFTER_ALIASES.contains(next);
        }
        if (word.equals("decimal") && !next.startsWith("'")) {
            return true;
        }
        if (word.equals("interval") && next.startsWith("'") && FRAME_UNITS.contains(previous)) {
            return beginsNoSyntax(word, next);
        }
        if (!query && BEFORE_DECLARED_NAMES.contains(previous)) {
            return !(word.equals("if") && next.equals("not"));
        }
        return beforeOperand() ? beginsNoSyntax(word, next) : AFTER_ALIASES.contains(next) || next.equals("as");
    }

    private boolean beforeOperand() {
        if (previous.equals("not")) {
            return BEFORE_OPERANDS.contains(beforePrevious)
                    || OPERATOR.matcher(beforePrevious).matches();
        }
        return query && previous.equals("recursive")
                || BEFORE_OPERANDS.contains(previous) && (query || !previous.equals("on"))
                || OPERATOR.matcher(previous).matches();
    }

    /** Where an operand begins: whether the word is not the beginning of what the template knows by it. */
    private boolean beginsNoSyntax(String word, String next) {
        if (next.equals("(")) {
            return previous.equals("with") || previous.equals("recursive");
        }
        return switch (word) {
            case "recursive" -> !previous.equals("with") || next.equals("as");
            case "current" -> !next.equals("row");
            case "partition" -> !next.equals("by");
            case "grouping" -> !next.equals("sets");
            case "range", "rows" ->
                !previous.equals("(") || !beforePrevious.equals("over") && !beforePrevious.equals("as");
            case "interval" -> !next.startsWith("'") || !UNITS.contains(ahead(2));
            default -> !next.startsWith("'");
        };
    }

    /** Keeps account of what is open. */
    private void follow(String token) {
        switch (token) {
            case "(" ->
                open(previous.equals("cast") ? Level.CAST : previous.equals("with") ? Level.OPTIONS : Level.OTHER);
            case "case" -> open(Level.CASE);
            case ")", "end" -> level = levels.isEmpty() ? Level.OTHER : levels.pop();
            case "select" -> level = Level.SELECT_LIST;
            case "from" -> level = level == Level.SELECT_LIST && !previous.equals("distinct") ? Level.OTHER : level;
            default -> {}
        }
        query |= token.equals("select") || token.equals("with") || token.equals("values");
    }

    private void open(Level opened) {
        levels.push(level);
        level = opened;
    }

    /** The token after this one, in lower case; a semicolon at the end. */
    private String next() {
        return ahead(1);
    }

    /** The token so many places after this one, in lower case; a semicolon at the end. */
    private String ahead(int places) {
        while (ahead.size() < places) {
            ahead.add(super.getNextToken());
        }
        Token token = ahead.get(places - 1);
        return token.kind == EOF ? ";" : lower(token);
    }

    private static String lower(Token token) {
        return token.image.toLowerCase(Locale.ROOT);
    }

    private static Set<String> words(String words) {
        return Set.of(words.strip().split("\\s+"));
    }
}
