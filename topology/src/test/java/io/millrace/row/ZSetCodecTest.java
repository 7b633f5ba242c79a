package io.millrace.row;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.SqlType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ZSetCodecTest {
    private static final List<SqlType> TYPES = List.of(SqlType.INTEGER, SqlType.TEXT);
    private static final Origin ORIGIN = new Origin("s0", 1, 0);

    private final ZSetCodec codec = ZSetCodec.of(TYPES);

    @Provide
    Arbitrary<List<WeightedRow>> changes() {
        return Combinators.combine(
                        Arbitraries.longs().between(-2, 2),
                        Arbitraries.integers().between(0, 3))
                .as((weight, id) -> new WeightedRow(weight, Row.of(id, "row " + id)))
                .list()
                .ofMaxSize(12);
    }

    @Property(tries = 1000)
    void weightsAddUpAndRowsOfWeightZeroAreGone(@ForAll("changes") List<WeightedRow> changes) {
        byte[] stored = null;
        Map<Row, Long> expected = new LinkedHashMap<>();
        for (WeightedRow change : changes) {
            stored = codec.add(stored, change.row(), change.weight());
            expected.merge(change.row(), change.weight(), Long::sum);
            expected.values().removeIf(weight -> weight == 0);
        }
        List<WeightedRow> rows = new ArrayList<>();
        expected.forEach((row, weight) -> rows.add(new WeightedRow(weight, row)));
        assertThat(codec.decode(stored)).containsExactlyInAnyOrderElementsOf(rows);
        assertThat(codec.decode(codec.encode(rows))).isEqualTo(rows);
        if (rows.isEmpty()) {
            assertThat(stored).isNull();
        }
    }

    @Test
    void oneRowOfWeightOneCostsOneByteMore() {
        Row row = Row.of(1, "text");
        assertThat(codec.add(null, row, 1)).hasSize(RowCodec.of(TYPES).encode(row).length + 1);
    }

    @Test
    void anUpdateReplacesTheRow() {
        byte[] stored = codec.apply(null, Delta.of(null, Row.of(1, "old"), ORIGIN));
        stored = codec.apply(stored, Delta.of(Row.of(1, "old"), Row.of(1, "new"), ORIGIN));
        assertThat(codec.decode(stored)).containsExactly(new WeightedRow(1, Row.of(1, "new")));
        assertThat(codec.apply(stored, Delta.of(Row.of(1, "new"), null, ORIGIN)))
                .isNull();
    }

    @Test
    void aRetractionAheadOfItsRowIsKept() {
        byte[] stored = codec.apply(null, Delta.of(Row.of(1, "late"), null, ORIGIN));
        assertThat(codec.decode(stored)).containsExactly(new WeightedRow(-1, Row.of(1, "late")));
        assertThat(codec.apply(stored, Delta.of(null, Row.of(1, "late"), ORIGIN)))
                .isNull();
    }
}
