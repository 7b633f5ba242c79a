package io.millrace.operator.expression;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/** convert_from and convert_to: texts as bytes of UTF-8, or of a character set with one byte for each character. */
final class CharacterSets {
    /** A character set by the name that PostgreSQL has for it. */
    private record Named(String name, Charset charset) {}

    private static final Map<String, Named> BY_NAME = Map.ofEntries(
            entry("utf8", "UTF8", "UTF-8"),
            entry("unicode", "UTF8", "UTF-8"),
            entry("latin1", "LATIN1", "ISO-8859-1"),
            entry("iso88591", "LATIN1", "ISO-8859-1"),
            entry("latin2", "LATIN2", "ISO-8859-2"),
            entry("iso88592", "LATIN2", "ISO-8859-2"),
            entry("latin3", "LATIN3", "ISO-8859-3"),
            entry("iso88593", "LATIN3", "ISO-8859-3"),
            entry("latin4", "LATIN4", "ISO-8859-4"),
            entry("iso88594", "LATIN4", "ISO-8859-4"),
            entry("latin5", "LATIN5", "ISO-8859-9"),
            entry("iso88599", "LATIN5", "ISO-8859-9"),
            entry("latin7", "LATIN7", "ISO-8859-13"),
            entry("iso885913", "LATIN7", "ISO-8859-13"),
            entry("latin9", "LATIN9", "ISO-8859-15"),
            entry("iso885915", "LATIN9", "ISO-8859-15"),
            entry("iso88595", "ISO_8859_5", "ISO-8859-5"),
            entry("koi8r", "KOI8R", "KOI8-R"),
            entry("koi8", "KOI8R", "KOI8-R"),
            entry("koi8u", "KOI8U", "KOI8-U"),
            entry("win866", "WIN866", "IBM866"),
            entry("alt", "WIN866", "IBM866"),
            entry("windows866", "WIN866", "IBM866"),
            entry("win1250", "WIN1250", "windows-1250"),
            entry("windows1250", "WIN1250", "windows-1250"),
            entry("win1251", "WIN1251", "windows-1251"),
            entry("win", "WIN1251", "windows-1251"),
            entry("windows1251", "WIN1251", "windows-1251"),
            entry("win1252", "WIN1252", "windows-1252"),
            entry("windows1252", "WIN1252", "windows-1252"),
            entry("win1253", "WIN1253", "windows-1253"),
            entry("windows1253", "WIN1253", "windows-1253"),
            entry("win1254", "WIN1254", "windows-1254"),
            entry("windows1254", "WIN1254", "windows-1254"),
            entry("win1257", "WIN1257", "windows-1257"),
            entry("windows1257", "WIN1257", "windows-1257"));

    private CharacterSets() {}

    private static Map.Entry<String, Named> entry(String alias, String name, String charset) {
        return Map.entry(alias, new Named(name, Charset.forName(charset)));
    }

    /** The set of that name, of which letters and digits alone count. */
    private static Named named(String name, String which) {
        Named named = BY_NAME.get(name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", ""));
        if (named == null) {
            throw new EvaluationError("22023", "invalid " + which + " encoding name \"" + name + "\"");
        }
        return named;
    }

    static String decoded(byte[] bytes, String name) {
        Named from = named(name, "source");
        boolean utf8 = from.charset.equals(StandardCharsets.UTF_8);
        CharsetDecoder decoder = from.charset
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length + 1);
        CoderResult result = decoder.decode(in, out, true);
        int zero = indexOfZero(bytes);
        if (zero >= 0 && (!result.isError() || zero < in.position())) {
            throw malformed(from, new byte[] {0});
        }
        if (result.isError()) {
            int end = Math.min(bytes.length, in.position() + (utf8 ? length(bytes[in.position()]) : 1));
            byte[] wrong = Arrays.copyOfRange(bytes, in.position(), end);
            throw utf8 ? malformed(from, wrong) : untranslatable(wrong, from.name, "UTF8");
        }
        return out.flip().toString();
    }

    private static int indexOfZero(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                return i;
            }
        }
        return -1;
    }

    /** How many bytes a character has that begins with that one. */
    private static int length(byte first) {
        int value = first & 0xFF;
        return value < 0xC0 || value >= 0xF8 ? 1 : value < 0xE0 ? 2 : value < 0xF0 ? 3 : 4;
    }

    private static EvaluationError malformed(Named charset, byte[] bytes) {
        return new EvaluationError(
                "22021", "invalid byte sequence for encoding \"" + charset.name + "\": " + hexadecimal(bytes));
    }

    private static EvaluationError untranslatable(byte[] bytes, String from, String to) {
        return new EvaluationError(
                "22P05",
                "character with byte sequence " + hexadecimal(bytes) + " in encoding \"" + from
                        + "\" has no equivalent in encoding \"" + to + "\"");
    }

    private static String hexadecimal(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (byte each : bytes) {
            out.append(out.isEmpty() ? "" : " ").append(String.format(Locale.ROOT, "0x%02x", each & 0xFF));
        }
        return out.toString();
    }

    static byte[] encoded(String text, String name) {
        Named to = named(name, "destination");
        CharsetEncoder encoder = to.charset
                .newEncoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        CharBuffer in = CharBuffer.wrap(text);
        try {
            ByteBuffer out = encoder.encode(in);
            byte[] bytes = new byte[out.remaining()];
            out.get(bytes);
            return bytes;
        } catch (CharacterCodingException e) {
            byte[] wrong = Character.toString(text.codePointAt(in.position())).getBytes(StandardCharsets.UTF_8);
            throw untranslatable(wrong, "UTF8", to.name);
        }
    }
}
