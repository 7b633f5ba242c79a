package io.millrace.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.catalog.SqlType;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonTextTest {

    @Test
    void membersAreSortedByLengthThenBytesAndTheLastOfANameIsKept() {
        assertThat(JsonText.canonical("{\"bb\":1,\"a\" : [1,2.50,1e2] ,\"bb\":{\"x\":null}}"))
                .isEqualTo("{\"a\": [1, 2.50, 100], \"bb\": {\"x\": null}}");
    }

    @Test
    void textThatIsNotOneJsonValueIsRefused() {
        for (String text : List.of("", "{", "1 2", "{'a':1}", "nul")) {
            assertThatThrownBy(() -> JsonText.canonical(text)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void numbersOfOneValueHaveOneComparableForm() {
        assertThat(JsonText.comparable("{\"a.0\": [1.00, 2.50, 10, -0.10, 0.0], \"b\": \"1.0\\\"2.0\"}"))
                .isEqualTo("{\"a.0\": [1, 2.5, 10, -0.1, 0], \"b\": \"1.0\\\"2.0\"}");
    }

    @Test
    void aRowIsAnObjectWithItsColumnsInOrder() {
        RowJson json = RowJson.of(
                List.of("id", "a \"name\"", "price", "seen"),
                List.of(SqlType.BIGINT, SqlType.TEXT, SqlType.NUMERIC, SqlType.TIMESTAMPTZ));
        assertThat(json.write(Row.of(7L, "tab\t", new BigDecimal("1.50"), 1_704_067_200_000_000L)))
                .isEqualTo(
                        "{\"id\":7,\"a \\\"name\\\"\":\"tab\\t\",\"price\":1.50,\"seen\":\"2024-01-01T00:00:00+00:00\"}");
        assertThat(json.write(Row.of(7L, null, Double.NaN, null)))
                .isEqualTo("{\"id\":7,\"a \\\"name\\\"\":null,\"price\":\"NaN\",\"seen\":null}");
    }
}
