package io.millrace.row;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class KeyCodecTest {

    record Pair(SqlType type, Object left, Object right) {
        @Override
        public String toString() {
            return type + ": " + Row.of(left) + ", " + Row.of(right);
        }
    }

    record RowPair(List<SqlType> types, Row left, Row right) {}

    @Provide
    Arbitrary<Pair> pairs() {
        return SqlValues.types()
                .flatMap(type ->
                        SqlValues.nullable(type).tuple2().map(values -> new Pair(type, values.get1(), values.get2())));
    }

    @Provide
    Arbitrary<RowPair> rowPairs() {
        return SqlValues.rowTypes().flatMap(types -> SqlValues.rows(types)
                .tuple2()
                .map(rows -> new RowPair(types, rows.get1(), mixed(rows.get1(), rows.get2()))));
    }

    /** The second row with the first half of the first one's values, so that later components get to decide. */
    private static Row mixed(Row first, Row second) {
        Object[] values = second.toArray();
        for (int i = 0; i < values.length / 2; i++) {
            values[i] = first.get(i);
        }
        return Row.of(values);
    }

    @Property(tries = 4000)
    void bytesAreOrderedAsPostgresOrdersTheValues(@ForAll("pairs") Pair pair) {
        KeyCodec codec = KeyCodec.of(List.of(pair.type()));
        int expected = new PostgresOrder(pair.type()).compare(pair.left(), pair.right());
        int actual = Arrays.compareUnsigned(codec.encodePrefix(pair.left()), codec.encodePrefix(pair.right()));
        assertThat(Integer.signum(actual)).isEqualTo(Integer.signum(expected));
    }

    @Property(tries = 4000)
    void noEncodingOfAComponentIsAPrefixOfAnothers(@ForAll("pairs") Pair pair) {
        KeyCodec codec = KeyCodec.of(List.of(pair.type()));
        byte[] left = codec.encodePrefix(pair.left());
        byte[] right = codec.encodePrefix(pair.right());
        assertThat(Arrays.equals(left, right) || Arrays.mismatch(left, right) < Math.min(left.length, right.length))
                .isTrue();
    }

    @Property(tries = 2000)
    void decodingGivesAnEqualValue(@ForAll("pairs") Pair pair) {
        KeyCodec codec = KeyCodec.of(List.of(pair.type()));
        byte[] key = codec.encodePrefix(pair.left());
        Object decoded = codec.decode(key)[0];
        assertThat(new PostgresOrder(pair.type()).compare(decoded, pair.left())).isZero();
        assertThat(codec.encodePrefix(decoded)).isEqualTo(key);
    }

    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
    void keysOfSeveralComponentsAreOrderedByTheFirstThatDiffers(@ForAll("rowPairs") RowPair pair) {
        KeyCodec codec = KeyCodec.of(pair.types());
        int[] all = new int[pair.types().size()];
        int expected = 0;
        for (int i = 0; i < all.length; i++) {
            all[i] = i;
            if (expected == 0) {
                expected = new PostgresOrder(pair.types().get(i))
                        .compare(pair.left().get(i), pair.right().get(i));
            }
        }
        byte[] left = codec.encode(pair.left(), all);
        byte[] right = codec.encode(pair.right(), all);
        assertThat(Integer.signum(Arrays.compareUnsigned(left, right))).isEqualTo(Integer.signum(expected));
        assertThat(codec.encode(codec.decode(left))).isEqualTo(left);
    }

    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
    void aPrefixScanFindsExactlyTheKeysWithThoseLeadingComponents(@ForAll("rowPairs") RowPair pair) {
        KeyCodec codec = KeyCodec.of(pair.types());
        int count = (pair.types().size() + 1) / 2;
        byte[] prefix = codec.encodePrefix(Arrays.copyOf(pair.left().toArray(), count));
        byte[] key = codec.encode(pair.right().toArray());
        boolean leadingComponentsAreEqual = true;
        for (int i = 0; i < count; i++) {
            leadingComponentsAreEqual &= new PostgresOrder(pair.types().get(i))
                            .compare(pair.left().get(i), pair.right().get(i))
                    == 0;
        }
        boolean found = Arrays.mismatch(prefix, key) == prefix.length || Arrays.equals(prefix, key);
        assertThat(found).isEqualTo(leadingComponentsAreEqual);
        byte[] end = KeyRange.afterPrefix(prefix);
        boolean inRange =
                Arrays.compareUnsigned(key, prefix) >= 0 && (end == null || Arrays.compareUnsigned(key, end) < 0);
        assertThat(inRange).isEqualTo(found);
    }

    @Test
    void valuesThatSqlHoldsEqualHaveOneKey() {
        assertSameKey(SqlType.NUMERIC, new BigDecimal("1.0"), new BigDecimal("1.00"));
        assertSameKey(SqlType.NUMERIC, new BigDecimal("-10"), new BigDecimal("-1E+1"));
        assertSameKey(SqlType.NUMERIC, new BigDecimal("0.00"), BigDecimal.ZERO);
        assertSameKey(
                SqlType.NUMERIC, new BigDecimal("12345678901234567890.00"), new BigDecimal("12345678901234567890"));
        assertSameKey(SqlType.DOUBLE, -0d, 0d);
        assertSameKey(SqlType.REAL, -0f, 0f);
        assertSameKey(SqlType.of(Kind.CHAR, 5), "a    ", "a");
        assertSameKey(SqlType.INTERVAL, new Interval(1, 0, 0), new Interval(0, 29, 86_400_000_000L));
    }

    @Test
    void integersOfAllWidthsHaveOneForm() {
        for (int value : new int[] {-32768, -9, -8, 0, 42, 230, 231, 32767}) {
            byte[] small = KeyCodec.of(List.of(SqlType.SMALLINT)).encodePrefix(value);
            assertThat(KeyCodec.of(List.of(SqlType.INTEGER)).encodePrefix(value))
                    .isEqualTo(small);
            assertThat(KeyCodec.of(List.of(SqlType.BIGINT)).encodePrefix((long) value))
                    .isEqualTo(small);
        }
    }

    @Test
    void usualKeysAreShort() {
        assertThat(KeyCodec.of(List.of(SqlType.BIGINT)).encodePrefix(42L)).hasSize(1);
        assertThat(KeyCodec.of(List.of(SqlType.BIGINT)).encodePrefix(1_000_000L))
                .hasSize(4);
        assertThat(KeyCodec.of(List.of(SqlType.TEXT)).encodePrefix("alice")).hasSize(6);
        assertThat(KeyCodec.of(List.of(SqlType.UUID)).encodePrefix(new UUID(-1, -1)))
                .hasSize(17);
        assertThat(KeyCodec.of(List.of(SqlType.TIMESTAMP)).encodePrefix(1_700_000_000_000_000L))
                .hasSize(8);
    }

    @Test
    void aLabelThatIsNotDeclaredComesAfterAllThatAre() {
        SqlType mood = SqlType.enumeration("mood", List.of("sad", "ok"));
        KeyCodec codec = KeyCodec.of(List.of(mood));
        assertThat(Arrays.compareUnsigned(codec.encodePrefix("added later"), codec.encodePrefix("ok")))
                .isPositive();
        assertThat(codec.decode(codec.encodePrefix("added later"))).containsExactly("added later");
    }

    @Test
    void aPrefixOfNothingButTheHighestBytesHasNoEnd() {
        assertThat(KeyRange.afterPrefix(new byte[] {(byte) 0xFF})).isNull();
        assertThat(KeyRange.afterPrefix(new byte[] {5, (byte) 0xFF})).containsExactly(6);
    }

    private static void assertSameKey(SqlType type, Object one, Object other) {
        KeyCodec codec = KeyCodec.of(List.of(type));
        assertThat(codec.encodePrefix(one)).isEqualTo(codec.encodePrefix(other));
    }
}
