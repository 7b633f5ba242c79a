package io.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChangeEventsTest {
    @ParameterizedTest
    @CsvSource({"user_id,user_id", "Wei rd-col,Wei_rd_col", "ünï,_n_", "1st,_1st", "a1,a1", "$x,_x", "1 b,_1_b"})
    void aColumnsFieldIsItsNameAsFarAsAvroAllows(String column, String field) {
        assertThat(ChangeEvents.fieldName(column)).isEqualTo(field);
    }
}
