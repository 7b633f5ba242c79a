package io.millrace.operator.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/**
 * Reads PostgreSQL's advanced regular expressions. Not read: back references, and the options that turn the syntax into that
 * of POSIX's older kinds.
 */
final class RegexParser {
    private static final int MAX_REPETITIONS = 255;
    private static final int MAX_DEPTH = 200;
    private static final int END = -1;
    private static final int BACKSPACE = 8;
    private static final int ESCAPE = 27;

    private final int[] pattern;
    private int at;
    private int depth;
    private int groups;
    /** How many of the open parentheses look around, in which nothing is captured. */
    private int looks;

    private boolean ignoreCase;
    private boolean literal;
    private boolean expanded;
    /** Whether a newline is matched by no . and no [^...]. */
    private boolean newlineStops;

    private boolean anchorsAtLines;

    private RegexParser(String pattern, RegexOptions options) {
        this.pattern = pattern.codePoints().toArray();
        this.ignoreCase = options.ignoreCase();
        this.literal = options.literal();
        this.expanded = options.expanded();
        this.newlineStops = options.newlineStops();
        this.anchorsAtLines = options.anchorsAtLines();
    }

    static RegexNode parse(String pattern, RegexOptions options) {
        RegexParser parser = new RegexParser(pattern, options);
        if (!parser.literal) {
            parser.readPrefix();
        }
        if (parser.literal) {
            return parser.readLiteral();
        }
        RegexNode node = parser.readChoice();
        if (parser.peek() == ')') {
            throw invalid("parentheses () not balanced");
        }
        return node;
    }

    static EvaluationError invalid(String problem) {
        return new EvaluationError("2201B", "invalid regular expression: " + problem);
    }

    static EvaluationError unsupported(String what) {
        return new EvaluationError("0A000", "regular expressions with " + what + " are not supported");
    }

    private int peek() {
        return at < pattern.length ? pattern[at] : END;
    }

    private int peek(int ahead) {
        return at + ahead < pattern.length ? pattern[at + ahead] : END;
    }

    private boolean accept(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (peek(i) != text.charAt(i)) {
                return false;
            }
        }
        at += text.length();
        return true;
    }

    private void readPrefix() {
        if (accept("***=")) {
            literal = true;
            return;
        }
        if (!accept("***:") && accept("***")) {
            throw invalid("quantifier operand invalid");
        }
        if (peek() != '(' || peek(1) != '?' || !isLetter(peek(2))) {
            return;
        }
        at += 2;
        for (; peek() != ')'; at++) {
            readOption(peek());
        }
        at++;
    }

    private void readOption(int option) {
        RegexOptions options = new RegexOptions(ignoreCase, literal, expanded, newlineStops, anchorsAtLines, false)
                .with(option)
                .orElseThrow(() -> invalid("invalid embedded option"));
        ignoreCase = options.ignoreCase();
        literal = options.literal();
        expanded = options.expanded();
        newlineStops = options.newlineStops();
        anchorsAtLines = options.anchorsAtLines();
    }

    private RegexNode readLiteral() {
        List<RegexNode> parts = new ArrayList<>();
        for (; at < pattern.length; at++) {
            parts.add(character(pattern[at]));
        }
        return new RegexNode.Sequence(parts);
    }

    private RegexNode readChoice() {
        if (++depth > MAX_DEPTH) {
            throw invalid("regular expression is too complex");
        }
        List<RegexNode> branches = new ArrayList<>();
        branches.add(readSequence());
        while (peek() == '|') {
            at++;
            branches.add(readSequence());
        }
        depth--;
        return branches.size() == 1 ? branches.get(0) : new RegexNode.Choice(branches);
    }

    private RegexNode readSequence() {
        List<RegexNode> parts = new ArrayList<>();
        skipBlanks();
        while (peek() != END && peek() != '|' && peek() != ')') {
            parts.add(readQuantified());
            skipBlanks();
        }
        return parts.size() == 1 ? parts.get(0) : new RegexNode.Sequence(parts);
    }

    /** White space and comments: of an expanded expression all, of any the {@code (?#...)}. */
    private void skipBlanks() {
        while (true) {
            if (expanded && peek() != END && CharacterClass.SPACE.contains(peek())) {
                at++;
            } else if (expanded && peek() == '#') {
                while (peek() != END && peek() != '\n') {
                    at++;
                }
            } else if (peek() == '(' && peek(1) == '?' && peek(2) == '#') {
                while (peek() != END && peek() != ')') {
                    at++;
                }
                at = Math.min(at + 1, pattern.length);
            } else {
                return;
            }
        }
    }

    private RegexNode readQuantified() {
        RegexNode node = readAtom();
        if (node instanceof RegexNode.Anchor || node instanceof RegexNode.Look) {
            return node;
        }
        skipBlanks();
        int least;
        int most;
        boolean exact = false;
        switch (peek()) {
            case '*' -> {
                least = 0;
                most = RegexNode.Repetition.UNBOUNDED;
                at++;
            }
            case '+' -> {
                least = 1;
                most = RegexNode.Repetition.UNBOUNDED;
                at++;
            }
            case '?' -> {
                least = 0;
                most = 1;
                at++;
            }
            case '{' -> {
                if (!isDigit(peek(1))) {
                    return node;
                }
                at++;
                least = readCount();
                most = least;
                exact = peek() != ',';
                if (!exact) {
                    at++;
                    most = isDigit(peek()) ? readCount() : RegexNode.Repetition.UNBOUNDED;
                }
                if (peek() == END) {
                    throw invalid("braces {} not balanced");
                }
                if (peek() != '}' || (most >= 0 && most < least)) {
                    throw invalid("invalid repetition count(s)");
                }
                at++;
            }
            default -> {
                return node;
            }
        }
        RegexNode.Preference preference = peek() == '?' ? RegexNode.Preference.SHORTER : RegexNode.Preference.LONGER;
        if (preference == RegexNode.Preference.SHORTER) {
            at++;
        }
        return new RegexNode.Repetition(node, least, most, exact ? RegexNode.Preference.NONE : preference);
    }

    private int readCount() {
        int count = 0;
        while (isDigit(peek()) && count <= MAX_REPETITIONS) {
            count = count * 10 + peek() - '0';
            at++;
        }
        if (count > MAX_REPETITIONS) {
            throw invalid("invalid repetition count(s)");
        }
        return count;
    }

    private RegexNode readAtom() {
        int next = peek();
        switch (next) {
            case '*', '+', '?' -> throw invalid("quantifier operand invalid");
            case '{' -> {
                if (isDigit(peek(1))) {
                    throw invalid("quantifier operand invalid");
                }
                at++;
                return character(next);
            }
            case '(' -> {
                return readGroup();
            }
            case '[' -> {
                return readBracket();
            }
            case '.' -> {
                at++;
                boolean stops = newlineStops;
                return new RegexNode.Characters(c -> !stops || c != '\n');
            }
            case '^' -> {
                at++;
                return new RegexNode.Anchor(anchorsAtLines ? RegexNode.Place.LINE_START : RegexNode.Place.START);
            }
            case '$' -> {
                at++;
                return new RegexNode.Anchor(anchorsAtLines ? RegexNode.Place.LINE_END : RegexNode.Place.END);
            }
            case '\\' -> {
                at++;
                return readEscape();
            }
            default -> {
                at++;
                return character(next);
            }
        }
    }

    private RegexNode readGroup() {
        at++;
        boolean look = false;
        boolean behind = false;
        boolean negative = false;
        boolean capturing = peek() != '?';
        if (!capturing) {
            at++;
            if (peek() == '<') {
                behind = true;
                at++;
            }
            switch (peek()) {
                case '=' -> look = true;
                case '!' -> {
                    look = true;
                    negative = true;
                }
                case ':' -> {
                    if (behind) {
                        throw invalid("quantifier operand invalid");
                    }
                }
                default -> throw invalid("quantifier operand invalid");
            }
            at++;
        }
        // Numbered by their opening parentheses.
        int capture = capturing && looks == 0 ? ++groups : 0;
        looks += look ? 1 : 0;
        RegexNode node = readChoice();
        looks -= look ? 1 : 0;
        if (peek() != ')') {
            throw invalid("parentheses () not balanced");
        }
        at++;
        // A group of an anchor may be repeated, the anchor itself may not.
        return look ? new RegexNode.Look(node, behind, negative) : new RegexNode.Group(node, capture);
    }

    private RegexNode readEscape() {
        int escape = peek();
        at++;
        RegexNode.Place place =
                switch (escape) {
                    case 'A' -> RegexNode.Place.START;
                    case 'Z' -> RegexNode.Place.END;
                    case 'm' -> RegexNode.Place.WORD_START;
                    case 'M' -> RegexNode.Place.WORD_END;
                    case 'y' -> RegexNode.Place.WORD_EDGE;
                    case 'Y' -> RegexNode.Place.NO_WORD_EDGE;
                    default -> null;
                };
        if (place != null) {
            return new RegexNode.Anchor(place);
        }
        IntPredicate shorthand = shorthand(escape);
        if (shorthand != null) {
            return new RegexNode.Characters(shorthand);
        }
        if (escape >= '1' && escape <= '9') {
            at--;
            return character(readOctalUnlessReference());
        }
        return character(readCharacterEscape(escape));
    }

    /** One digit is always a reference, more are one if there are as many groups before. */
    private int readOctalUnlessReference() {
        int number = 0;
        int digits = 0;
        while (isDigit(peek(digits)) && number <= pattern.length) {
            number = number * 10 + peek(digits) - '0';
            digits++;
        }
        if (digits == 1 && number > groups) {
            throw invalid("invalid backreference number");
        }
        if (digits == 1 || number <= groups) {
            throw unsupported("back references");
        }
        return readNumber(8, 1, 3);
    }

    private IntPredicate shorthand(int escape) {
        CharacterClass named =
                switch (escape) {
                    case 'd', 'D' -> CharacterClass.DIGIT;
                    case 's', 'S' -> CharacterClass.SPACE;
                    case 'w', 'W' -> CharacterClass.WORD;
                    default -> null;
                };
        if (named == null) {
            return null;
        }
        if (Character.isLowerCase(escape)) {
            return named::contains;
        }
        // With newline-sensitive matching \D and \W still match a newline.
        return c -> !named.contains(c);
    }

    private int readCharacterEscape(int escape) {
        return switch (escape) {
            case END -> throw invalid("invalid escape \\ sequence");
            case 'a' -> 7;
            case 'b' -> BACKSPACE;
            case 'B' -> '\\';
            case 'c' -> {
                int control = peek();
                if (control == END) {
                    throw invalid("invalid escape \\ sequence");
                }
                at++;
                yield control & 0x1F;
            }
            case 'e' -> ESCAPE;
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'v' -> 11;
            case 'u' -> readNumber(16, 4, 4);
            case 'U' -> readNumber(16, 8, 8);
            case 'x' -> readNumber(16, 1, MAX_REPETITIONS);
            case '0' -> {
                at--;
                yield readNumber(8, 1, 3);
            }
            default -> {
                if (escape < 0x80 && Character.isLetterOrDigit(escape)) {
                    throw invalid("invalid escape \\ sequence");
                }
                yield escape;
            }
        };
    }

    private int readNumber(int radix, int least, int most) {
        long number = 0;
        int digits = 0;
        while (digits < most && peek() != END && peek() < 0x80 && Character.digit(peek(), radix) >= 0) {
            number = Math.min(number * radix + Character.digit(peek(), radix), Integer.MAX_VALUE);
            digits++;
            at++;
        }
        if (digits < least || number > 0x7FFFFFFE) {
            throw invalid("invalid escape \\ sequence");
        }
        return (int) number;
    }

    private RegexNode readBracket() {
        if (accept("[[:<:]]")) {
            return new RegexNode.Anchor(RegexNode.Place.WORD_START);
        }
        if (accept("[[:>:]]")) {
            return new RegexNode.Anchor(RegexNode.Place.WORD_END);
        }
        at++;
        boolean negative = peek() == '^';
        if (negative) {
            at++;
        }
        IntPredicate set = c -> false;
        for (boolean first = true; first || peek() != ']'; first = false) {
            if (peek() == END) {
                throw invalid("brackets [] not balanced");
            }
            set = set.or(readBracketItem(first));
        }
        at++;
        if (!negative) {
            return new RegexNode.Characters(set);
        }
        IntPredicate excluded = newlineStops ? set.or(c -> c == '\n') : set;
        return new RegexNode.Characters(excluded.negate());
    }

    private IntPredicate readBracketItem(boolean first) {
        if (peek() == '\\') {
            IntPredicate shorthand = shorthand(peek(1));
            if (shorthand != null) {
                at += 2;
                return shorthand;
            }
        }
        if (accept("[:")) {
            return namedClass(readUntil(":]"));
        }
        if (accept("[=")) {
            return anyCase(element(readUntil("=]")));
        }
        int from = readBracketCharacter(first);
        if (peek() != '-' || peek(1) == ']' || peek(1) == END) {
            return anyCase(from);
        }
        at++;
        boolean endIsClass = peek() == '[' && (peek(1) == ':' || peek(1) == '=');
        if (endIsClass || (peek() == '\\' && shorthand(peek(1)) != null)) {
            throw invalid("invalid character range");
        }
        int to = readBracketCharacter(true);
        if (from > to) {
            throw invalid("invalid character range");
        }
        if (!ignoreCase) {
            return c -> c >= from && c <= to;
        }
        return c -> within(c, from, to)
                || within(Character.toLowerCase(c), from, to)
                || within(Character.toUpperCase(c), from, to);
    }

    private static boolean within(int c, int from, int to) {
        return c >= from && c <= to;
    }

    private int readBracketCharacter(boolean dashAllowed) {
        if (accept("[.")) {
            return element(readUntil(".]"));
        }
        int next = peek();
        at++;
        if (next == '\\') {
            int escape = peek();
            at++;
            if (escape >= '1' && escape <= '9') {
                at--;
                return readNumber(8, 1, 3);
            }
            return readCharacterEscape(escape);
        }
        if (next == '-' && !dashAllowed && peek() != ']') {
            throw invalid("invalid character range");
        }
        return next;
    }

    private String readUntil(String end) {
        StringBuilder name = new StringBuilder();
        while (!accept(end)) {
            if (peek() == END) {
                throw invalid("brackets [] not balanced");
            }
            name.appendCodePoint(peek());
            at++;
        }
        return name.toString();
    }

    private static int element(String name) {
        if (name.isEmpty() || Strings.count(name) > 1) {
            throw invalid("invalid collating element");
        }
        return name.codePointAt(0);
    }

    private IntPredicate namedClass(String name) {
        for (CharacterClass each : CharacterClass.values()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(name)) {
                boolean cased = each == CharacterClass.LOWER || each == CharacterClass.UPPER;
                return ignoreCase && cased ? CharacterClass.ALPHA::contains : each::contains;
            }
        }
        throw invalid("invalid character class");
    }

    private RegexNode character(int codePoint) {
        return new RegexNode.Characters(anyCase(codePoint));
    }

    private IntPredicate anyCase(int codePoint) {
        int lower = Character.toLowerCase(codePoint);
        int upper = Character.toUpperCase(codePoint);
        if (!ignoreCase || (lower == codePoint && upper == codePoint)) {
            return c -> c == codePoint;
        }
        return c -> c == codePoint || c == lower || c == upper;
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLetter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
}
