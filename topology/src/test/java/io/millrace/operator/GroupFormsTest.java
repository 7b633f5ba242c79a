package io.millrace.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.SqlType;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GroupFormsTest {
    private static final List<SqlType> NUMERIC = List.of(SqlType.NUMERIC);
    private static final Row SHORT = Row.of(new BigDecimal("1.5"));
    private static final Row LONG = Row.of(new BigDecimal("1.50"));

    private final MemoryState state = new MemoryState();
    private final GroupForms forms = new GroupForms(state, KeyCodec.of(NUMERIC), new int[] {0}, NUMERIC);

    @Test
    void aGroupIsWrittenAsOneOfItsPresentRowsWritesIt() {
        assertThat(forms.formAfter(LONG, 1)).isEqualTo(LONG);
        assertThat(forms.formAfter(SHORT, 1)).isEqualTo(SHORT);
        assertThat(forms.formAfter(SHORT, -1)).isEqualTo(LONG);
        assertThat(forms.formAfter(SHORT, 1)).isEqualTo(SHORT);
        assertThat(forms.formAfter(LONG, -1)).isEqualTo(SHORT);
        assertThat(forms.formAfter(SHORT, -1)).isNull();
        assertThat(state.size()).isZero();
    }

    @Test
    void aRetractionThatOvertookItsRowIsNoForm() {
        assertThat(forms.formAfter(LONG, -1)).isNull();
        assertThat(forms.formAfter(SHORT, 1)).isEqualTo(SHORT);
        assertThat(forms.formAfter(LONG, 1)).isEqualTo(SHORT);
    }
}
