package io.millrace.grammar;

import io.millrace.grammar.parser.MillraceParserConstants;
import io.millrace.grammar.parser.ParseException;
import io.millrace.grammar.parser.Token;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.calcite.sql.parser.SqlParseException;

/**
 * A parser's complaint in PostgreSQL's words. Immutable.
 *
 * @param message what was found
 * @param hint what could stand there instead; null when that is not known
 */
record SyntaxMistake(String message, String hint) {
    /** More possibilities than these tell nobody anything. */
    private static final int SHOWN = 6;

    private static final Pattern TOKEN =
            Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_$]*|\"[^\"]*\"?|'[^']*'?|[0-9.]+|\\S", Pattern.DOTALL);
    private static final Pattern WORD = Pattern.compile("[A-Za-z_]+");

    /** Words that begin a part of a query, and so are hardly meant to be names. */
    private static final Set<String> CLAUSES = Set.of(
            "and", "as", "else", "end", "from", "group", "having", "join", "on", "or", "order", "select", "then",
            "union", "using", "when", "where");

    /** What is named of what could stand somewhere. */
    private static final List<String> USUAL = List.of(
            ",", ")", "(", "AS", "FROM", "WHERE", "JOIN", "ON", "USING", "GROUP", "SELECT", "END", "THEN", "BY", "=");

    /**
     * A mistake.
     *
     * @param rest the statement from where the parser stopped
     */
    static SyntaxMistake of(SqlParseException complaint, String rest) {
        if (complaint.getExpectedTokenSequences() == null && complaint.getCause() instanceof Exception) {
            String message = complaint.getMessage().lines().findFirst().orElse("cannot be parsed");
            return new SyntaxMistake(message.replaceFirst(" at line \\d+, column \\d+\\.?$", ""), null);
        }
        Set<String> expected = expected(complaint);
        Token stopped = complaint.getCause() instanceof ParseException cause && cause.currentToken != null
                ? cause.currentToken.next
                : null;
        Matcher token = TOKEN.matcher(rest);
        if (stopped != null && stopped.kind == MillraceParserConstants.EOF || !token.find()) {
            return new SyntaxMistake("the statement ends too early", hint(expected));
        }
        String found = token.group();
        boolean keyword = WORD.matcher(found).matches()
                && stopped != null
                && stopped.kind != MillraceParserConstants.IDENTIFIER
                && !CLAUSES.contains(found.toLowerCase(Locale.ROOT));
        return new SyntaxMistake(
                "syntax error at or near \"" + found.replace("\"", "") + "\"",
                keyword
                        ? "if it is a name, quote it: \"" + found.toLowerCase(Locale.ROOT) + "\""
                        : unclosed(found) ? "the quote is never closed" : hint(expected));
    }

    private static boolean unclosed(String found) {
        return (found.startsWith("'") || found.startsWith("\""))
                && (found.length() == 1 || found.charAt(found.length() - 1) != found.charAt(0));
    }

    private static String hint(Set<String> expected) {
        if (expected.isEmpty()) {
            return null;
        }
        if (expected.contains("EXISTS") || expected.contains("a name") && expected.contains("a number")) {
            return "an expression could stand here";
        }
        Set<String> shown = new LinkedHashSet<>();
        for (String each : List.of("a name", "a number", "a text in quotes")) {
            if (expected.contains(each)) {
                shown.add(each);
            }
        }
        USUAL.stream().filter(expected::contains).forEach(shown::add);
        return shown.isEmpty()
                ? null
                : "here could stand: "
                        + String.join(" ", shown.stream().limit(SHOWN).toList());
    }

    private static Set<String> expected(SqlParseException complaint) {
        Set<String> expected = new LinkedHashSet<>();
        int[][] sequences = complaint.getExpectedTokenSequences();
        if (sequences == null) {
            return expected;
        }
        for (int[] sequence : sequences) {
            String image = complaint.getTokenImages()[sequence[0]];
            if (image.startsWith("\"")) {
                expected.add(image.substring(1, image.length() - 1));
            } else if (image.equals("<IDENTIFIER>")) {
                expected.add("a name");
            } else if (image.equals("<UNSIGNED_INTEGER_LITERAL>")) {
                expected.add("a number");
            } else if (image.equals("<QUOTED_STRING>")) {
                expected.add("a text in quotes");
            }
        }
        return expected;
    }
}
