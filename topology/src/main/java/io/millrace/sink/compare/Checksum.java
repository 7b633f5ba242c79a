package io.millrace.sink.compare;

import java.math.BigInteger;

/**
 * What rows come to: how many they are, and the sum of numbers made from each, in which order they come being no matter.
 * Immutable.
 *
 * @param rows how many
 * @param sum of the first 64 bits, signed, of each row's digest
 */
public record Checksum(long rows, BigInteger sum) {
    private static final int DIGITS = 16;
    private static final int HEX = 16;

    /** Of no rows. */
    public static final Checksum NONE = new Checksum(0, BigInteger.ZERO);

    /** Of these and those. */
    public Checksum and(Checksum other) {
        return new Checksum(rows + other.rows, sum.add(other.sum));
    }

    /** Of one row with that digest. */
    public static Checksum ofRow(String digest) {
        return new Checksum(1, BigInteger.valueOf(Long.parseUnsignedLong(digest.substring(0, DIGITS), HEX)));
    }
}
