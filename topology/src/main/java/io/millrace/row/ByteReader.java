package io.millrace.row;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what {@link ByteWriter} wrote, forward through a part of an array. Reading past the end is an
 * {@link IndexOutOfBoundsException}. Not thread-safe.
 */
public final class ByteReader {
    private static final VarHandle BIG_ENDIAN_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle BIG_ENDIAN_INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private byte[] bytes;
    private int position;
    private int end;

    public ByteReader() {
        this(new byte[0]);
    }

    public ByteReader(byte[] bytes) {
        reset(bytes);
    }

    /** Starts again at the front of an array. */
    public ByteReader reset(byte[] newBytes) {
        return reset(newBytes, 0, newBytes.length);
    }

    /** Starts again at the front of a part of an array. */
    public ByteReader reset(byte[] newBytes, int offset, int count) {
        bytes = newBytes;
        position = offset;
        end = offset + count;
        return this;
    }

    /** Where in the array the next byte is. */
    public int position() {
        return position;
    }

    /** How many bytes are left. */
    public int remaining() {
        return end - position;
    }

    byte[] array() {
        return bytes;
    }

    private void require(int count) {
        if (count < 0 || count > end - position) {
            throw new IndexOutOfBoundsException(count + " bytes are wanted, " + (end - position) + " are left");
        }
    }

    /** The next byte, 0 to 255. */
    public int readByte() {
        require(1);
        return bytes[position++] & 0xFF;
    }

    /** The next byte, which stays. */
    public int peek() {
        require(1);
        return bytes[position] & 0xFF;
    }

    /** The byte at that distance ahead, which stays. */
    public int peek(int ahead) {
        require(ahead + 1);
        return bytes[position + ahead] & 0xFF;
    }

    /** Passes over bytes. */
    public void skip(int count) {
        require(count);
        position += count;
    }

    public byte[] readBytes(int count) {
        require(count);
        byte[] copy = Arrays.copyOfRange(bytes, position, position + count);
        position += count;
        return copy;
    }

    public int readInt() {
        require(4);
        int value = (int) BIG_ENDIAN_INT.get(bytes, position);
        position += 4;
        return value;
    }

    public long readLong() {
        require(8);
        long value = (long) BIG_ENDIAN_LONG.get(bytes, position);
        position += 8;
        return value;
    }

    long readLowBytes(int count) {
        require(count);
        long value = 0;
        for (int i = 0; i < count; i++) {
            value = value << 8 | (bytes[position++] & 0xFF);
        }
        return value;
    }

    public long readVarint() {
        int first = readByte();
        return first < 0x80 ? first : readLongVarint(first & 0x7F);
    }

    private long readLongVarint(long low) {
        long value = low;
        for (int shift = 7; shift < 64; shift += 7) {
            int next = readByte();
            value |= (long) (next & 0x7F) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new IndexOutOfBoundsException("a varint has more than ten bytes");
    }

    /** A varint that counts bytes or things, so fits an int and is not negative. */
    public int readCount() {
        long count = readVarint();
        if (count < 0 || count > Integer.MAX_VALUE) {
            throw new IndexOutOfBoundsException("a count of " + count);
        }
        return (int) count;
    }

    /** A signed varint that counts bytes or things: Avro's lengths. */
    public int readZigzagCount() {
        long count = readZigzag();
        if (count < 0 || count > Integer.MAX_VALUE) {
            throw new IndexOutOfBoundsException("a count of " + count);
        }
        return (int) count;
    }

    /** Whether the bytes ahead are those, which stay. */
    public boolean startsWith(byte[] prefix) {
        return end - position >= prefix.length
                && Arrays.equals(bytes, position, position + prefix.length, prefix, 0, prefix.length);
    }

    public long readZigzag() {
        long value = readVarint();
        return (value >>> 1) ^ -(value & 1);
    }

    public String readText() {
        return readText(readCount());
    }

    /** UTF-8 of that many bytes. */
    public String readText(int count) {
        require(count);
        String text = new String(bytes, position, count, StandardCharsets.UTF_8);
        position += count;
        return text;
    }
}
