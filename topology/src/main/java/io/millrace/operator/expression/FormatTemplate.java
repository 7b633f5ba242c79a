package io.millrace.operator.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A template of to_char, to_date, to_timestamp and to_number: patterns, and text that stands for itself, in double quotes also where it would be a pattern. */
final class FormatTemplate {
    /** Patterns of times; of those that begin alike, the longest comes first. */
    private static final List<String> TIMES = List.of(
            ("A.D. A.M. AD AM B.C. BC CC DAY DDD DD DY Day Dy D FF1 FF2 FF3 FF4 FF5 FF6 FX HH24 HH12 HH IDDD ID IW IYYY IYY IY"
                            + " I J MI MM MONTH MON MS Month Mon OF P.M. PM Q RM SSSSS SSSS SS TZH TZM TZ US WW W Y,YYY YYYY YYY"
                            + " YY Y a.d. a.m. ad am b.c. bc cc day ddd dd dy d ff1 ff2 ff3 ff4 ff5 ff6 fx hh24 hh12 hh iddd id"
                            + " iw iyyy iyy iy i j mi mm month mon ms of p.m. pm q rm sssss ssss ss tzh tzm tz us ww w y,yyy"
                            + " yyyy yyy yy y")
                    .split(" "));

    private static final List<String> NUMBERS = List.of(
            ", . 0 9 B C D EEEE FM G L MI PL PR RN SG SP S TH V b c d eeee fm g l mi pl pr rn sg sp s th v".split(" "));

    /**
     * A pattern, or a character that stands for itself.
     *
     * @param text the pattern as it is written, or the character
     * @param filled whether it is padded, which FM before it prevents
     * @param translated whether TM stands before it
     * @param ordinal TH or th behind it; empty for none
     * @param quoted whether it stood in double quotes
     */
    record Part(boolean pattern, String text, boolean filled, boolean translated, String ordinal, boolean quoted) {}

    private final String template;
    private final boolean times;
    private final List<Part> parts = new ArrayList<>();
    private int at;

    private FormatTemplate(String template, boolean times) {
        this.template = template;
        this.times = times;
    }

    /** The parts of a template for times. */
    static List<Part> ofTimes(String template) {
        return new FormatTemplate(template, true).read();
    }

    /** The parts of a template for numbers. */
    static List<Part> ofNumbers(String template) {
        return new FormatTemplate(template, false).read();
    }

    private List<Part> read() {
        while (at < template.length()) {
            boolean filled = !(times && (accept("FM") || accept("fm")));
            boolean translated = times && filled && (accept("TM") || accept("tm"));
            String pattern = pattern();
            if (pattern != null) {
                at += pattern.length();
                String ordinal = !times ? "" : accept("TH") ? "TH" : accept("th") ? "th" : "";
                if (times && ordinal.isEmpty()) {
                    accept("SP");
                }
                parts.add(new Part(true, pattern, filled, translated, ordinal, false));
            } else if (at < template.length()) {
                readText();
            }
        }
        return parts;
    }

    private boolean accept(String text) {
        boolean there = template.startsWith(text, at);
        at += there ? text.length() : 0;
        return there;
    }

    private String pattern() {
        for (String each : times ? TIMES : NUMBERS) {
            if (template.startsWith(each, at)) {
                return each;
            }
        }
        return null;
    }

    private void readText() {
        if (!accept("\"")) {
            if (template.startsWith("\\\"", at)) {
                at++;
            }
            readCharacter(false);
            return;
        }
        while (at < template.length() && !accept("\"")) {
            if (template.charAt(at) == '\\' && at + 1 < template.length()) {
                at++;
            }
            readCharacter(true);
        }
    }

    private void readCharacter(boolean quoted) {
        String character = Character.toString(template.codePointAt(at));
        parts.add(new Part(false, character, true, false, "", quoted));
        at += character.length();
    }

    /** The English ending of an ordinal number, by its last digits. */
    static String ending(String number, boolean upper) {
        int length = number.length();
        char last = number.charAt(length - 1);
        if (last < '0' || last > '9') {
            throw new EvaluationError("22P02", "\"" + number + "\" is not a number");
        }
        boolean teen = length > 1 && number.charAt(length - 2) == '1';
        String ending =
                switch (teen ? '0' : last) {
                    case '1' -> "st";
                    case '2' -> "nd";
                    case '3' -> "rd";
                    default -> "th";
                };
        return upper ? ending.toUpperCase(Locale.ROOT) : ending;
    }
}
