package io.millrace.operator.expression;

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
        boolean ignoreCase = false;
        boolean literal = false;
        boolean expanded = false;
        boolean newlineStops = false;
        boolean anchorsAtLines = false;
        boolean global = false;
        for (int i = 0; i < letters.length(); i++) {
            switch (letters.charAt(i)) {
                case 'g' -> global = true;
                case 'c' -> ignoreCase = false;
                case 'i' -> ignoreCase = true;
                case 'q' -> literal = true;
                case 't' -> expanded = false;
                case 'x' -> expanded = true;
                case 'm', 'n' -> {
                    newlineStops = true;
                    anchorsAtLines = true;
                }
                case 'p' -> {
                    newlineStops = true;
                    anchorsAtLines = false;
                }
                case 's' -> {
                    newlineStops = false;
                    anchorsAtLines = false;
                }
                case 'w' -> {
                    newlineStops = false;
                    anchorsAtLines = true;
                }
                case 'b', 'e' -> throw RegexParser.unsupported("the option \"" + letters.charAt(i) + "\"");
                default ->
                    throw new EvaluationError(
                            "22023",
                            "invalid regular expression option: \"" + Character.toString(letters.codePointAt(i))
                                    + "\"");
            }
        }
        if (literal && (expanded || newlineStops || anchorsAtLines)) {
            throw RegexParser.invalid("invalid argument to regex function");
        }
        return new RegexOptions(ignoreCase, literal, expanded, newlineStops, anchorsAtLines, global);
    }
}
