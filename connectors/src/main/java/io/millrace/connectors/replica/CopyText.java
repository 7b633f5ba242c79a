package io.millrace.connectors.replica;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Arrays;
import org.postgresql.copy.CopyIn;

/** The lines of a COPY, which go to the server as they come together. */
final class CopyText {
    private static final int SENT_BYTES = 1 << 16;
    private static final int LONG_DIGITS = 20;

    private final CopyIn copy;
    private byte[] bytes = new byte[SENT_BYTES + (SENT_BYTES >> 2)];
    private int length;
    private boolean within;

    CopyText(CopyIn copy) {
        this.copy = copy;
    }

    /** Ends a line. */
    void endLine() throws SQLException {
        put('\n');
        within = false;
        if (length >= SENT_BYTES) {
            send();
        }
    }

    /** Sends what has not been sent. */
    void send() throws SQLException {
        copy.writeToCopy(bytes, 0, length);
        length = 0;
    }

    /** Adds a NULL. */
    void addNull() {
        separate();
        put('\\');
        put('N');
    }

    /** Adds a value that has nothing to escape. */
    void addPlain(String ascii) {
        separate();
        makeRoom(ascii.length());
        for (int i = 0; i < ascii.length(); i++) {
            bytes[length++] = (byte) ascii.charAt(i);
        }
    }

    /** Adds a number. */
    void add(long number) {
        separate();
        makeRoom(LONG_DIGITS);
        if (number == Long.MIN_VALUE) {
            for (byte digit : Long.toString(number).getBytes(StandardCharsets.US_ASCII)) {
                bytes[length++] = digit;
            }
            return;
        }
        long rest = Math.abs(number);
        if (number < 0) {
            bytes[length++] = '-';
        }
        int digits = 1;
        for (long least = 10; digits < LONG_DIGITS - 1 && rest >= least; least *= 10) {
            digits++;
        }
        for (int at = length + digits - 1; at >= length; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
    }

    /** Adds a text; null is a NULL. */
    void add(String text) {
        if (text == null) {
            addNull();
        } else {
            byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
            add(encoded, 0, encoded.length);
        }
    }

    /** Adds a text in UTF-8. */
    void add(byte[] text, int from, int count) {
        separate();
        makeRoom(2 * count);
        for (int i = from; i < from + count; i++) {
            byte next = text[i];
            byte escape = next >= ' ' && next != '\\' || next < 0 ? 0 : escaped(next);
            if (escape != 0) {
                bytes[length++] = '\\';
            }
            bytes[length++] = escape == 0 ? next : escape;
        }
    }

    /** How COPY reads, behind a backslash, a character that is none of a text by itself; 0 where it is. */
    private static byte escaped(byte c) {
        return switch (c) {
            case '\\' -> '\\';
            case '\t' -> 't';
            case '\n' -> 'n';
            case '\r' -> 'r';
            default -> 0;
        };
    }

    private void separate() {
        if (within) {
            put('\t');
        }
        within = true;
    }

    private void put(char ascii) {
        makeRoom(1);
        bytes[length++] = (byte) ascii;
    }

    private void makeRoom(int count) {
        if (count > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
        }
    }
}
