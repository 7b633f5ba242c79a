package io.millrace.operator.expression;

import io.millrace.plan.Function;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/** Characters as numbers, bytes as text, digests, and replacements of single characters and of a stretch. */
final class Encodings {
    private static final int BASE64_LINE = 76;
    private static final Set<String> FORMS = Set.of("NFC", "NFD", "NFKC", "NFKD");

    private Encodings() {}

    static Evaluator compile(Function function, Evaluator[] operands) {
        return switch (function) {
            case ASCII ->
                Arithmetic.strict(operands[0], text -> ((String) text).isEmpty() ? 0 : ((String) text).codePointAt(0));
            case CHR -> Arithmetic.strict(operands[0], number -> character((Integer) number));
            case TO_HEX -> Arithmetic.strict(operands[0], number -> digits(number, 4));
            case TO_OCT -> Arithmetic.strict(operands[0], number -> digits(number, 3));
            case TO_BIN -> Arithmetic.strict(operands[0], number -> digits(number, 1));
            case QUOTE_LITERAL -> Arithmetic.strict(operands[0], text -> quoted((String) text));
            case QUOTE_IDENT -> Arithmetic.strict(operands[0], name -> Identifiers.quoted((String) name));
            case QUOTE_NULLABLE ->
                row -> {
                    Object text = operands[0].evaluate(row);
                    return text == null ? "NULL" : quoted((String) text);
                };
            case SHA224 -> Arithmetic.strict(operands[0], bytes -> digest("SHA-224", (byte[]) bytes));
            case SHA256 -> Arithmetic.strict(operands[0], bytes -> digest("SHA-256", (byte[]) bytes));
            case SHA384 -> Arithmetic.strict(operands[0], bytes -> digest("SHA-384", (byte[]) bytes));
            case SHA512 -> Arithmetic.strict(operands[0], bytes -> digest("SHA-512", (byte[]) bytes));
            case ENCODE ->
                Arithmetic.strict(
                        operands[0], operands[1], (bytes, format) -> encoded((byte[]) bytes, (String) format));
            case DECODE ->
                Arithmetic.strict(operands[0], operands[1], (text, format) -> decoded((String) text, (String) format));
            case CRC32 -> Arithmetic.strict(operands[0], bytes -> checksum(new CRC32(), (byte[]) bytes));
            case CRC32C -> Arithmetic.strict(operands[0], bytes -> checksum(new CRC32C(), (byte[]) bytes));
            case CONVERT_FROM ->
                Arithmetic.strict(
                        operands[0],
                        operands[1],
                        (bytes, name) -> CharacterSets.decoded((byte[]) bytes, (String) name));
            case CONVERT_TO ->
                Arithmetic.strict(
                        operands[0], operands[1], (text, name) -> CharacterSets.encoded((String) text, (String) name));
            case UNISTR -> Arithmetic.strict(operands[0], text -> UnicodeEscapes.replaced((String) text));
            case NORMALIZE -> normalization(operands);
            case TRANSLATE -> translation(operands);
            case OVERLAY -> overlay(operands);
            default -> throw new IllegalStateException(function + " encodes nothing");
        };
    }

    private static Object character(int number) {
        if (number < 0) {
            throw new EvaluationError("22023", "character number must be positive");
        }
        if (number == 0) {
            throw new EvaluationError("54000", "null character not permitted");
        }
        if (number > Character.MAX_CODE_POINT) {
            throw new EvaluationError("54000", "requested character too large for encoding: " + number);
        }
        if (number >= Character.MIN_SURROGATE && number <= Character.MAX_SURROGATE) {
            throw new EvaluationError("54000", "requested character not valid for encoding: " + number);
        }
        return Character.toString(number);
    }

    /** The digits of which each stands for so many bits; a negative number is taken for the bits that it has. */
    private static Object digits(Object number, int bits) {
        long unsigned = number instanceof Long value ? value : Integer.toUnsignedLong((Integer) number);
        return Long.toUnsignedString(unsigned, 1 << bits);
    }

    static String quoted(String text) {
        String doubled = text.replace("'", "''");
        return doubled.contains("\\") ? "E'" + doubled.replace("\\", "\\\\") + "'" : "'" + doubled + "'";
    }

    private static Object digest(String algorithm, byte[] bytes) {
        try {
            return MessageDigest.getInstance(algorithm).digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm, e);
        }
    }

    private static Object checksum(Checksum sum, byte[] bytes) {
        sum.update(bytes, 0, bytes.length);
        return sum.getValue();
    }

    private static Evaluator normalization(Evaluator[] operands) {
        Evaluator form = operands.length > 1 ? operands[1] : row -> "NFC";
        return Arithmetic.strict(operands[0], form, (text, name) -> {
            String upper = ((String) name).toUpperCase(Locale.ROOT);
            if (!FORMS.contains(upper)) {
                throw new EvaluationError("22023", "invalid normalization form: " + name);
            }
            return Normalizer.normalize((String) text, Normalizer.Form.valueOf(upper));
        });
    }

    private static Object encoded(byte[] bytes, String format) {
        return switch (format.toLowerCase(Locale.ROOT)) {
            case "hex" -> HexFormat.of().formatHex(bytes);
            case "base64" ->
                Base64.getMimeEncoder(BASE64_LINE, new byte[] {'\n'}).encodeToString(bytes);
            case "escape" -> escaped(bytes);
            default -> throw unknown(format);
        };
    }

    private static String escaped(byte[] bytes) {
        StringBuilder out = new StringBuilder(bytes.length);
        for (byte each : bytes) {
            if (each <= 0) {
                out.append('\\').append(Integer.toOctalString((each & 0xFF) | 0x200), 1, 4);
            } else {
                out.append(each == '\\' ? "\\\\" : (char) each);
            }
        }
        return out.toString();
    }

    private static Object decoded(String text, String format) {
        return switch (format.toLowerCase(Locale.ROOT)) {
            case "hex" -> TextInput.hexadecimal(text, 0);
            case "base64" -> base64(text);
            case "escape" -> TextInput.escaped(text);
            default -> throw unknown(format);
        };
    }

    private static Object base64(String text) {
        String dense = text.replaceAll("[ \\n\\r\\t]", "");
        for (int i = 0; i < dense.length(); i++) {
            char c = dense.charAt(i);
            boolean known = c < 0x80 && (Character.isLetterOrDigit(c) || c == '+' || c == '/' || c == '=');
            if (!known) {
                String found = Character.toString(dense.codePointAt(i));
                throw new EvaluationError(
                        "22023", "invalid symbol \"" + found + "\" found while decoding base64 sequence");
            }
        }
        try {
            if (dense.length() % 4 != 0) {
                throw new IllegalArgumentException("not groups of four");
            }
            return Base64.getDecoder().decode(dense.getBytes(StandardCharsets.US_ASCII));
        } catch (IllegalArgumentException e) {
            throw new EvaluationError("22023", "invalid base64 end sequence");
        }
    }

    private static EvaluationError unknown(String format) {
        return new EvaluationError("22023", "unrecognized encoding: \"" + format + "\"");
    }

    private static Evaluator translation(Evaluator[] operands) {
        return row -> {
            Object text = operands[0].evaluate(row);
            Object from = operands[1].evaluate(row);
            Object to = operands[2].evaluate(row);
            return text == null || from == null || to == null
                    ? null
                    : translated((String) text, (String) from, (String) to);
        };
    }

    /** Each character that the second text has at some place becomes the third's there, and nothing where that is shorter. */
    private static String translated(String text, String from, String to) {
        int[] old = from.codePoints().toArray();
        int[] replacements = to.codePoints().toArray();
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(character -> {
            int at = 0;
            while (at < old.length && old[at] != character) {
                at++;
            }
            if (at == old.length) {
                out.appendCodePoint(character);
            } else if (at < replacements.length) {
                out.appendCodePoint(replacements[at]);
            }
        });
        return out.toString();
    }

    private static Evaluator overlay(Evaluator[] operands) {
        return row -> {
            String text = (String) operands[0].evaluate(row);
            String other = (String) operands[1].evaluate(row);
            Integer from = (Integer) operands[2].evaluate(row);
            Integer count = operands.length > 3
                    ? (Integer) operands[3].evaluate(row)
                    : other == null ? null : (Integer) other.codePointCount(0, other.length());
            return text == null || other == null || from == null || count == null
                    ? null
                    : overlaid(text, other, from, count);
        };
    }

    private static String overlaid(String text, String other, int from, int count) {
        if (from <= 0) {
            throw new EvaluationError("22011", "negative substring length not allowed");
        }
        if ((long) from + count != from + count) {
            throw EvaluationError.outOfRange("integer");
        }
        return text.substring(0, offset(text, from - 1)) + other + text.substring(offset(text, from + count - 1));
    }

    /** Where the character of that number begins, within the text. */
    private static int offset(String text, int characters) {
        int length = text.codePointCount(0, text.length());
        return text.offsetByCodePoints(0, Math.max(0, Math.min(characters, length)));
    }
}
