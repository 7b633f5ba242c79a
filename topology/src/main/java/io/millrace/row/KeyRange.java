package io.millrace.row;

import java.util.Arrays;

/**
 * Keys from one on and below another, as unsigned bytes. Immutable.
 *
 * @param from the least key
 * @param to the least key above all of them; null when there is none
 */
public record KeyRange(byte[] from, byte[] to) {

    /** All keys that begin with the prefix. */
    public static KeyRange ofPrefix(byte[] prefix) {
        return new KeyRange(prefix, afterPrefix(prefix));
    }

    /** Those of the range that are above a key. */
    public KeyRange after(byte[] key) {
        // The least key above a key is that key and a zero byte.
        return Arrays.compareUnsigned(key, from) < 0 ? this : new KeyRange(Arrays.copyOf(key, key.length + 1), to);
    }

    /** Whether no key can be in the range. */
    public boolean isEmpty() {
        return !isBelowEnd(from);
    }

    /** Whether a key is in the range. */
    public boolean contains(byte[] key) {
        return Arrays.compareUnsigned(key, from) >= 0 && isBelowEnd(key);
    }

    private boolean isBelowEnd(byte[] key) {
        return to == null || Arrays.compareUnsigned(key, to) < 0;
    }

    /** The least key above all keys with the prefix, or null when there is none. */
    public static byte[] afterPrefix(byte[] prefix) {
        for (int i = prefix.length - 1; i >= 0; i--) {
            if (prefix[i] != (byte) 0xff) {
                byte[] end = Arrays.copyOf(prefix, i + 1);
                end[i]++;
                return end;
            }
        }
        return null;
    }

    /** Whether the key begins with the prefix. */
    public static boolean startsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.mismatch(key, 0, prefix.length, prefix, 0, prefix.length) < 0;
    }
}
