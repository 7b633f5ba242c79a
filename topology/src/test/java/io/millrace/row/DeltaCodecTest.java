package io.millrace.row;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.SqlType;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class DeltaCodecTest {

    record Case(List<SqlType> types, Delta delta) {}

    @Provide
    Arbitrary<Case> cases() {
        return SqlValues.rowTypes().flatMap(types -> {
            Arbitrary<Delta> deltas = Combinators.combine(
                            SqlValues.rows(types),
                            SqlValues.rows(types),
                            Arbitraries.integers().between(0, 3),
                            Arbitraries.longs().between(1, 300),
                            origins(),
                            Arbitraries.randoms())
                    .as((one, other, shape, weight, origin, random) -> {
                        Object[] values = one.toArray();
                        for (int i = 0; i < values.length; i++) {
                            if (random.nextInt(3) == 0) {
                                values[i] = other.get(i);
                            }
                        }
                        Row before = shape == 0 ? null : one;
                        Row after = shape == 1 ? null : shape == 2 ? other : Row.of(values);
                        return new Delta(before, after, weight % 3 == 0 ? weight : 1, origin);
                    });
            return deltas.map(delta -> new Case(types, delta));
        });
    }

    private static Arbitrary<Origin> origins() {
        return Combinators.combine(
                        Arbitraries.of("shard-0", "s1", "größe", ""),
                        Arbitraries.longs(),
                        Arbitraries.of(0L, 1L, 1_700_000_000_000_000L))
                .as(Origin::new);
    }

    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
    void aDeltaComesBackAsItWas(@ForAll("cases") Case example) {
        DeltaCodec codec = DeltaCodec.of(example.types());
        byte[] bytes = codec.encode(example.delta());
        assertThat(codec.decode(bytes)).isEqualTo(example.delta());
        assertThat(codec.decode(bytes)).isEqualTo(example.delta());
    }

    @Test
    void anUpdateOfOneColumnCarriesTheOthersOnce() {
        DeltaCodec codec = DeltaCodec.of(List.of(SqlType.BIGINT, SqlType.TEXT, SqlType.INTEGER));
        Origin origin = new Origin("s0", 77, 0);
        String text = "a text that both rows have";
        int whole = codec.encode(Delta.of(null, Row.of(1L, text, 5), origin)).length;
        byte[] update = codec.encode(Delta.of(Row.of(1L, text, 5), Row.of(1L, text, 6), origin));
        assertThat(update).hasSize(whole + 3);
        Delta decoded = codec.decode(update);
        assertThat(decoded.after().get(1)).isSameAs(decoded.before().get(1));
    }

    @Test
    void theNameOfAShardIsOneObject() {
        DeltaCodec codec = DeltaCodec.of(List.of(SqlType.BIGINT));
        byte[] bytes = codec.encode(Delta.of(null, Row.of(1L), new Origin("shard-0", 1, 2)));
        assertThat(codec.decode(bytes).origin().shard())
                .isSameAs(codec.decode(bytes).origin().shard());
    }
}
