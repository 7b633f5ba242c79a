package io.millrace.grammar;

import java.util.LinkedHashSet;
import java.util.List;
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

    /** What is named first of what could stand somewhere. */
    private static final List<String> USUAL =
            List.of(",", ")", "(", "AS", "FROM", "WHERE", "JOIN", "ON", "USING", "GROUP", "SELECT", "END", "THEN", "BY", "=");

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
        Matcher token = TOKEN.matcher(rest);
        String found = token.find() ? token.group() : null;
        Set<String> expected = expected(complaint);
        if (found == null) {
            return new SyntaxMistake("the statement ends too early", hint(expected));
        }
        boolean quotable = WORD.matcher(found).matches() && expected.contains("a name");
        return new SyntaxMistake(
                "syntax error at or near \"" + found.replace("\"", "") + "\"",
                quotable
                        ? "if it is a name, quote it: \"" + found.toLowerCase(java.util.Locale.ROOT) + "\""
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
        if (expected.contains("a name") && expected.contains("a number")) {
            return "an expression could stand here";
        }
        Set<String> shown = new LinkedHashSet<>();
        for (String each : List.of("a name", "a number", "a text in quotes")) {
            if (expected.contains(each)) {
                shown.add(each);
            }
        }
        USUAL.stream().filter(expected::contains).forEach(shown::add);
        expected.stream().filter(each -> shown.size() < SHOWN).forEach(shown::add);
        return "here could stand: " + String.join(" ", shown.stream().limit(SHOWN).toList());
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
