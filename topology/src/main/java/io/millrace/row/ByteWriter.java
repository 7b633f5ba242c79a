package io.millrace.row;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A byte array that grows, for codecs to append to. Made to be kept and reset between records, so that the hot path
 * allocates nothing but its result. Not thread-safe.
 */
public final class ByteWriter {
    private static final VarHandle BIG_ENDIAN_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle BIG_ENDIAN_INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    /** Up to here the plain loop over characters beats encoding into an array of its own. */
    private static final int LONGEST_IN_PLACE = 127;

    private byte[] bytes;
    private int length;

    public ByteWriter() {
        this(64);
    }

    public ByteWriter(int capacity) {
        bytes = new byte[capacity];
    }

    /** Forgets what was written, keeps the array. */
    public ByteWriter reset() {
        length = 0;
        return this;
    }

    /** How many bytes were written. */
    public int length() {
        return length;
    }

    /** Drops what was written after the given length. */
    public void truncate(int newLength) {
        if (newLength > length) {
            throw new IllegalArgumentException("cannot truncate " + length + " bytes to " + newLength);
        }
        length = newLength;
    }

    /** A copy of what was written. */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    /** A copy of what was written from the given offset on. */
    public byte[] toByteArray(int from) {
        return Arrays.copyOfRange(bytes, from, length);
    }

    /** The array behind; valid up to {@link #length} and until the next write. */
    byte[] array() {
        return bytes;
    }

    void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(length, more)));
        }
    }

    /** One byte: the low eight bits. */
    public void putByte(int value) {
        ensure(1);
        bytes[length++] = (byte) value;
    }

    /** Overwrites the byte at an offset. */
    public void setByte(int offset, int value) {
        bytes[offset] = (byte) value;
    }

    /** Turns every bit round of what was written from that offset on. */
    public void invert(int from) {
        for (int i = from; i < length; i++) {
            bytes[i] = (byte) ~bytes[i];
        }
    }

    /** Zero bytes, to be set later; returns the offset of the first. */
    public int putZeros(int count) {
        ensure(count);
        int offset = length;
        Arrays.fill(bytes, offset, offset + count, (byte) 0);
        length += count;
        return offset;
    }

    /** Bytes as they are. */
    public void putBytes(byte[] source) {
        putBytes(source, 0, source.length);
    }

    /** A part of an array as it is. */
    public void putBytes(byte[] source, int offset, int count) {
        ensure(count);
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
    }

    /** Four bytes, most significant first. */
    public void putInt(int value) {
        ensure(4);
        BIG_ENDIAN_INT.set(bytes, length, value);
        length += 4;
    }

    /** Eight bytes, most significant first. */
    public void putLong(long value) {
        ensure(8);
        BIG_ENDIAN_LONG.set(bytes, length, value);
        length += 8;
    }

    /** The low bytes of a value, most significant first. */
    void putLowBytes(long value, int count) {
        ensure(count);
        for (int shift = (count - 1) * 8; shift >= 0; shift -= 8) {
            bytes[length++] = (byte) (value >>> shift);
        }
    }

    /** Seven bits a byte, least significant first, as protocol buffers and Avro do; small values are short. */
    public void putVarint(long value) {
        ensure(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    /** A signed varint: Avro's int and long. */
    public void putZigzag(long value) {
        putVarint((value << 1) ^ (value >> 63));
    }

    /** Length as a varint, then UTF-8. */
    public void putText(String text) {
        if (!putAscii(text, LONGEST_IN_PLACE, 0)) {
            byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
            putVarint(encoded.length);
            putBytes(encoded);
        }
    }

    /** Length as a signed varint, then UTF-8: Avro's string. */
    public void putAvroText(String text) {
        if (!putAscii(text, LONGEST_IN_PLACE / 2, 1)) {
            byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
            putZigzag(encoded.length);
            putBytes(encoded);
        }
    }

    /** Writes a short ASCII text behind its length in one byte; false, and nothing written, if it is not one. */
    private boolean putAscii(String text, int longest, int lengthShift) {
        int count = text.length();
        if (count > longest) {
            return false;
        }
        ensure(count + 1);
        byte[] target = bytes;
        int at = length + 1;
        for (int i = 0; i < count; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                return false;
            }
            target[at + i] = (byte) c;
        }
        target[length] = (byte) (count << lengthShift);
        length = at + count;
        return true;
    }

    /** The leading characters from 02 to 7F as a byte each; returns how many they are. */
    int putPlainAscii(String text, int count) {
        ensure(count + 1);
        byte[] target = bytes;
        int at = length;
        int i = 0;
        while (i < count) {
            char c = text.charAt(i);
            if (c < 2 || c >= 0x80) {
                break;
            }
            target[at + i] = (byte) c;
            i++;
        }
        length = at + i;
        return i;
    }
}
