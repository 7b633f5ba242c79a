package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.operator.expression.FormatTemplate.Part;
import java.math.BigDecimal;
import java.util.Locale;

/**
 * to_number: the patterns of a template take digits, a point and a sign from a text, and pass over what they name. A currency
 * is a blank, a group's separator a comma.
 */
final class NumbersByTemplate {
    private static final int LONGEST_ROMAN = 15;
    private static final char NONE = ' ';

    private final NumberFormat.Template template;
    private final TemplateText text;
    private final StringBuilder digits = new StringBuilder();
    private char sign = NONE;
    private boolean point;
    private int before;
    private int behind;
    private int places;

    private NumbersByTemplate(String text, NumberFormat.Template template) {
        this.text = new TemplateText(text);
        this.template = template;
        this.places = template.before;
    }

    /** The number in that text; null for an empty template. */
    static Object number(String text, NumberFormat.Template template) {
        if (template.parts.isEmpty()) {
            return null;
        }
        if (template.exponent) {
            throw new EvaluationError("0A000", "\"EEEE\" not supported for input");
        }
        return new NumbersByTemplate(text, template).read();
    }

    private Object read() {
        for (Part part : template.parts) {
            if (text.atEnd()) {
                break;
            }
            if (part.pattern()) {
                take(part.text().toUpperCase(Locale.ROOT));
            } else {
                text.skipCharacter();
            }
        }
        String found = digits.toString();
        String written = sign + (found.endsWith(".") ? found.substring(0, found.length() - 1) : found);
        SqlType type = SqlType.numeric(Math.max(1, places + template.multiplied + behind), behind);
        Object number = TextInput.of(SqlType.NUMERIC).apply(written);
        Object fitted = fitted(type, (BigDecimal) number);
        if (!template.multi) {
            return fitted;
        }
        BigDecimal factor = Exponentials.power(BigDecimal.TEN, BigDecimal.valueOf(-template.multiplied));
        return ((BigDecimal) fitted).multiply(factor);
    }

    /** As many digits before the point as the template has room for. */
    private Object fitted(SqlType type, BigDecimal number) {
        int room = places + template.multiplied;
        if (room == 0 && behind == 0 && number.signum() != 0) {
            throw new EvaluationError("22003", "numeric field overflow");
        }
        return Casts.fitted(type, number);
    }

    private void take(String pattern) {
        switch (pattern) {
            case "9", "0" -> takeDigit(true);
            case ".", "D" -> takeDigit(false);
            case ",", "G" -> text.skip(!template.fillMode && text.current() == ',' ? 1 : 0);
            case "L" -> passOver(1);
            case "RN" -> takeRoman();
            case "TH" -> passOver(template.roman || template.decimal ? 0 : 2);
            case "MI" -> takeSign("-");
            case "PL" -> takeSign("+");
            case "SG" -> takeSign("-+");
            default -> {}
        }
    }

    /** Passes over so many characters that are no part of a number. */
    private void passOver(int count) {
        for (int i = 0; i < count && !text.atEnd() && "0123456789.,+-".indexOf(text.current()) < 0; i++) {
            text.skipCharacter();
        }
    }

    private void takeSign(String signs) {
        if (signs.indexOf(text.current()) >= 0) {
            sign = text.current();
            text.skip(1);
        } else {
            passOver(1);
        }
    }

    /** Passes over a byte, whether it was taken or not. */
    private void takeDigit(boolean digit) {
        text.skip(text.current() == ' ' ? 1 : 0);
        if (!text.atEnd() && sign == NONE && digit && before + behind == 0) {
            takeSignBefore();
        }
        if (text.atEnd()) {
            return;
        }
        boolean taken = false;
        if (TemplateText.isDigit(text.current())) {
            if (point && behind == template.behind) {
                text.skip(1);
                return;
            }
            digits.append(text.current());
            before += point ? 0 : 1;
            behind += point ? 1 : 0;
            taken = true;
        } else if (template.decimal && !point && text.current() == '.') {
            digits.append('.');
            point = true;
            taken = true;
        }
        if (sign == NONE && before + behind > 0) {
            takeSignBehind(taken);
        }
        text.skip(1);
    }

    private void takeSignBefore() {
        char c = text.current();
        boolean bySign = template.sign && !template.signBehind;
        if (c == '-' || c == '+' || c == '<' && template.bracket && !bySign) {
            sign = c == '+' ? '+' : '-';
            text.skip(1);
        }
    }

    private void takeSignBehind(boolean taken) {
        char next = text.at(1);
        if (template.sign) {
            if (taken && (next == '-' || next == '+')) {
                text.skip(1);
                sign = next;
            }
        } else if (!taken && (template.plus || template.minus) && (text.current() == '-' || text.current() == '+')) {
            sign = text.current();
        }
    }

    private void takeRoman() {
        text.skipSpaces();
        StringBuilder letters = new StringBuilder();
        while (letters.length() < LONGEST_ROMAN && "IVXLCDMivxlcdm".indexOf(text.current()) >= 0 && !text.atEnd()) {
            letters.append(text.current());
            text.skip(1);
        }
        String numeral = letters.toString().toUpperCase(Locale.ROOT);
        int value = value(numeral);
        if (value < 1
                || value > NumberFormat.MOST_ROMAN
                || !NumberFormat.numeral(value).equals(numeral)) {
            throw new EvaluationError("22P02", "invalid Roman numeral");
        }
        digits.append(value);
        places = Integer.toString(value).length();
    }

    private static int value(String numeral) {
        int value = 0;
        int last = 0;
        for (int i = numeral.length() - 1; i >= 0; i--) {
            int letter =
                    switch (numeral.charAt(i)) {
                        case 'I' -> 1;
                        case 'V' -> 5;
                        case 'X' -> 10;
                        case 'L' -> 50;
                        case 'C' -> 100;
                        case 'D' -> 500;
                        default -> 1000;
                    };
            value += letter < last ? -letter : letter;
            last = Math.max(last, letter);
        }
        return value;
    }
}
