package io.millrace.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.catalog.SqlType;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class RowCodecTest {

    record Rows(List<SqlType> types, Row one, Row other) {}

    @Provide
    Arbitrary<Rows> rows() {
        return SqlValues.rowTypes()
                .flatMap(
                        types -> SqlValues.rows(types).tuple2().map(rows -> new Rows(types, rows.get1(), rows.get2())));
    }

    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
    void aRowComesBackAsItWas(@ForAll("rows") Rows rows) {
        RowCodec codec = RowCodec.of(rows.types());
        assertThat(codec.decode(codec.encode(rows.one()))).isEqualTo(rows.one());
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void bytesAreEqualWhereRowsAre(@ForAll("rows") Rows rows) {
        RowCodec codec = RowCodec.of(rows.types());
        byte[] one = codec.encode(rows.one());
        assertThat(Arrays.equals(one, codec.encode(rows.other())))
                .isEqualTo(rows.one().equals(rows.other()));
        assertThat(codec.encode(codec.decode(one))).isEqualTo(one);
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void aColumnCanBeReadAlone(@ForAll("rows") Rows rows) {
        RowCodec codec = RowCodec.of(rows.types());
        byte[] bytes = codec.encode(rows.one());
        for (int i = 0; i < codec.size(); i++) {
            assertThat(Row.of(codec.decodeColumn(bytes, i)))
                    .isEqualTo(Row.of(rows.one().get(i)));
        }
    }

    @Test
    void aLongTextAndALabelAddedLaterComeBack() {
        RowCodec codec = RowCodec.of(List.of(SqlType.TEXT, SqlType.enumeration("mood", List.of("sad"))));
        Row row = Row.of("é".repeat(1_000_000), "happy");
        assertThat(codec.decode(codec.encode(row))).isEqualTo(row);
    }

    @Test
    void aRowOfAnotherWidthIsRefused() {
        RowCodec codec = RowCodec.of(List.of(SqlType.INTEGER));
        assertThatThrownBy(() -> codec.encode(Row.of(1, 2))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void truncatedBytesAreRefused() {
        RowCodec codec = RowCodec.of(List.of(SqlType.INTEGER, SqlType.TEXT));
        byte[] bytes = codec.encode(Row.of(7, "text"));
        assertThatThrownBy(() -> codec.decode(Arrays.copyOf(bytes, bytes.length - 1)))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
