package io.millrace.operator.expression;

import io.millrace.operator.expression.FormatTemplate.Part;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;

/**
 * to_char of numbers. What a template says of signs and blanks is said by PostgreSQL's own, which goes through the patterns
 * from left to right with the number's digits beside them; a currency is a blank, a group's separator a comma.
 */
final class NumberFormat {
    private static final int DOUBLE_DIGITS = 15;
    private static final int REAL_DIGITS = 6;
    private static final int ROMAN_WIDTH = 15;
    static final int MOST_ROMAN = 3999;
    private static final char NOTHING = '\0';

    /** A template, read: what its patterns say together. */
    static final class Template {
        final List<Part> parts;
        int before;
        int behind;
        int multiplied;
        private int zeroStart;
        private int zeroEnd;
        private boolean zero;
        private boolean blank;
        boolean decimal;
        boolean fillMode;
        boolean sign;
        boolean signBehind;
        private int beforeSign;
        boolean minus;
        boolean plus;
        boolean bracket;
        boolean roman;
        boolean multi;
        boolean exponent;

        private Template(List<Part> parts) {
            this.parts = parts;
        }

        static Template of(String text) {
            Template template = new Template(FormatTemplate.ofNumbers(text));
            template.parts.stream()
                    .filter(Part::pattern)
                    .forEach(part -> template.add(part.text().toUpperCase(Locale.ROOT)));
            return template;
        }

        private static void refuseIf(boolean wrong, String message) {
            if (wrong) {
                throw new EvaluationError("42601", message);
            }
        }

        private void add(String pattern) {
            refuseIf(exponent && !pattern.equals("EEEE"), "\"EEEE\" must be the last pattern used");
            switch (pattern) {
                case "9" -> nine();
                case "0" -> zero();
                case "B" -> blank |= before == 0 && behind == 0 && !zero;
                case "D", "." -> {
                    refuseIf(decimal, "multiple decimal points");
                    refuseIf(multi, "cannot use \"V\" and decimal point together");
                    decimal = true;
                }
                case "FM" -> fillMode = true;
                case "S" -> sign();
                case "MI" -> {
                    refuseIf(sign, "cannot use \"S\" and \"MI\" together");
                    minus = true;
                }
                case "PL" -> {
                    refuseIf(sign, "cannot use \"S\" and \"PL\" together");
                    plus = true;
                }
                case "SG" -> {
                    refuseIf(sign, "cannot use \"S\" and \"SG\" together");
                    minus = true;
                    plus = true;
                }
                case "PR" -> {
                    refuseIf(sign || plus || minus, "cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
                    bracket = true;
                }
                case "RN" -> {
                    refuseIf(roman, "cannot use \"RN\" twice");
                    roman = true;
                }
                case "V" -> {
                    refuseIf(decimal, "cannot use \"V\" and decimal point together");
                    multi = true;
                }
                case "EEEE" -> exponent();
                default -> {}
            }
            refuseIf(
                    roman && (zero || blank || decimal || sign || minus || plus || bracket || multi || exponent),
                    "\"RN\" is incompatible with other formats");
        }

        private void nine() {
            refuseIf(bracket, "\"9\" must be ahead of \"PR\"");
            if (multi) {
                multiplied++;
            } else if (decimal) {
                behind++;
            } else {
                before++;
            }
        }

        private void zero() {
            refuseIf(bracket, "\"0\" must be ahead of \"PR\"");
            if (!zero && !decimal) {
                zero = true;
                zeroStart = before + 1;
            }
            if (decimal) {
                behind++;
            } else {
                before++;
            }
            zeroEnd = before + behind;
        }

        private void sign() {
            refuseIf(sign, "cannot use \"S\" twice");
            refuseIf(plus || minus || bracket, "cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
            sign = true;
            signBehind = decimal;
            beforeSign = before;
        }

        private void exponent() {
            refuseIf(exponent, "cannot use \"EEEE\" twice");
            refuseIf(
                    blank || fillMode || sign || bracket || minus || plus || roman || multi,
                    "\"EEEE\" is incompatible with other formats");
            exponent = true;
        }
    }

    private final Template template;
    private final String number;
    private final char sign;
    private final int blanks;
    private final StringBuilder out = new StringBuilder();
    private final boolean bracket;
    private final boolean signBehind;
    private final int zeroStart;
    private final int last;
    private final int count;
    private boolean signWritten;
    private boolean inNumber;
    private int at;
    private int place;

    private NumberFormat(Template template, String number, char sign, int before, int blanks) {
        this.template = template;
        this.number = number;
        this.sign = sign;
        this.blanks = blanks;
        this.bracket = template.bracket && (template.plus || template.minus || sign == '-' || !template.fillMode);
        boolean whole = template.sign && !template.signBehind && before == template.beforeSign;
        this.signBehind = template.signBehind || whole && !template.plus && !template.minus;
        this.zeroStart = template.zeroStart > 0 ? template.zeroStart - 1 : 0;
        this.signWritten =
                template.plus || template.minus ? template.minus : sign == '+' && template.fillMode && !template.sign;
        this.last = template.fillMode && template.decimal ? lastRelevant() : -1;
        this.count = template.behind + before - 1 + (!signWritten && blanks == 0 ? 1 : 0);
    }

    /** The last digit that must be shown, or the point where none behind it must; negative for no point. */
    private int lastRelevant() {
        int point = number.indexOf('.');
        if (point < 0) {
            return -1;
        }
        int relevant = point;
        for (int i = point + 1; i < number.length(); i++) {
            relevant = number.charAt(i) == '0' ? relevant : i;
        }
        if (template.zeroEnd > blanks) {
            relevant = Math.max(relevant, Math.min(number.length() - 1, template.zeroEnd - blanks));
        }
        return relevant;
    }

    /** A number as digits with or without a sign, its places before and behind the point already those of the template. */
    private static String formatted(Template template, String digits, int before) {
        boolean negative = digits.startsWith("-");
        String number = negative ? digits.substring(1) : digits;
        int point = number.indexOf('.');
        int length = point < 0 ? number.length() : point;
        String shown = length > before ? "#".repeat(before) + "." + "#".repeat(template.behind) : number;
        return new NumberFormat(template, shown, negative ? '-' : '+', before, Math.max(0, before - length))
                .formatted();
    }

    static String ofInteger(Template template, long value, boolean wide) {
        if (template.roman) {
            return roman(template, value);
        }
        if (template.exponent) {
            RoundingMode rounding = wide ? RoundingMode.HALF_UP : RoundingMode.HALF_EVEN;
            return literal(exponential(BigDecimal.valueOf(value), template.behind, rounding));
        }
        String digits = (wide ? multiplied(template, value) : multiplied(template, (int) value))
                + (template.behind > 0 ? "." + "0".repeat(template.behind) : "");
        return formatted(template, digits, template.before + template.multiplied);
    }

    private static long multiplied(Template template, long value) {
        BigInteger product = BigInteger.valueOf(value).multiply(BigInteger.TEN.pow(template.multiplied));
        if (product.bitLength() > 63) {
            throw EvaluationError.outOfRange("bigint");
        }
        return product.longValue();
    }

    /** As PostgreSQL multiplies: what is no integer any more wraps around. */
    private static long multiplied(Template template, int value) {
        double factor = Math.pow(10, template.multiplied);
        int product = value * (factor > Integer.MAX_VALUE ? Integer.MIN_VALUE : (int) factor);
        return product;
    }

    static String ofNumeric(Template template, Object value) {
        if (template.roman) {
            return roman(template, value instanceof BigDecimal number ? rounded(number) : -1);
        }
        if (template.exponent) {
            return literal(
                    value instanceof BigDecimal number
                            ? exponential(number, template.behind, RoundingMode.HALF_UP)
                            : hashes(template));
        }
        String digits = value instanceof BigDecimal number
                ? number.movePointRight(template.multiplied)
                        .setScale(template.behind, RoundingMode.HALF_UP)
                        .toPlainString()
                : special(((Number) value).doubleValue());
        boolean zero = digits.startsWith("-") && digits.chars().noneMatch(c -> c >= '1' && c <= '9' || c == 'I');
        return formatted(template, zero ? digits.substring(1) : digits, template.before + template.multiplied);
    }

    private static long rounded(BigDecimal number) {
        BigInteger whole = number.setScale(0, RoundingMode.HALF_UP).toBigInteger();
        return whole.bitLength() > 31 ? -1 : whole.longValue();
    }

    private static String special(double value) {
        return Double.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    }

    static String ofFloating(Template template, double value, boolean real) {
        if (template.roman) {
            return roman(template, Math.abs(value) < MOST_ROMAN + 1 ? (long) Math.rint(value) : -1);
        }
        boolean finite = !Double.isNaN(value) && !Double.isInfinite(value);
        if (template.exponent) {
            boolean negativeZero = value == 0 && 1 / value < 0;
            return literal(
                    finite
                            ? (negativeZero ? "-" : "")
                                    + exponential(new BigDecimal(value), template.behind, RoundingMode.HALF_EVEN)
                            : hashes(template));
        }
        double scaled = template.multi ? value * Math.pow(10, template.multiplied) : value;
        double shown = real ? (float) scaled : scaled;
        int before = template.before + template.multiplied;
        int most = real ? REAL_DIGITS : DOUBLE_DIGITS;
        if (Double.isNaN(shown) || Double.isInfinite(shown)) {
            int letters = special(Math.abs(shown)).length();
            int places = letters >= most ? 0 : Math.min(template.behind, most - letters);
            return formatted(withBehind(template, places), special(shown), before);
        }
        BigDecimal exact = new BigDecimal(shown);
        int length =
                exact.abs().setScale(0, RoundingMode.HALF_EVEN).toPlainString().length();
        int behind = length >= most ? 0 : Math.min(template.behind, most - length);
        String digits = exact.abs().setScale(behind, RoundingMode.HALF_EVEN).toPlainString();
        boolean negative = shown < 0 || shown == 0 && 1 / shown < 0;
        Template fitted = behind == template.behind ? template : withBehind(template, behind);
        return formatted(fitted, (negative ? "-" : "") + digits, before);
    }

    /** The template with fewer places behind the point, where the number has no more digits that mean something. */
    private static Template withBehind(Template template, int behind) {
        Template fitted = new Template(template.parts);
        template.parts.stream()
                .filter(Part::pattern)
                .forEach(part -> fitted.add(part.text().toUpperCase(Locale.ROOT)));
        fitted.behind = behind;
        return fitted;
    }

    private static String hashes(Template template) {
        int length = template.before + template.behind + 6;
        StringBuilder hashes = new StringBuilder("#".repeat(length));
        hashes.setCharAt(0, ' ');
        hashes.setCharAt(template.before + 1, '.');
        return hashes.toString();
    }

    /** A number with an exponent of two digits at least. */
    private static String exponential(BigDecimal value, int behind, RoundingMode rounding) {
        int exponent = value.signum() == 0 ? 0 : value.precision() - value.scale() - 1;
        BigDecimal significand = value.movePointLeft(exponent).setScale(behind, rounding);
        if (rounding == RoundingMode.HALF_EVEN && significand.abs().compareTo(BigDecimal.TEN) >= 0) {
            exponent++;
            significand = value.movePointLeft(exponent).setScale(behind, rounding);
        }
        String digits = Integer.toString(Math.abs(exponent));
        return significand.toPlainString() + (exponent < 0 ? "e-" : "e+") + (digits.length() < 2 ? "0" : "") + digits;
    }

    /** Of a template with an exponent nothing but the number is shown. */
    private static String literal(String number) {
        return number.startsWith("-") || number.startsWith(" ") ? number : " " + number;
    }

    private static String roman(Template template, long value) {
        String numeral = value < 1 || value > MOST_ROMAN ? "#".repeat(ROMAN_WIDTH) : numeral((int) value);
        StringBuilder out = new StringBuilder();
        for (Part part : template.parts) {
            if (!part.pattern()) {
                out.append(part.text());
            } else if (part.text().equalsIgnoreCase("RN")) {
                String shown = part.text().equals("rn") ? numeral.toLowerCase(Locale.ROOT) : numeral;
                int missing = template.fillMode ? 0 : ROMAN_WIDTH - shown.length();
                out.append(" ".repeat(Math.max(0, missing))).append(shown);
            } else if (part.text().equals("G")
                    || part.text().equals("g")
                    || part.text().equals(",")) {
                out.append(template.fillMode ? "" : " ");
            } else if (part.text().equalsIgnoreCase("L")) {
                out.append(' ');
            }
        }
        return out.toString();
    }

    static String numeral(int value) {
        int[] values = {1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1};
        String[] letters = {"M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"};
        StringBuilder numeral = new StringBuilder();
        int left = value;
        for (int i = 0; i < values.length; i++) {
            while (left >= values[i]) {
                numeral.append(letters[i]);
                left -= values[i];
            }
        }
        return numeral.toString();
    }

    private String formatted() {
        for (Part part : template.parts) {
            if (part.pattern()) {
                append(part.text());
            } else {
                out.append(part.text());
            }
        }
        // A digit that is not there ends the text, as it ends PostgreSQL's.
        int end = out.indexOf(String.valueOf(NOTHING));
        return end < 0 ? out.toString() : out.substring(0, end);
    }

    private void append(String pattern) {
        switch (pattern.toUpperCase(Locale.ROOT)) {
            case "9", "0", "D", "." -> digit(pattern.equals("0"));
            case ",", "G" -> {
                if (inNumber || !template.fillMode) {
                    out.append(inNumber ? ',' : ' ');
                }
            }
            case "L" -> out.append(' ');
            case "TH" -> {
                if (number.charAt(0) != '#' && sign != '-' && !template.decimal) {
                    out.append(FormatTemplate.ending(number, pattern.equals("TH")));
                }
            }
            case "MI" -> signIf('-');
            case "PL" -> signIf('+');
            case "SG" -> out.append(sign);
            default -> {}
        }
    }

    private void signIf(char wanted) {
        if (sign == wanted || !template.fillMode) {
            out.append(sign == wanted ? wanted : ' ');
        }
    }

    private char current() {
        return at < number.length() ? number.charAt(at) : NOTHING;
    }

    private boolean lastIsPoint() {
        return last >= 0 && number.charAt(last) == '.';
    }

    /** Whether it is the zero before the point, which a 9 leaves out. */
    private boolean isZeroBeforePoint() {
        return !template.zero && at == 0 && number.charAt(0) == '0' && template.behind != 0;
    }

    private void digit(boolean zero) {
        inNumber = false;
        if (!signWritten
                && (place >= blanks || template.zero && zeroStart == place)
                && (!isZeroBeforePoint() || lastIsPoint())) {
            writeSign();
        }
        if (place < blanks && (zeroStart > place || !template.zero)) {
            out.append(template.fillMode ? "" : " ");
        } else if (template.zero && place < blanks) {
            out.append('0');
            inNumber = true;
        } else {
            writeCharacter(zero);
        }
        int end = last >= 0 && last == at ? place : count + (blanks > 0 ? 1 : 0) + (template.decimal ? 1 : 0);
        if (place + 1 == end) {
            if (signWritten && bracket) {
                out.append(sign == '+' ? ' ' : '>');
            } else if (template.sign && signBehind) {
                out.append(sign);
            }
        }
        place++;
    }

    private void writeSign() {
        if (template.sign) {
            if (!signBehind) {
                out.append(sign);
                signWritten = true;
            }
        } else if (bracket) {
            out.append(sign == '+' ? ' ' : '<');
            signWritten = true;
        } else {
            out.append(sign == '-' ? "-" : template.fillMode ? "" : " ");
            signWritten = true;
        }
    }

    private void writeCharacter(boolean zero) {
        if (current() == '.') {
            if (!lastIsPoint() || template.fillMode) {
                out.append('.');
            }
        } else if (last >= 0 && at > last && !zero) {
            // A zero at the end that FM leaves out.
            inNumber = false;
        } else if (isZeroBeforePoint()) {
            out.append(!template.fillMode ? " " : lastIsPoint() ? "0" : "");
        } else {
            out.append(current());
            inNumber = true;
        }
        at += at < number.length() ? 1 : 0;
    }
}
