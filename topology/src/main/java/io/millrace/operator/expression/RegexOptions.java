package io.millrace.operator.expression;

import java.util.Optional;

/**
 * How a regular expression is read, by the letters that functions of them take.
 *
 * @param newlineStops whether a newline is matched by no {@code .} and no {@code [^...]}
 * @param global whether all matches are meant, not the first alone
 */
record RegexOptions(
        boolean ignoreCase,
        boolean literal,
        boolean expanded,
        boolean newlineStops,
        boolean anchorsAtLines,
        boolean global) {
    static final RegexOptions NONE = new RegexOptions(false, false, false, false, false, false);
    static final RegexOptions IGNORING_CASE = new RegexOptions(true, false, false, false, false, false);

    /** The options of such letters, of which later ones win. */
    static RegexOptions of(String letters) {
        RegexOptions options = NONE;
        boolean global = false;
        for (int i = 0; i < letters.length(); i++) {
            char letter = letters.charAt(i);
            if (letter == 'g') {
                global = true;
                continue;
            }
            String written = Character.toString(letters.codePointAt(i));
            options = options.with(letter)
                    .orElseThrow(() ->
                            new EvaluationError("22023", "invalid regular expression option: \"" + written + "\""));
        }
        if (options.literal && (options.expanded || options.newlineStops || options.anchorsAtLines)) {
            throw RegexParser.invalid("invalid argument to regex function");
        }
        return new RegexOptions(
                options.ignoreCase,
                options.literal,
                options.expanded,
                options.newlineStops,
                options.anchorsAtLines,
                global);
    }

    /** These with one more letter, which may also stand in an expression itself; empty where it means nothing. */
    Optional<RegexOptions> with(int letter) {
        return switch (letter) {
            case 'c' -> Optional.of(new RegexOptions(false, literal, expanded, newlineStops, anchorsAtLines, global));
            case 'i' -> Optional.of(new RegexOptions(true, literal, expanded, newlineStops, anchorsAtLines, global));
            case 'q' -> Optional.of(new RegexOptions(ignoreCase, true, expanded, newlineStops, anchorsAtLines, global));
            case 't' -> Optional.of(new RegexOptions(ignoreCase, literal, false, newlineStops, anchorsAtLines, global));
            case 'x' -> Optional.of(new RegexOptions(ignoreCase, literal, true, newlineStops, anchorsAtLines, global));
            case 'm', 'n' -> Optional.of(new RegexOptions(ignoreCase, literal, expanded, true, true, global));
            case 'p' -> Optional.of(new RegexOptions(ignoreCase, literal, expanded, true, false, global));
            case 's' -> Optional.of(new RegexOptions(ignoreCase, literal, expanded, false, false, global));
            case 'w' -> Optional.of(new RegexOptions(ignoreCase, literal, expanded, false, true, global));
            case 'b', 'e' -> throw RegexParser.unsupported("the option \"" + Character.toString(letter) + "\"");
            default -> Optional.empty();
        };
    }
}
