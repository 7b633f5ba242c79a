package io.millrace.schemas;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/**
 * The one function that says which partition a key belongs to. Everything that writes keyed records goes by it:
 * Debezium through {@link PayloadPartitioner}, exchanges and views through the {@code add} methods. So rows of a table
 * and exchanged rows with an equal key meet in the same partition, whatever the id of the key's schema and whatever the
 * shard.
 *
 * <p>A key's partition is {@code positive(murmur2(payload)) % partitions}, where the payload is the Avro binary
 * encoding of the key's values one after the other, without a wire header and without the shard. Avro writes every
 * integer as the same zigzag varint, so a {@code smallint}, {@code integer} or {@code bigint} of the same value meet.
 *
 * <p>An instance is a buffer to be used again and again by one thread: {@link #reset}, then one {@code add} a value in
 * the key's order, then {@link #of}. It allocates only while it grows.
 */
public final class KeyPartition {
    private static final int MURMUR_SEED = 0x9747b28c;
    private static final int MURMUR_MULTIPLIER = 0x5bd1e995;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] buffer = new byte[64];
    private int length;

    /** Empties the buffer for the next key. */
    public KeyPartition reset() {
        length = 0;
        return this;
    }

    /** Adds a {@code smallint}, {@code integer}, {@code bigint}, or a date or time carried as a number. */
    public KeyPartition addLong(long value) {
        ensure(10);
        long rest = (value << 1) ^ (value >> 63);
        while ((rest & ~0x7fL) != 0) {
            buffer[length++] = (byte) ((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        buffer[length++] = (byte) rest;
        return this;
    }

    /** Adds text. */
    public KeyPartition addString(String value) {
        int chars = value.length();
        for (int i = 0; i < chars; i++) {
            if (value.charAt(i) >= 0x80) {
                return addBytes(value.getBytes(StandardCharsets.UTF_8));
            }
        }
        addLong(chars);
        ensure(chars);
        for (int i = 0; i < chars; i++) {
            buffer[length++] = (byte) value.charAt(i);
        }
        return this;
    }

    /** Adds a UUID the way Debezium writes it: as its text of 36 characters. */
    public KeyPartition addUuid(UUID value) {
        addLong(36);
        ensure(36);
        long high = value.getMostSignificantBits();
        long low = value.getLeastSignificantBits();
        addHex(high >>> 32, 8);
        buffer[length++] = '-';
        addHex(high >>> 16, 4);
        buffer[length++] = '-';
        addHex(high, 4);
        buffer[length++] = '-';
        addHex(low >>> 48, 4);
        buffer[length++] = '-';
        addHex(low, 12);
        return this;
    }

    /** Adds {@code bytea}. */
    public KeyPartition addBytes(byte[] value) {
        addLong(value.length);
        ensure(value.length);
        System.arraycopy(value, 0, buffer, length, value.length);
        length += value.length;
        return this;
    }

    /** Adds a boolean. */
    public KeyPartition addBoolean(boolean value) {
        ensure(1);
        buffer[length++] = (byte) (value ? 1 : 0);
        return this;
    }

    /** Adds a {@code real}. */
    public KeyPartition addFloat(float value) {
        return addLittleEndian(Float.floatToRawIntBits(value) & 0xffffffffL, 4);
    }

    /** Adds a {@code double precision}. */
    public KeyPartition addDouble(double value) {
        return addLittleEndian(Double.doubleToRawLongBits(value), 8);
    }

    /** Adds SQL's NULL, which a primary key never holds but an exchange's key may: one byte that no encoded value is. */
    public KeyPartition addNull() {
        ensure(1);
        buffer[length++] = (byte) 0xff;
        return this;
    }

    /** The partition of the values added since the last reset. */
    public int of(int partitions) {
        return ofPayload(buffer, 0, length, partitions);
    }

    /** A copy of the bytes that are hashed. */
    public byte[] payload() {
        return Arrays.copyOf(buffer, length);
    }

    /** The partition of all rows of a shard, where a table has no primary key: they keep their order there. */
    public static int ofShard(String shard, int partitions) {
        byte[] name = shard.getBytes(StandardCharsets.UTF_8);
        return ofPayload(name, 0, name.length, partitions);
    }

    /** The partition of a payload that is already encoded. */
    public static int ofPayload(byte[] buffer, int offset, int length, int partitions) {
        return (murmur2(buffer, offset, length) & 0x7fffffff) % partitions;
    }

    /** Kafka's murmur2 over a part of an array, so that the header need not be cut off by copying. */
    static int murmur2(byte[] data, int offset, int length) {
        int hash = MURMUR_SEED ^ length;
        int end = offset + (length & ~3);
        for (int i = offset; i < end; i += 4) {
            int word = (data[i] & 0xff)
                    | ((data[i + 1] & 0xff) << 8)
                    | ((data[i + 2] & 0xff) << 16)
                    | ((data[i + 3] & 0xff) << 24);
            word *= MURMUR_MULTIPLIER;
            word ^= word >>> 24;
            word *= MURMUR_MULTIPLIER;
            hash = (hash * MURMUR_MULTIPLIER) ^ word;
        }
        int rest = length & 3;
        if (rest > 2) {
            hash ^= (data[end + 2] & 0xff) << 16;
        }
        if (rest > 1) {
            hash ^= (data[end + 1] & 0xff) << 8;
        }
        if (rest > 0) {
            hash ^= data[end] & 0xff;
            hash *= MURMUR_MULTIPLIER;
        }
        hash ^= hash >>> 13;
        hash *= MURMUR_MULTIPLIER;
        return hash ^ (hash >>> 15);
    }

    private void addHex(long value, int digits) {
        for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
            buffer[length++] = HEX[(int) (value >>> shift) & 0xf];
        }
    }

    private KeyPartition addLittleEndian(long bits, int bytes) {
        ensure(bytes);
        for (int i = 0; i < bytes; i++) {
            buffer[length++] = (byte) (bits >>> (8 * i));
        }
        return this;
    }

    private void ensure(int more) {
        if (buffer.length - length < more) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, length + more));
        }
    }
}
